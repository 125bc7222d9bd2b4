#include "app/issue_receipt.h"

#include "core/receipt.h"
#include "store/record.h"

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

static struct time time_of(int64_t ms)
{
    return (struct time){ms / MS_PER_S, (int32_t)(ms % MS_PER_S) * NS_PER_MS};
}

struct time receipt_publish_by(const struct bank *bank, int64_t received_ms)
{
    return time_add_s(time_of(received_ms), bank->publish_within_s);
}

enum gz_err sign_receipt(const struct bank *bank, struct hash fingerprint, int64_t received_ms,
                         struct buf *out)
{
    DEFER(buf_fini) struct buf text = {0}, line = {0};
    const struct receipt       receipt = {.origin = bank->origin,
                                          .org = bank->organisation,
                                          .fingerprint = fingerprint,
                                          .received_at = time_of(received_ms),
                                          .publish_by = receipt_publish_by(bank, received_ms)};
    TRY(receipt_encode(&receipt, &text));
    TRY(signer_sign_note(bank->receipt_signer, buf_bytes(&text), &line));
    TRY(buf_add(out, buf_bytes(&text)));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, buf_bytes(&line));
}

enum gz_err issue_receipt(const struct bank *bank, struct db *db, struct bytes uuid,
                          struct buf *out)
{
    DEFER(record_fini) struct record r = {0};
    TRY(record_get(db, uuid, &r));
    return sign_receipt(bank, r.fingerprint, r.received_ms, out);
}

#include "app/issue_receipt.h"

#include "core/receipt.h"
#include "store/record.h"

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

enum gz_err issue_receipt(const struct bank *bank, struct db *db, struct bytes uuid,
                          struct buf *out)
{
    DEFER(record_fini) struct record r = {0};
    DEFER(buf_fini) struct buf       text = {0}, line = {0};
    TRY(record_get(db, uuid, &r));
    const struct time    received = {r.received_ms / MS_PER_S,
                                     (int32_t)(r.received_ms % MS_PER_S) * NS_PER_MS};
    const struct receipt receipt = {.origin = bank->origin,
                                    .org = bank->organisation,
                                    .fingerprint = r.fingerprint,
                                    .received_at = received,
                                    .publish_by = time_add_s(received, bank->publish_within_s)};
    TRY(receipt_encode(&receipt, &text));
    TRY(signer_sign_note(bank->receipt_signer, buf_bytes(&text), &line));
    TRY(buf_add(out, buf_bytes(&text)));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, buf_bytes(&line));
}

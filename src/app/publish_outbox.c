#include "app/publish_outbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "core/submission.h"
#include "host/file.h"
#include "host/host.h"
#include "store/outbox.h"

enum {
    SUBMITTED_MODE = 0600,
    SUBMITTED_LINE = 2 * HASH_SIZE + 1,
    /* Both decoding and encoding one submission of the largest size. */
    SUBMISSION_MEMORY = SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 4096,
};

static void free_pointer(void *p)
{
    void **owned = p;
    free(*owned);
}

static enum gz_err begin(struct db *db, struct db **open)
{
    TRY(db_begin(db));
    *open = db;
    return GZ_OK;
}

static enum gz_err commit(struct db **open)
{
    struct db *db = *open;
    *open = NULL;
    return db_commit(db);
}

/* --- gather and store ------------------------------------------------------------------------- */

static enum gz_err sign(const struct bank *bank, struct outbox_submission *s,
                        const struct outbox_row *rows, struct submission_item *items)
{
    DEFER(buf_fini) struct buf body = {0}, message = {0};
    uint8_t                    signature[KEY_SIGNATURE_SIZE];
    struct submission          made = {
                 .org = bank->organisation, .seq = s->seq, .items_n = s->count, .items = items};
    for (size_t i = 0; i < s->count; i++)
        items[i] = (struct submission_item){rows[i].fingerprint, rows[i].has_supersedes,
                                            rows[i].supersedes_index};
    memcpy(made.key_id, signer_key(bank->submission_signer)->id, KEY_ID_SIZE);
    TRY(submission_encode_body(&made, &body));
    TRY(submission_message(bank->origin, buf_bytes(&body), &message));
    TRY(signer_sign(bank->submission_signer, buf_bytes(&message), signature));
    return submission_encode(buf_bytes(&body), signature, &s->wire);
}

/* The oldest rows become a submission whose bytes are stored. *count may be 0. */
static enum gz_err gather(const struct bank *bank, struct db *db, size_t *count)
{
    DEFER(db_rollback) struct db                          *open = NULL;
    DEFER(outbox_submission_fini) struct outbox_submission s = {0};
    DEFER(free_pointer) struct outbox_row      *rows = calloc(SUBMISSION_ITEMS_MAX, sizeof *rows);
    DEFER(free_pointer) struct submission_item *items = calloc(SUBMISSION_ITEMS_MAX, sizeof *items);
    uint64_t                                    last;
    if (rows == NULL || items == NULL) return GZ_MEMORY;
    TRY(begin(db, &open));
    TRY(outbox_next(db, rows, SUBMISSION_ITEMS_MAX, count));
    if (*count == 0) return GZ_OK;
    TRY(outbox_last_seq(db, &last));
    s.seq = last + 1;
    s.count = (uint32_t)*count;
    TRY(sign(bank, &s, rows, items));
    TRY(outbox_store(db, &s, rows));
    return commit(&open);
}

/* --- the `submitted` file --------------------------------------------------------------------- */

static enum gz_err body_hash(const struct bank *bank, struct bytes wire, struct hash *out)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct submission          s;
    TRY(buf_reserve(&memory, SUBMISSION_MEMORY));
    struct arena      arena = {.p = memory.p, .cap = SUBMISSION_MEMORY};
    const enum gz_err e = submission_decode(wire, &arena, &s);
    if (e == GZ_MALFORMED || e == GZ_LIMIT) return GZ_CORRUPT; /* our own stored bytes */
    TRY(e);
    *out = hash_of(bank->suite, s.body);
    return GZ_OK;
}

/* The last line of the file, and whether it is whole. */
static enum gz_err read_last_line(int fd, uint64_t end, char out[SUBMITTED_LINE + 1])
{
    const size_t n = end < SUBMITTED_LINE ? (size_t)end : SUBMITTED_LINE;
    memset(out, 0, SUBMITTED_LINE + 1);
    return n == 0 ? GZ_OK : file_read_all(fd, out, n, end - n);
}

/* One line, synced, before the submission is sent. A torn line of a crash is ended first; the hash
 * that stands last is not repeated at each retry. */
static enum gz_err note_submitted(const struct bank *bank, struct bytes wire)
{
    DEFER(file_close) int fd = -1;
    struct hash           h;
    char                  line[SUBMITTED_LINE + 2] = "\n", last[SUBMITTED_LINE + 1];
    TRY(body_hash(bank, wire, &h));
    text_to_hex(BYTES_OF(h.b), line + 1);
    line[SUBMITTED_LINE] = '\n';
    TRY(file_open(bank->submitted_path, O_RDWR | O_CREAT, SUBMITTED_MODE, &fd));
    const off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0) return GZ_IO;
    TRY(read_last_line(fd, (uint64_t)end, last));
    if (strcmp(last, line + 1) == 0) return file_sync(fd);
    const bool   is_torn = end > 0 && last[strlen(last) - 1] != '\n';
    const size_t skip = is_torn ? 0 : 1;
    TRY(file_write_all(fd, line + skip, SUBMITTED_LINE + 1 - skip, (uint64_t)end));
    return file_sync(fd);
}

/* --- send ------------------------------------------------------------------------------------- */

static enum gz_err taken(struct db *db, const struct outbox_submission *s,
                         const struct log_answer *a)
{
    DEFER(db_rollback) struct db *open = NULL;
    const struct time             now = clock_now();
    TRY(begin(db, &open));
    TRY(outbox_answered(db, s->seq, a->index, a->count, now.s * 1000 + now.ns / 1000000));
    return commit(&open);
}

static enum gz_err stop(const char *why, uint64_t seq, enum publish_outcome *out)
{
    log_line(LOG_ALARM, "publish", "stopped: %s seq=%llu", why, (unsigned long long)seq);
    *out = PUBLISH_STOPPED;
    return GZ_OK;
}

static enum gz_err send(const struct bank *bank, struct db *db, const struct outbox_submission *s,
                        enum publish_outcome *out)
{
    struct log_answer a;
    TRY(note_submitted(bank, buf_bytes(&s->wire)));
    const enum gz_err e = log_service_submit(bank->log, buf_bytes(&s->wire), &a);
    *out = PUBLISH_LATER;
    if (e == GZ_BUSY) return GZ_OK;
    TRY(e);
    switch (a.result) {
    case LEDGER_EXECUTED:
    case LEDGER_REPEATED: *out = PUBLISH_SENT; return taken(db, s, &a);
    case LEDGER_WAITING:
        return stop("the log expects an earlier number than the store has answered", s->seq, out);
    case LEDGER_CONFLICT:
        return stop("the log holds another body for this number; was the store restored from a "
                    "backup?",
                    s->seq, out);
    case LEDGER_BEYOND_WINDOW: return stop("the log is far behind the store", s->seq, out);
    default: return stop("the log refuses our submission as defective", s->seq, out);
    }
}

enum gz_err publish_outbox(const struct bank *bank, struct db *db, enum publish_outcome *out)
{
    DEFER(outbox_submission_fini) struct outbox_submission s = {0};
    size_t                                                 count = 0;
    *out = PUBLISH_IDLE;
    enum gz_err e = outbox_unanswered(db, &s);
    if (e == GZ_MISSING) {
        TRY(gather(bank, db, &count));
        if (count == 0) return GZ_OK;
        e = outbox_unanswered(db, &s);
    }
    TRY(e);
    return send(bank, db, &s, out);
}

enum gz_err publish_check_start(const struct bank *bank, struct db *db, enum publish_outcome *out)
{
    DEFER(outbox_submission_fini) struct outbox_submission s = {0};
    DEFER(buf_fini) struct buf                             theirs = {0};
    uint64_t                                               seq, first;
    *out = PUBLISH_IDLE;
    enum gz_err e = outbox_unanswered(db, &s);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    TRY(outbox_last_seq(db, &seq));
    seq = e == GZ_OK ? s.seq : seq + 1;
    e = chain_submission(log_service_chain(bank->log), bank->organisation, seq, &first, &theirs);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    if (s.seq != 0 && bytes_eq(buf_bytes(&s.wire), buf_bytes(&theirs))) return GZ_OK;
    return stop("the log is ahead of the store; was the store restored from a backup?", seq, out);
}

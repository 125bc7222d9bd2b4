/* The outbox: what the log has not taken yet. Rows are added with their record; a submission
 * gathers them, and its signed bytes are stored before they are sent, so that a retry sends the
 * same bytes. */
#pragma once
#include "core/hash.h"
#include "store/db.h"

/* With record_add, in its transaction. */
enum gz_err outbox_add(struct db *db, int64_t record_id);
/* The oldest rows that belong to no submission: at most max; *n may be 0. A correction is held back
 * until the log has given an index to what it corrects. */
struct outbox_row {
    int64_t     record_id;
    struct hash fingerprint;
    bool        has_supersedes;
    uint64_t    supersedes_index;
};
enum gz_err outbox_next(struct db *db, struct outbox_row *rows, size_t max, size_t *n);

/* The stored submission: one at a time is unanswered on rung 1. */
struct outbox_submission {
    uint64_t   seq;
    uint32_t   count;
    struct buf wire;
};
void        outbox_submission_fini(struct outbox_submission *s); /* for DEFER */
/* The seq of the last stored submission, 0: none. */
enum gz_err outbox_last_seq(struct db *db, uint64_t *seq);
/* Store the signed bytes and bind the rows to it, in their order. GZ_CONFLICT: seq is there. */
enum gz_err outbox_store(struct db *db, const struct outbox_submission *s,
                         const struct outbox_row *rows);
/* The stored, not yet answered one with the smallest seq. GZ_MISSING: none. */
enum gz_err outbox_unanswered(struct db *db, struct outbox_submission *out);
/* Stored bytes by seq, answered or not. GZ_MISSING. */
enum gz_err outbox_get(struct db *db, uint64_t seq, struct outbox_submission *out);
/* The log gave index..index+count-1: its records get their index and sequenced_ms, in the order of
 * outbox_store; the rows leave the outbox, the bytes stay. GZ_CORRUPT: count differs; GZ_MISSING:
 * no such submission; GZ_CONFLICT: answered before, or an index is another record's. */
enum gz_err outbox_answered(struct db *db, uint64_t seq, uint64_t index, uint32_t count,
                            int64_t now_ms);
/* Rows that wait, with or without a submission, and received_ms of the oldest (0: none). */
enum gz_err outbox_count(struct db *db, uint64_t *waiting, int64_t *oldest_ms);

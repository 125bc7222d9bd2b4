#include "store/outbox.h"

#include <string.h>

#include "store/statement.h"

/* A submission is unanswered while submission_answer has no row of its seq. */

enum gz_err outbox_add(struct db *db, int64_t record_id)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, "INSERT INTO outbox (record_id) VALUES (?)", &q));
    bind_i64(&q, record_id);
    return statement_run(&q, NULL);
}

/* The + keeps SQLite to the order of record_id: an index over what waits would be sorted anew for
 * each submission. */
static const char select_waiting[] =
    "SELECT o.record_id, r.fingerprint, t.log_index FROM outbox o"
    " JOIN record r ON r.id = o.record_id"
    " LEFT JOIN correction c ON c.record_id = o.record_id"
    " LEFT JOIN record t ON t.id = c.corrects"
    " WHERE +o.submission_seq IS NULL AND (c.record_id IS NULL OR t.log_index IS NOT NULL)"
    " ORDER BY o.record_id LIMIT ?";

enum gz_err outbox_next(struct db *db, struct outbox_row *rows, size_t max, size_t *n)
{
    DEFER(statement_end) struct statement q = {0};
    size_t                                got = 0;
    enum gz_err                           e = GZ_MISSING;
    TRY(statement_read(db, select_waiting, &q));
    bind_u64(&q, max);
    while (got < max && (e = statement_row(&q)) == GZ_OK) {
        rows[got] = (struct outbox_row){.record_id = column_i64(&q, 0),
                                        .has_supersedes = !column_is_null(&q, 2),
                                        .supersedes_index = column_u64(&q, 2)};
        TRY(column_hash(&q, 1, rows[got].fingerprint.b));
        got++;
    }
    if (e != GZ_OK && e != GZ_MISSING) return e;
    *n = got;
    return GZ_OK;
}

/* --- submissions ------------------------------------------------------------------------------ */

void outbox_submission_fini(struct outbox_submission *s)
{
    buf_fini(&s->wire);
}

enum gz_err outbox_last_seq(struct db *db, uint64_t *seq)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, "SELECT coalesce(max(seq), 0) FROM submission", &q));
    TRY(statement_row(&q));
    *seq = column_u64(&q, 0);
    return GZ_OK;
}

static struct row_sum sum_of(uint64_t seq, uint32_t count, struct bytes wire)
{
    struct row_sum s;
    row_sum_init(&s, "submission");
    row_sum_u64(&s, seq);
    row_sum_u64(&s, count);
    row_sum_bytes(&s, wire);
    return s;
}

static enum gz_err add_submission(struct db *db, const struct outbox_submission *s)
{
    static const char sql[] =
        "INSERT INTO submission (seq, count, wire, row_sum) VALUES (?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of(s->seq, s->count, buf_bytes(&s->wire));
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_u64(&q, s->seq);
    bind_u64(&q, s->count);
    bind_blob(&q, buf_bytes(&s->wire));
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

static enum gz_err bind_row(struct db *db, uint64_t seq, uint32_t position, int64_t record_id)
{
    static const char sql[] = "UPDATE outbox SET submission_seq = ?, position = ?"
                              " WHERE record_id = ? AND submission_seq IS NULL";
    DEFER(statement_end) struct statement q = {0};
    uint64_t                              changed = 0;
    TRY(statement_write(db, sql, &q));
    bind_u64(&q, seq);
    bind_u64(&q, position);
    bind_i64(&q, record_id);
    TRY(statement_run(&q, &changed));
    return changed == 1 ? GZ_OK : GZ_CONFLICT;
}

enum gz_err outbox_store(struct db *db, const struct outbox_submission *s,
                         const struct outbox_row *rows)
{
    TRY(add_submission(db, s));
    for (uint32_t i = 0; i < s->count; i++) TRY(bind_row(db, s->seq, i, rows[i].record_id));
    return GZ_OK;
}

#define SELECT_SUBMISSION "SELECT s.seq, s.count, s.wire, s.row_sum FROM submission s "

static enum gz_err read_submission(struct statement *q, struct outbox_submission *out)
{
    struct outbox_submission s = {0};
    TRY(statement_row(q));
    s.seq = column_u64(q, 0);
    const uint64_t     count = column_u64(q, 1);
    const struct bytes wire = column_bytes(q, 2);
    if (count > UINT32_MAX) return GZ_CORRUPT;
    s.count = (uint32_t)count;
    struct row_sum sum = sum_of(s.seq, s.count, wire);
    TRY(row_sum_check(&sum, q, 3));
    TRY(buf_add(&s.wire, wire));
    *out = s;
    return GZ_OK;
}

enum gz_err outbox_unanswered(struct db *db, struct outbox_submission *out)
{
    /* What is unanswered still stands in the outbox, which is small; submission only grows. */
    static const char sql[] =
        SELECT_SUBMISSION "WHERE s.seq = (SELECT min(submission_seq) FROM outbox)";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    return read_submission(&q, out);
}

enum gz_err outbox_get(struct db *db, uint64_t seq, struct outbox_submission *out)
{
    DEFER(statement_end) struct statement q = {0};
    if (seq > INT64_MAX) return GZ_MISSING;
    TRY(statement_read(db, SELECT_SUBMISSION "WHERE s.seq = ?", &q));
    bind_u64(&q, seq);
    return read_submission(&q, out);
}

/* --- the log's answer ------------------------------------------------------------------------- */

static enum gz_err check_count(struct db *db, uint64_t seq, uint32_t count)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, "SELECT count FROM submission WHERE seq = ?", &q));
    bind_u64(&q, seq);
    TRY(statement_row(&q));
    return column_u64(&q, 0) == count ? GZ_OK : GZ_CORRUPT;
}

static enum gz_err add_answer(struct db *db, uint64_t seq, uint64_t index, int64_t now_ms)
{
    static const char sql[] =
        "INSERT INTO submission_answer (seq, log_index, answered_ms) VALUES (?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, sql, &q));
    bind_u64(&q, seq);
    bind_u64(&q, index);
    bind_i64(&q, now_ms);
    return statement_run(&q, NULL);
}

static enum gz_err set_indexes(struct db *db, uint64_t seq, uint64_t index, int64_t now_ms,
                               uint64_t *changed)
{
    static const char sql[] =
        "UPDATE record SET log_index = ? + o.position, sequenced_ms = ? FROM outbox o"
        " WHERE o.submission_seq = ? AND record.id = o.record_id AND +record.log_index IS NULL";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, sql, &q));
    bind_u64(&q, index);
    bind_i64(&q, now_ms);
    bind_u64(&q, seq);
    return statement_run(&q, changed);
}

static enum gz_err drop_rows(struct db *db, uint64_t seq, uint64_t *changed)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, "DELETE FROM outbox WHERE submission_seq = ?", &q));
    bind_u64(&q, seq);
    return statement_run(&q, changed);
}

enum gz_err outbox_answered(struct db *db, uint64_t seq, uint64_t index, uint32_t count,
                            int64_t now_ms)
{
    uint64_t set = 0, dropped = 0;
    if (index > INT64_MAX - (uint64_t)count) return GZ_LIMIT;
    TRY(check_count(db, seq, count));
    TRY(add_answer(db, seq, index, now_ms));
    TRY(set_indexes(db, seq, index, now_ms, &set));
    TRY(drop_rows(db, seq, &dropped));
    return set == count && dropped == count ? GZ_OK : GZ_CORRUPT;
}

enum gz_err outbox_count(struct db *db, uint64_t *waiting, int64_t *oldest_ms)
{
    static const char sql[] = "SELECT count(*), coalesce(min(r.received_ms), 0) FROM outbox o"
                              " JOIN record r ON r.id = o.record_id";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    TRY(statement_row(&q));
    *waiting = column_u64(&q, 0);
    *oldest_ms = column_i64(&q, 1);
    return GZ_OK;
}

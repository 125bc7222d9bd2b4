#include "store/lag.h"

#include "store/statement.h"

static const char *const counts[] = {
    [LAG_SEQUENCED] = "SELECT count(*), coalesce(max(sequenced_ms - received_ms), 0) FROM record"
                      " WHERE received_ms >= ? AND received_ms < ? AND sequenced_ms IS NOT NULL",
    [LAG_PUBLISHED] = "SELECT count(*), coalesce(max(published_ms - received_ms), 0) FROM record"
                      " WHERE received_ms >= ? AND received_ms < ? AND published_ms IS NOT NULL",
};
static const char *const ranks[] = {
    [LAG_SEQUENCED] = "SELECT sequenced_ms - received_ms AS lag FROM record"
                      " WHERE received_ms >= ? AND received_ms < ? AND sequenced_ms IS NOT NULL"
                      " ORDER BY lag LIMIT 1 OFFSET ?",
    [LAG_PUBLISHED] = "SELECT published_ms - received_ms AS lag FROM record"
                      " WHERE received_ms >= ? AND received_ms < ? AND published_ms IS NOT NULL"
                      " ORDER BY lag LIMIT 1 OFFSET ?",
};

static enum gz_err read_rank(struct db *db, enum lag_step step, int64_t from_ms, int64_t to_ms,
                             uint64_t rank, int64_t *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, ranks[step], &q));
    bind_i64(&q, from_ms);
    bind_i64(&q, to_ms);
    bind_u64(&q, rank);
    const enum gz_err e = statement_row(&q);
    if (e == GZ_MISSING) return GZ_OK; /* another has just been first */
    TRY(e);
    *out = column_i64(&q, 0);
    return GZ_OK;
}

static enum gz_err count(struct db *db, enum lag_step step, int64_t from_ms, int64_t to_ms,
                         struct lag *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, counts[step], &q));
    bind_i64(&q, from_ms);
    bind_i64(&q, to_ms);
    TRY(statement_row(&q));
    out->records = column_u64(&q, 0);
    out->max_ms = column_i64(&q, 1);
    return GZ_OK;
}

enum gz_err lag_get(struct db *db, enum lag_step step, int64_t from_ms, int64_t to_ms,
                    struct lag *out)
{
    struct lag l = {0};
    TRY(count(db, step, from_ms, to_ms, &l));
    if (l.records > 0) {
        TRY(read_rank(db, step, from_ms, to_ms, (l.records - 1) / 2, &l.p50_ms));
        TRY(read_rank(db, step, from_ms, to_ms, (l.records - 1) * 99 / 100, &l.p99_ms));
    }
    *out = l;
    return GZ_OK;
}

enum gz_err lag_overdue(struct db *db, int64_t before_ms, uint64_t *n, int64_t *oldest_ms)
{
    static const char sql[] = "SELECT count(*), coalesce(min(received_ms), 0) FROM record"
                              " WHERE published_ms IS NULL AND received_ms < ?";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, before_ms);
    TRY(statement_row(&q));
    *n = column_u64(&q, 0);
    *oldest_ms = column_i64(&q, 1);
    return GZ_OK;
}

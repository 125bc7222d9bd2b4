#include "store/correction.h"

#include "store/statement.h"

static struct row_sum sum_of(int64_t record_id, int64_t corrects)
{
    struct row_sum s;
    row_sum_init(&s, "correction");
    row_sum_u64(&s, (uint64_t)record_id);
    row_sum_u64(&s, (uint64_t)corrects);
    return s;
}

enum gz_err correction_add(struct db *db, int64_t record_id, int64_t corrects)
{
    static const char sql[] =
        "INSERT INTO correction (record_id, corrects, row_sum) VALUES (?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of(record_id, corrects);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, record_id);
    bind_i64(&q, corrects);
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

/* sql: record_id, corrects, row_sum for one id. */
static enum gz_err read_pair(struct db *db, const char *sql, int64_t id, int64_t *record_id,
                             int64_t *corrects)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, id);
    TRY(statement_row(&q));
    const int64_t  record = column_i64(&q, 0), target = column_i64(&q, 1);
    struct row_sum sum = sum_of(record, target);
    TRY(row_sum_check(&sum, &q, 2));
    *record_id = record;
    *corrects = target;
    return GZ_OK;
}

enum gz_err correction_get(struct db *db, int64_t record_id, int64_t *corrects)
{
    static const char sql[] =
        "SELECT record_id, corrects, row_sum FROM correction WHERE record_id = ?";
    int64_t same;
    return read_pair(db, sql, record_id, &same, corrects);
}

enum gz_err correction_latest(struct db *db, int64_t record_id, int64_t *by)
{
    static const char sql[] = "SELECT record_id, corrects, row_sum FROM correction"
                              " WHERE corrects = ? ORDER BY record_id DESC LIMIT 1";
    int64_t           same;
    return read_pair(db, sql, record_id, by, &same);
}

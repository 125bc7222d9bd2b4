#include "store/annotation.h"

#include "store/statement.h"

static struct row_sum sum_of(int64_t record_id, int64_t about)
{
    struct row_sum s;
    row_sum_init(&s, "annotation");
    row_sum_u64(&s, (uint64_t)record_id);
    row_sum_u64(&s, (uint64_t)about);
    return s;
}

enum gz_err annotation_add(struct db *db, int64_t record_id, int64_t about)
{
    static const char sql[] = "INSERT INTO annotation (record_id, about, row_sum) VALUES (?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of(record_id, about);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, record_id);
    bind_i64(&q, about);
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

/* The next row of record_id, about, row_sum. */
static enum gz_err read_row(struct statement *q, int64_t *record_id, int64_t *about)
{
    TRY(statement_row(q));
    *record_id = column_i64(q, 0);
    *about = column_i64(q, 1);
    struct row_sum sum = sum_of(*record_id, *about);
    return row_sum_check(&sum, q, 2);
}

enum gz_err annotation_get(struct db *db, int64_t record_id, int64_t *about)
{
    static const char sql[] =
        "SELECT record_id, about, row_sum FROM annotation WHERE record_id = ?";
    DEFER(statement_end) struct statement q = {0};
    int64_t                               same;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, record_id);
    return read_row(&q, &same, about);
}

enum gz_err annotation_list(struct db *db, int64_t about, annotation_visitor visit, void *ctx)
{
    static const char sql[] =
        "SELECT record_id, about, row_sum FROM annotation WHERE about = ? ORDER BY record_id";
    DEFER(statement_end) struct statement q = {0};
    int64_t                               id, same;
    enum gz_err                           e;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, about);
    while ((e = read_row(&q, &id, &same)) == GZ_OK) TRY(visit(ctx, id));
    return e == GZ_MISSING ? GZ_OK : e;
}

#include "store/erasure.h"

#include "store/statement.h"

void erasure_fini(struct erasure *e)
{
    buf_fini(&e->order);
}

static struct row_sum sum_of(int64_t matter_id, int64_t ordered_ms, struct bytes order)
{
    struct row_sum s;
    row_sum_init(&s, "erasure");
    row_sum_u64(&s, (uint64_t)matter_id);
    row_sum_u64(&s, (uint64_t)ordered_ms);
    row_sum_bytes(&s, order);
    return s;
}

enum gz_err erasure_add(struct db *db, const struct erasure *e)
{
    static const char sql[] =
        "INSERT INTO erasure (matter_id, ordered_ms, signed_order, row_sum) VALUES (?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum    sum = sum_of(e->matter_id, e->ordered_ms, buf_bytes(&e->order));
    const struct hash h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, e->matter_id);
    bind_i64(&q, e->ordered_ms);
    bind_blob(&q, buf_bytes(&e->order));
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

enum gz_err erasure_get(struct db *db, int64_t matter_id, struct erasure *out)
{
    static const char sql[] = "SELECT ordered_ms, coalesce(done_ms, 0), signed_order, row_sum"
                              " FROM erasure WHERE matter_id = ?";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, matter_id);
    TRY(statement_row(&q));
    const struct bytes order = column_bytes(&q, 2);
    struct row_sum     sum = sum_of(matter_id, column_i64(&q, 0), order);
    TRY(row_sum_check(&sum, &q, 3));
    struct erasure e = {
        .matter_id = matter_id, .ordered_ms = column_i64(&q, 0), .done_ms = column_i64(&q, 1)};
    TRY(buf_add(&e.order, order));
    *out = e;
    return GZ_OK;
}

enum gz_err erasure_done(struct db *db, int64_t matter_id, int64_t now_ms)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, "UPDATE erasure SET done_ms = ? WHERE matter_id = ?", &q));
    bind_i64(&q, now_ms);
    bind_i64(&q, matter_id);
    return statement_run(&q, NULL);
}

enum gz_err erasure_pending(struct db *db, int64_t *matter_id)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, "SELECT matter_id FROM erasure WHERE done_ms IS NULL LIMIT 1", &q));
    TRY(statement_row(&q));
    *matter_id = column_i64(&q, 0);
    return GZ_OK;
}

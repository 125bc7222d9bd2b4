#include "store/hold.h"

#include "store/statement.h"

#define COLUMNS "id, matter_id, reason, by, added_ms, coalesce(removed_ms, 0), row_sum"

static struct row_sum sum_of(const struct hold *h)
{
    struct row_sum s;
    row_sum_init(&s, "hold");
    row_sum_u64(&s, (uint64_t)h->matter_id);
    row_sum_bytes(&s, bytes_str(h->reason));
    row_sum_bytes(&s, bytes_str(h->by));
    row_sum_u64(&s, (uint64_t)h->added_ms);
    row_sum_u64(&s, (uint64_t)h->removed_ms);
    return s;
}

static enum gz_err read_row(const struct statement *q, struct hold *out)
{
    struct hold h = {.id = column_i64(q, 0),
                     .matter_id = column_i64(q, 1),
                     .added_ms = column_i64(q, 4),
                     .removed_ms = column_i64(q, 5)};
    TRY(column_text(q, 2, h.reason, sizeof h.reason));
    TRY(column_text(q, 3, h.by, sizeof h.by));
    struct row_sum sum = sum_of(&h);
    TRY(row_sum_check(&sum, q, 6));
    *out = h;
    return GZ_OK;
}

enum gz_err hold_add(struct db *db, struct hold *h)
{
    static const char sql[] =
        "INSERT INTO hold (matter_id, reason, by, added_ms, row_sum) VALUES (?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    assert(h->removed_ms == 0);
    struct row_sum    sum = sum_of(h);
    const struct hash s = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, h->matter_id);
    bind_text(&q, bytes_str(h->reason));
    bind_text(&q, bytes_str(h->by));
    bind_i64(&q, h->added_ms);
    bind_blob(&q, BYTES_OF(s.b));
    TRY(statement_run(&q, NULL));
    h->id = statement_new_id(&q);
    return GZ_OK;
}

enum gz_err hold_get(struct db *db, int64_t id, struct hold *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, "SELECT " COLUMNS " FROM hold WHERE id = ?", &q));
    bind_i64(&q, id);
    TRY(statement_row(&q));
    return read_row(&q, out);
}

enum gz_err hold_remove(struct db *db, int64_t id, int64_t now_ms)
{
    DEFER(statement_end) struct statement q = {0};
    struct hold                           h;
    TRY(hold_get(db, id, &h));
    if (h.removed_ms != 0) return GZ_MISSING;
    h.removed_ms = now_ms;
    struct row_sum    sum = sum_of(&h);
    const struct hash s = row_sum_end(&sum);
    TRY(statement_write(db, "UPDATE hold SET removed_ms = ?, row_sum = ? WHERE id = ?", &q));
    bind_i64(&q, now_ms);
    bind_blob(&q, BYTES_OF(s.b));
    bind_i64(&q, id);
    return statement_run(&q, NULL);
}

enum gz_err hold_list(struct db *db, int64_t matter_id, hold_visitor visit, void *ctx)
{
    static const char sql[] = "SELECT " COLUMNS " FROM hold WHERE removed_ms IS NULL"
                              " AND (? = 0 OR matter_id = ?) ORDER BY id";
    DEFER(statement_end) struct statement q = {0};
    enum gz_err                           e;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, matter_id);
    bind_i64(&q, matter_id);
    while ((e = statement_row(&q)) == GZ_OK) {
        struct hold h;
        TRY(read_row(&q, &h));
        TRY(visit(ctx, &h));
    }
    return e == GZ_MISSING ? GZ_OK : e;
}

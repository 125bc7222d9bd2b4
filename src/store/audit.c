#include "store/audit.h"

#include <string.h>

#include "store/statement.h"

static struct row_sum sum_of(const uint8_t before[HASH_SIZE], const struct audit *a)
{
    struct row_sum s;
    row_sum_init(&s, "audit");
    row_sum_bytes(&s, (struct bytes){before, HASH_SIZE});
    row_sum_u64(&s, (uint64_t)a->at_ms);
    row_sum_bytes(&s, a->action);
    row_sum_bytes(&s, a->matter);
    row_sum_bytes(&s, a->who);
    row_sum_bytes(&s, a->detail);
    return s;
}

/* The sum of the newest row; of none zeros. */
static enum gz_err last_sum(struct db *db, uint8_t out[HASH_SIZE])
{
    DEFER(statement_end) struct statement q = {0};
    memset(out, 0, HASH_SIZE);
    TRY(statement_read(db, "SELECT row_sum FROM audit ORDER BY id DESC LIMIT 1", &q));
    const enum gz_err e = statement_row(&q);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    return column_hash(&q, 0, out);
}

enum gz_err audit_add(struct db *db, const struct audit *a)
{
    static const char sql[] = "INSERT INTO audit (at_ms, action, matter, who, detail, row_sum)"
                              " VALUES (?, ?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    uint8_t                               before[HASH_SIZE];
    if (a->action.n > AUDIT_ACTION_MAX || a->who.n > AUDIT_TEXT_MAX || a->detail.n > AUDIT_TEXT_MAX)
        return GZ_LIMIT;
    TRY(last_sum(db, before));
    struct row_sum    sum = sum_of(before, a);
    const struct hash h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, a->at_ms);
    bind_text(&q, a->action);
    bind_text(&q, a->matter);
    bind_text(&q, a->who);
    bind_text(&q, a->detail);
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

enum gz_err audit_list(struct db *db, audit_visitor visit, void *ctx)
{
    static const char sql[] =
        "SELECT id, at_ms, action, matter, who, detail, row_sum FROM audit ORDER BY id";
    DEFER(statement_end) struct statement q = {0};
    uint8_t                               before[HASH_SIZE] = {0};
    enum gz_err                           e;
    TRY(statement_read(db, sql, &q));
    for (int64_t id = 1; (e = statement_row(&q)) == GZ_OK; id++) {
        const struct audit a = {.at_ms = column_i64(&q, 1),
                                .action = column_bytes(&q, 2),
                                .matter = column_bytes(&q, 3),
                                .who = column_bytes(&q, 4),
                                .detail = column_bytes(&q, 5)};
        struct row_sum     sum = sum_of(before, &a);
        if (column_i64(&q, 0) != id) return GZ_CORRUPT;
        TRY(row_sum_check(&sum, &q, 6));
        TRY(column_hash(&q, 6, before));
        TRY(visit(ctx, id, &a));
    }
    return e == GZ_MISSING ? GZ_OK : e;
}

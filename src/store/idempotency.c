#include "store/idempotency.h"

#include <string.h>

#include "store/statement.h"

static struct row_sum sum_of(const struct idempotency *i)
{
    struct row_sum s;
    row_sum_init(&s, "idempotency");
    row_sum_bytes(&s, BYTES_OF(i->key));
    row_sum_u64(&s, (uint64_t)i->record_id);
    row_sum_u64(&s, i->was_new);
    return s;
}

enum gz_err idempotency_get(struct db *db, const uint8_t key[HASH_SIZE], struct idempotency *out)
{
    static const char sql[] = "SELECT record_id, was_new, row_sum FROM idempotency WHERE key = ?";
    DEFER(statement_end) struct statement q = {0};
    struct idempotency                    i = {0};
    memcpy(i.key, key, HASH_SIZE);
    TRY(statement_read(db, sql, &q));
    bind_blob(&q, BYTES_OF(i.key));
    TRY(statement_row(&q));
    i.record_id = column_i64(&q, 0);
    i.was_new = column_i64(&q, 1) != 0;
    struct row_sum sum = sum_of(&i);
    TRY(row_sum_check(&sum, &q, 2));
    *out = i;
    return GZ_OK;
}

enum gz_err idempotency_add(struct db *db, const struct idempotency *i)
{
    static const char sql[] = "INSERT INTO idempotency (key, record_id, was_new, row_sum)"
                              " VALUES (?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of(i);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_blob(&q, BYTES_OF(i->key));
    bind_i64(&q, i->record_id);
    bind_i64(&q, i->was_new);
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

#include "store/matter.h"

#include <string.h>

#include "store/statement.h"

#define SELECT_MATTER                                                                              \
    "SELECT id, reference, handle, wrapped_key, last_seq, last_fingerprint, row_sum FROM matter "

static struct row_sum sum_of(const struct matter *m, struct bytes reference)
{
    struct row_sum s;
    row_sum_init(&s, "matter");
    row_sum_bytes(&s, reference);
    row_sum_bytes(&s, bytes_str(m->handle));
    row_sum_bytes(&s, (struct bytes){m->wrapped_key, m->wrapped_key_n});
    row_sum_u64(&s, m->last_seq);
    row_sum_bytes(&s, BYTES_OF(m->last_fingerprint.b));
    return s;
}

/* The row of a statement that begins with SELECT_MATTER; reference: a copy of it. */
static enum gz_err read_matter(struct statement *q, struct matter *out,
                               uint8_t reference[HASH_SIZE])
{
    struct matter m = {0};
    TRY(statement_row(q));
    m.id = column_i64(q, 0);
    m.last_seq = column_u64(q, 4);
    TRY(column_text(q, 2, m.handle, sizeof m.handle));
    TRY(column_hash(q, 5, m.last_fingerprint.b));
    const struct bytes wrapped = column_bytes(q, 3);
    if (wrapped.n == 0 || wrapped.n > sizeof m.wrapped_key) return GZ_CORRUPT;
    memcpy(m.wrapped_key, wrapped.p, wrapped.n);
    m.wrapped_key_n = wrapped.n;
    TRY(column_hash(q, 1, reference));
    struct row_sum sum = sum_of(&m, (struct bytes){reference, HASH_SIZE});
    TRY(row_sum_check(&sum, q, 6));
    *out = m;
    return GZ_OK;
}

enum gz_err matter_get(struct db *db, const uint8_t reference[HASH_SIZE], struct matter *out)
{
    DEFER(statement_end) struct statement q = {0};
    uint8_t                               found[HASH_SIZE];
    TRY(statement_read(db, SELECT_MATTER "WHERE reference = ?", &q));
    bind_blob(&q, (struct bytes){reference, HASH_SIZE});
    return read_matter(&q, out, found);
}

static enum gz_err get_with_reference(struct db *db, int64_t id, struct matter *out,
                                      uint8_t reference[HASH_SIZE])
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT_MATTER "WHERE id = ?", &q));
    bind_i64(&q, id);
    return read_matter(&q, out, reference);
}

enum gz_err matter_get_id(struct db *db, int64_t id, struct matter *out)
{
    uint8_t reference[HASH_SIZE];
    return get_with_reference(db, id, out, reference);
}

enum gz_err matter_add(struct db *db, const uint8_t reference[HASH_SIZE], struct matter *m)
{
    static const char sql[] =
        "INSERT INTO matter (reference, handle, wrapped_key, last_seq, last_fingerprint, row_sum)"
        " VALUES (?, ?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    assert(m->wrapped_key_n <= sizeof m->wrapped_key);
    struct row_sum    sum = sum_of(m, (struct bytes){reference, HASH_SIZE});
    const struct hash h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_blob(&q, (struct bytes){reference, HASH_SIZE});
    bind_text(&q, bytes_str(m->handle));
    bind_blob(&q, (struct bytes){m->wrapped_key, m->wrapped_key_n});
    bind_u64(&q, m->last_seq);
    bind_blob(&q, BYTES_OF(m->last_fingerprint.b));
    bind_blob(&q, BYTES_OF(h.b));
    TRY(statement_run(&q, NULL));
    m->id = statement_new_id(&q);
    return GZ_OK;
}

/* Only from the number that the caller saw: two that advance from the same one would give one seq
 * twice. */
static enum gz_err update(struct db *db, const struct matter *m, struct hash sum)
{
    static const char sql[] = "UPDATE matter SET last_seq = ?, last_fingerprint = ?, row_sum = ?"
                              " WHERE id = ? AND last_seq = ?";
    DEFER(statement_end) struct statement q = {0};
    uint64_t                              changed = 0;
    TRY(statement_write(db, sql, &q));
    bind_u64(&q, m->last_seq);
    bind_blob(&q, BYTES_OF(m->last_fingerprint.b));
    bind_blob(&q, BYTES_OF(sum.b));
    bind_i64(&q, m->id);
    bind_u64(&q, m->last_seq - 1);
    TRY(statement_run(&q, &changed));
    return changed == 1 ? GZ_OK : GZ_CONFLICT;
}

enum gz_err matter_advance(struct db *db, struct matter *m, struct hash fingerprint)
{
    struct matter kept, next = *m;
    uint8_t       reference[HASH_SIZE];
    next.last_seq++;
    next.last_fingerprint = fingerprint;
    TRY(get_with_reference(db, m->id, &kept, reference));
    struct row_sum sum = sum_of(&next, BYTES_OF(reference));
    TRY(update(db, &next, row_sum_end(&sum)));
    *m = next;
    return GZ_OK;
}

enum gz_err matter_next(struct db *db, int64_t after, struct matter *out)
{
    DEFER(statement_end) struct statement q = {0};
    uint8_t                               reference[HASH_SIZE];
    TRY(statement_read(db, SELECT_MATTER "WHERE id > ? ORDER BY id LIMIT 1", &q));
    bind_i64(&q, after);
    return read_matter(&q, out, reference);
}

enum gz_err matter_set_key(struct db *db, const struct matter *m)
{
    static const char sql[] = "UPDATE matter SET wrapped_key = ?, row_sum = ? WHERE id = ?";
    DEFER(statement_end) struct statement q = {0};
    struct matter                         kept;
    uint8_t                               reference[HASH_SIZE];
    TRY(get_with_reference(db, m->id, &kept, reference));
    memcpy(kept.wrapped_key, m->wrapped_key, m->wrapped_key_n);
    kept.wrapped_key_n = m->wrapped_key_n;
    struct row_sum    sum = sum_of(&kept, BYTES_OF(reference));
    const struct hash h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_blob(&q, (struct bytes){kept.wrapped_key, kept.wrapped_key_n});
    bind_blob(&q, BYTES_OF(h.b));
    bind_i64(&q, m->id);
    return statement_run(&q, NULL);
}

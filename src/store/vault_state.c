#include "store/vault_state.h"

#include <string.h>

#include "store/statement.h"

static struct row_sum sum_of(const struct vault_state *v)
{
    struct row_sum s;
    row_sum_init(&s, "vault_state");
    row_sum_u64(&s, v->generation);
    row_sum_bytes(&s, BYTES_OF(v->check));
    row_sum_bytes(&s, (struct bytes){v->sealed, v->sealed_n});
    return s;
}

enum { ROW_OWN = 1, ROW_OF_IDENTITY = 2 /* the bank's copy */ };

const char *side_name(enum vault_side side)
{
    return side == SIDE_IDENTITY ? "identity" : "business";
}

static struct db *side_of(struct db *db, enum vault_side side)
{
    struct db *one = side == SIDE_IDENTITY ? db->identity : db;
    assert(one != NULL);
    return one;
}

static enum gz_err get_row(struct db *one, int64_t id, struct vault_state *out)
{
    static const char sql[] =
        "SELECT generation, master_check, sealed, row_sum FROM vault_state WHERE id = ?";
    DEFER(statement_end) struct statement q = {0};
    struct vault_state                    v = {0};
    TRY(statement_read(one, sql, &q));
    bind_i64(&q, id);
    TRY(statement_row(&q));
    v.generation = column_u64(&q, 0);
    TRY(column_hash(&q, 1, v.check));
    const struct bytes sealed = column_bytes(&q, 2);
    if (sealed.n > sizeof v.sealed) return GZ_CORRUPT;
    memcpy(v.sealed, sealed.p, sealed.n);
    v.sealed_n = sealed.n;
    struct row_sum sum = sum_of(&v);
    TRY(row_sum_check(&sum, &q, 3));
    *out = v;
    return GZ_OK;
}

static enum gz_err put_row(struct db *one, int64_t id, const struct vault_state *s)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO vault_state (id, generation, master_check, sealed, row_sum)"
        " VALUES (?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of(s);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(one, sql, &q));
    bind_i64(&q, id);
    bind_u64(&q, s->generation);
    bind_blob(&q, BYTES_OF(s->check));
    bind_blob(&q, (struct bytes){s->sealed, s->sealed_n});
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

enum gz_err vault_state_get(struct db *db, enum vault_side side, struct vault_state *out)
{
    return get_row(side_of(db, side), ROW_OWN, out);
}

enum gz_err vault_state_recall(struct db *db, struct vault_state *out)
{
    return get_row(db, ROW_OF_IDENTITY, out);
}

enum gz_err vault_state_put(struct db *db, enum vault_side side, const struct vault_state *s)
{
    struct vault_state before = {0};
    const enum gz_err  e = vault_state_get(db, side, &before);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    if (e == GZ_OK && s->generation != before.generation + 1) return GZ_CONFLICT;
    TRY(put_row(side_of(db, side), ROW_OWN, s));
    return side == SIDE_IDENTITY ? put_row(db, ROW_OF_IDENTITY, s) : GZ_OK;
}

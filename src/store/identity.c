#include "store/identity.h"

#include <string.h>

#include "store/statement.h"

/* --- rows ------------------------------------------------------------------------------------- */

static struct row_sum sum_of_link(const char *table, int64_t owner, const struct identity_link *at)
{
    struct row_sum s;
    row_sum_init(&s, table);
    row_sum_u64(&s, (uint64_t)owner);
    row_sum_u64(&s, (uint64_t)at->id);
    row_sum_bytes(&s, BYTES_OF(at->link));
    return s;
}

static struct row_sum sum_of_part(const char *table, const uint8_t link[IDENTITY_LINK_SIZE],
                                  struct bytes content)
{
    struct row_sum s;
    row_sum_init(&s, table);
    row_sum_bytes(&s, (struct bytes){link, IDENTITY_LINK_SIZE});
    row_sum_bytes(&s, content);
    return s;
}

/* sql: link, content, row_sum of a table of the identity store. */
static enum gz_err add_part(struct db *identity, const char *sql, const char *table,
                            struct bytes content, struct identity_link *at)
{
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of_part(table, at->link, content);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(identity, sql, &q));
    bind_blob(&q, BYTES_OF(at->link));
    bind_blob(&q, content);
    bind_blob(&q, BYTES_OF(h.b));
    TRY(statement_run(&q, NULL));
    at->id = statement_new_id(&q);
    return GZ_OK;
}

/* sql: owner, identity_id, link, row_sum of a table of the bank. */
static enum gz_err add_link(struct db *db, const char *sql, const char *table, int64_t owner,
                            const struct identity_link *at)
{
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of_link(table, owner, at);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, owner);
    bind_i64(&q, at->id);
    bind_blob(&q, BYTES_OF(at->link));
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

static enum gz_err get_link(struct db *db, const char *sql, const char *table, int64_t owner,
                            struct identity_link *out)
{
    DEFER(statement_end) struct statement q = {0};
    struct identity_link                  at;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, owner);
    TRY(statement_row(&q));
    at.id = column_i64(&q, 0);
    const struct bytes link = column_bytes(&q, 1);
    if (link.n != sizeof at.link) return GZ_CORRUPT;
    memcpy(at.link, link.p, link.n);
    struct row_sum sum = sum_of_link(table, owner, &at);
    TRY(row_sum_check(&sum, &q, 2));
    *out = at;
    return GZ_OK;
}

/* A row of another link has taken the number: ours is not there. */
static enum gz_err get_part(struct db *identity, const char *sql, const char *table,
                            const struct identity_link *at, struct buf *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(identity, sql, &q));
    bind_i64(&q, at->id);
    TRY(statement_row(&q));
    if (!bytes_eq(column_bytes(&q, 0), BYTES_OF(at->link))) return GZ_MISSING;
    const struct bytes content = column_bytes(&q, 1);
    struct row_sum     sum = sum_of_part(table, at->link, content);
    TRY(row_sum_check(&sum, &q, 2));
    return buf_add(out, content);
}

/* --- adding ----------------------------------------------------------------------------------- */

enum gz_err identity_add_matter(struct db *db, int64_t matter_id, struct identity_matter *m)
{
    static const char other[] =
        "INSERT INTO identity_matter (link, wrapped_key, row_sum) VALUES (?, ?, ?)";
    static const char ours[] = "INSERT INTO matter_identity (matter_id, identity_id, link, row_sum)"
                               " VALUES (?, ?, ?, ?)";
    const struct bytes wrapped = {m->wrapped_key, m->wrapped_key_n};
    assert(db->identity != NULL && m->wrapped_key_n <= sizeof m->wrapped_key);
    TRY(add_part(db->identity, other, "identity_matter", wrapped, &m->at));
    return add_link(db, ours, "matter_identity", matter_id, &m->at);
}

enum gz_err identity_add_part(struct db *db, int64_t record_id, struct identity_link *at,
                              struct bytes sealed)
{
    static const char other[] = "INSERT INTO identity_part (link, sealed, row_sum)"
                                " VALUES (?, ?, ?)";
    static const char ours[] = "INSERT INTO record_identity (record_id, identity_id, link, row_sum)"
                               " VALUES (?, ?, ?, ?)";
    assert(db->identity != NULL);
    TRY(add_part(db->identity, other, "identity_part", sealed, at));
    return add_link(db, ours, "record_identity", record_id, at);
}

/* --- keys that change ------------------------------------------------------------------------- */

enum gz_err identity_next_matter(struct db *db, int64_t after, struct identity_matter *out)
{
    static const char sql[] =
        "SELECT id, link FROM identity_matter WHERE id > ? ORDER BY id LIMIT 1";
    DEFER(statement_end) struct statement q = {0};
    struct identity_link                  at;
    TRY(statement_read(db->identity, sql, &q));
    bind_i64(&q, after);
    TRY(statement_row(&q));
    at.id = column_i64(&q, 0);
    const struct bytes link = column_bytes(&q, 1);
    if (link.n != sizeof at.link) return GZ_CORRUPT;
    memcpy(at.link, link.p, link.n);
    return identity_get_matter(db, &at, out);
}

enum gz_err identity_set_key(struct db *db, const struct identity_matter *m)
{
    static const char sql[] =
        "UPDATE identity_matter SET wrapped_key = ?, row_sum = ? WHERE id = ? AND link = ?";
    DEFER(statement_end) struct statement q = {0};
    const struct bytes                    wrapped = {m->wrapped_key, m->wrapped_key_n};
    struct row_sum                        sum = sum_of_part("identity_matter", m->at.link, wrapped);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db->identity, sql, &q));
    bind_blob(&q, wrapped);
    bind_blob(&q, BYTES_OF(h.b));
    bind_i64(&q, m->at.id);
    bind_blob(&q, BYTES_OF(m->at.link));
    return statement_run(&q, NULL);
}

enum gz_err identity_remove_key(struct db *db, const struct identity_link *at)
{
    static const char sql[] = "DELETE FROM identity_matter WHERE id = ? AND link = ?";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db->identity, sql, &q));
    bind_i64(&q, at->id);
    bind_blob(&q, BYTES_OF(at->link));
    return statement_run(&q, NULL);
}

/* --- reading ---------------------------------------------------------------------------------- */

enum gz_err identity_matter_link(struct db *db, int64_t matter_id, struct identity_link *out)
{
    static const char sql[] =
        "SELECT identity_id, link, row_sum FROM matter_identity WHERE matter_id = ?";
    return get_link(db, sql, "matter_identity", matter_id, out);
}

enum gz_err identity_part_link(struct db *db, int64_t record_id, struct identity_link *out)
{
    static const char sql[] =
        "SELECT identity_id, link, row_sum FROM record_identity WHERE record_id = ?";
    return get_link(db, sql, "record_identity", record_id, out);
}

enum gz_err identity_get_matter(struct db *db, const struct identity_link *at,
                                struct identity_matter *out)
{
    static const char sql[] = "SELECT link, wrapped_key, row_sum FROM identity_matter WHERE id = ?";
    DEFER(buf_fini) struct buf wrapped = {0};
    out->at = *at;
    if (db->identity == NULL) return GZ_MISSING;
    TRY(get_part(db->identity, sql, "identity_matter", at, &wrapped));
    if (wrapped.n > sizeof out->wrapped_key) return GZ_CORRUPT;
    memcpy(out->wrapped_key, wrapped.p, wrapped.n);
    out->wrapped_key_n = wrapped.n;
    return GZ_OK;
}

enum gz_err identity_get_part(struct db *db, const struct identity_link *at, struct buf *sealed)
{
    static const char sql[] = "SELECT link, sealed, row_sum FROM identity_part WHERE id = ?";
    if (db->identity == NULL) return GZ_MISSING;
    return get_part(db->identity, sql, "identity_part", at, sealed);
}

enum gz_err identity_is_unused(struct db *db, bool *out)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT 1 FROM matter) AND NOT EXISTS (SELECT 1 FROM matter_identity)";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    TRY(statement_row(&q));
    *out = column_i64(&q, 0) != 0;
    return GZ_OK;
}

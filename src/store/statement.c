#include "store/statement.h"

#include <string.h>

#include "host/host.h"

/* --- errors ----------------------------------------------------------------------------------- */

static enum gz_err of_constraint(int extended)
{
    return extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
                   extended == SQLITE_CONSTRAINT_ROWID
               ? GZ_CONFLICT
               : GZ_MALFORMED;
}

static enum gz_err of_code(int extended)
{
    switch (extended & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return GZ_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return GZ_BUSY;
    case SQLITE_NOMEM: return GZ_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return GZ_CORRUPT;
    case SQLITE_CONSTRAINT: return of_constraint(extended);
    case SQLITE_TOOBIG: return GZ_LIMIT;
    default: return GZ_IO;
    }
}

/* Only SQLite's own sentence for the code: the longer text could repeat a value. */
enum gz_err db_error(struct db *db, int code)
{
    const enum gz_err e = of_code(code);
    if (e == GZ_OK || e == GZ_CONFLICT) return e;
    log_line(e == GZ_CORRUPT ? LOG_ALARM : LOG_ERROR, "store", "database: %s code=%d errno=%d",
             sqlite3_errstr(code), code, db->c == NULL ? 0 : sqlite3_system_errno(db->c));
    return e;
}

/* --- statements ------------------------------------------------------------------------------- */

static struct statement_kept *find_kept(struct db *db, const char *sql)
{
    for (size_t i = 0; i < db->kept_n; i++)
        if (db->kept[i].sql == sql) return &db->kept[i];
    return NULL;
}

static enum gz_err prepare(struct db *db, const char *sql, unsigned flags, sqlite3_stmt **out)
{
    const int code = sqlite3_prepare_v3(db->c, sql, -1, flags, out, NULL);
    return db_error(db, code);
}

static enum gz_err take(struct db *db, const char *sql, struct statement *out)
{
    struct statement_kept *kept = find_kept(db, sql);
    if (kept == NULL && db->kept_n < DB_STATEMENTS_MAX) {
        sqlite3_stmt *s = NULL;
        TRY(prepare(db, sql, SQLITE_PREPARE_PERSISTENT, &s));
        kept = &db->kept[db->kept_n++];
        *kept = (struct statement_kept){sql, s, false};
    }
    *out = (struct statement){.db = db};
    if (kept == NULL || kept->in_use) return prepare(db, sql, 0, &out->s);
    kept->in_use = true;
    out->kept = kept;
    out->s = kept->s;
    return GZ_OK;
}

enum gz_err statement_read(struct db *db, const char *sql, struct statement *out)
{
    /* A full disk makes SQLite roll back by itself; what comes then must not stand alone. */
    if (db->in_transaction && sqlite3_get_autocommit(db->c)) return GZ_IO;
    return take(db, sql, out);
}

enum gz_err statement_write(struct db *db, const char *sql, struct statement *out)
{
    assert(db->in_transaction);
    return statement_read(db, sql, out);
}

void statement_end(struct statement *s)
{
    if (s->s == NULL) return;
    if (s->kept == NULL) {
        (void)sqlite3_finalize(s->s); /* repeats the error that a row or run returned */
    } else {
        (void)sqlite3_reset(s->s);
        (void)sqlite3_clear_bindings(s->s);
        s->kept->in_use = false;
    }
    *s = (struct statement){0};
}

static void note_bound(struct statement *s, int code)
{
    if (s->error == GZ_OK) s->error = db_error(s->db, code);
}

void bind_i64(struct statement *s, int64_t v)
{
    note_bound(s, sqlite3_bind_int64(s->s, ++s->bound, v));
}

void bind_u64(struct statement *s, uint64_t v)
{
    if (v > INT64_MAX && s->error == GZ_OK) s->error = GZ_LIMIT;
    bind_i64(s, (int64_t)(v > INT64_MAX ? INT64_MAX : v));
}

void bind_text(struct statement *s, struct bytes v)
{
    const char *p = v.n == 0 ? "" : (const char *)v.p; /* NULL would be SQL's NULL */
    note_bound(s, sqlite3_bind_text64(s->s, ++s->bound, p, v.n, SQLITE_STATIC, SQLITE_UTF8));
}

void bind_blob(struct statement *s, struct bytes v)
{
    const void *p = v.n == 0 ? (const void *)"" : v.p;
    note_bound(s, sqlite3_bind_blob64(s->s, ++s->bound, p, v.n, SQLITE_STATIC));
}

void bind_null(struct statement *s)
{
    note_bound(s, sqlite3_bind_null(s->s, ++s->bound));
}

enum gz_err statement_row(struct statement *s)
{
    assert(s->bound == sqlite3_bind_parameter_count(s->s));
    TRY(s->error);
    const int code = sqlite3_step(s->s);
    TRY(db_error(s->db, code));
    return code == SQLITE_ROW ? GZ_OK : GZ_MISSING;
}

enum gz_err statement_run(struct statement *s, uint64_t *changed)
{
    const enum gz_err e = statement_row(s);
    assert(e != GZ_OK);
    if (e != GZ_MISSING) return e;
    if (changed != NULL) *changed = (uint64_t)sqlite3_changes64(s->db->c);
    return GZ_OK;
}

int64_t statement_new_id(const struct statement *s)
{
    return sqlite3_last_insert_rowid(s->db->c);
}

/* --- columns ---------------------------------------------------------------------------------- */

bool column_is_null(const struct statement *s, int at)
{
    return sqlite3_column_type(s->s, at) == SQLITE_NULL;
}

int64_t column_i64(const struct statement *s, int at)
{
    return sqlite3_column_int64(s->s, at);
}

uint64_t column_u64(const struct statement *s, int at)
{
    return (uint64_t)sqlite3_column_int64(s->s, at);
}

struct bytes column_bytes(const struct statement *s, int at)
{
    const uint8_t *p = sqlite3_column_blob(s->s, at); /* before its length, as SQLite wants it */
    return (struct bytes){p, (size_t)sqlite3_column_bytes(s->s, at)};
}

enum gz_err column_hash(const struct statement *s, int at, uint8_t out[HASH_SIZE])
{
    const struct bytes v = column_bytes(s, at);
    if (v.n != HASH_SIZE) return GZ_CORRUPT;
    memcpy(out, v.p, v.n);
    return GZ_OK;
}

enum gz_err column_text(const struct statement *s, int at, char *out, size_t size)
{
    const struct bytes v = column_bytes(s, at);
    if (v.n >= size || bytes_find(v, 0) != v.n) return GZ_CORRUPT;
    if (v.n > 0) memcpy(out, v.p, v.n);
    out[v.n] = 0;
    return GZ_OK;
}

/* --- sums of rows ----------------------------------------------------------------------------- */

void row_sum_init(struct row_sum *s, const char *table)
{
    hasher_init(&s->h, SUITE_GM);
    row_sum_bytes(s, bytes_str(table));
}

void row_sum_bytes(struct row_sum *s, struct bytes v)
{
    row_sum_u64(s, v.n);
    hasher_add(&s->h, v);
}

void row_sum_u64(struct row_sum *s, uint64_t v)
{
    uint8_t b[8];
    write_be64(b, v);
    hasher_add(&s->h, BYTES_OF(b));
}

struct hash row_sum_end(struct row_sum *s)
{
    return hasher_end(&s->h);
}

enum gz_err row_sum_check(struct row_sum *s, const struct statement *q, int at)
{
    const struct hash sum = row_sum_end(s);
    if (bytes_eq(column_bytes(q, at), BYTES_OF(sum.b))) return GZ_OK;
    log_line(LOG_ALARM, "store", "database: a row is not what was written: run guzheng fsck");
    return GZ_CORRUPT;
}

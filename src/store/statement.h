/* A prepared statement of a connection while it is in use. Only the nouns of this folder use it. */
#pragma once
#include <sqlite3.h>

#include "core/hash.h"
#include "store/db.h"
#include "store/write_turn.h"

enum { DB_STATEMENTS_MAX = 48 }; /* kept prepared */

struct schema;
struct db {
    sqlite3             *c;
    const struct schema *schema;
    struct db           *identity; /* of the bank's database, where it was joined; owned */
    struct write_turn   *turn;     /* NULL of a database in memory, which has one connection */
    bool                 in_transaction; /* by db_begin: until db_commit or a rollback */
    size_t               kept_n;
    struct statement_kept {
        const char   *sql;
        sqlite3_stmt *s;
        bool          in_use;
    } kept[DB_STATEMENTS_MAX];
};

struct statement {
    struct db             *db;
    sqlite3_stmt          *s;
    struct statement_kept *kept;  /* NULL: finalised at its end */
    int                    bound; /* parameters so far */
    enum gz_err            error; /* the first of binding */
};
/* What SQLite answered, as one of ours; said in the log unless it is no failure. */
enum gz_err db_error(struct db *db, int code);

/* sql is a literal: kept prepared by its address. GZ_IO: SQLite ended the transaction by itself
 * after an earlier error; what follows would be committed without it. */
enum gz_err statement_read(struct db *db, const char *sql, struct statement *out);
/* The same, and a transaction is open (asserted). */
enum gz_err statement_write(struct db *db, const char *sql, struct statement *out);
void        statement_end(struct statement *s); /* for DEFER */

/* The next parameter. Bytes are borrowed until statement_end. */
void bind_i64(struct statement *s, int64_t v);
void bind_u64(struct statement *s, uint64_t v); /* over INT64_MAX: GZ_LIMIT when it runs */
void bind_text(struct statement *s, struct bytes v);
void bind_blob(struct statement *s, struct bytes v);
void bind_null(struct statement *s);

/* The next row. GZ_MISSING: no further one. */
enum gz_err statement_row(struct statement *s);
/* Runs a statement that gives no row; *changed (or NULL): rows. GZ_CONFLICT: a unique key is there;
 * GZ_MALFORMED: against another constraint. */
enum gz_err statement_run(struct statement *s, uint64_t *changed);
int64_t     statement_new_id(const struct statement *s);

/* Columns of the row, from 0. GZ_CORRUPT: another length. */
bool         column_is_null(const struct statement *s, int at);
int64_t      column_i64(const struct statement *s, int at);
uint64_t     column_u64(const struct statement *s, int at);   /* what bind_u64 wrote */
struct bytes column_bytes(const struct statement *s, int at); /* lives until the next row */
enum gz_err  column_hash(const struct statement *s, int at, uint8_t out[HASH_SIZE]);
enum gz_err  column_text(const struct statement *s, int at, char *out, size_t size); /* and NUL */

/* The sum of a row's columns that never change: SQLite keeps no check digits, so a flipped bit in a
 * value would pass as another value. Lengths are part of it. */
struct row_sum {
    struct hasher h;
};
void        row_sum_init(struct row_sum *s, const char *table);
void        row_sum_bytes(struct row_sum *s, struct bytes v);
void        row_sum_u64(struct row_sum *s, uint64_t v);
struct hash row_sum_end(struct row_sum *s);
/* GZ_CORRUPT, with an alarm: the column holds another sum. */
enum gz_err row_sum_check(struct row_sum *s, const struct statement *q, int at);

#include "store/db.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/host.h"
#include "store/migration.h"

enum {
    HEADER_WRITE_VERSION = 18, /* offsets in the file's first page: 2 is WAL */
    HEADER_READ_VERSION = 19,
    CHECK_DEFECTS_MAX = 20,
    DB_PATH_MAX = 4096,
};

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err say(struct buf *why, enum gz_err e, const char *path, const char *what)
{
    TRY(buf_addf(why, "%s: %s\n", path, what));
    return e;
}

/* Its count of memory, which nobody asks for, is a lock that every allocation takes. */
static void configure_sqlite(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum gz_err connect_to(const char *path, const struct schema *schema, int flags,
                              struct db **out)
{
    static pthread_once_t      once = PTHREAD_ONCE_INIT;
    DEFER(db_close) struct db *db = calloc(1, sizeof *db);
    if (db == NULL) return GZ_MEMORY;
    (void)pthread_once(&once, configure_sqlite);
    db->schema = schema;
    TRY(db_error(db, sqlite3_open_v2(path, &db->c, flags | SQLITE_OPEN_NOMUTEX, NULL)));
    (void)sqlite3_extended_result_codes(db->c, 1);
    (void)sqlite3_busy_timeout(db->c, DB_BUSY_MS);
    (void)sqlite3_db_config(db->c, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db->c, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *out = db;
    db = NULL;
    return GZ_OK;
}

static void free_image(unsigned char **p)
{
    sqlite3_free(*p);
}

/* Built in memory and put in place whole: an empty file beside the vault is then always damage,
 * never a database that was about to be made. SQLite must not be handed a file that this process
 * also opens and closes by itself: closing would drop the locks of its other connections. */
static enum gz_err create(const char *path, const struct schema *schema)
{
    DEFER(db_close) struct db       *db = NULL;
    sqlite3_int64                    n = 0;
    DEFER(free_image) unsigned char *image = NULL;
    TRY(connect_to(":memory:", schema, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &db));
    TRY(migration_run(db));
    image = sqlite3_serialize(db->c, "main", &n, 0);
    if (image == NULL || n <= HEADER_READ_VERSION) return GZ_MEMORY;
    image[HEADER_WRITE_VERSION] = image[HEADER_READ_VERSION] = 2;
    const enum gz_err e = file_create(path, (struct bytes){image, (size_t)n}, DB_MODE);
    return e == GZ_CONFLICT ? GZ_OK : e; /* another process was first */
}

static enum gz_err check_path(const char *path, struct buf *why)
{
    if (*path != 0 && *path != ':' && strncmp(path, "file:", 5) != 0) return GZ_OK;
    return say(why, GZ_MALFORMED, path, "this is no path of a file for SQLite: begin it with ./");
}

/* SQLite would replay what a lost database left behind into the new one. */
static enum gz_err create_anew(const char *path, const struct schema *schema, struct buf *why)
{
    char log[DB_PATH_MAX];
    if ((size_t)snprintf(log, sizeof log, "%s-wal", path) >= sizeof log)
        return say(why, GZ_IO, path, "the path is too long");
    /* In this order: another process that makes it now has the database before the log. */
    if (access(log, F_OK) == 0 && access(path, F_OK) != 0)
        return say(why, GZ_CORRUPT, path, "lost, but its log (-wal) is there: bring it back");
    if (create(path, schema) == GZ_OK) return GZ_OK;
    return say(why, GZ_IO, path, "the database cannot be made");
}

static enum gz_err check_file(const char *path, const struct schema *schema, struct buf *why)
{
    struct stat st;
    if (stat(path, &st)) {
        if (errno == ENOENT) return create_anew(path, schema, why);
        return say(why, GZ_IO, path, "the database cannot be examined");
    }
    if (!S_ISREG(st.st_mode)) return say(why, GZ_CORRUPT, path, "this is no database");
    if ((st.st_mode & 0177) != 0)
        return say(why, GZ_DENIED, path, "others may read the database: chmod 600");
    return GZ_OK;
}

/* Before anything is set, since that could write. A database without a table is no new one: new
 * ones are put in place whole. (SQLite even takes a file of one byte for an empty database.) */
static enum gz_err check_version(struct db *db)
{
    uint64_t version = 0;
    TRY(migration_version(db, &version));
    if (version > migration_newest(db)) return GZ_CONFLICT;
    return version == 0 ? GZ_CORRUPT : GZ_OK;
}

static enum gz_err set_durable(struct db *db)
{
    /* A cache that holds what a transaction of a batch changes: SQLite's own of 2 MB writes pages
     * to the log before their time, and reads them again. */
    static const char                     pragmas[] = "PRAGMA synchronous = FULL;"
                                                      "PRAGMA foreign_keys = ON;"
                                                      "PRAGMA cell_size_check = ON;"
                                                      "PRAGMA cache_size = -16384;" /* KiB */
                                                      "PRAGMA wal_autocheckpoint = 4000;";
    DEFER(statement_end) struct statement q = {0};
    TRY(db_error(db, sqlite3_exec(db->c, pragmas, NULL, NULL, NULL)));
    TRY(statement_read(db, "PRAGMA journal_mode = WAL", &q));
    TRY(statement_row(&q));
    if (bytes_eq(column_bytes(&q, 0), BYTES_LIT("wal"))) return GZ_OK;
    log_line(LOG_ERROR, "store", "database: no write-ahead log on this file system");
    return GZ_IO;
}

static const char *sentence(enum gz_err e)
{
    switch (e) {
    case GZ_CORRUPT: return "damaged, or no database of guzheng: run guzheng fsck";
    case GZ_CONFLICT: return "written by a newer guzheng: start that one";
    case GZ_BUSY: return "another process holds the database: end it, then try again";
    default: return err_sentence(e);
    }
}

static enum gz_err open_schema(const char *path, const struct schema *schema, struct db **out,
                               struct buf *why)
{
    DEFER(db_close) struct db *db = NULL;
    TRY(check_path(path, why));
    TRY(check_file(path, schema, why));
    enum gz_err e = connect_to(path, schema, SQLITE_OPEN_READWRITE, &db);
    if (e == GZ_OK) e = write_turn_open(path, &db->turn);
    if (e == GZ_OK) e = check_version(db);
    if (e == GZ_OK) e = set_durable(db);
    if (e == GZ_OK) e = migration_run(db);
    if (e == GZ_MISSING || e == GZ_MALFORMED) e = GZ_CORRUPT;
    if (e != GZ_OK) return say(why, e, path, sentence(e));
    *out = db;
    db = NULL;
    return GZ_OK;
}

enum gz_err db_open(const char *path, struct db **out, struct buf *why)
{
    return open_schema(path, &schema_bank, out, why);
}

enum gz_err db_join_identity(struct db *db, const char *path, struct buf *why)
{
    assert(db->schema == &schema_bank && db->identity == NULL && !db->in_transaction);
    return open_schema(path, &schema_identity, &db->identity, why);
}

bool db_has_identity(const struct db *db)
{
    return db->identity != NULL;
}

void db_close(struct db **db)
{
    struct db *d = *db;
    if (d == NULL) return;
    db_close(&d->identity);
    for (size_t i = 0; i < d->kept_n; i++) (void)sqlite3_finalize(d->kept[i].s);
    const int code = sqlite3_close(d->c); /* rolls back */
    assert(code == SQLITE_OK);            /* else a statement was left in use */
    if (d->in_transaction) write_turn_give(d->turn);
    write_turn_close(&d->turn);
    free(d);
    *db = NULL;
}

/* --- checking --------------------------------------------------------------------------------- */

static enum gz_err check_one(struct db *db, struct buf *why)
{
    const char *name = db->schema == &schema_bank ? "database" : "identity";
    DEFER(statement_end) struct statement pages = {0}, keys = {0};
    size_t                                defects = 0;
    enum gz_err                           e;
    TRY(statement_read(db, "PRAGMA integrity_check(20)", &pages));
    while ((e = statement_row(&pages)) == GZ_OK && defects < CHECK_DEFECTS_MAX) {
        const struct bytes line = column_bytes(&pages, 0);
        if (bytes_eq(line, BYTES_LIT("ok"))) continue;
        defects++;
        TRY(buf_addf(why, "%s: %.*s\n", name, (int)line.n, (const char *)line.p));
    }
    if (e != GZ_OK && e != GZ_MISSING) return e;
    TRY(statement_read(db, "PRAGMA foreign_key_check", &keys));
    while ((e = statement_row(&keys)) == GZ_OK && defects < CHECK_DEFECTS_MAX) {
        const struct bytes table = column_bytes(&keys, 0);
        defects++;
        TRY(buf_addf(why, "%s: a row of %.*s belongs to none\n", name, (int)table.n,
                     (const char *)table.p));
    }
    if (e != GZ_OK && e != GZ_MISSING) return e;
    return defects == 0 ? GZ_OK : GZ_CORRUPT;
}

enum gz_err db_check(struct db *db, struct buf *why)
{
    const enum gz_err e = check_one(db, why);
    if ((e != GZ_OK && e != GZ_CORRUPT) || db->identity == NULL) return e;
    const enum gz_err other = check_one(db->identity, why);
    return other == GZ_OK ? e : other;
}

/* --- transactions ----------------------------------------------------------------------------- */

static enum gz_err run(struct db *db, const char *sql)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    return statement_run(&q, NULL);
}

static enum gz_err begin_one(struct db *db)
{
    assert(!db->in_transaction);
    TRY(write_turn_take(db->turn, DB_BUSY_MS));
    const enum gz_err e = run(db, "BEGIN IMMEDIATE");
    db->in_transaction = e == GZ_OK;
    if (e != GZ_OK) write_turn_give(db->turn);
    return e;
}

static enum gz_err commit_one(struct db *db)
{
    assert(db->in_transaction);
    TRY(run(db, "COMMIT"));
    db->in_transaction = false;
    write_turn_give(db->turn);
    return GZ_OK;
}

static void roll_back_one(struct db *db)
{
    if (db == NULL || !db->in_transaction) return;
    db->in_transaction = false;
    if (!sqlite3_get_autocommit(db->c)) { /* else SQLite did it already */
        const enum gz_err e = run(db, "ROLLBACK");
        /* SQLite rolls back in memory; what stays open would take in what comes next. */
        assert(e == GZ_OK && sqlite3_get_autocommit(db->c));
    }
    write_turn_give(db->turn);
}

enum gz_err db_begin(struct db *db)
{
    TRY(begin_one(db));
    const enum gz_err e = db->identity == NULL ? GZ_OK : begin_one(db->identity);
    if (e != GZ_OK) roll_back_one(db);
    return e;
}

enum gz_err db_commit(struct db *db)
{
    enum gz_err e = db->identity == NULL ? GZ_OK : commit_one(db->identity);
    if (e == GZ_OK) e = commit_one(db);
    if (e != GZ_OK) db_rollback(&db);
    return e;
}

void db_rollback(struct db **db)
{
    if (*db == NULL) return;
    roll_back_one((*db)->identity);
    roll_back_one(*db);
}

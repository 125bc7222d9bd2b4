#include "store/migration.h"

#include "host/host.h"

/* record is small and changes when the log answers; what is large and never changes stands apart in
 * record_body, so that a change does not write it again. row_sum: statement.h. */
static const char version_1[] =
    "CREATE TABLE batch ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 255),"
    " content BLOB NOT NULL CHECK (length(content) = 32),"
    " received_ms INTEGER NOT NULL CHECK (received_ms > 0),"
    " rows INTEGER NOT NULL CHECK (rows >= 0),"
    " accepted INTEGER NOT NULL CHECK (accepted >= 0),"
    " repeated INTEGER NOT NULL CHECK (repeated >= 0),"
    " conflicts INTEGER NOT NULL CHECK (conflicts >= 0),"
    " refused INTEGER NOT NULL CHECK (refused >= 0),"
    " finished INTEGER NOT NULL CHECK (finished IN (0, 1))"
    ") STRICT;"
    "CREATE INDEX batch_content ON batch (content);"

    "CREATE TABLE matter ("
    " id INTEGER PRIMARY KEY,"
    " reference BLOB NOT NULL UNIQUE CHECK (length(reference) = 32),"
    " handle TEXT NOT NULL UNIQUE CHECK (length(handle) = 22),"
    " wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) BETWEEN 1 AND 128),"
    " last_seq INTEGER NOT NULL CHECK (last_seq >= 0),"
    " last_fingerprint BLOB NOT NULL CHECK (length(last_fingerprint) = 32),"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;"

    "CREATE TABLE record ("
    " id INTEGER PRIMARY KEY,"
    " uuid TEXT NOT NULL UNIQUE CHECK (length(uuid) = 36),"
    " matter_id INTEGER NOT NULL REFERENCES matter (id),"
    " seq INTEGER NOT NULL CHECK (seq > 0),"
    " batch_id INTEGER REFERENCES batch (id),"
    " kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),"
    " fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),"
    " received_ms INTEGER NOT NULL CHECK (received_ms > 0),"
    " log_index INTEGER UNIQUE CHECK (log_index >= 0),"
    " sequenced_ms INTEGER CHECK (sequenced_ms > 0),"
    " published_ms INTEGER CHECK (published_ms > 0),"
    " UNIQUE (matter_id, seq),"
    " CHECK ((log_index IS NULL) = (sequenced_ms IS NULL)),"
    " CHECK (published_ms IS NULL OR log_index IS NOT NULL)"
    ") STRICT;"
    "CREATE INDEX record_unpublished ON record (published_ms, log_index)"
    " WHERE published_ms IS NULL;"

    "CREATE TABLE record_body ("
    " record_id INTEGER PRIMARY KEY REFERENCES record (id),"
    " entry BLOB NOT NULL CHECK (length(entry) BETWEEN 1 AND 65536),"
    " sealed BLOB NOT NULL,"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)" /* with the constant part of record */
    ") STRICT;"

    "CREATE TABLE record_file ("
    " record_id INTEGER NOT NULL REFERENCES record (id),"
    " n INTEGER NOT NULL CHECK (n BETWEEN 1 AND 9999),"
    " size INTEGER NOT NULL CHECK (size >= 0),"
    " blob TEXT NOT NULL CHECK (length(blob) BETWEEN 1 AND 64),"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32),"
    " PRIMARY KEY (record_id, n)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_file_blob ON record_file (blob);"

    "CREATE TABLE event ("
    " source TEXT NOT NULL CHECK (length(CAST(source AS BLOB)) BETWEEN 1 AND 64),"
    " number TEXT NOT NULL CHECK (length(CAST(number AS BLOB)) BETWEEN 1 AND 64),"
    " content BLOB NOT NULL CHECK (length(content) = 32),"
    " record_id INTEGER NOT NULL REFERENCES record (id),"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32),"
    " PRIMARY KEY (source, number)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE submission ("
    " seq INTEGER PRIMARY KEY CHECK (seq > 0),"
    " count INTEGER NOT NULL CHECK (count BETWEEN 1 AND 4096),"
    " wire BLOB NOT NULL CHECK (length(wire) BETWEEN 1 AND 262144),"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;"
    "CREATE TABLE submission_answer ("
    " seq INTEGER PRIMARY KEY REFERENCES submission (seq),"
    " log_index INTEGER NOT NULL UNIQUE CHECK (log_index >= 0),"
    " answered_ms INTEGER NOT NULL CHECK (answered_ms > 0)"
    ") STRICT;"

    "CREATE TABLE outbox ("
    " record_id INTEGER PRIMARY KEY REFERENCES record (id),"
    " submission_seq INTEGER REFERENCES submission (seq),"
    " position INTEGER CHECK (position BETWEEN 0 AND 4095),"
    " UNIQUE (submission_seq, position),"
    " CHECK ((submission_seq IS NULL) = (position IS NULL))"
    ") STRICT;";

static const char version_2[] =
    "CREATE TABLE correction ("
    " record_id INTEGER PRIMARY KEY REFERENCES record (id),"
    " corrects INTEGER NOT NULL REFERENCES record (id),"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32),"
    " CHECK (corrects < record_id)"
    ") STRICT;"
    "CREATE INDEX correction_corrects ON correction (corrects, record_id);";

/* What people look for. digest is a keyed hash of the original's SM3. */
static const char version_3[] = "CREATE TABLE file_digest ("
                                " digest BLOB NOT NULL CHECK (length(digest) = 32),"
                                " record_id INTEGER NOT NULL REFERENCES record (id),"
                                " n INTEGER NOT NULL CHECK (n BETWEEN 1 AND 9999),"
                                " PRIMARY KEY (digest, record_id, n)"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE INDEX record_fingerprint ON record (fingerprint);"
                                "CREATE INDEX record_received ON record (received_ms);"
                                "CREATE INDEX event_record ON event (record_id);";

/* The answers to requests of the push API, by keyed hash of their Idempotency-Key. */
static const char version_4[] = "CREATE TABLE idempotency ("
                                " key BLOB PRIMARY KEY CHECK (length(key) = 32),"
                                " request BLOB NOT NULL CHECK (length(request) = 32),"
                                " record_id INTEGER NOT NULL REFERENCES record (id),"
                                " was_new INTEGER NOT NULL CHECK (was_new IN (0, 1)),"
                                " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
                                ") STRICT, WITHOUT ROWID;";

/* vault_state: the generation of the master key that wraps the keys of this database. */
#define CREATE_VAULT_STATE                                                                         \
    "CREATE TABLE vault_state ("                                                                   \
    " id INTEGER PRIMARY KEY CHECK (id IN (1, 2)),"                                                \
    " generation INTEGER NOT NULL CHECK (generation > 0),"                                         \
    " master_check BLOB NOT NULL CHECK (length(master_check) = 32),"                               \
    " sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 1 AND 1024),"                             \
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"                                          \
    ") STRICT;"

/* Where the identity store keeps its part of a record, and its key of a matter. The index is for
 * the sweep. side: the vault that holds an original, 0 business, 1 identity. */
static const char version_5[] = "CREATE TABLE matter_identity ("
                                " matter_id INTEGER PRIMARY KEY REFERENCES matter (id),"
                                " identity_id INTEGER NOT NULL,"
                                " link BLOB NOT NULL CHECK (length(link) = 16),"
                                " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
                                ") STRICT;"
                                "CREATE INDEX matter_identity_id ON matter_identity (identity_id);"
                                "CREATE TABLE record_identity ("
                                " record_id INTEGER PRIMARY KEY REFERENCES record (id),"
                                " identity_id INTEGER NOT NULL,"
                                " link BLOB NOT NULL CHECK (length(link) = 16),"
                                " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
                                ") STRICT;"
                                "CREATE INDEX record_identity_id ON record_identity (identity_id);"
                                "ALTER TABLE record_file ADD COLUMN side INTEGER NOT NULL DEFAULT "
                                "0 CHECK (side IN (0, 1));" CREATE_VAULT_STATE;

/* A key's record says which request it was: a digest of the request would outlive the destruction
 * of the matter's key. Nothing was written before. */
static const char version_6[] = "DROP TABLE idempotency;"
                                "CREATE TABLE idempotency ("
                                " key BLOB PRIMARY KEY CHECK (length(key) = 32),"
                                " record_id INTEGER NOT NULL REFERENCES record (id),"
                                " was_new INTEGER NOT NULL CHECK (was_new IN (0, 1)),"
                                " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
                                ") STRICT, WITHOUT ROWID;";

/* Consents by keyed hashes of their number and subject, beside the records that gave and took them.
 */
static const char version_7[] =
    "CREATE TABLE consent ("
    " id INTEGER PRIMARY KEY,"
    " matter_id INTEGER NOT NULL REFERENCES matter (id),"
    " record_id INTEGER NOT NULL UNIQUE REFERENCES record (id),"
    " number BLOB NOT NULL CHECK (length(number) = 32),"
    " person BLOB CHECK (length(person) = 32),"
    " entity BLOB CHECK (length(entity) = 32),"
    " agreement INTEGER NOT NULL CHECK (agreement BETWEEN 1 AND 5),"
    " version TEXT NOT NULL CHECK (length(CAST(version AS BLOB)) BETWEEN 1 AND 128),"
    " purposes TEXT NOT NULL CHECK (length(CAST(purposes AS BLOB)) BETWEEN 1 AND 1024),"
    " from_ms INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL,"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32),"
    " UNIQUE (matter_id, number),"
    " CHECK (person IS NOT NULL OR entity IS NOT NULL),"
    " CHECK (from_ms < until_ms)"
    ") STRICT;"
    "CREATE INDEX consent_agreement ON consent (matter_id, agreement);"
    "CREATE TABLE consent_withdrawal ("
    " consent_id INTEGER PRIMARY KEY REFERENCES consent (id),"
    " record_id INTEGER NOT NULL UNIQUE REFERENCES record (id),"
    " withdrawn_ms INTEGER NOT NULL,"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;";

/* Which record is a note of which. */
static const char version_8[] = "CREATE TABLE annotation ("
                                " record_id INTEGER PRIMARY KEY REFERENCES record (id),"
                                " about INTEGER NOT NULL REFERENCES record (id),"
                                " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32),"
                                " CHECK (about < record_id)"
                                ") STRICT;"
                                "CREATE INDEX annotation_about ON annotation (about, record_id);";

/* Holds, orders to destroy, and what was done by hand, which only grows. */
static const char version_9[] =
    "CREATE TABLE hold ("
    " id INTEGER PRIMARY KEY,"
    " matter_id INTEGER NOT NULL REFERENCES matter (id),"
    " reason TEXT NOT NULL CHECK (length(CAST(reason AS BLOB)) BETWEEN 1 AND 500),"
    " by TEXT NOT NULL CHECK (length(CAST(by AS BLOB)) BETWEEN 1 AND 64),"
    " added_ms INTEGER NOT NULL,"
    " removed_ms INTEGER,"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;"
    "CREATE INDEX hold_on ON hold (matter_id) WHERE removed_ms IS NULL;"
    "CREATE TABLE erasure ("
    " matter_id INTEGER PRIMARY KEY REFERENCES matter (id),"
    " ordered_ms INTEGER NOT NULL,"
    " done_ms INTEGER,"
    " signed_order BLOB NOT NULL CHECK (length(signed_order) BETWEEN 1 AND 65536),"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;"
    "CREATE INDEX erasure_pending ON erasure (matter_id) WHERE done_ms IS NULL;"
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY,"
    " at_ms INTEGER NOT NULL,"
    " action TEXT NOT NULL,"
    " matter TEXT NOT NULL,"
    " who TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;"
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'audit is only added to'); END;"
    "CREATE TRIGGER audit_remains BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'audit is only added to'); END;";

static const char *const bank_steps[] = {version_1, version_2, version_3, version_4, version_5,
                                         version_6, version_7, version_8, version_9};

/* The identity store: sealed parts by numbers of its own, which say nothing by themselves. swept:
 * up to which rows an earlier start has looked for orphans. */
static const char identity_1[] =
    "CREATE TABLE identity_matter ("
    " id INTEGER PRIMARY KEY,"
    " link BLOB NOT NULL CHECK (length(link) = 16),"
    " wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) BETWEEN 1 AND 128),"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;"
    "CREATE TABLE identity_part ("
    " id INTEGER PRIMARY KEY,"
    " link BLOB NOT NULL CHECK (length(link) = 16),"
    " sealed BLOB NOT NULL,"
    " row_sum BLOB NOT NULL CHECK (length(row_sum) = 32)"
    ") STRICT;"
    "CREATE TABLE swept ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " matter_id INTEGER NOT NULL CHECK (matter_id >= 0),"
    " part_id INTEGER NOT NULL CHECK (part_id >= 0)"
    ") STRICT;"
    "INSERT INTO swept VALUES (1, 0, 0);" CREATE_VAULT_STATE;

static const char *const identity_steps[] = {identity_1};

static const char create_migration[] = "CREATE TABLE IF NOT EXISTS migration ("
                                       " version INTEGER PRIMARY KEY CHECK (version > 0),"
                                       " applied_ms INTEGER NOT NULL"
                                       ") STRICT;";

static_assert(DB_APPLICATION_ID == 1197098050, "the same number twice");
static_assert(DB_IDENTITY_APPLICATION_ID == 1197099332, "the same number twice");

const struct schema schema_bank = {"PRAGMA application_id = 1197098050", DB_APPLICATION_ID,
                                   COUNT_OF(bank_steps), bank_steps};
const struct schema schema_identity = {"PRAGMA application_id = 1197099332",
                                       DB_IDENTITY_APPLICATION_ID, COUNT_OF(identity_steps),
                                       identity_steps};

uint64_t migration_newest(const struct db *db)
{
    return db->schema->steps_n;
}

static enum gz_err read_number(struct db *db, const char *sql, uint64_t *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    const enum gz_err e = statement_row(&q);
    if (e == GZ_MISSING) return GZ_CORRUPT;
    TRY(e);
    *out = column_u64(&q, 0);
    return GZ_OK;
}

enum gz_err migration_version(struct db *db, uint64_t *version)
{
    uint64_t tables = 0, ours = 0, application = 0;
    TRY(read_number(db, "SELECT count(*) FROM sqlite_schema", &tables));
    TRY(read_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'migration'", &ours));
    TRY(read_number(db, "PRAGMA application_id", &application));
    *version = 0;
    if (tables == 0) return GZ_OK;
    if (ours != 1 || application != db->schema->application_id) return GZ_CORRUPT;
    return read_number(db, "SELECT coalesce(max(version), 0) FROM migration", version);
}

static enum gz_err run_step(struct db *db, uint64_t version)
{
    DEFER(statement_end) struct statement q = {0};
    const struct time                     now = clock_now();
    TRY(db_error(db, sqlite3_exec(db->c, db->schema->steps[version - 1], NULL, NULL, NULL)));
    TRY(statement_write(db, "INSERT INTO migration (version, applied_ms) VALUES (?, ?)", &q));
    bind_u64(&q, version);
    bind_i64(&q, now.s * 1000 + now.ns / 1000000);
    return statement_run(&q, NULL);
}

enum gz_err migration_run(struct db *db)
{
    DEFER(db_rollback) struct db *open = db;
    uint64_t                      version = 0;
    TRY(migration_version(db, &version));
    if (version > migration_newest(db)) return GZ_CONFLICT;
    if (version == migration_newest(db)) return GZ_OK;
    TRY(db_begin(open));
    TRY(migration_version(db, &version)); /* another process may have been first */
    TRY(db_error(db, sqlite3_exec(db->c, db->schema->set_application_id, NULL, NULL, NULL)));
    TRY(db_error(db, sqlite3_exec(db->c, create_migration, NULL, NULL, NULL)));
    while (version < migration_newest(db)) TRY(run_step(db, ++version));
    return db_commit(open);
}

/* The bank's database: SQLite, WAL, synchronous=FULL, foreign keys on. One struct db is one
 * connection, used by one thread at a time; the process opens one for intake, one for publishing,
 * one for queries. All SQL stands beside its noun: batch.c, event.c, matter.c, record.c, outbox.c.
 * Whatever writes is called between db_begin and db_commit (asserted); after an error of it the
 * caller rolls back. Whatever reads may be called anywhere. Any of them may return GZ_CORRUPT (a
 * row is not what was written), GZ_BUSY, GZ_IO or GZ_MEMORY. */
#pragma once
#include "base/buf.h"

enum { DB_BUSY_MS = 10000, DB_MODE = 0600 };

struct db;

/* Made where missing (mode 0600), whole or not at all, and brought to the present schema by
 * append-only migrations. GZ_CORRUPT: no database, damaged, or gone while its -wal is there;
 * GZ_CONFLICT: written by a newer program; GZ_DENIED: others may read or write it; GZ_BUSY: held by
 * another for over DB_BUSY_MS; GZ_MALFORMED: a path that SQLite takes for something else; GZ_IO.
 * Each with a line in *why for humans. */
enum gz_err db_open(const char *path, struct db **out, struct buf *why);
/* Opens the identity store likewise and joins it to the bank's database: from then on they begin,
 * commit and roll back together, and are closed together. identity.h reads and writes it. */
enum gz_err db_join_identity(struct db *db, const char *path, struct buf *why);
bool        db_has_identity(const struct db *db);
void        db_close(struct db **db); /* for DEFER; rolls back what is open */
/* Reads everything, of both: pages, indexes, foreign keys. GZ_CORRUPT with lines in *why. For fsck.
 */
enum gz_err db_check(struct db *db, struct buf *why);

/* BEGIN IMMEDIATE. One level only (asserted). */
enum gz_err db_begin(struct db *db);
/* The identity store first: a crash in between leaves parts that no record has, which
 * identity_sweep removes. On error nothing of the bank's was kept and no transaction is open; only
 * after a GZ_IO because the disk refused the sync it may be found kept after a crash, which the
 * unique keys make harmless. */
enum gz_err db_commit(struct db *db);
/* For DEFER on a second `struct db *`: rolls back if a transaction is open, so not after db_commit.
 */
void        db_rollback(struct db **db);

/* The bank's database: SQLite, WAL, synchronous=FULL, foreign keys on. One struct db is one
 * connection, used by one thread at a time; the process opens one for intake, one for publishing,
 * one for queries. All SQL stands beside its noun: batch.c, event.c, matter.c, record.c, outbox.c.
 */
#pragma once
#include "base/buf.h"

struct db;

/* Made where missing (mode 0600), brought to the present schema by append-only migrations.
 * GZ_CORRUPT: no database, or damaged; GZ_CONFLICT: written by a newer program; GZ_BUSY: held by
 * another for over 10 s; GZ_IO. Each with *why for humans. */
enum gz_err db_open(const char *path, struct db **out, struct buf *why);
void        db_close(struct db **db); /* for DEFER; rolls back what is open */

/* BEGIN IMMEDIATE. One level only (asserted). */
enum gz_err db_begin(struct db *db);
enum gz_err db_commit(struct db *db); /* on error nothing was kept and no transaction is open */
/* For DEFER on a `struct db *` that db_commit_and_clear sets to NULL: rolls back if still open. */
void        db_rollback(struct db **db);

/* The schema, as the steps that lead to it. Append-only: a step that was once delivered is never
 * changed, since databases exist that have run it. */
#pragma once
#include "store/statement.h"

enum {                                          /* in the file's header */
       DB_APPLICATION_ID = 0x475a4442,          /* "GZDB" */
       DB_IDENTITY_APPLICATION_ID = 0x475a4944, /* "GZID" */
};

/* Of one of the two databases. */
struct schema {
    const char        *set_application_id; /* SQL */
    uint64_t           application_id;
    size_t             steps_n;
    const char *const *steps;
};
extern const struct schema schema_bank, schema_identity;

/* The version of this program: the number of steps. */
uint64_t    migration_newest(const struct db *db);
/* 0: an empty database. GZ_CORRUPT: tables, but none of ours. */
enum gz_err migration_version(struct db *db, uint64_t *version);
/* Run what is missing, in one transaction. GZ_CONFLICT: the database is newer than the program. */
enum gz_err migration_run(struct db *db);

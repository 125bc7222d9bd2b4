/* Is the database older than the log? Then it was set back to an earlier copy, and what the vaults
 * hold beyond it are no orphans. */
#pragma once
#include "app/bank.h"
#include "store/db.h"

enum { STORE_AGE_LOOK_BACK = 4096 /* entries from the log's end, for the newest of our own */ };

/* *is_behind: the log's newest entry in our own name is of no record. */
enum gz_err store_is_behind(const struct chain_files *log, struct bytes organisation, struct db *db,
                            bool *is_behind);

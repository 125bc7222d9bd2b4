/* Which record corrects which. Both stay for ever; what is corrected says so wherever it is shown.
 */
#pragma once
#include "store/db.h"

/* In the transaction of record_add. GZ_CONFLICT: the record corrects another already. */
enum gz_err correction_add(struct db *db, int64_t record_id, int64_t corrects);
/* What this record corrects. GZ_MISSING: nothing. */
enum gz_err correction_get(struct db *db, int64_t record_id, int64_t *corrects);
/* The newest record that corrects this one. GZ_MISSING: none. */
enum gz_err correction_latest(struct db *db, int64_t record_id, int64_t *by);

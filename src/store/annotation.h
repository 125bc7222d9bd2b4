/* Which record annotates which (附注): a note says something of an earlier record and replaces
 * nothing. A record may have any number of them. */
#pragma once
#include "store/db.h"

/* In the transaction of record_add. GZ_CONFLICT: the record is a note of another already. */
enum gz_err annotation_add(struct db *db, int64_t record_id, int64_t about);
/* What this record is a note of. GZ_MISSING: of nothing. */
enum gz_err annotation_get(struct db *db, int64_t record_id, int64_t *about);
/* Visits the ids of the notes of a record, oldest first. */
typedef enum gz_err (*annotation_visitor)(void *ctx, int64_t record_id);
enum gz_err annotation_list(struct db *db, int64_t about, annotation_visitor visit, void *ctx);

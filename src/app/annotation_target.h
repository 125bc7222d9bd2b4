/* What an item of the kind evidence.note is a note of. */
#pragma once
#include "app/intake_item.h"
#include "store/db.h"

#define ANNOTATION_KIND  "evidence.note"
#define ANNOTATION_FIELD "about"

/* The field holds an event number of the item's source, or an evidence number; what it names must
 * be of this matter. *about: its record, 0 where the item is no note. GZ_MISSING: there is none
 * such. */
enum gz_err annotation_target(struct db *db, const struct intake_item *item, int64_t matter_id,
                              int64_t *about);

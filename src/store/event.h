/* The retry key: which event numbers of which source were recorded, for ever, and as what. */
#pragma once
#include "core/hash.h"
#include "store/db.h"

enum { EVENT_NUMBER_MAX = 64, EVENT_SOURCE_MAX = 64 };

struct event {
    struct bytes source, number;
    uint8_t content[HASH_SIZE]; /* keyed hash of kind, fields and files: never a plain digest */
};
enum event_answer { EVENT_IS_NEW, EVENT_IS_REPEATED, EVENT_IS_OTHER };
/* Is it there, with this content or another? *record_id of what is there. */
enum gz_err event_find(struct db *db, const struct event *e, enum event_answer *answer,
                       int64_t *record_id);
/* GZ_CONFLICT: the number is there (UNIQUE (source, number)). */
enum gz_err event_add(struct db *db, const struct event *e, int64_t record_id);

/* What was answered to a request with an Idempotency-Key, for ever: the record that it led to,
 * which also says which request it was. The key only as a keyed hash. */
#pragma once
#include "core/hash.h"
#include "store/db.h"

struct idempotency {
    uint8_t key[HASH_SIZE]; /* keyed hash */
    int64_t record_id;
    bool    was_new; /* the request made the record; else it had been there before */
};
/* By key. GZ_MISSING. */
enum gz_err idempotency_get(struct db *db, const uint8_t key[HASH_SIZE], struct idempotency *out);
/* GZ_CONFLICT: the key is there. */
enum gz_err idempotency_add(struct db *db, const struct idempotency *i);

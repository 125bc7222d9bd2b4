/* A matter: the records of one loan. Its handle is random; whose loan it is stands nowhere but in a
 * keyed hash of the bank's own number. */
#pragma once
#include "core/entry.h"
#include "store/db.h"

enum {
    MATTER_WRAPPED_MAX = 128,
    MATTER_ERASED_SIZE = 1, /* of a wrapped key that was destroyed: a zero byte in its place */
};

struct matter {
    int64_t     id;
    char        handle[ENTRY_MATTER_SIZE + 1];
    uint8_t     wrapped_key[MATTER_WRAPPED_MAX]; /* of the vault */
    size_t      wrapped_key_n;
    uint64_t    last_seq; /* 0: no record yet */
    struct hash last_fingerprint;
};
static inline bool matter_is_erased(const struct matter *m)
{
    return m->wrapped_key_n == MATTER_ERASED_SIZE;
}
/* By keyed hash of source and the bank's number. GZ_MISSING. */
enum gz_err matter_get(struct db *db, const uint8_t reference[HASH_SIZE], struct matter *out);
enum gz_err matter_get_id(struct db *db, int64_t id, struct matter *out);
/* m->id is filled. GZ_CONFLICT: the reference or the handle is there. */
enum gz_err matter_add(struct db *db, const uint8_t reference[HASH_SIZE], struct matter *m);
/* After a record: last_seq + 1 and its fingerprint. GZ_CONFLICT: another was first since *m was
 * read; GZ_MISSING: no such matter. *m is changed with the row. */
enum gz_err matter_advance(struct db *db, struct matter *m, struct hash fingerprint);
/* The next one behind this id, in their order. GZ_MISSING: none. */
enum gz_err matter_next(struct db *db, int64_t after, struct matter *out);
/* Another wrapped key for it; everything else is as it was. */
enum gz_err matter_set_key(struct db *db, const struct matter *m);

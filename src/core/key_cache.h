/* Tables of keys that sign again and again (core/sm2_table.h), made when a key has been used often
 * enough to pay for its own. Give it only keys that are trusted already, such as a policy's: others
 * would decide what memory and time is spent. A key that finds no room is verified without. The
 * answers are those of key_verify. Pure: the memory is the caller's; all zero is empty. */
#pragma once
#include "core/key.h"
#include "core/sm2_table.h"

enum {
    KEY_CACHE_MAX = 64,  /* keys with tables; 9.5 MB when all are in use */
    KEY_CACHE_AFTER = 16 /* uses of a key; a table costs about as much as 20 verifications */
};

struct known_key {
    uint8_t          point[SM2_POINT_SIZE];
    unsigned         uses; /* up to KEY_CACHE_AFTER; then it has its table */
    struct sm2_table table;
};
struct key_cache {
    size_t           n;
    bool             has_base;
    struct sm2_table base;
    struct known_key keys[KEY_CACHE_MAX];
};

/* c NULL: without. */
enum gz_err key_cache_verify(struct key_cache *c, const struct key *k, struct bytes message,
                             const uint8_t signature[KEY_SIGNATURE_SIZE]);

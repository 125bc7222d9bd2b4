/* The generation of a vault's master key, in the database whose keys it wraps: changed in the same
 * transaction that wraps them anew, so that which master is the right one is never in doubt. */
#pragma once
#include "core/hash.h"
#include "store/db.h"

enum { VAULT_STATE_SEALED_MAX = 1024 };

/* The two vaults: business facts, and what says whose they are. Numbers are stored. */
enum vault_side { SIDE_BUSINESS = 0, SIDE_IDENTITY = 1 };
enum { SIDES = 2 };
const char *side_name(enum vault_side side); /* "business" "identity", for the log */

struct vault_state {
    uint64_t generation;       /* 0: none yet */
    uint8_t  check[HASH_SIZE]; /* a keyed hash that only this generation's master gives */
    uint8_t  sealed[VAULT_STATE_SEALED_MAX]; /* what stays the same through all generations */
    size_t   sealed_n;
};
/* GZ_MISSING: none yet. */
enum gz_err vault_state_get(struct db *db, enum vault_side side, struct vault_state *out);
/* That of the identity store as the bank's database remembers it, should that store be lost: with
 * it the keyed hashes stay what they were. */
enum gz_err vault_state_recall(struct db *db, struct vault_state *out);
/* The first one or the next. GZ_CONFLICT: its generation is not the one behind the stored one. */
enum gz_err vault_state_put(struct db *db, enum vault_side side, const struct vault_state *s);

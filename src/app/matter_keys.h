/* The data keys of a matter: one in each vault. That of the identity vault is wrapped in the
 * identity store, under a link that only the bank's database has; either store alone opens nothing
 * of the other. */
#pragma once
#include "app/bank.h"
#include "store/identity.h"

struct matter_keys {
    struct vault_key key[SIDES];
    enum gz_err state[SIDES]; /* GZ_OK: the key is there; GZ_MISSING: that side is lost, or older
                                 than the matter; GZ_ERASED: destroyed by order;
                                 GZ_CORRUPT: not what was written */
    bool        has_identity; /* false: a matter from before there were two vaults, none needed */
};
void matter_keys_fini(struct matter_keys *k); /* for DEFER: wipes */

/* A new matter (its handle is filled) with its keys, in the caller's transaction; fills its id. */
enum gz_err matter_keys_make(const struct bank *bank, struct db *db,
                             const uint8_t reference[HASH_SIZE], struct matter *m,
                             struct matter_keys *out);
/* What can be opened of them; a vault that is NULL is lost. An error is about reading only: see
 * state. */
enum gz_err matter_keys_get(const struct bank *bank, struct db *db, const struct matter *m,
                            struct matter_keys *out);
/* What says something of a key or part, and not of us, becomes its state. */
enum gz_err keys_note(enum gz_err e, enum gz_err *state);
/* In a transaction: the key of the identity vault for a matter that has none yet. */
enum gz_err matter_keys_complete(const struct bank *bank, struct db *db, const struct matter *m,
                                 struct matter_keys *k);

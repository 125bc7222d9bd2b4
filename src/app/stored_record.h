/* A record as database and vaults give it back, and what was meant: before a transaction is
 * committed they are compared. Reading needs the connection; checking needs nothing but these
 * bytes, so that another thread may do it. */
#pragma once
#include "app/matter_keys.h"
#include "store/record.h"

struct stored_record {
    struct record        record; /* as it was read, with entry and sealed */
    bool                 has_identity;
    struct identity_link at;       /* of its part in the identity store */
    struct buf           identity; /* that part, sealed */
    struct vault_key     key[SIDES];
    /* What was meant. */
    enum suite           suite;
    struct hash          fingerprint;
    char                 uuid[ENTRY_ID_SIZE + 1], corrects_uuid[ENTRY_ID_SIZE + 1];
    uint64_t             seq;
};
void stored_record_fini(struct stored_record *s); /* for DEFER: wipes */

/* Reads record, identity part and their sums; what was meant is the caller's to fill in. */
enum gz_err stored_record_read(struct db *db, int64_t id, const struct matter_keys *keys,
                               struct stored_record *out);
/* entry_hash: of record.entry, by the suite. Opens both parts and hashes every disclosure. */
enum gz_err stored_record_check(const struct stored_record *s, struct hash entry_hash);
/* Whatever cannot be made sense of is not what was written: GZ_CORRUPT. What is about us stays. */
enum gz_err stored_record_error(enum gz_err e);

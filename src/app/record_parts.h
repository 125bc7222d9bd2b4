/* The disclosures of a record as the two vaults give them back. */
#pragma once
#include "app/matter_keys.h"
#include "store/record.h"

struct record_parts {
    struct buf  plain[SIDES]; /* D LF D LF …; empty where state is no GZ_OK */
    enum gz_err state[SIDES]; /* GZ_MISSING: lost with that side; GZ_ERASED; GZ_CORRUPT: altered */
};
void record_parts_fini(struct record_parts *p); /* for DEFER: wipes */

/* r is read with entry and sealed. An error is about reading only: see state. A record from before
 * there were two vaults has all in the business part. */
enum gz_err record_parts_open(const struct bank *bank, struct db *db, const struct record *r,
                              struct record_parts *out);
enum gz_err record_parts_unseal(struct db *db, const struct record *r,
                                const struct matter_keys *keys, struct record_parts *out);
/* Each disclosure is one of the entry's; where both parts are there, they are all. GZ_CORRUPT. */
enum gz_err record_parts_check(const struct record_parts *p, const struct entry *e);

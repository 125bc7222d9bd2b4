/* What can be made of an intake item before anything is looked up: its disclosures with fresh
 * salts, each for its vault, and all digests. Needs neither database nor keys, so that a thread may
 * make those of the next rows while these are recorded. */
#pragma once
#include "app/bank.h"
#include "app/intake_item.h"

enum { ITEM_FILES_MAX = 16 }; /* originals of an item */

/* {0} is empty. Holds plain text of the item, and salts. */
struct item_disclosures {
    bool        is_hashed, is_made;
    size_t      files_n;
    struct hash sm3[ITEM_FILES_MAX]; /* of the item's originals, in their order */
    struct buf  lines[SIDES];        /* D LF D LF … */
    size_t      digests_n;
    struct buf  digests; /* digests_n struct hash, of all lines, side by side */
};
void item_disclosures_fini(struct item_disclosures *d); /* for DEFER: wipes */

/* The digests of its originals alone. GZ_LIMIT: too many. */
enum gz_err item_disclosures_hash(const struct intake_item *item, struct item_disclosures *d);
/* All of it; that of the originals may have been done. now: when signatures of originals are
 * checked. On error d holds what was made by then, and is_made is false. */
enum gz_err item_disclosures_make(const struct bank *bank, const struct intake_item *item,
                                  struct time now, struct item_disclosures *d);
/* Of one of the item's values, which is an original. is_hashed. */
struct hash item_disclosures_sm3(const struct item_disclosures *d, const struct intake_item *item,
                                 const struct intake_value *v);
static inline const struct hash *item_disclosures_digests(const struct item_disclosures *d)
{
    return (const struct hash *)d->digests.p;
}
static inline enum vault_side kind_field_side(const struct kind_field *field)
{
    return field->store == STORE_BUSINESS ? SIDE_BUSINESS : SIDE_IDENTITY;
}

/* Destroy the keys of a matter, so that nothing of it can be read any more, in no backup either: a
 * new master key is made for each vault, every other key is wrapped under it, and the old master
 * keys are destroyed. What was published stays provable. */
#pragma once
#include "app/bank.h"
#include "app/destroy_order.h"
#include "store/db.h"

/* order: as destroy_order.h says. Checked: two operators, a reason, retention over (of every record
 * by its kind, and as stated), no hold, no grievance as stated. Once the
 * order is stored it is carried through, after a crash by destroy_finish. GZ_MALFORMED, GZ_LIMIT,
 * GZ_DENIED: the order; GZ_MISSING: no such matter; GZ_CONFLICT: held, retained, or destroyed
 * already; GZ_BUSY: the bank runs. Each with a sentence in *why, Chinese. Nothing was changed then.
 * GZ_IO, GZ_CORRUPT: not finished; it goes on at the next start or call. */
enum gz_err destroy_matter(const struct bank *bank, struct db *db, const struct key *operators,
                           size_t operators_n, struct bytes order, struct time now,
                           struct buf *why);
/* At start, while nobody else has the vaults: what an earlier process has not finished. */
enum gz_err destroy_finish(struct vault *const vaults[SIDES], struct db *db, struct time now,
                           struct buf *why);

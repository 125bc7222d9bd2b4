/* An intake item becomes a record, inside the caller's transaction: disclosures with fresh salts,
 * entry, originals and disclosures sealed, record, outbox, retry key. */
#pragma once
#include "app/bank.h"
#include "app/intake_item.h"
#include "app/item_disclosures.h"
#include "store/record.h"

/* The item has no defects (asserted). batch_id: the batch file it stood in. now: recorded_at.
 * Before it answers INTAKE_ACCEPTED the record was read back from the database and the vault,
 * opened and hashed again: GZ_CORRUPT where it is not what was written (the caller rolls back).
 * GZ_LIMIT: the entry would be too large. */
enum gz_err record_make(const struct bank *bank, struct db *db, const struct intake_item *item,
                        int64_t batch_id, struct time now, struct intake_answer *out);
/* The same with the item's disclosures made before, or (empty, or not finished for an error that
 * then comes again) made now. */
enum gz_err record_make_of(const struct bank *bank, struct db *db, const struct intake_item *item,
                           struct item_disclosures *made, int64_t batch_id, struct time now,
                           struct intake_answer *out);

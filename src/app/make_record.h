/* An intake item becomes a record, inside the caller's transaction: disclosures with fresh salts,
 * entry, originals and disclosures sealed, record, outbox, retry key. */
#pragma once
#include "app/bank.h"
#include "app/intake_item.h"
#include "app/item_disclosures.h"
#include "app/stored_check.h"
#include "store/record.h"

/* The item has no defects (asserted). batch_id: the batch file it stood in. now: recorded_at.
 * Before it answers INTAKE_ACCEPTED the record was read back from the database and the vault,
 * opened and hashed again: GZ_CORRUPT where it is not what was written (the caller rolls back).
 * GZ_LIMIT: the entry would be too large. */
enum gz_err record_make(const struct bank *bank, struct db *db, const struct intake_item *item,
                        int64_t batch_id, struct time now, struct intake_answer *out);
/* What other threads have done, or will do. */
struct record_help {
    /* Of the item: made before, or (empty, or not finished for an error that then comes again) made
     * now. */
    struct item_disclosures *made;
    /* Compares what was read back: nothing may be committed before stored_check_end. NULL: it is
     * compared at once. */
    struct stored_check     *check;
};
enum gz_err record_make_of(const struct bank *bank, struct db *db, const struct intake_item *item,
                           const struct record_help *help, int64_t batch_id, struct time now,
                           struct intake_answer *out);

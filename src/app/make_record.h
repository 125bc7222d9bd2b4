/* One row of a batch becomes a record, inside the caller's transaction: disclosures with fresh
 * salts, entry, originals and disclosures sealed, record, outbox, retry key. */
#pragma once
#include "app/bank.h"
#include "app/batch_file.h"
#include "store/record.h"

enum row_result { ROW_ACCEPTED, ROW_REPEATED, ROW_CONFLICT };

/* The row has no defects. now: recorded_at. Before it returns ROW_ACCEPTED the record was read back
 * from the database and the vault, opened and hashed again: GZ_CORRUPT where it is not what was
 * written (the caller rolls back). GZ_LIMIT: the entry would be too large. */
enum gz_err record_make(const struct bank *bank, struct db *db, struct bytes source,
                        const struct kind *kind, const struct batch_row *row, int64_t batch_id,
                        struct time now, enum row_result *out);

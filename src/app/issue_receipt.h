/* The receipt of an accepted record, signed when asked for: what it says follows from the record
 * alone, so that asking again promises nothing else. */
#pragma once
#include "app/bank.h"
#include "store/db.h"

/* Appends the note. GZ_MISSING: no such record. */
enum gz_err issue_receipt(const struct bank *bank, struct db *db, struct bytes uuid,
                          struct buf *out);

/* The receipt of an accepted record, signed when asked for: what it says follows from the record
 * alone, so that asking again promises nothing else. */
#pragma once
#include "app/bank.h"
#include "store/db.h"

/* Appends the note. GZ_MISSING: no such record. */
enum gz_err issue_receipt(const struct bank *bank, struct db *db, struct bytes uuid,
                          struct buf *out);
/* The same of a record that the caller knows: needs no database. Thread-safe. */
enum gz_err sign_receipt(const struct bank *bank, struct hash fingerprint, int64_t received_ms,
                         struct buf *out);
/* Until when it is promised under a quorum. */
struct time receipt_publish_by(const struct bank *bank, int64_t received_ms);

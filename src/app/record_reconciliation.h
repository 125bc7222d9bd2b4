/* Put the result of a reconciliation on the chain: a record of kind reconciliation.report in a
 * matter of the bank's own, signed as every submission is. */
#pragma once
#include "app/reconcile.h"

/* One for each day (China) and extent, and each further one of a day with its time in its number.
 * GZ_MISSING: the catalogue has no such kind; GZ_MALFORMED: that kind lacks a field. */
enum gz_err record_reconciliation(const struct bank *bank, struct db *db,
                                  const struct reconcile_result *r);

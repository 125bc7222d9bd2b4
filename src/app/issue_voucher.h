/* What the vouchers of a loan are made of: the values of its contract, drawdowns, plans, repayments
 * and their corrections, as the vaults give them. Reads only. */
#pragma once
#include "app/find_records.h"

enum { VOUCHER_RECORDS_MAX = 5000, VOUCHER_NOTES_MAX = 200, VOUCHER_FIELDS_MAX = 128 };

struct voucher_query {
    bool         by_contract; /* value is the bank's number of the loan, else the matter's handle */
    struct bytes value;
    struct bytes source; /* of by_contract; empty: every source */
    bool         masked; /* each value as its kind shows it to those who may not see it */
};
struct issued_value {
    struct bytes name, label, text;
};
struct issued_row {
    const struct found_record *found;
    struct bytes               kind_label;
    uint64_t                   note; /* rows of the same loan note have the same number; 0: none */
    size_t                     values_n;
    const struct issued_value *values; /* those that are no files */
};
typedef enum gz_err (*voucher_visitor)(void *ctx, const struct issued_row *row);

struct voucher_summary {
    char     matter[ENTRY_MATTER_SIZE + 1];
    uint64_t log_size, unpublished; /* unpublished: rows that were left out for that */
};
/* Visits the published rows in the order of intake. GZ_MISSING: no such loan; GZ_CONFLICT: several
 * sources have a loan of this number; GZ_LIMIT: too many rows; GZ_ERASED: destroyed by order;
 * GZ_CORRUPT: a row cannot be opened, or is not what its entry says. *why for all but the first. */
enum gz_err issue_voucher(const struct bank *bank, struct db *db, const struct voucher_query *q,
                          voucher_visitor visit, void *ctx, struct voucher_summary *out,
                          const char **why);

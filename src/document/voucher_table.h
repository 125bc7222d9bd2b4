/* The tables of a voucher: a line of values for each record, and under it where the record is to be
 * found. */
#pragma once
#include "document/page_text.h"
#include "document/voucher_rows.h"

struct voucher_writer {
    struct writing                w;
    const struct voucher         *v;
    const struct voucher_record **rows; /* room for all records */
};
enum voucher_show { SHOW_TEXT, SHOW_AMOUNT, SHOW_CAPITALS, SHOW_PERCENT, SHOW_TIME };

/* Append as people read it, safe to print; with the value before where it was corrected. */
enum gz_err voucher_add_value(const struct voucher_writer *x, const struct voucher_record *r,
                              const char *name, enum voucher_show show, struct buf *out);
/* A row: what it is, its evidence number and fingerprint, and what corrected it. */
enum gz_err voucher_write_source(struct voucher_writer *x, const struct voucher_record *r,
                                 const char *label);
enum gz_err voucher_write_plan(struct voucher_writer *x, uint64_t note);
enum gz_err voucher_write_repayments(struct voucher_writer       *x,
                                     const struct voucher_record *drawdown);

/* A voucher of one loan, asked of the bank and written as a file. */
#pragma once
#include "cli/bank_client.h"
#include "document/voucher.h"

struct voucher_order {
    enum voucher_form form;
    bool              masked;
    const char       *by;     /* "contract" or "matter" */
    const char       *loan;   /* its value */
    const char       *source; /* NULL: every one */
};
/* "note" "repayments". */
const char *voucher_word(enum voucher_form form);
/* path NULL: <matter>-<word>.pdf in folder. Mode 0600: it is full of personal data. Says what it
 * wrote and every error; GZ_MISSING: no such loan, or nothing of it is fixed yet. */
enum gz_err voucher_file_write(struct bank_client *bank, struct fonts *fonts,
                               const struct voucher_order *o, const char *path, const char *folder);
/* Both forms of the loan that a record belongs to, at path.note.pdf and path.repayments.pdf; one
 * that cannot be made yet is said, and is no error. */
enum gz_err voucher_files_of_record(struct bank_client *bank, struct fonts *fonts, const char *id,
                                    bool masked, const char *path);

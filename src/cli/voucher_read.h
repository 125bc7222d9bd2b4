/* The bank's answer to a question for vouchers as what the pages are made of. */
#pragma once
#include <jansson.h>

#include "document/voucher.h"

struct voucher_answer {
    struct voucher         voucher; /* borrows the answer */
    struct voucher_record *records;
    struct voucher_field  *fields;
};
void        voucher_answer_fini(struct voucher_answer *a); /* for DEFER */
/* GZ_MALFORMED: the answer has another form. */
enum gz_err voucher_answer_read(const json_t *answer, struct voucher_answer *out);

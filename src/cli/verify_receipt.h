/* guzheng verify of a receipt: is it the organisation's, and was its promise kept? */
#pragma once
#include "cli/verify_folder.h"

struct receipt_request {
    const char                  *path;    /* the receipt */
    const char                  *genesis; /* file, from where the policy is from; NULL: default */
    const char *const           *logs;    /* base addresses: the log, or mirrors */
    size_t                       logs_n;
    const char                  *certificate; /* of the same record; NULL: none */
    const struct policy_history *history;
    struct verify_options        options;
};
/* Does this file begin as a receipt does? False also where it cannot be read. */
bool verify_is_receipt(const char *path);
/* Exit status: 0 kept; 1 no receipt of theirs, late, or omitted; 3 nothing was given to decide by,
 * or it is not due; 2 usage. */
int  verify_receipt(const struct receipt_request *r);

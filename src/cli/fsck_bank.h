/* The bank's own side for guzheng fsck: databases, vaults, every record and original. */
#pragma once
#include "cli/process.h"
#include "host/config.h"

enum { FSCK_BANK_LINES_MAX = 1000 }; /* findings printed; the rest is counted */

struct fsck_bank {
    bool is_damaged, is_unchecked;
};
/* Prints what it finds on standard output, what hinders it on standard error. */
void fsck_bank(const struct config *c, const struct genesis *g, struct fsck_bank *out);

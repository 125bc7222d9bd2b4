/* The forms for people beside a certificate: X.gzcert.pdf, which prints, and X.gzcert.zip, the
 * evidence package with the originals. Both are made here, from the certificate and the bank's
 * policy; whoever gets them verifies by a policy of their own. */
#pragma once
#include "cli/bank_client.h"
#include "cli/certificate_files.h"
#include "core/policy.h"
#include "document/font.h"

struct certificate_forms {
    bool                  pdf, package, vouchers; /* wanted */
    struct buf            text, memory;           /* of the policy */
    struct policy_history history;
    struct fonts         *fonts;
};
void        certificate_forms_fini(struct certificate_forms *f); /* for DEFER */
/* Asks the bank for its policy and opens the fonts, if anything is wanted. */
enum gz_err certificate_forms_open(struct certificate_forms *f, struct bank_client *bank);
/* For the certificate that was written with its originals. masked NULL: no masked view; else what
 * the bank shows masked. Every error is said. */
enum gz_err certificate_forms_write(const struct certificate_forms *f,
                                    const struct certificate_files *files, const json_t *masked);

/* What guzheng verify says about one certificate: for people, as one line, as JSON. */
#pragma once
#include <jansson.h>

#include "cli/verify_form.h"
#include "cli/verify_node.h"
#include "cli/verify_text.h"
#include "core/wording.h"

enum { BEIJING_MINUTES = 8 * 60 };
#define TIME_SHOWN_MAX                                                                             \
    INT64_C(253402300799) /* 9999-12-31T23:59:59Z; beyond it only as a number                      \
                           */

/* A certificate with the originals that were given for it, as it was verified. */
struct verified {
    const char               *path;
    enum certificate_form     form;
    size_t                    originals_n;
    const char *const        *original_paths;
    const struct verify_file *originals;
    struct verify_report      report;
    struct node_notes         notes;
    const char               *set_reason; /* check 9 failed for this reason; else NULL */
};

/* The result with the comparison of the set taken into account, and the failed check (0: none). */
enum verify_result verified_result(const struct verified *v);
unsigned           verified_check(const struct verified *v);
const char        *verified_reason(const struct verified *v);

void    verify_report_print(FILE *out, enum lang lang, const struct verified *v);
void    verify_report_line(FILE *out, enum lang lang, const struct verified *v);
/* A new reference; the shape is in docs/verify.md. Ends the process where there is no memory. */
json_t *verify_report_json(enum lang lang, const struct verified *v);

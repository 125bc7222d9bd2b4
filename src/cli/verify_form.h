/* The forms in which a certificate may be given: .gzcert, certificate PDF, evidence package. */
#pragma once
#include "document/package_read.h"

enum certificate_form { FORM_GZCERT, FORM_PDF, FORM_PACKAGE };

/* What was given, opened; fini also after an error. */
struct opened {
    enum certificate_form form;
    struct buf            gzcert;
    struct package        package; /* its files, if it is one; its gzcert was moved out */
};
void opened_fini(struct opened *o); /* for DEFER */

/* By content, whatever its name. GZ_MALFORMED with *why: fails check 1. GZ_IO: errno says why. */
enum gz_err form_open(const char *path, struct opened *out, const char **why);
/* "pdf": the word of a form in JSON. */
const char *form_word(enum certificate_form form);
/* Does the name say that this is a certificate: X.gzcert, X.gzcert.pdf, X.gzcert.zip? *stem_n gets
 * the length of X (may be NULL). */
bool        form_is_named(const char *name, size_t *stem_n);

/* A fresh certificate PDF from a verified certificate, with the Chinese names that this program
 * knows. */
#pragma once
#include <jansson.h>

#include "cli/verify_report.h"
#include "document/font.h"

/* gzcert is what was verified; the result is not VERIFY_INVALID. masked NULL: no masked view; else
 * the bank's array of {"name","text"}. */
enum gz_err render_certificate(struct fonts *fonts, const struct verify_report *report,
                               struct bytes gzcert, const json_t *masked, struct buf *pdf);
/* The same into a file. Says on standard error what failed. */
enum gz_err render_to_file(const struct verify_report *report, struct bytes gzcert,
                           const char *path);

/* A report as JSON for index.js, which makes of it what guzheng verify --json says: numbers stay
 * numbers, and the words of the checks stand there. */
#pragma once
#include "core/verify.h"
#include "writer.h"

void report_write(struct writer *w, const struct verify_report *r);

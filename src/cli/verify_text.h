/* The sentences of guzheng verify, in Chinese and English, as const tables. */
#pragma once
#include <stdio.h>

#include "core/verify.h"

enum lang { LANG_ZH, LANG_EN };

enum { CHECK_SET = VERIFY_CHECKS + 1 }; /* the comparison of several certificates */

/* A reason that core gives in English, in this language. One that is not in the table stays English
 * (a test compares the table with the sources). */
const char *text_reason(enum lang lang, const char *english);
/* "格式" … of check 1 to CHECK_SET. */
const char *text_check(enum lang lang, unsigned check);
/* What to do when this check failed, one sentence. */
const char *text_next_step(enum lang lang, unsigned check);
/* Of an outcome, for people; and its word in JSON. */
const char *text_outcome(enum lang lang, enum verify_outcome outcome);
const char *text_outcome_word(enum verify_outcome outcome);
/* "有效"; "valid". */
const char *text_result(enum lang lang, enum verify_result result);

/* Print text that others wrote: control characters and those that turn or hide text become \u{…},
 * so that nothing can steer the terminal. Bytes that are no UTF-8 become \x… . */
void text_print(FILE *out, struct bytes text);

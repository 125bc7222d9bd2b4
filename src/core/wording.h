/* The sentences of a verification, in Chinese and English, as const tables. Pure. */
#pragma once
#include "core/verify.h"

enum lang { LANG_ZH, LANG_EN };

enum { CHECK_SET = VERIFY_CHECKS + 1 }; /* the comparison of several certificates */

/* A reason that core gives in English, in this language. One that is not in the table stays English
 * (a test compares the table with the sources). */
const char *wording_reason(enum lang lang, const char *english);
/* "格式" … of check 1 to CHECK_SET. */
const char *wording_check(enum lang lang, unsigned check);
/* What to do when this check failed, one sentence. */
const char *wording_next_step(enum lang lang, unsigned check);
/* Of an outcome, for people; and its word in JSON. */
const char *wording_outcome(enum lang lang, enum verify_outcome outcome);
const char *wording_outcome_word(enum verify_outcome outcome);
/* "有效"; "valid". */
const char *wording_result(enum lang lang, enum verify_result result);

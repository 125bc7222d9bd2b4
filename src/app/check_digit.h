/* Numbers that carry their own check: resident identity numbers and unified social credit codes.
 * Pure. */
#pragma once
#include "base/date.h"

enum { ID_NUMBER_SIZE = 18, CREDIT_CODE_SIZE = 18, ID_BIRTH_YEAR_MIN = 1880 };

enum check_digit {
    CHECK_DIGIT_OK,
    CHECK_DIGIT_FORM,  /* length or characters */
    CHECK_DIGIT_BIRTH, /* no real day of birth, or one that lies after today */
    CHECK_DIGIT_WRONG, /* the last character does not fit the others */
};
/* GB 11643: region, day of birth, order, and a check character by MOD 11-2 of GB/T 17710, 0-9 or an
 * upper-case X. Whether the region exists is not judged: regions come and go. */
enum check_digit id_number_check(struct bytes text, struct date today);
/* GB 32100: department, kind, region of six digits, organisation, and a check character by MOD
 * 31 over 0-9 A-Z without I, O, S, V, Z. */
enum check_digit credit_code_check(struct bytes text);

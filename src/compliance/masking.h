/* Display masking (JR/T 0171-2020, appendix A; where readings differ, the stricter one). Pure.
 * What is masked is for showing only: the record keeps the value. A text that is too short for its
 * rule, or no UTF-8, is masked whole, and no mask says how long a hidden text was. */
#pragma once
#include "base/buf.h"

enum { MASK_NAME_SHOWN = 1, MASK_LAST6_SHOWN = 6, MASK_CARD_FULL_MIN = 13, MASK_ID_MIN = 15 };

/* X(name, word in a kind file) */
#define MASK_TABLE(X)                                                                              \
    X(NONE, "none")       /* shown */                                                              \
    X(HIDDEN, "hidden")   /* nothing of it: **** */                                                \
    X(NAME, "name")       /* 张三 → *三, 张三丰 → **丰 */                               \
    X(ID, "id")           /* first and last: 3****************2 */                                 \
    X(PHONE, "phone")     /* 137****9050, whatever stood before the eleven digits */               \
    X(CARD, "card")       /* 6 + 4 of 13 digits or more, else the last 4 */                        \
    X(LAST6, "last6")     /* numbers of contracts and notes */                                     \
    X(ADDRESS, "address") /* to the district: 山东省济南市历下区**** */                   \
    X(EMAIL, "email")     /* z***@126.com */                                                       \
    X(IP, "ip")           /* without the last part: 192.0.2.* */

enum mask {
#define MASK_ENUM(name, word) MASK_##name,
    MASK_TABLE(MASK_ENUM)
#undef MASK_ENUM
        MASKS
};
/* The words by number, for readers of kind files. */
extern const char *const mask_words[MASKS];

/* Append text, masked. text may be empty or NULL with n 0: then nothing is appended. */
enum gz_err mask_add(enum mask m, struct bytes text, struct buf *out);

/* The parts of the tripwire: each says whether something of class C3 begins at one place of a text.
 */
#pragma once
#include "compliance/tripwire.h"

/* A word such as "password" or 验证码 at this place, with a value behind (or a code before) it. */
enum tripwire tripwire_at_word(struct bytes text, size_t at);
/* A run of digits that begins here: a card's number with what a track has behind it. */
enum tripwire tripwire_at_digits(struct bytes text, size_t at);
/* A run of base64 or hexadecimal characters that begins here. *end: behind it. */
enum tripwire tripwire_at_blob(struct bytes text, size_t at, size_t *end);
/* Decimal fractions apart by commas or blanks. *end: behind the last of them. */
enum tripwire tripwire_at_vector(struct bytes text, size_t at, size_t *end);

static inline bool tripwire_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}
static inline bool tripwire_is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
/* Digits from at on. */
static inline size_t tripwire_count_digits(struct bytes text, size_t at)
{
    size_t n = 0;
    while (at + n < text.n && tripwire_is_digit(text.p[at + n])) n++;
    return n;
}

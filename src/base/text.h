/* Small text rules that several formats share. Pure. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum { TEXT_U64_SIZE = 21 };

/* Decimal without leading zeros, at most max. GZ_MALFORMED: anything else. */
enum gz_err text_to_u64(struct bytes text, uint64_t max, uint64_t *out);
/* The digits of v, written into digits and returned. */
const char *text_of_u64(uint64_t v, char digits[TEXT_U64_SIZE]);
/* Well-formed UTF-8 without surrogates and overlong forms (RFC 3629). */
bool        text_is_utf8(struct bytes text);
/* Decode one code point at *at (which must be well-formed UTF-8) and move *at behind it. */
uint32_t    text_next_rune(struct bytes text, size_t *at);
/* Could this steer or deceive who reads it on a terminal? Control characters (C0, DEL, C1),
 * zero-width and line-separating ones, marks and overrides of the direction of text, the byte order
 * mark. */
bool        text_is_hidden_rune(uint32_t r);
/* Value of a lower-case hexadecimal digit, -1 otherwise. */
int         text_hex_digit(uint8_t c);
/* Lower-case hex of exactly out_n bytes. GZ_MALFORMED: other length or digit. */
enum gz_err text_from_hex(struct bytes hex, uint8_t *out, size_t out_n);
/* 2 n + 1 characters with the NUL. */
void        text_to_hex(struct bytes data, char *out);

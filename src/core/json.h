/* Strict JSON reader (evidence format, "Strictness"): a cursor over the exact bytes, no tree and no
 * heap. Pure. Every function returns GZ_MALFORMED on a defect, and the cursor is then useless.
 * The document must be checked as UTF-8 first (json_init does). Depth at most 16, outermost is 1.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum { JSON_DEPTH_MAX = 16, JSON_ESCAPE_MAX = 6 /* bytes for one of ASCII */ };
#define JSON_INTEGER_MAX INT64_C(9007199254740991) /* 2^53 - 1 */

struct json {
    const uint8_t *at, *end;
    unsigned       depth;
};

enum gz_err json_init(struct json *j,
                      struct bytes document); /* not empty, no BOM; skips leading space */
enum gz_err json_end(struct json *j);         /* only white space is left */

/* Objects: enter; then next until *more is false. The member's value must be read or skipped before
 * the next call. names: the allowed names; *which: index of the one read. Unknown names and names
 * given twice (after unescaping; seen is the caller's, one bit each, at most 32) are GZ_MALFORMED.
 */
enum gz_err json_enter_object(struct json *j);
enum gz_err json_next_member(struct json *j, const char *const *names, size_t names_n,
                             uint32_t *seen, size_t *which, bool *more);
/* The same with any name, still escaped: names given twice are the caller's to find. *count (from
 * 0) is advanced. */
enum gz_err json_next_name(struct json *j, size_t *count, struct bytes *name, bool *more);
/* Arrays: enter; then next until *more is false. *count (from 0) is advanced. */
enum gz_err json_enter_array(struct json *j);
enum gz_err json_next_element(struct json *j, size_t *count, bool *more);

/* A string's body, still escaped but checked, without its quotes. Borrowed. */
enum gz_err json_string_raw(struct json *j, struct bytes *body);
/* Unescaped: borrowed where nothing was escaped, else in the arena (GZ_MEMORY: full). */
enum gz_err json_text(struct json *j, struct arena *arena, struct bytes *out);
/* "0" or [1-9][0-9]*, at most 2^53-1. */
enum gz_err json_uint(struct json *j, uint64_t *out);
/* Any number of RFC 8259, unread: for who has to say that it should be none. */
enum gz_err json_number_raw(struct json *j, struct bytes *raw);
/* Is the next value null, true or false? Then it is read. */
bool        json_take_null(struct json *j);
bool        json_take_bool(struct json *j, bool *out);
/* Any value whose numbers are integers within ±2^53-1 (no fraction, exponent, -0) and whose objects
 * have no name twice nor a name from forbidden (may be NULL, ends with NULL). *raw: its bytes.
 * The arena is scratch and is left as it was (GZ_MEMORY: full). */
enum gz_err json_value(struct json *j, struct arena *arena, const char *const *forbidden,
                       struct bytes *raw);
/* First byte of the next value, 0 at the end of the input. */
uint8_t     json_peek(struct json *j);
/* Unescape a checked string body; out holds at least body.n bytes; returns the length. */
size_t      json_unescape(struct bytes body, uint8_t *out);
/* Append text (checked UTF-8) as a JSON string: quotes, backslashes and control characters
 * escaped. */
enum gz_err json_add_string(struct bytes text, struct buf *out);

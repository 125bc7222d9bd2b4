/* Where a vault's master key is: in a file (mode 0600, 32 lower-case hexadecimal digits and LF), or
 * wrapped by a key inside of a PKCS#11 token; then the file holds what the token unwraps:
 * "guzheng/token-master/v1 <CKA_ID in hex> <wrapped, in hex>" and LF. */
#pragma once
#include "vault/token.h"

enum { MASTER_SIZE = 16, MASTER_PURPOSE_MAX = 64, MASTER_PATH_MAX = 4096 };

/* Borrowed. */
struct master_source {
    const char  *path;
    struct token token; /* module NULL or "": the file holds the key itself */
};

/* A new key. GZ_CONFLICT: there is one. */
enum gz_err master_create(const struct master_source *s, struct buf *why);
/* Of a token also as token.h says. GZ_MISSING: no key; GZ_DENIED: its mode is wider than the owner,
 * or it is not ours; GZ_MALFORMED: its form; GZ_IO. Each with a line in *why for humans. */
enum gz_err master_read(const struct master_source *s, uint8_t out[MASTER_SIZE], struct buf *why);

/* A change of the master key: the next one stands beside it (path + MASTER_NEXT) until the database
 * has committed to it. Each of these may be repeated after a crash. */
#define MASTER_NEXT ".next"
/* Makes it; one that is there already is destroyed. */
enum gz_err master_make_next(const struct master_source *s, uint8_t out[MASTER_SIZE],
                             struct buf *why);
/* As master_read. */
enum gz_err master_read_next(const struct master_source *s, uint8_t out[MASTER_SIZE],
                             struct buf *why);
/* The present one is destroyed (overwritten where it lies, and gone), the next one stands in its
 * place. GZ_MISSING: there is no next one. */
enum gz_err master_promote(const struct master_source *s, struct buf *why);
/* The next one, if any, is destroyed. */
enum gz_err master_drop_next(const struct master_source *s, struct buf *why);

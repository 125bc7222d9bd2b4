/* Where a vault's master key is: in a file (mode 0600, 32 lower-case hexadecimal digits and LF). */
#pragma once
#include "base/buf.h"

enum { MASTER_SIZE = 16, MASTER_PURPOSE_MAX = 64 };

/* Borrowed. */
struct master_source {
    const char *path;
};

/* A new key. GZ_CONFLICT: there is one. */
enum gz_err master_create(const struct master_source *s, struct buf *why);
/* GZ_MISSING: no key; GZ_DENIED: its mode is wider than the owner, or it is not ours; GZ_MALFORMED:
 * its form; GZ_IO. Each with a line in *why for humans. */
enum gz_err master_read(const struct master_source *s, uint8_t out[MASTER_SIZE], struct buf *why);

/* Owned bytes that grow. Every add returns GZ_MEMORY when there is no room, and then adds nothing.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

/* {0} is an empty buffer. */
struct buf {
    uint8_t *p;
    size_t   n, cap;
};

void         buf_fini(struct buf *b); /* for DEFER; leaves an empty buffer */
struct bytes buf_bytes(const struct buf *b);
/* Make room for n bytes more. */
enum gz_err  buf_reserve(struct buf *b, size_t n);
enum gz_err  buf_add(struct buf *b, struct bytes add);
enum gz_err  buf_add_byte(struct buf *b, uint8_t byte);
enum gz_err  buf_add_str(struct buf *b, const char *s);
enum gz_err  buf_add_u64(struct buf *b, uint64_t v); /* decimal digits */
__attribute__((format(printf, 2, 3))) enum gz_err buf_addf(struct buf *b, const char *format, ...);

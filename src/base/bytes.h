/* Borrowed bytes: a pointer and a length that belong to somebody else. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *p;
    size_t         n;
};

#define BYTES_LIT(s)    ((struct bytes){(const uint8_t *)(s), sizeof(s) - 1})
#define BYTES_OF(array) ((struct bytes){(array), sizeof(array)})

/* The bytes of a C string without its NUL. */
struct bytes bytes_str(const char *s);
bool         bytes_eq(struct bytes a, struct bytes b);
/* Order by memcmp, then by length: <0, 0, >0. */
int          bytes_cmp(struct bytes a, struct bytes b);
bool         bytes_starts(struct bytes a, struct bytes prefix);
/* Bytes from..to of a; from <= to <= a.n (asserted). */
struct bytes bytes_slice(struct bytes a, size_t from, size_t to);
/* Take one line (without its LF) off the front of *rest. False, and *rest unchanged, where no LF
 * is left. */
bool         bytes_take_line(struct bytes *rest, struct bytes *line);
/* Position of the first byte c, or a.n. */
size_t       bytes_find(struct bytes a, uint8_t c);

static inline uint16_t read_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint64_t read_be64(const uint8_t *p)
{
    return (uint64_t)read_be32(p) << 32 | read_be32(p + 4);
}
static inline void write_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void write_be32(uint8_t *p, uint32_t v)
{
    write_be16(p, (uint16_t)(v >> 16));
    write_be16(p + 2, (uint16_t)v);
}
static inline void write_be64(uint8_t *p, uint64_t v)
{
    write_be32(p, (uint32_t)(v >> 32));
    write_be32(p + 4, (uint32_t)v);
}

/* libguzheng: borrowed bytes, and originals by their content. C11 and later, C++11 and later. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GZ_HASH_SIZE = 32 };

/* Bytes that belong to somebody else; p may be NULL where n is 0. */
struct gz_bytes {
    const void *p;
    size_t      n;
};
/* An original by its content; its name does not matter. */
struct gz_file {
    uint64_t size; /* bytes */
    uint8_t  sm3[GZ_HASH_SIZE], sha256[GZ_HASH_SIZE];
};
void gz_file_of(struct gz_bytes content, struct gz_file *out);

/* The same part by part, for a file that does not fit into memory. */
struct gz_hashing {
    uint64_t state[40]; /* opaque */
};
void gz_hashing_begin(struct gz_hashing *h);
void gz_hashing_add(struct gz_hashing *h, struct gz_bytes part);
void gz_hashing_end(struct gz_hashing *h, struct gz_file *out);

#ifdef __cplusplus
}
#endif

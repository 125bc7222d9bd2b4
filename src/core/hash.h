/* The suite's hash H, and the two hash functions by themselves (files carry both). Pure. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum suite { SUITE_GM = 1, SUITE_INTL = 2 };

enum { HASH_SIZE = 32 };

struct hash {
    uint8_t b[HASH_SIZE];
};

/* Streaming state of SM3 or SHA-256 (both: 64-byte blocks, eight 32-bit words). */
struct hasher {
    enum suite suite;
    uint32_t   state[8];
    uint64_t   total; /* bytes so far */
    uint8_t    block[64];
};

void        hasher_init(struct hasher *h, enum suite suite);
void        hasher_add(struct hasher *h, struct bytes data);
struct hash hasher_end(struct hasher *h);
struct hash hash_of(enum suite suite, struct bytes data);
bool        hash_eq(struct hash a, struct hash b);
/* "gm" or "intl"; "sm3" or "sha-256" (the entry's _sd_alg). */
const char *suite_name(enum suite suite);
const char *suite_hash_name(enum suite suite);
/* GZ_MALFORMED: neither "gm" nor "intl". */
enum gz_err suite_decode(struct bytes name, enum suite *out);

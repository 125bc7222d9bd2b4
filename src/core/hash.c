/* Both hashes keep their eight words in registers. GCC 12 gathers them into vectors and takes them
 * apart again in every round, at half the speed. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-vectorize", "no-tree-slp-vectorize")
#endif
#include "core/hash.h"

#include <string.h>

#include "core/sha256.h"
#include "core/sm3.h"

enum { BLOCK = 64 };

static uint32_t rol(uint32_t x, unsigned n)
{
    n &= 31;
    return n == 0 ? x : x << n | x >> (32 - n);
}

static uint32_t ror(uint32_t x, unsigned n)
{
    return rol(x, 32 - n);
}

/* --- SM3 (GB/T 32905-2016) -------------------------------------------------------------------- */

const uint32_t sm3_start[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                               0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};

const uint32_t sm3_k[64] = {
    0x79cc4519, 0xf3988a32, 0xe7311465, 0xce6228cb, 0x9cc45197, 0x3988a32f, 0x7311465e, 0xe6228cbc,
    0xcc451979, 0x988a32f3, 0x311465e7, 0x6228cbce, 0xc451979c, 0x88a32f39, 0x11465e73, 0x228cbce6,
    0x9d8a7a87, 0x3b14f50f, 0x7629ea1e, 0xec53d43c, 0xd8a7a879, 0xb14f50f3, 0x629ea1e7, 0xc53d43ce,
    0x8a7a879d, 0x14f50f3b, 0x29ea1e76, 0x53d43cec, 0xa7a879d8, 0x4f50f3b1, 0x9ea1e762, 0x3d43cec5,
    0x7a879d8a, 0xf50f3b14, 0xea1e7629, 0xd43cec53, 0xa879d8a7, 0x50f3b14f, 0xa1e7629e, 0x43cec53d,
    0x879d8a7a, 0x0f3b14f5, 0x1e7629ea, 0x3cec53d4, 0x79d8a7a8, 0xf3b14f50, 0xe7629ea1, 0xcec53d43,
    0x9d8a7a87, 0x3b14f50f, 0x7629ea1e, 0xec53d43c, 0xd8a7a879, 0xb14f50f3, 0x629ea1e7, 0xc53d43ce,
    0x8a7a879d, 0x14f50f3b, 0x29ea1e76, 0x53d43cec, 0xa7a879d8, 0x4f50f3b1, 0x9ea1e762, 0x3d43cec5};

/* The words of a state, a to h of both standards. */
struct words {
    uint32_t a, b, c, d, e, f, g, h;
};

static struct words words_of(const uint32_t v[8])
{
    return (struct words){v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]};
}

static inline uint32_t sm3_p0(uint32_t x)
{
    return x ^ rol(x, 9) ^ rol(x, 17);
}

static inline uint32_t sm3_p1(uint32_t x)
{
    return x ^ rol(x, 15) ^ rol(x, 23);
}

/* One round; w points at its word of the message, ff and gg are the values of both functions. */
static inline struct words sm3_round(struct words v, const uint32_t *w, uint32_t k, uint32_t ff,
                                     uint32_t gg)
{
    const uint32_t a12 = rol(v.a, 12), ss1 = rol(a12 + v.e + k, 7);
    const uint32_t tt1 = ff + v.d + (ss1 ^ a12) + (w[0] ^ w[4]), tt2 = gg + v.h + ss1 + w[0];
    return (struct words){tt1, v.a, rol(v.b, 9), v.c, sm3_p0(tt2), v.e, rol(v.f, 19), v.g};
}

/* Rounds 0 to 15, and those after them. */
static inline struct words sm3_early(struct words v, const uint32_t *w, unsigned j)
{
    return sm3_round(v, w + j, sm3_k[j], v.a ^ v.b ^ v.c, v.e ^ v.f ^ v.g);
}

static inline struct words sm3_late(struct words v, const uint32_t *w, unsigned j)
{
    return sm3_round(v, w + j, sm3_k[j], (v.a & v.b) | ((v.a | v.b) & v.c),
                     ((v.f ^ v.g) & v.e) ^ v.g);
}

/* Words j + 16 to j + 19 of the message, beside the rounds, so that the processor has both to do.
 */
static inline void sm3_expand(uint32_t *w)
{
    for (unsigned i = 0; i < 4; i++)
        w[i + 16] = sm3_p1(w[i] ^ w[i + 7] ^ rol(w[i + 13], 15)) ^ rol(w[i + 3], 7) ^ w[i + 10];
}

static inline struct words sm3_four_late(struct words v, const uint32_t *w, unsigned j)
{
    v = sm3_late(v, w, j);
    v = sm3_late(v, w, j + 1);
    v = sm3_late(v, w, j + 2);
    return sm3_late(v, w, j + 3);
}

static void sm3_block(uint32_t state[8], const uint8_t *p)
{
    uint32_t     w[68];
    struct words v = words_of(state);
    for (unsigned j = 0; j < 16; j++) w[j] = read_be32(p + 4 * j);
    for (unsigned j = 0; j < 16; j += 4) {
        sm3_expand(w + j);
        v = sm3_early(v, w, j);
        v = sm3_early(v, w, j + 1);
        v = sm3_early(v, w, j + 2);
        v = sm3_early(v, w, j + 3);
    }
    for (unsigned j = 16; j < 52; j += 4) {
        sm3_expand(w + j);
        v = sm3_four_late(v, w, j);
    }
    for (unsigned j = 52; j < 64; j += 4) v = sm3_four_late(v, w, j);
    const uint32_t out[8] = {v.a, v.b, v.c, v.d, v.e, v.f, v.g, v.h};
    for (unsigned i = 0; i < 8; i++) state[i] ^= out[i];
}

/* --- SHA-256 (FIPS 180-4) --------------------------------------------------------------------- */

static const uint32_t sha256_start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static inline struct words sha256_round(struct words v, uint32_t w, unsigned j)
{
    const uint32_t s1 = ror(v.e, 6) ^ ror(v.e, 11) ^ ror(v.e, 25);
    const uint32_t t1 = v.h + s1 + (((v.f ^ v.g) & v.e) ^ v.g) + sha256_k[j] + w;
    const uint32_t s0 = ror(v.a, 2) ^ ror(v.a, 13) ^ ror(v.a, 22);
    const uint32_t t2 = s0 + ((v.a & v.b) | ((v.a | v.b) & v.c));
    return (struct words){t1 + t2, v.a, v.b, v.c, v.d + t1, v.e, v.f, v.g};
}

static inline struct words sha256_four(struct words v, const uint32_t *w, unsigned j)
{
    v = sha256_round(v, w[j], j);
    v = sha256_round(v, w[j + 1], j + 1);
    v = sha256_round(v, w[j + 2], j + 2);
    return sha256_round(v, w[j + 3], j + 3);
}

static inline void sha256_expand(uint32_t *w)
{
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t s0 = ror(w[i + 1], 7) ^ ror(w[i + 1], 18) ^ w[i + 1] >> 3;
        const uint32_t s1 = ror(w[i + 14], 17) ^ ror(w[i + 14], 19) ^ w[i + 14] >> 10;
        w[i + 16] = w[i] + s0 + w[i + 9] + s1;
    }
}

void sha256_block(uint32_t state[8], const uint8_t block[64])
{
    uint32_t     w[64];
    struct words v = words_of(state);
    for (unsigned j = 0; j < 16; j++) w[j] = read_be32(block + 4 * j);
    for (unsigned j = 0; j < 48; j += 4) {
        sha256_expand(w + j);
        v = sha256_four(v, w, j);
    }
    for (unsigned j = 48; j < 64; j += 4) v = sha256_four(v, w, j);
    const uint32_t out[8] = {v.a, v.b, v.c, v.d, v.e, v.f, v.g, v.h};
    for (unsigned i = 0; i < 8; i++) state[i] += out[i];
}

/* --- both ------------------------------------------------------------------------------------- */

static void absorb(struct hasher *h, const uint8_t *p)
{
    if (h->suite == SUITE_GM) sm3_block(h->state, p);
    else if (sha256_has_instructions()) sha256_block_x86(h->state, p);
    else sha256_block(h->state, p);
}

void hasher_init(struct hasher *h, enum suite suite)
{
    h->suite = suite;
    h->total = 0;
    memcpy(h->state, suite == SUITE_GM ? sm3_start : sha256_start, sizeof h->state);
}

void hasher_add(struct hasher *h, struct bytes data)
{
    size_t used = (size_t)(h->total % BLOCK);
    h->total += data.n;
    if (used > 0 && data.n >= BLOCK - used) {
        memcpy(h->block + used, data.p, BLOCK - used);
        absorb(h, h->block);
        data = bytes_slice(data, BLOCK - used, data.n);
        used = 0;
    }
    for (; used == 0 && data.n >= BLOCK; data = bytes_slice(data, BLOCK, data.n)) absorb(h, data.p);
    if (data.n > 0) memcpy(h->block + used, data.p, data.n);
}

struct hash hasher_end(struct hasher *h)
{
    const uint64_t bits = h->total * 8;
    size_t         used = (size_t)(h->total % BLOCK);
    h->block[used++] = 0x80;
    if (used > BLOCK - 8) {
        memset(h->block + used, 0, BLOCK - used);
        absorb(h, h->block);
        used = 0;
    }
    memset(h->block + used, 0, BLOCK - 8 - used);
    write_be64(h->block + BLOCK - 8, bits);
    absorb(h, h->block);
    struct hash out;
    for (unsigned i = 0; i < 8; i++) write_be32(out.b + 4 * i, h->state[i]);
    return out;
}

struct hash hash_of(enum suite suite, struct bytes data)
{
    struct hasher h;
    hasher_init(&h, suite);
    hasher_add(&h, data);
    return hasher_end(&h);
}

bool hash_eq(struct hash a, struct hash b)
{
    return memcmp(a.b, b.b, HASH_SIZE) == 0;
}

const char *suite_name(enum suite suite)
{
    return suite == SUITE_GM ? "gm" : "intl";
}

const char *suite_hash_name(enum suite suite)
{
    return suite == SUITE_GM ? "sm3" : "sha-256";
}

enum gz_err suite_decode(struct bytes name, enum suite *out)
{
    if (bytes_eq(name, BYTES_LIT("gm"))) *out = SUITE_GM;
    else if (bytes_eq(name, BYTES_LIT("intl"))) *out = SUITE_INTL;
    else return GZ_MALFORMED;
    return GZ_OK;
}

#include "core/hash.h"

#include <string.h>

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

static const uint32_t sm3_start[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                      0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};

static uint32_t sm3_p0(uint32_t x)
{
    return x ^ rol(x, 9) ^ rol(x, 17);
}

static uint32_t sm3_p1(uint32_t x)
{
    return x ^ rol(x, 15) ^ rol(x, 23);
}

/* One round; x ^ y ^ z in rounds 0 to 15, the majority and choice functions from 16 on. */
static inline void sm3_round(uint32_t v[8], uint32_t w, uint32_t w4, unsigned j)
{
    const uint32_t t = j < 16 ? 0x79cc4519 : 0x7a879d8a;
    const uint32_t a = v[0], b = v[1], c = v[2], e = v[4], f = v[5], g = v[6];
    const uint32_t a12 = rol(a, 12);
    const uint32_t ss1 = rol(a12 + e + rol(t, j), 7);
    const uint32_t ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const uint32_t gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const uint32_t tt1 = ff + v[3] + (ss1 ^ a12) + (w ^ w4);
    const uint32_t tt2 = gg + v[7] + ss1 + w;
    v[3] = c;
    v[2] = rol(b, 9);
    v[1] = a;
    v[0] = tt1;
    v[7] = g;
    v[6] = rol(f, 19);
    v[5] = e;
    v[4] = sm3_p0(tt2);
}

static void sm3_block(uint32_t state[8], const uint8_t *p)
{
    uint32_t w[68], v[8];
    for (unsigned j = 0; j < 16; j++) w[j] = read_be32(p + 4 * j);
    for (unsigned j = 16; j < 68; j++)
        w[j] = sm3_p1(w[j - 16] ^ w[j - 9] ^ rol(w[j - 3], 15)) ^ rol(w[j - 13], 7) ^ w[j - 6];
    memcpy(v, state, sizeof v);
    for (unsigned j = 0; j < 16; j++) sm3_round(v, w[j], w[j + 4], j);
    for (unsigned j = 16; j < 64; j++) sm3_round(v, w[j], w[j + 4], j);
    for (unsigned i = 0; i < 8; i++) state[i] ^= v[i];
}

/* --- SHA-256 (FIPS 180-4) --------------------------------------------------------------------- */

static const uint32_t sha256_start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha256_block(uint32_t state[8], const uint8_t *p)
{
    uint32_t w[64], v[8];
    for (unsigned i = 0; i < 16; i++) w[i] = read_be32(p + 4 * i);
    for (unsigned i = 16; i < 64; i++) {
        const uint32_t s0 = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
        const uint32_t s1 = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, state, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        const uint32_t s1 = ror(v[4], 6) ^ ror(v[4], 11) ^ ror(v[4], 25);
        const uint32_t ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
        const uint32_t t1 = v[7] + s1 + ch + sha256_k[i] + w[i];
        const uint32_t s0 = ror(v[0], 2) ^ ror(v[0], 13) ^ ror(v[0], 22);
        const uint32_t maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + s0 + maj;
    }
    for (unsigned i = 0; i < 8; i++) state[i] += v[i];
}

/* --- both ------------------------------------------------------------------------------------- */

static void absorb(struct hasher *h, const uint8_t *p)
{
    if (h->suite == SUITE_GM) sm3_block(h->state, p);
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

#include "core/hash_many.h"

#include <string.h>

#include "core/sm3.h"

static void one_by_one(enum suite suite, uint8_t prefix, const uint8_t *items, size_t size,
                       size_t n, struct hash *out)
{
    for (size_t i = 0; i < n; i++) {
        struct hasher h;
        hasher_init(&h, suite);
        hasher_add(&h, (struct bytes){&prefix, 1});
        hasher_add(&h, (struct bytes){items + i * size, size});
        out[i] = hasher_end(&h);
    }
}

#if defined(__x86_64__)
enum { SM3_BLOCK = 64 };

/* clang-format off */
#define SM3_ROL(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define SM3_P0(x) ((x) ^ SM3_ROL(x, 9) ^ SM3_ROL(x, 17))
#define SM3_P1(x) ((x) ^ SM3_ROL(x, 15) ^ SM3_ROL(x, 23))
#define SM3_XOR(x, y, z) ((x) ^ (y) ^ (z))
#define SM3_MAJORITY(x, y, z) (((x) & (y)) | (((x) | (y)) & (z)))
#define SM3_CHOICE(x, y, z) ((((y) ^ (z)) & (x)) ^ (z))
/* Word i + 16 of the message. */
#define SM3_WORD(i) w[(i) + 16] = w[(i) + 7] ^ w[i] ^ SM3_ROL(w[(i) + 13], 15), \
    w[(i) + 16] = SM3_P1(w[(i) + 16]) ^ SM3_ROL(w[(i) + 3], 7) ^ w[(i) + 10]
#define SM3_EXPAND(j) SM3_WORD(j), SM3_WORD((j) + 1), SM3_WORD((j) + 2), SM3_WORD((j) + 3)
/* A round leaves its results in d and h, so that the next one has the words shifted by one. */
#define SM3_ROUND(a, b, c, d, e, f, g, h, j, FF, GG) do { \
        const __typeof__(a) a12 = SM3_ROL(a, 12), sum = a12 + e + sm3_k[j], ss1 = SM3_ROL(sum, 7); \
        const __typeof__(a) tt2 = GG(e, f, g) + h + ss1 + w[j]; \
        d = FF(a, b, c) + d + (ss1 ^ a12) + (w[j] ^ w[(j) + 4]); \
        b = SM3_ROL(b, 9); \
        f = SM3_ROL(f, 19); \
        h = SM3_P0(tt2); \
    } while (0)
#define SM3_FOUR(j, FF, GG) do { \
        SM3_ROUND(a, b, c, d, e, f, g, h, j, FF, GG); \
        SM3_ROUND(d, a, b, c, h, e, f, g, (j) + 1, FF, GG); \
        SM3_ROUND(c, d, a, b, g, h, e, f, (j) + 2, FF, GG); \
        SM3_ROUND(b, c, d, a, f, g, h, e, (j) + 3, FF, GG); \
    } while (0)
/* clang-format on */

typedef uint32_t vector8 __attribute__((vector_size(32)));
typedef uint32_t vector16 __attribute__((vector_size(64)));

#define SM3_LANES    8
#define SM3_VECTOR   vector8
#define SM3_TARGET   "avx2"
#define SM3_FUNCTION sm3_block_8
#include "core/sm3_lanes.h"
#undef SM3_LANES
#undef SM3_VECTOR
#undef SM3_TARGET
#undef SM3_FUNCTION
#define SM3_LANES    16
#define SM3_VECTOR   vector16
#define SM3_TARGET   "avx512f"
#define SM3_FUNCTION sm3_block_16
#include "core/sm3_lanes.h"

/* Block number b of prefix ‖ item with its padding; total bytes without that. */
static void fill_block(uint8_t prefix, const uint8_t *item, size_t size, size_t b,
                       uint8_t out[SM3_BLOCK])
{
    const size_t total = size + 1, from = b * SM3_BLOCK;
    size_t       used = total <= from ? 0 : total - from < SM3_BLOCK ? total - from : SM3_BLOCK;
    if (b == 0) out[0] = prefix;
    if (b == 0) memcpy(out + 1, item, used - 1);
    else memcpy(out, item + from - 1, used);
    if (used == SM3_BLOCK) return;
    memset(out + used, 0, SM3_BLOCK - used);
    if (total >= from) out[used] = 0x80;
    if (from + SM3_BLOCK >= total + 9) write_be64(out + SM3_BLOCK - 8, (uint64_t)total * 8);
}

union lanes_state {
    uint32_t word[8][HASH_LANES_MAX];
    uint32_t narrow[8][8];
    vector8  v8[8];
    vector16 v16[8];
};

/* A group of as many items as there are lanes. */
static void start_lanes(unsigned lanes, union lanes_state *s)
{
    for (unsigned j = 0; j < 8; j++)
        for (unsigned i = 0; i < lanes; i++)
            *(lanes == 8 ? &s->narrow[j][i] : &s->word[j][i]) = sm3_start[j];
}

static struct hash lane_hash(unsigned lanes, const union lanes_state *s, unsigned i)
{
    struct hash h;
    for (unsigned j = 0; j < 8; j++)
        write_be32(h.b + 4 * j, lanes == 8 ? s->narrow[j][i] : s->word[j][i]);
    return h;
}

static void sm3_group(unsigned lanes, uint8_t prefix, const uint8_t *items, size_t size,
                      struct hash *out)
{
    _Alignas(64) uint8_t blocks[HASH_LANES_MAX * SM3_BLOCK];
    union lanes_state    s;
    start_lanes(lanes, &s);
    for (size_t b = 0; b * SM3_BLOCK < size + 1 + 9; b++) {
        for (unsigned i = 0; i < lanes; i++)
            fill_block(prefix, items + i * size, size, b, blocks + SM3_BLOCK * i);
        if (lanes == 8) sm3_block_8(s.v8, blocks);
        else sm3_block_16(s.v16, blocks);
    }
    for (unsigned i = 0; i < lanes; i++) out[i] = lane_hash(lanes, &s, i);
}

/* --- items of any size ------------------------------------------------------------------------ */

static size_t count_blocks(size_t size)
{
    return (size + 8) / SM3_BLOCK + 1; /* 0x80 and the length go behind it */
}

/* Block number b of the item with its padding. Behind its last block: anything. */
static void fill_item_block(struct bytes item, size_t b, uint8_t out[SM3_BLOCK])
{
    const size_t from = b * SM3_BLOCK;
    const size_t used = item.n <= from ? 0 : item.n - from < SM3_BLOCK ? item.n - from : SM3_BLOCK;
    if (used > 0) memcpy(out, item.p + from, used);
    if (used == SM3_BLOCK) return;
    memset(out + used, 0, SM3_BLOCK - used);
    if (item.n >= from) out[used] = 0x80;
    if (b + 1 == count_blocks(item.n)) write_be64(out + SM3_BLOCK - 8, (uint64_t)item.n * 8);
}

/* n items, at most as many as lanes; each is finished where its own blocks end. */
static void sm3_group_each(unsigned lanes, const struct bytes *items, size_t n, struct hash *out)
{
    _Alignas(64) uint8_t blocks[HASH_LANES_MAX * SM3_BLOCK] = {0};
    union lanes_state    s;
    size_t               most = 0;
    for (size_t i = 0; i < n; i++)
        if (count_blocks(items[i].n) > most) most = count_blocks(items[i].n);
    start_lanes(lanes, &s);
    for (size_t b = 0; b < most; b++) {
        for (size_t i = 0; i < n; i++) fill_item_block(items[i], b, blocks + SM3_BLOCK * i);
        if (lanes == 8) sm3_block_8(s.v8, blocks);
        else sm3_block_16(s.v16, blocks);
        for (size_t i = 0; i < n; i++)
            if (b + 1 == count_blocks(items[i].n)) out[i] = lane_hash(lanes, &s, (unsigned)i);
    }
}

unsigned hash_lanes(void)
{
    if (__builtin_cpu_supports("avx512f")) return 16;
    return __builtin_cpu_supports("avx2") ? 8 : 1;
}
#else
unsigned hash_lanes(void)
{
    return 1;
}
#endif

void hash_many_in(unsigned lanes, enum suite suite, uint8_t prefix, const uint8_t *items,
                  size_t size, size_t n, struct hash *out)
{
    size_t done = 0;
    assert(lanes == 1 || lanes == 8 || lanes == 16);
    assert(lanes <= hash_lanes());
#if defined(__x86_64__)
    if (suite == SUITE_GM && lanes > 1)
        for (; n - done >= lanes; done += lanes)
            sm3_group(lanes, prefix, items + done * size, size, out + done);
#endif
    one_by_one(suite, prefix, items + done * size, size, n - done, out + done);
}

void hash_many(enum suite suite, uint8_t prefix, const uint8_t *items, size_t size, size_t n,
               struct hash *out)
{
    hash_many_in(hash_lanes(), suite, prefix, items, size, n, out);
}

void hash_each_in(unsigned lanes, enum suite suite, const struct bytes *items, size_t n,
                  struct hash *out)
{
    size_t done = 0;
    assert(lanes == 1 || lanes == 8 || lanes == 16);
    assert(lanes <= hash_lanes());
#if defined(__x86_64__)
    if (suite == SUITE_GM && lanes > 1)
        for (; n - done > 1; done += n - done < lanes ? n - done : lanes)
            sm3_group_each(lanes, items + done, n - done < lanes ? n - done : lanes, out + done);
#endif
    for (; done < n; done++) out[done] = hash_of(suite, items[done]);
}

void hash_each(enum suite suite, const struct bytes *items, size_t n, struct hash *out)
{
    hash_each_in(hash_lanes(), suite, items, n, out);
}

#include "core/merkle.h"

#include <string.h>

#include "core/hash_many.h"

#define MERKLE_SIZE_MAX (UINT64_C(1) << 63)

struct hash merkle_leaf(enum suite suite, struct bytes entry)
{
    struct hasher h;
    hasher_init(&h, suite);
    hasher_add(&h, BYTES_LIT("\0"));
    hasher_add(&h, entry);
    return hasher_end(&h);
}

struct hash merkle_node(enum suite suite, struct hash left, struct hash right)
{
    uint8_t in[1 + 2 * HASH_SIZE] = {1};
    memcpy(in + 1, left.b, HASH_SIZE);
    memcpy(in + 1 + HASH_SIZE, right.b, HASH_SIZE);
    return hash_of(suite, BYTES_OF(in));
}

void merkle_init(struct merkle *m, enum suite suite)
{
    *m = (struct merkle){.suite = suite};
}

/* edge[] holds one root for each set bit of size, largest first: popcount(size) of them. */
static unsigned edge_count(uint64_t size)
{
    return (unsigned)__builtin_popcountll(size);
}

enum gz_err merkle_append(struct merkle *m, struct hash leaf)
{
    if (m->size == MERKLE_SIZE_MAX - 1) return GZ_LIMIT;
    unsigned n = edge_count(m->size);
    for (uint64_t bits = m->size; (bits & 1) != 0; bits >>= 1)
        leaf = merkle_node(m->suite, m->edge[--n], leaf);
    m->edge[n] = leaf;
    m->size++;
    return GZ_OK;
}

uint64_t merkle_count_new(uint64_t size, uint64_t n, unsigned level)
{
    return ((size + n) >> level) - (size >> level);
}

uint64_t merkle_count_all_new(uint64_t size, uint64_t n)
{
    uint64_t all = 0;
    for (unsigned level = 0; level < MERKLE_DEPTH_MAX; level++)
        all += merkle_count_new(size, n, level);
    return all;
}

void merkle_leaves(enum suite suite, const uint8_t *entries, size_t size, size_t n,
                   struct hash *out)
{
    hash_many(suite, 0, entries, size, n, out);
}

/* Pairs of the new nodes of a level, the first with its old sibling where it has one. */
static void join_level(enum suite suite, const struct hash *old, const struct hash *nodes, size_t n,
                       struct hash *above)
{
    if (old != NULL && n > 0) {
        *above++ = merkle_node(suite, *old, *nodes++);
        n--;
    }
    hash_many(suite, 1, nodes->b, 2 * HASH_SIZE, n / 2, above);
}

/* Where edge[] holds the root of 2^level leaves, which a tree of this size has. */
static unsigned edge_at(uint64_t size, unsigned level)
{
    return edge_count(size >> level) - 1;
}

enum gz_err merkle_append_all(struct merkle *m, struct hash *nodes, size_t n)
{
    if (n >= MERKLE_SIZE_MAX - m->size) return GZ_LIMIT;
    struct merkle  grown = {.suite = m->suite, .size = m->size + n};
    uint64_t       count = n;
    const uint64_t was = m->size;
    for (unsigned level = 0; level < MERKLE_DEPTH_MAX; level++, nodes += count) {
        count = merkle_count_new(was, n, level);
        const struct hash *old = (was >> level & 1) != 0 ? &m->edge[edge_at(was, level)] : NULL;
        if ((grown.size >> level & 1) != 0)
            grown.edge[edge_at(grown.size, level)] = count > 0 ? nodes[count - 1] : *old;
        join_level(m->suite, old, nodes, count, nodes + count);
    }
    *m = grown;
    return GZ_OK;
}

struct hash merkle_root(const struct merkle *m)
{
    unsigned n = edge_count(m->size);
    if (n == 0) return hash_of(m->suite, (struct bytes){0});
    struct hash root = m->edge[--n];
    while (n > 0) root = merkle_node(m->suite, m->edge[--n], root);
    return root;
}

/* RFC 9162 section 2.1.3.2. */
enum gz_err merkle_verify_inclusion(enum suite suite, struct hash leaf, uint64_t index,
                                    uint64_t size, const struct merkle_path *path, struct hash root)
{
    if (index >= size || size >= MERKLE_SIZE_MAX) return GZ_MALFORMED;
    uint64_t    fn = index, sn = size - 1;
    struct hash r = leaf;
    for (uint32_t i = 0; i < path->n; i++) {
        if (sn == 0) return GZ_MALFORMED;
        if ((fn & 1) == 0 && fn != sn) {
            r = merkle_node(suite, r, path->path[i]);
        } else {
            r = merkle_node(suite, path->path[i], r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0) return GZ_MALFORMED;
    return hash_eq(r, root) ? GZ_OK : GZ_MISMATCH;
}

/* RFC 9162 section 2.1.4.2, for 0 < from < to. */
static enum gz_err verify_growth(enum suite suite, uint64_t from, struct hash from_root,
                                 uint64_t to, struct hash to_root, const struct merkle_path *path)
{
    uint32_t    at = 0;
    uint64_t    fn = from - 1, sn = to - 1;
    struct hash fr = from_root;
    if ((from & (from - 1)) != 0) {
        if (path->n == 0) return GZ_MALFORMED;
        fr = path->path[at++];
    }
    for (; (fn & 1) != 0; fn >>= 1) sn >>= 1;
    struct hash sr = fr;
    for (; at < path->n; at++) {
        if (sn == 0) return GZ_MALFORMED;
        if ((fn & 1) != 0 || fn == sn) {
            fr = merkle_node(suite, path->path[at], fr);
            sr = merkle_node(suite, path->path[at], sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = merkle_node(suite, sr, path->path[at]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0) return GZ_MALFORMED;
    return hash_eq(fr, from_root) && hash_eq(sr, to_root) ? GZ_OK : GZ_MISMATCH;
}

enum gz_err merkle_verify_consistency(enum suite suite, uint64_t from, struct hash from_root,
                                      uint64_t to, struct hash to_root,
                                      const struct merkle_path *path)
{
    if (from > to || to >= MERKLE_SIZE_MAX) return GZ_MALFORMED;
    if (from != 0 && from != to) return verify_growth(suite, from, from_root, to, to_root, path);
    if (path->n != 0) return GZ_MALFORMED;
    const struct hash same = from == 0 ? hash_of(suite, (struct bytes){0}) : to_root;
    return hash_eq(from_root, same) ? GZ_OK : GZ_MISMATCH;
}

/* --- building proofs -------------------------------------------------------------------------- */

/* Root of the leaves from..from+count-1, where from is a multiple of the power of two that count
 * rounds up to: full subtrees from the source, joined from the right. */
static enum gz_err range_root(enum suite suite, struct merkle_source source, uint64_t from,
                              uint64_t count, struct hash *out)
{
    struct hash parts[MERKLE_DEPTH_MAX + 1];
    unsigned    n = 0;
    while (count > 0) {
        const unsigned level = 63u - (unsigned)__builtin_clzll(count);
        TRY(source.get(source.ctx, level, from >> level, &parts[n++]));
        from += UINT64_C(1) << level;
        count -= UINT64_C(1) << level;
    }
    struct hash root = parts[--n];
    while (n > 0) root = merkle_node(suite, parts[--n], root);
    *out = root;
    return GZ_OK;
}

/* The largest power of two below n (n > 1). */
static uint64_t split_of(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static void reverse(struct merkle_path *path)
{
    for (uint32_t i = 0, j = path->n; i + 1 < j; i++) {
        const struct hash held = path->path[i];
        path->path[i] = path->path[--j];
        path->path[j] = held;
    }
}

enum gz_err merkle_prove_inclusion(enum suite suite, struct merkle_source source, uint64_t index,
                                   uint64_t size, struct merkle_path *out)
{
    if (index >= size || size >= MERKLE_SIZE_MAX) return GZ_MALFORMED;
    struct merkle_path path = {0};
    uint64_t           from = 0, count = size;
    while (count > 1) {
        const uint64_t k = split_of(count);
        const bool     left = index - from < k;
        TRY(range_root(suite, source, left ? from + k : from, left ? count - k : k,
                       &path.path[path.n]));
        path.n++;
        if (!left) from += k;
        count = left ? k : count - k;
    }
    reverse(&path);
    *out = path;
    return GZ_OK;
}

enum gz_err merkle_prove_consistency(enum suite suite, struct merkle_source source, uint64_t from,
                                     uint64_t to, struct merkle_path *out)
{
    if (from > to || to >= MERKLE_SIZE_MAX) return GZ_MALFORMED;
    struct merkle_path path = {0};
    uint64_t           base = 0, m = from, count = to;
    bool               known = true; /* is the rest the whole old tree? */
    if (from == 0 || from == to) count = m = 0;
    while (m != count) {
        const uint64_t k = split_of(count);
        const bool     left = m <= k;
        TRY(range_root(suite, source, left ? base + k : base, left ? count - k : k,
                       &path.path[path.n]));
        path.n++;
        if (!left) {
            base += k;
            m -= k;
            known = false;
        }
        count = left ? k : count - k;
    }
    if (!known) {
        TRY(range_root(suite, source, base, count, &path.path[path.n]));
        path.n++;
    }
    reverse(&path);
    *out = path;
    return GZ_OK;
}

enum gz_err merkle_load(struct merkle *m, enum suite suite, struct merkle_source source,
                        uint64_t size)
{
    struct merkle loaded = {.suite = suite, .size = size};
    uint64_t      from = 0;
    unsigned      n = 0;
    if (size >= MERKLE_SIZE_MAX) return GZ_MALFORMED;
    while (from < size) {
        const unsigned level = 63u - (unsigned)__builtin_clzll(size - from);
        TRY(source.get(source.ctx, level, from >> level, &loaded.edge[n++]));
        from += UINT64_C(1) << level;
    }
    *m = loaded;
    return GZ_OK;
}

/* Merkle tree over log entries (RFC 9162 hashing with the suite's H): roots, inclusion and
 * consistency. Pure: no allocation; every struct is a plain value. Sizes and indexes < 2^63. */
#pragma once
#include "core/hash.h"

enum { MERKLE_DEPTH_MAX = 63 };

/* The growing tree: the right edge only, so O(log n) whatever the size. */
struct merkle {
    enum suite  suite;
    uint64_t    size;                   /* leaves added so far */
    struct hash edge[MERKLE_DEPTH_MAX]; /* roots of the full subtrees, largest first */
};

struct merkle_path {
    uint32_t    n; /* hashes used in path[] */
    struct hash path[MERKLE_DEPTH_MAX];
};

struct hash merkle_leaf(enum suite suite, struct bytes entry); /* H(0x00 ‖ entry) */
struct hash merkle_node(enum suite suite, struct hash left,
                        struct hash right); /* H(0x01 ‖ l ‖ r) */
void        merkle_init(struct merkle *m, enum suite suite);
/* GZ_LIMIT: the tree is full; *m is unchanged. */
enum gz_err merkle_append(struct merkle *m, struct hash leaf);
/* What n more leaves bring to a tree of this size at one level: roots of full subtrees of 2^level
 * leaves; level 0 are the leaves. And at all levels together. */
uint64_t    merkle_count_new(uint64_t size, uint64_t n, unsigned level);
uint64_t    merkle_count_all_new(uint64_t size, uint64_t n);
/* Leaf hashes of n entries of size bytes that lie one behind the other. */
void        merkle_leaves(enum suite suite, const uint8_t *entries, size_t size, size_t n,
                          struct hash *out);
/* The same tree as leaf by leaf, but each level is hashed at once. nodes begins with the n leaves
 * and has room for merkle_count_all_new: it gets what they bring, level by level. */
enum gz_err merkle_append_all(struct merkle *m, struct hash *nodes, size_t n);
struct hash merkle_root(const struct merkle *m); /* of an empty tree: H("") */

/* GZ_MALFORMED: number of hashes does not fit index and size. GZ_MISMATCH: proves another root. */
enum gz_err merkle_verify_inclusion(enum suite suite, struct hash leaf, uint64_t index,
                                    uint64_t size, const struct merkle_path *path,
                                    struct hash root);
/* From tree (from, from_root) to (to, to_root); from <= to. Equal sizes: empty path, equal roots.
 * from 0: empty path. GZ_MALFORMED, GZ_MISMATCH as above. */
enum gz_err merkle_verify_consistency(enum suite suite, uint64_t from, struct hash from_root,
                                      uint64_t to, struct hash to_root,
                                      const struct merkle_path *path);

/* Where proof builders get node hashes: the root of the full subtree of 2^level leaves that starts
 * at leaf index * 2^level. Never asked beyond the size of the proof. */
struct merkle_source {
    void *ctx;
    enum gz_err (*get)(void *ctx, unsigned level, uint64_t index, struct hash *out);
};
enum gz_err merkle_prove_inclusion(enum suite suite, struct merkle_source source, uint64_t index,
                                   uint64_t size, struct merkle_path *out);
enum gz_err merkle_prove_consistency(enum suite suite, struct merkle_source source, uint64_t from,
                                     uint64_t to, struct merkle_path *out);
/* The right edge of the tree of this size, read from the source. */
enum gz_err merkle_load(struct merkle *m, enum suite suite, struct merkle_source source,
                        uint64_t size);

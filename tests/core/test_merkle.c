/* Against a naive recursive tree (RFC 9162 section 2.1.1), for every size and index up to a bound,
 * and against the published trees. */
#include "core/merkle.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check.h"
#include "core/base64.h"

enum { SIZE_MAX_TRIED = 130, LEAVES_MAX = 512 };

static const char *folder;
static struct hash leaves[LEAVES_MAX];

static uint64_t split_of(uint64_t n)
{
    uint64_t k = 1;
    while (2 * k < n) k *= 2;
    return k;
}

static struct hash naive_root(enum suite suite, uint64_t from, uint64_t n)
{
    if (n == 0) return hash_of(suite, (struct bytes){0});
    if (n == 1) return leaves[from];
    const uint64_t k = split_of(n);
    return merkle_node(suite, naive_root(suite, from, k), naive_root(suite, from + k, n - k));
}

static enum gz_err get_node(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
    const enum suite *suite = ctx;
    *out = naive_root(*suite, index << level, UINT64_C(1) << level);
    return GZ_OK;
}

static void make_leaves(enum suite suite)
{
    for (uint32_t i = 0; i < LEAVES_MAX; i++) {
        uint8_t raw[4];
        write_be32(raw, i);
        leaves[i] = merkle_leaf(suite, BYTES_OF(raw));
    }
}

static void growing_gives_the_naive_root(void **state)
{
    (void)state;
    struct merkle m;
    make_leaves(SUITE_GM);
    merkle_init(&m, SUITE_GM);
    for (uint64_t n = 0; n < LEAVES_MAX; n++) {
        assert_true(hash_eq(merkle_root(&m), naive_root(SUITE_GM, 0, n)));
        assert_ok(merkle_append(&m, leaves[n]));
    }
}

/* From every size, every number of leaves at once: the same tree, and every node it brings. */
static void check_at_once(enum suite suite, uint64_t size, size_t n)
{
    static struct hash nodes[2 * LEAVES_MAX + MERKLE_DEPTH_MAX];
    struct merkle      single, all;
    merkle_init(&single, suite);
    for (uint64_t i = 0; i < size; i++) assert_ok(merkle_append(&single, leaves[i]));
    all = single;
    for (size_t i = 0; i < n; i++) assert_ok(merkle_append(&single, leaves[size + i]));
    memcpy(nodes, leaves + size, n * sizeof *nodes);
    assert_ok(merkle_append_all(&all, nodes, n));
    assert_int_equal(all.size, size + n);
    assert_memory_equal(&all.edge, &single.edge,
                        sizeof all.edge[0] * (size_t)__builtin_popcountll(all.size));
    const struct hash *next = nodes;
    for (unsigned level = 0; level < 10; level++)
        for (uint64_t i = size >> level; i < (size + n) >> level; i++)
            assert_true(hash_eq(*next++, naive_root(suite, i << level, UINT64_C(1) << level)));
    assert_int_equal(next - nodes, merkle_count_all_new(size, n));
}

static void many_leaves_at_once_give_the_same_tree(void **state)
{
    (void)state;
    make_leaves(SUITE_INTL);
    for (uint64_t size = 0; size < 20; size++)
        for (size_t n = 0; n < 40; n++) check_at_once(SUITE_INTL, size, n);
    make_leaves(SUITE_GM);
    for (uint64_t size = 0; size < 70; size += 23)
        for (size_t n = 300; n < 304; n++) check_at_once(SUITE_GM, size, n);
    check_at_once(SUITE_GM, 0, LEAVES_MAX);
    check_at_once(SUITE_GM, 255, 257);
}

static void more_leaves_than_a_tree_holds_change_nothing(void **state)
{
    (void)state;
    struct hash   nodes[2 + MERKLE_DEPTH_MAX] = {0};
    struct merkle m = {.suite = SUITE_GM, .size = INT64_MAX - 1};
    assert_err(merkle_append_all(&m, nodes, 2), GZ_LIMIT);
    assert_int_equal(m.size, INT64_MAX - 1);
    assert_ok(merkle_append_all(&m, nodes, 1));
}

static void loading_gives_the_same_edge(void **state)
{
    (void)state;
    enum suite    suite = SUITE_GM;
    struct merkle grown, loaded;
    make_leaves(suite);
    merkle_init(&grown, suite);
    for (uint64_t n = 1; n <= SIZE_MAX_TRIED; n++) {
        assert_ok(merkle_append(&grown, leaves[n - 1]));
        assert_ok(merkle_load(&loaded, suite, (struct merkle_source){&suite, get_node}, n));
        assert_true(hash_eq(merkle_root(&loaded), merkle_root(&grown)));
        assert_ok(merkle_append(&loaded, leaves[n]));
        assert_true(hash_eq(merkle_root(&loaded), naive_root(suite, 0, n + 1)));
    }
}

static void every_inclusion_proof(void **state)
{
    (void)state;
    enum suite                 suite = SUITE_INTL;
    const struct merkle_source source = {&suite, get_node};
    make_leaves(suite);
    for (uint64_t n = 1; n <= SIZE_MAX_TRIED; n++) {
        const struct hash root = naive_root(suite, 0, n);
        for (uint64_t i = 0; i < n; i++) {
            struct merkle_path p;
            assert_ok(merkle_prove_inclusion(suite, source, i, n, &p));
            assert_ok(merkle_verify_inclusion(suite, leaves[i], i, n, &p, root));
            assert_err(merkle_verify_inclusion(suite, leaves[i + 1], i, n, &p, root), GZ_MISMATCH);
            if (p.n > 0) {
                p.path[i % p.n].b[n % HASH_SIZE] ^= 1;
                assert_err(merkle_verify_inclusion(suite, leaves[i], i, n, &p, root), GZ_MISMATCH);
                p.path[i % p.n].b[n % HASH_SIZE] ^= 1;
                p.n--;
                assert_int_not_equal(merkle_verify_inclusion(suite, leaves[i], i, n, &p, root),
                                     GZ_OK);
                p.n++;
            }
            p.path[p.n++] = root;
            assert_err(merkle_verify_inclusion(suite, leaves[i], i, n, &p, root), GZ_MALFORMED);
        }
    }
}

static void every_consistency_proof(void **state)
{
    (void)state;
    enum suite                 suite = SUITE_INTL;
    const struct merkle_source source = {&suite, get_node};
    make_leaves(suite);
    for (uint64_t to = 0; to <= SIZE_MAX_TRIED; to++) {
        const struct hash new_root = naive_root(suite, 0, to);
        for (uint64_t from = 0; from <= to; from++) {
            const struct hash  old_root = naive_root(suite, 0, from);
            struct merkle_path p;
            assert_ok(merkle_prove_consistency(suite, source, from, to, &p));
            assert_ok(merkle_verify_consistency(suite, from, old_root, to, new_root, &p));
            if (p.n == 0) continue;
            p.path[to % p.n].b[from % HASH_SIZE] ^= 8;
            assert_err(merkle_verify_consistency(suite, from, old_root, to, new_root, &p),
                       GZ_MISMATCH);
            p.path[to % p.n].b[from % HASH_SIZE] ^= 8;
            assert_int_not_equal(
                merkle_verify_consistency(suite, from, leaves[7], to, new_root, &p), GZ_OK);
            p.path[p.n++] = new_root;
            assert_int_not_equal(merkle_verify_consistency(suite, from, old_root, to, new_root, &p),
                                 GZ_OK);
        }
    }
}

static struct hash hash_in(json_t *row, const char *name)
{
    struct hash h;
    assert_ok(base64_decode_exact(BASE64_STD_PADDED,
                                  bytes_str(json_string_value(json_object_get(row, name))), h.b,
                                  HASH_SIZE));
    return h;
}

static void check_tree(enum suite suite)
{
    char          path[512];
    struct merkle m;
    struct hash   roots[LEAVES_MAX];
    size_t        i, k;
    json_t       *entry, *row, *text;
    snprintf(path, sizeof path, "%s/%s-tree.json", folder, suite_name(suite));
    json_t *tree = json_load_file(path, 0, NULL);
    merkle_init(&m, suite);
    json_array_foreach(json_object_get(tree, "log_entries"), i, entry)
    {
        uint8_t      raw[128];
        const char  *hex = json_string_value(entry);
        const size_t n = strlen(hex) / 2;
        assert_ok(text_from_hex(bytes_str(hex), raw, n));
        assert_ok(merkle_append(&m, merkle_leaf(suite, (struct bytes){raw, n})));
        roots[m.size] = merkle_root(&m);
        json_array_foreach(json_object_get(tree, "roots"), k,
                           row) if ((uint64_t)json_integer_value(json_object_get(row, "size")) ==
                                    m.size)
            assert_true(hash_eq(merkle_root(&m), hash_in(row, "root")));
    }
    assert_int_equal(m.size, json_array_size(json_object_get(tree, "log_entries")));
    json_array_foreach(json_object_get(tree, "consistency"), i, row)
    {
        const json_int_t   from = json_integer_value(json_object_get(row, "from"));
        const json_int_t   to = json_integer_value(json_object_get(row, "to"));
        struct merkle_path p = {0};
        json_array_foreach(json_object_get(row, "proof"), k, text) assert_ok(base64_decode_exact(
            BASE64_STD_PADDED, bytes_str(json_string_value(text)), p.path[p.n++].b, HASH_SIZE));
        assert_ok(merkle_verify_consistency(suite, (uint64_t)from, roots[from], (uint64_t)to,
                                            roots[to], &p));
    }
    json_decref(tree);
}

static void published_trees(void **state)
{
    (void)state;
    check_tree(SUITE_GM);
    check_tree(SUITE_INTL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing_gives_the_naive_root),
        cmocka_unit_test(many_leaves_at_once_give_the_same_tree),
        cmocka_unit_test(more_leaves_than_a_tree_holds_change_nothing),
        cmocka_unit_test(loading_gives_the_same_edge),
        cmocka_unit_test(every_inclusion_proof),
        cmocka_unit_test(every_consistency_proof),
        cmocka_unit_test(published_trees),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

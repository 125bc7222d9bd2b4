/* The upper levels of a tree in memory. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "node/node_cache.h"

enum { THREADS = 4, ROUNDS = 200000, INDEXES = 512, LEVELS = 4 };

static struct hash node_of(unsigned level, uint64_t index)
{
    struct hash h;
    memset(h.b, (int)(index * 7 + level), sizeof h.b);
    write_be64(h.b, index);
    return h;
}

static void what_was_put_is_there_and_nothing_else(void **state)
{
    (void)state;
    struct node_cache *c = NULL;
    struct hash        got;
    assert_ok(node_cache_new(&c));
    assert_false(node_cache_get(c, 12, 5, &got));
    node_cache_put(c, 12, 5, node_of(12, 5));
    assert_true(node_cache_get(c, 12, 5, &got));
    assert_true(hash_eq(got, node_of(12, 5)));
    assert_false(node_cache_get(c, 12, 6, &got));
    assert_false(node_cache_get(c, 13, 5, &got));
    node_cache_free(&c);
    assert_null(c);
}

static void what_has_no_place_is_not_kept(void **state)
{
    (void)state;
    static const struct {
        unsigned level;
        uint64_t index;
    } rows[] = {{0, 0},
                {NODE_CACHE_LOWEST - 1, 0},
                {NODE_CACHE_LOWEST, NODE_CACHE_NODES},
                {NODE_CACHE_LOWEST, UINT64_MAX},
                {NODE_CACHE_LOWEST + NODE_CACHE_LEVELS, 0},
                {63, 0}};
    struct node_cache *c = NULL;
    struct hash        got;
    assert_ok(node_cache_new(&c));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        node_cache_put(c, rows[i].level, rows[i].index, node_of(1, 1));
        assert_false(node_cache_get(c, rows[i].level, rows[i].index, &got));
    }
    node_cache_put(NULL, 12, 5, node_of(12, 5));
    assert_false(node_cache_get(NULL, 12, 5, &got));
    const unsigned last = NODE_CACHE_LOWEST + NODE_CACHE_LEVELS - 1;
    node_cache_put(c, last, NODE_CACHE_NODES - 1, node_of(2, 2));
    assert_true(node_cache_get(c, last, NODE_CACHE_NODES - 1, &got));
    node_cache_free(&c);
}

static void *read_and_put(void *cache)
{
    uint64_t random = (uint64_t)(uintptr_t)&random | 1, wrong = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        const unsigned level = NODE_CACHE_LOWEST + (unsigned)(random % LEVELS);
        const uint64_t index = random / LEVELS % INDEXES;
        struct hash    got;
        if (!node_cache_get(cache, level, index, &got))
            node_cache_put(cache, level, index, node_of(level, index));
        else wrong += !hash_eq(got, node_of(level, index));
    }
    return wrong == 0 ? cache : NULL;
}

static void threads_never_read_half_a_node(void **state)
{
    (void)state;
    struct node_cache *c = NULL;
    pthread_t          threads[THREADS];
    assert_ok(node_cache_new(&c));
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_and_put, c), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *good = NULL;
        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_ptr_equal(good, c);
    }
    node_cache_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_there_and_nothing_else),
        cmocka_unit_test(what_has_no_place_is_not_kept),
        cmocka_unit_test(threads_never_read_half_a_node),
    };
    RUN_TESTS(tests);
}

/* What the tests of src/core use of cmocka, for machines that have none: the first failure ends the
 * program. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

#define cmocka_unit_test(f)                                                                        \
    {                                                                                              \
#f, f                                                                                      \
    }
#define fail_msg(...)                                                                              \
    do {                                                                                           \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                            \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fputc('\n', stderr);                                                                       \
        exit(1);                                                                                   \
    } while (0)
#define cross_must(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) fail_msg("not true: %s", #condition);                                    \
    } while (0)
#define cross_number(x) ((unsigned long long)(x))

#define assert_true(c)                   cross_must(c)
#define assert_false(c)                  cross_must(!(c))
#define assert_null(p)                   cross_must((p) == NULL)
#define assert_non_null(p)               cross_must((p) != NULL)
#define assert_ptr_equal(a, b)           cross_must((a) == (b))
#define assert_int_equal(a, b)           cross_must(cross_number(a) == cross_number(b))
#define assert_int_not_equal(a, b)       cross_must(cross_number(a) != cross_number(b))
#define assert_string_equal(a, b)        cross_must(strcmp((a), (b)) == 0)
#define assert_memory_equal(a, b, n)     cross_must(memcmp((a), (b), (n)) == 0)
#define assert_memory_not_equal(a, b, n) cross_must(memcmp((a), (b), (n)) != 0)
#define assert_in_range(x, low, high)                                                              \
    cross_must(cross_number(x) >= cross_number(low) && cross_number(x) <= cross_number(high))

static inline int cross_run(const struct CMUnitTest *tests, size_t n, int (*setup)(void **),
                            int (*teardown)(void **))
{
    void *state = NULL;
    if (setup != NULL && setup(&state) != 0) return 1;
    for (size_t i = 0; i < n; i++) {
        printf("%s\n", tests[i].name);
        tests[i].run(&state);
    }
    return teardown != NULL && teardown(&state) != 0;
}
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    cross_run(tests, sizeof(tests) / sizeof(tests)[0], setup, teardown)

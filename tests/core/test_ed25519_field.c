/* The field of Ed25519 against the general arithmetic of u256, above all where carries run. */
#include "check.h"
#include "core/ed25519_field.h"

enum { PAIRS = 300000 };

#define LOWEST UINT64_C(0xffffffffffffffed) /* of the prime */

static const struct modulus field = {{{LOWEST, UINT64_MAX, UINT64_MAX, ED25519_TOP}},
                                     {{UINT64_C(0x5a4), 0, 0, 0}},
                                     UINT64_C(0x86bca1af286bca1b)};
static uint64_t             seed = 0x9e3779b97f4a7c15;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Half of the words are such that carries start, run through or stop. */
static uint64_t word(void)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     18,
                                     19,
                                     20,
                                     37,
                                     38,
                                     39,
                                     LOWEST - 1,
                                     LOWEST,
                                     LOWEST + 1,
                                     UINT32_MAX,
                                     UINT64_MAX,
                                     UINT64_MAX - 1,
                                     ED25519_TOP,
                                     ED25519_TOP - 1,
                                     UINT64_C(1) << 63,
                                     UINT64_C(1) << 62};
    const uint64_t        choice = next_random();
    return choice % 2 == 0 ? next_random() : edges[choice / 2 % COUNT_OF(edges)];
}

static struct u256 any(void)
{
    return (struct u256){{word(), word(), word(), word()}};
}

static struct u256 element(void)
{
    struct u256 a = any();
    a.w[3] &= ED25519_TOP;
    if (u256_cmp(&a, &field.p) >= 0) a.w[0] = a.w[1] = 0;
    return a;
}

static void check_equal(struct u256 a, struct u256 b)
{
    for (unsigned i = 0; i < 4; i++) assert_int_equal(a.w[i], b.w[i]);
}

/* The general product divides by R, which entering one side undoes. */
static void check_pair(struct u256 a, struct u256 b)
{
    const struct u256 in = mod_enter(&field, &a);
    check_equal(ed25519_mul(&a, &b), mod_mul(&field, &in, &b));
    check_equal(ed25519_sqr(&a), mod_mul(&field, &in, &a));
    check_equal(ed25519_add(&a, &b), mod_add(&field, &a, &b));
    check_equal(ed25519_sub(&a, &b), mod_sub(&field, &a, &b));
}

static void check_reduced(struct u256 a)
{
    const struct u256 in = mod_enter(&field, &a), want = mod_leave(&field, &in);
    check_equal(ed25519_reduce(a), want);
}

static void all_operations_equal_the_general_ones(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PAIRS; i++) {
        check_pair(element(), element());
        check_reduced(any());
    }
}

static void the_ends_of_the_range(void **state)
{
    (void)state;
    struct u256       ends[6] = {{{0}}, {{1}}, {{19}}, {{38}}, field.p, field.p};
    const struct u256 all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    ends[4].w[0] -= 1;
    ends[5].w[0] -= 2;
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        for (size_t k = 0; k < COUNT_OF(ends); k++) check_pair(ends[i], ends[k]);
    struct u256 near = field.p;
    for (unsigned i = 0; i < 40; i++, near.w[0]++) check_reduced(near);
    check_reduced(all);
    check_reduced((struct u256){{0, 0, 0, UINT64_C(1) << 63}});
    struct u256 twice; /* the prime, doubled */
    (void)u256_add(&twice, &field.p, &field.p);
    check_reduced(twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_operations_equal_the_general_ones),
        cmocka_unit_test(the_ends_of_the_range),
    };
    RUN_TESTS(tests);
}

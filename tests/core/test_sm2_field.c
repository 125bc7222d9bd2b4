/* SM2's own field arithmetic against the general one of u256, above all where carries run. */
#include "check.h"
#include "core/sm2_field_mul.h"

enum { PAIRS = 300000 };

static const struct modulus field = {{{UINT64_MAX, FIELD_P1, UINT64_MAX, FIELD_P3}},
                                     {{UINT64_C(0x0000000200000003), UINT64_C(0x00000002ffffffff),
                                       UINT64_C(0x0000000100000001), UINT64_C(0x0000000400000002)}},
                                     1};
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
                                     3,
                                     FIELD_P1,
                                     FIELD_P1 - 1,
                                     FIELD_P3,
                                     UINT32_MAX,
                                     UINT64_MAX,
                                     UINT64_MAX - 1,
                                     UINT64_C(1) << 63,
                                     UINT64_C(1) << 32};
    const uint64_t        choice = next_random();
    return choice % 2 == 0 ? next_random() : edges[choice / 2 % COUNT_OF(edges)];
}

static struct u256 element(void)
{
    const struct u256 a = {{word(), word(), word(), word()}};
    struct u256       less;
    return u256_sub(&less, &a, &field.p) == 0 ? less : a;
}

static void check_equal(struct u256 a, struct u256 b)
{
    for (unsigned i = 0; i < 4; i++) assert_int_equal(a.w[i], b.w[i]);
}

static void check_pair(struct u256 a, struct u256 b)
{
    check_equal(field_mul(a, b), mod_mul(&field, &a, &b));
    check_equal(field_sqr(a), mod_mul(&field, &a, &a));
    check_equal(field_add(a, b), mod_add(&field, &a, &b));
    check_equal(field_sub(a, b), mod_sub(&field, &a, &b));
    const struct u256 half = field_half(a);
    check_equal(mod_add(&field, &half, &half), a);
    assert_true(u256_cmp(&half, &field.p) < 0);
}

static void all_operations_equal_the_general_ones(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PAIRS; i++) check_pair(element(), element());
}

static void the_ends_of_the_range(void **state)
{
    (void)state;
    struct u256       last, before;
    const struct u256 one = {{1, 0, 0, 0}}, two = {{2, 0, 0, 0}};
    const struct u256 zero = {0};
    (void)u256_sub(&last, &field.p, &one);
    (void)u256_sub(&before, &field.p, &two);
    const struct u256 ends[] = {zero, one, two, last, before};
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        for (size_t k = 0; k < COUNT_OF(ends); k++) check_pair(ends[i], ends[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_operations_equal_the_general_ones),
        cmocka_unit_test(the_ends_of_the_range),
    };
    RUN_TESTS(tests);
}

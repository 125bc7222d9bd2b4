/* Amounts of money: sums, and how notes and bills write them. */
#include <string.h>

#include "base/money.h"
#include "check.h"

static struct money yuan(const char *text)
{
    struct money m;
    assert_ok(money_decode(bytes_str(text), &m));
    return m;
}

static void test_capital_figures(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"0.00", "零元整"},
        {"0.01", "壹分"},
        {"0.50", "伍角整"},
        {"1.05", "壹元零伍分"},
        {"10.10", "壹拾元壹角整"},
        {"1010.10", "壹仟零壹拾元壹角整"},
        {"1001.00", "壹仟零壹元整"},
        {"100100.00", "壹拾万零壹佰元整"},
        {"120000.00", "壹拾贰万元整"},
        {"1409.50", "壹仟肆佰零玖元伍角整"},
        {"6007.14", "陆仟零柒元壹角肆分"},
        {"10000000.00", "壹仟万元整"},
        {"100000001.05", "壹亿零壹元零伍分"},
        {"200030004.67", "贰亿零叁万零肆元陆角柒分"},
        {"10000000000000.00", "壹拾万亿元整"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DEFER(buf_fini) struct buf out = {0};
        assert_ok(money_add_capitals(yuan(rows[i][0]), &out));
        assert_ok(buf_add_byte(&out, 0));
        assert_string_equal((const char *)out.p, rows[i][1]);
    }
}

static void test_groups_of_three(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"0.00", "0.00"},
                                          {"999.99", "999.99"},
                                          {"1000.00", "1,000.00"},
                                          {"120000.05", "120,000.05"},
                                          {"1234567.00", "1,234,567.00"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DEFER(buf_fini) struct buf out = {0};
        assert_ok(money_add_grouped(yuan(rows[i][0]), &out));
        assert_ok(buf_add_byte(&out, 0));
        assert_string_equal((const char *)out.p, rows[i][1]);
    }
}

static void test_sums_stay_within_bounds(void **state)
{
    (void)state;
    struct money sum = {7};
    assert_ok(money_add(yuan("1.99"), yuan("0.01"), &sum));
    assert_int_equal(money_cmp(sum, yuan("2.00")), 0);
    assert_ok(money_subtract(sum, yuan("0.50"), &sum));
    assert_int_equal(money_cmp(sum, yuan("1.50")), 0);
    assert_int_equal(money_subtract(yuan("1.00"), yuan("1.01"), &sum), GZ_LIMIT);
    assert_int_equal(money_add((struct money){INT64_MAX}, yuan("0.01"), &sum), GZ_LIMIT);
    assert_int_equal(money_cmp(sum, yuan("1.50")), 0);
    assert_true(money_cmp(yuan("1.00"), yuan("1.01")) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capital_figures),
        cmocka_unit_test(test_groups_of_three),
        cmocka_unit_test(test_sums_stay_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/text.h"

#include <string.h>

#include "base/date.h"
#include "base/money.h"
#include "base/time.h"
#include "check.h"

static void u64_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "00", "01", "+1", "-1", " 1", "1 ", "18446744073709551616", "1a"};
    uint64_t v = 7;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_err(text_to_u64(bytes_str(bad[i]), UINT64_MAX, &v), GZ_MALFORMED);
    assert_int_equal(v, 7);
    assert_ok(text_to_u64(BYTES_LIT("18446744073709551615"), UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    assert_ok(text_to_u64(BYTES_LIT("0"), 9, &v));
    assert_err(text_to_u64(BYTES_LIT("10"), 9, &v), GZ_MALFORMED);
    assert_err(text_to_u64(BYTES_LIT("4"), 2, &v), GZ_MALFORMED); /* one digit above max */
}

static void utf8_refuses_what_rfc_3629_refuses(void **state)
{
    (void)state;
    assert_true(text_is_utf8(BYTES_LIT("a\u00e9\u56fa\U00020bb7")));
    assert_false(text_is_utf8(BYTES_LIT("\xc0\x80")));
    assert_false(text_is_utf8(BYTES_LIT("\xed\xa0\x80")));
    assert_false(text_is_utf8(BYTES_LIT("\xf4\x90\x80\x80")));
    assert_false(text_is_utf8(BYTES_LIT("\xe5\x9b")));
}

static void days_and_dates_agree(void **state)
{
    (void)state;
    const int64_t first = date_to_days((struct date){1, 1, 1});
    const int64_t last = date_to_days((struct date){9999, 12, 31});
    for (int64_t d = first; d <= last; d += 13) assert_int_equal(date_to_days(date_of_days(d)), d);
    assert_int_equal(date_to_days((struct date){1970, 1, 1}), 0);
    assert_int_equal(date_to_days((struct date){2026, 11, 25}), 20782);
}

static void times_are_exact(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "2026-02-30T00:00:00Z",      "2026-03-05T09:30:60Z", "2026-03-05t09:30:00Z",
        "2026-03-05T09:30:00z",      "2026-03-05T24:00:00Z", "2026-03-05T09:30:00",
        "2026-03-05T09:30:00.Z",     "2026-03-05",           "2026-03-05T09:30:00.1234567890Z",
        "2026-03-05T09:30:00+24:00", "0000-01-01T00:00:00Z", "2026-03-05T09:30:00+0800",
        "2026-03-05T09:30:00Z "};
    struct time t;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_err(time_decode(bytes_str(bad[i]), &t), GZ_MALFORMED);
    assert_ok(time_decode(BYTES_LIT("2026-03-05T09:30:00.123+08:00"), &t));
    assert_int_equal(t.s, 1772674200);
    assert_int_equal(t.ns, 123000000);
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_encode(t, 480, text), "2026-03-05T09:30:00.123+08:00");
    assert_string_equal(time_encode(t, 0, text), "2026-03-05T01:30:00.123Z");
    assert_int_equal(time_diff_ms(t, (struct time){1772674199, 900000000}), 223);
}

static void money_has_two_places(void **state)
{
    (void)state;
    static const char *const bad[] = {"1", "1.0", "01.00", "-1.00", "1.000", ".00", "1,000.00", ""};
    struct money             m = {5};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_err(money_decode(bytes_str(bad[i]), &m), GZ_MALFORMED);
    assert_ok(money_decode(BYTES_LIT("120000.05"), &m));
    char text[MONEY_TEXT_SIZE];
    assert_string_equal(money_encode(m, text), "120000.05");
}

static void a_moment_beyond_the_calendar_is_still_written(void **state)
{
    (void)state;
    struct time t;
    char        text[TIME_TEXT_SIZE];
    assert_int_equal(time_decode(bytes_str("9999-12-31T23:59:59Z"), &t), GZ_OK);
    assert_string_equal(time_encode(t, 0, text), "9999-12-31T23:59:59.000Z");
    assert_string_equal(time_encode(t, 480, text), "@253402300799");
    assert_int_equal(time_decode(bytes_str(text), &t), GZ_MALFORMED);
    assert_int_equal(time_decode(bytes_str("0001-01-01T00:00:00+23:59"), &t), GZ_OK);
    assert_int_equal(time_encode(t, 0, text)[0], '@');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_beyond_the_calendar_is_still_written),
        cmocka_unit_test(u64_is_strict),
        cmocka_unit_test(utf8_refuses_what_rfc_3629_refuses),
        cmocka_unit_test(days_and_dates_agree),
        cmocka_unit_test(times_are_exact),
        cmocka_unit_test(money_has_two_places),
    };
    RUN_TESTS(tests);
}

#include "app/check_digit.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check.h"

static const struct date today = {2026, 11, 25};

/* The two examples of GB 11643-1999, and invented ones of every check character. */
static const char *const ids[] = {
    "11010519491231002X",
    "440524188001010014",
    "379999199308160013",
    "37999920000229003X",
};
/* The example of GB 32100-2015 and others that are published. */
static const char *const codes[] = {
    "91350100M000100Y43",
    "92379999MAC6000121",
};
static const char all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz -";

static void worked_numbers_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_int_equal(id_number_check(bytes_str(ids[i]), today), CHECK_DIGIT_OK);
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        assert_int_equal(credit_code_check(bytes_str(codes[i])), CHECK_DIGIT_OK);
}

static enum check_digit judge(const char *text, bool id)
{
    return id ? id_number_check(bytes_str(text), today) : credit_code_check(bytes_str(text));
}

/* Whatever single character is wrong, and whichever neighbours change places. */
static void every_slip_is_caught(const char *right, bool id)
{
    char         text[19];
    const size_t n = strlen(right);
    for (size_t at = 0; at < n; at++)
        for (const char *c = all; *c != 0; c++) {
            memcpy(text, right, n + 1);
            text[at] = *c;
            if (*c == right[at]) continue;
            if (judge(text, id) == CHECK_DIGIT_OK) fail_msg("%s passes as %s", text, right);
        }
    for (size_t at = 0; at + 1 < n; at++) {
        memcpy(text, right, n + 1);
        text[at] = right[at + 1];
        text[at + 1] = right[at];
        if (right[at] == right[at + 1]) continue;
        if (judge(text, id) == CHECK_DIGIT_OK) fail_msg("%s passes as %s", text, right);
    }
}

static void every_wrong_character_is_caught(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++) every_slip_is_caught(ids[i], true);
    for (size_t i = 0; i < COUNT_OF(codes); i++) every_slip_is_caught(codes[i], false);
}

/* Of each body exactly one check character is right, and over many bodies every one is. */
static void one_check_character_each(void **state)
{
    (void)state;
    bool     seen_id[256] = {0}, seen_code[256] = {0};
    unsigned kinds_id = 0, kinds_code = 0;
    for (unsigned body = 0; body < 1000; body++) {
        char     id[19], code[19];
        unsigned right_id = 0, right_code = 0;
        snprintf(id, sizeof id, "37999919900101%03u?", body);
        snprintf(code, sizeof code, "91379999MA%02uX%03uT?", body % 97, body);
        for (const char *c = all; *c != 0; c++) {
            id[17] = code[17] = *c;
            if (judge(id, true) == CHECK_DIGIT_OK) {
                right_id++;
                kinds_id += !seen_id[(uint8_t)*c];
                seen_id[(uint8_t)*c] = true;
            }
            if (judge(code, false) == CHECK_DIGIT_OK) {
                right_code++;
                kinds_code += !seen_code[(uint8_t)*c];
                seen_code[(uint8_t)*c] = true;
            }
        }
        assert_int_equal(right_id, 1);
        assert_int_equal(right_code, 1);
    }
    assert_int_equal(kinds_id, 11);
    assert_int_equal(kinds_code, 31);
}

static void the_form_of_an_id_number(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "1",
                                      "110105491231002",     /* the old form of 15 */
                                      "11010519491231002",   /* 17 */
                                      "11010519491231002XX", /* 19 */
                                      "11010519491231002x",
                                      "1101051949123100 X",
                                      "1.10105194912E+17",
                                      "010105194912310021",
                                      "１１０１０５"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(id_number_check(bytes_str(bad[i]), today), CHECK_DIGIT_FORM);
    uint8_t nul[18] = {0};
    assert_int_equal(id_number_check(BYTES_OF(nul), today), CHECK_DIGIT_FORM);
}

/* The check character is right in each of them: only the day decides. */
static void the_day_of_birth(void **state)
{
    (void)state;
    static const struct {
        const char      *day;
        enum check_digit want;
    } rows[] = {
        {"20261125", CHECK_DIGIT_OK},    {"20261126", CHECK_DIGIT_BIRTH},
        {"20270101", CHECK_DIGIT_BIRTH}, {"20000229", CHECK_DIGIT_OK},
        {"19000229", CHECK_DIGIT_BIRTH}, {"20230229", CHECK_DIGIT_BIRTH},
        {"19900431", CHECK_DIGIT_BIRTH}, {"19901301", CHECK_DIGIT_BIRTH},
        {"19900001", CHECK_DIGIT_BIRTH}, {"19900100", CHECK_DIGIT_BIRTH},
        {"18791231", CHECK_DIGIT_BIRTH}, {"18800101", CHECK_DIGIT_OK},
        {"00000000", CHECK_DIGIT_BIRTH},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char     text[19];
        unsigned right = 0;
        for (const char *c = "0123456789X"; *c != 0; c++) {
            snprintf(text, sizeof text, "379999%s001%c", rows[i].day, *c);
            const enum check_digit d = id_number_check(bytes_str(text), today);
            if (rows[i].want != CHECK_DIGIT_OK) assert_int_equal(d, rows[i].want);
            right += d == CHECK_DIGIT_OK;
        }
        assert_int_equal(right, rows[i].want == CHECK_DIGIT_OK);
    }
}

static void the_form_of_a_credit_code(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "91350100M000100Y4", /* 17 */
        "91350100M000100Y433",
        "91350100m000100y43", /* lower case */
        "9135010OM000100Y43", /* O in the region */
        "91350100MO00100Y43", /* O is no character of it */
        "000000000000000000",
        "91350100M000100Y4 ", /* all zero would fit modulo 31 */
        "350100M000100Y43",
        "913501-0M000100Y43",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (credit_code_check(bytes_str(bad[i])) != CHECK_DIGIT_FORM) fail_msg("%s", bad[i]);
    assert_int_equal(credit_code_check(BYTES_LIT("91350100M000100Y44")), CHECK_DIGIT_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_numbers_pass),
        cmocka_unit_test(every_wrong_character_is_caught),
        cmocka_unit_test(one_check_character_each),
        cmocka_unit_test(the_form_of_an_id_number),
        cmocka_unit_test(the_day_of_birth),
        cmocka_unit_test(the_form_of_a_credit_code),
    };
    RUN_TESTS(tests);
}

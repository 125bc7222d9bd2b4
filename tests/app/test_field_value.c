/* Every type: what it takes, to which JSON, and what it refuses, with which sentence. */
#include "app/field_value.h"

#include <string.h>

#include "base/text.h"
#include "check.h"
#include "core/json.h"

static const struct time  now = {1795594800, 0}; /* 2026-11-25 16:20 +08:00 */
static const struct bytes choices[] = {{(const uint8_t *)"企业", 6},
                                       {(const uint8_t *)"个体工商户", 15}};
static uint8_t            space[64 * 1024];

static struct kind_field field_of(enum field_type type)
{
    struct kind_field f = {.type = type, .not_before = -1, .max = 6};
    f.name = BYTES_LIT("some.field");
    f.choices_n = type == FIELD_ENUM ? COUNT_OF(choices) : 0;
    f.choices = choices;
    return f;
}

static struct field_value make(const struct kind_field *f, const char *cell)
{
    struct arena       arena = {space, 0, sizeof space};
    struct field_value v;
    assert_ok(field_value_make(f, bytes_str(cell), now, &arena, &v));
    if (v.defect != CELL_NONE) {
        assert_int_equal(v.json.n, 0);
        assert_non_null(v.hint);
        assert_true(strlen(v.hint) > 0);
        /* A sentence never repeats what stands in the cell. */
        if (strlen(cell) > 4 && strstr(v.hint, cell) != NULL) fail_msg("%s in %s", cell, v.hint);
        return v;
    }
    struct json  j;
    struct bytes text;
    assert_ok(json_init(&j, v.json));
    assert_ok(json_text(&j, &arena, &text));
    assert_ok(json_end(&j));
    return v;
}

static void takes(const struct kind_field *f, const char *cell, const char *json)
{
    const struct field_value v = make(f, cell);
    if (v.defect != CELL_NONE) fail_msg("%s: %s", cell, cell_defect_code(v.defect));
    if (!bytes_eq(v.json, bytes_str(json)))
        fail_msg("%s: %.*s", cell, (int)v.json.n, (const char *)v.json.p);
}

struct refusal {
    enum field_type  type;
    const char      *cell;
    enum cell_defect want;
};

static void refuses(const struct refusal *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct kind_field  f = field_of(rows[i].type);
        const struct field_value v = make(&f, rows[i].cell);
        if (v.defect != rows[i].want)
            fail_msg("row %zu, %s: %s, %s", i, rows[i].cell, cell_defect_code(v.defect),
                     v.hint == NULL ? "taken" : v.hint);
    }
}

static void right_cells_become_json(void **state)
{
    (void)state;
    static const struct {
        enum field_type type;
        const char     *cell, *json;
    } rows[] = {
        {FIELD_TEXT, "王永𠮷", "\"王永𠮷\""},
        {FIELD_TEXT, "䶮之·买买", "\"䶮之·买买\""},
        {FIELD_TEXT, "a\"b\\c", "\"a\\\"b\\\\c\""},
        {FIELD_TEXT, "１２（甲）", "\"１２（甲）\""},
        {FIELD_TEXT, "a b  c", "\"a b  c\""},
        {FIELD_TEXT, "12E5", "\"12E5\""},
        {FIELD_TEXT, "E+17", "\"E+17\""},
        {FIELD_ENUM, "个体工商户", "\"个体工商户\""},
        {FIELD_MONEY, "120000.00", "\"120000.00\""},
        {FIELD_MONEY, "0.00", "\"0.00\""},
        {FIELD_MONEY, "0.01", "\"0.01\""},
        {FIELD_MONEY, "10000000000000.99", "\"10000000000000.99\""},
        {FIELD_RATE, "4.35", "\"4.35\""},
        {FIELD_RATE, "0", "\"0\""},
        {FIELD_RATE, "100.0000", "\"100.0000\""},
        {FIELD_RATE, "0.1234", "\"0.1234\""},
        {FIELD_DATE, "2024-02-29", "\"2024-02-29\""},
        {FIELD_TIME, "2026-11-25 16:20:00", "\"2026-11-25T16:20:00+08:00\""},
        {FIELD_TIME, "2099-12-31 23:59:59", "\"2099-12-31T23:59:59+08:00\""},
        {FIELD_ID_NUMBER, "11010519491231002X", "\"11010519491231002X\""},
        {FIELD_CREDIT_CODE, "91350100M000100Y43", "\"91350100M000100Y43\""},
        {FIELD_PHONE, "13000000000", "\"13000000000\""},
        {FIELD_PHONE, "19999999999", "\"19999999999\""},
        {FIELD_ACCOUNT, "00000000", "\"00000000\""},
        {FIELD_ACCOUNT, "12345678901234567890123456789012", "\"12345678901234567890123456789012\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct kind_field f = field_of(rows[i].type);
        takes(&f, rows[i].cell, rows[i].json);
    }
}

static void texts_and_choices(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {FIELD_TEXT, "一二三四五六七", CELL_LENGTH},
        {FIELD_TEXT, " a", CELL_BLANKS},
        {FIELD_TEXT, "a ", CELL_BLANKS},
        {FIELD_TEXT, "a\t", CELL_BLANKS},
        {FIELD_TEXT, "　a", CELL_BLANKS},
        {FIELD_TEXT, "a\u00a0", CELL_BLANKS},
        {FIELD_TEXT, "\ufeffa", CELL_BLANKS},
        {FIELD_TEXT, " ", CELL_BLANKS},
        {FIELD_TEXT, "a\tb", CELL_TEXT},
        {FIELD_TEXT, "a\x7f", CELL_TEXT},
        {FIELD_TEXT, "a\xc2\x85z", CELL_TEXT},
        {FIELD_TEXT,
         "a\u202e"
         "b",
         CELL_TEXT},
        {FIELD_TEXT, "a\u2066z", CELL_TEXT},
        {FIELD_TEXT, "a\u200bz", CELL_TEXT},
        {FIELD_TEXT, "a\u2028z", CELL_TEXT},
        {FIELD_TEXT, "1.2E+17", CELL_SCIENTIFIC},
        {FIELD_ENUM, "公司", CELL_ENUM},
        {FIELD_ENUM, "企业 ", CELL_BLANKS},
        {FIELD_ENUM, "企", CELL_ENUM},
    };
    refuses(rows, COUNT_OF(rows));
    const struct kind_field  f = field_of(FIELD_ENUM), t = field_of(FIELD_TEXT);
    const struct field_value v = make(&f, "公司");
    assert_string_equal(v.hint, "须为以下之一：企业、个体工商户");
    assert_string_equal(make(&t, "一二三四五六七").hint, "至多 6 字，请缩短");
}

static void a_text_has_a_limit_in_bytes(void **state)
{
    (void)state;
    static char       long_text[CATALOG_TEXT_MAX + 2];
    struct kind_field f = field_of(FIELD_TEXT);
    f.max = 2 * CATALOG_TEXT_MAX;
    memset(long_text, 'x', CATALOG_TEXT_MAX);
    assert_int_equal(make(&f, long_text).defect, CELL_NONE);
    long_text[CATALOG_TEXT_MAX] = 'x';
    assert_int_equal(make(&f, long_text).defect, CELL_LENGTH);
}

static void amounts_and_rates(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {FIELD_MONEY, "-1.00", CELL_MONEY_SIGN},
        {FIELD_MONEY, "+1.00", CELL_MONEY_SIGN},
        {FIELD_MONEY, "120,000.00", CELL_MONEY_COMMA},
        {FIELD_MONEY, "987654", CELL_MONEY_PLACES},
        {FIELD_MONEY, "987654.", CELL_MONEY_PLACES},
        {FIELD_MONEY, "987654.0", CELL_MONEY_PLACES},
        {FIELD_MONEY, "120000.005", CELL_MONEY_PLACES},
        {FIELD_MONEY, "00.50", CELL_MONEY_ZEROS},
        {FIELD_MONEY, "0120000.00", CELL_MONEY_ZEROS},
        {FIELD_MONEY, "10000000000001.00", CELL_MONEY_LIMIT},
        {FIELD_MONEY, "99999999999999999999999999.00", CELL_MONEY_LIMIT},
        {FIELD_MONEY, "壹仟元", CELL_MONEY},
        {FIELD_MONEY, "¥120000.00", CELL_MONEY},
        {FIELD_MONEY, ".50", CELL_MONEY},
        {FIELD_MONEY, "12.3x", CELL_MONEY},
        {FIELD_MONEY, "12x00", CELL_MONEY},
        {FIELD_MONEY, "120000.00元", CELL_MONEY},
        {FIELD_MONEY, "12.E1", CELL_MONEY},
        {FIELD_MONEY, "１２００.00", CELL_FULL_WIDTH},
        {FIELD_MONEY, "1200．00", CELL_FULL_WIDTH},
        {FIELD_MONEY, "1.2E+05", CELL_SCIENTIFIC},
        {FIELD_MONEY, "1e+5", CELL_SCIENTIFIC},
        {FIELD_MONEY, "120000.00 ", CELL_BLANKS},
        {FIELD_RATE, "4.35%", CELL_RATE_SIGN},
        {FIELD_RATE, "%", CELL_RATE_SIGN},
        {FIELD_RATE, "-4.35", CELL_RATE},
        {FIELD_RATE, "04.35", CELL_RATE},
        {FIELD_RATE, "4.", CELL_RATE},
        {FIELD_RATE, ".35", CELL_RATE},
        {FIELD_RATE, "4.12345", CELL_RATE},
        {FIELD_RATE, "4,35", CELL_RATE},
        {FIELD_RATE, "100.0001", CELL_RATE},
        {FIELD_RATE, "101", CELL_RATE},
        {FIELD_RATE, "４.35", CELL_FULL_WIDTH},
    };
    refuses(rows, COUNT_OF(rows));
    struct kind_field f = field_of(FIELD_MONEY);
    f.positive = true;
    assert_int_equal(make(&f, "0.00").defect, CELL_POSITIVE);
    assert_int_equal(make(&f, "0.01").defect, CELL_NONE);
}

static void numbers_of_people_and_accounts(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {FIELD_ID_NUMBER, "110105194912310021", CELL_ID_CHECK},
        {FIELD_ID_NUMBER, "11010519491231002x", CELL_ID_NUMBER},
        {FIELD_ID_NUMBER, "110105194902310021", CELL_ID_BIRTH},
        {FIELD_ID_NUMBER, "1.10105E+17", CELL_SCIENTIFIC},
        {FIELD_ID_NUMBER, "１10105194912310021", CELL_FULL_WIDTH},
        {FIELD_CREDIT_CODE, "91350100M000100Y44", CELL_CREDIT_CHECK},
        {FIELD_CREDIT_CODE, "91350100M000100Y4", CELL_CREDIT_CODE},
        {FIELD_CREDIT_CODE, "９1350100M000100Y43", CELL_FULL_WIDTH},
        {FIELD_PHONE, "12345678901", CELL_PHONE},
        {FIELD_PHONE, "1380013800", CELL_PHONE},
        {FIELD_PHONE, "138001380001", CELL_PHONE},
        {FIELD_PHONE, "+8613800138000", CELL_PHONE},
        {FIELD_PHONE, "138-0013-8000", CELL_PHONE},
        {FIELD_PHONE, "23800138000", CELL_PHONE},
        {FIELD_PHONE, "1.38E+10", CELL_SCIENTIFIC},
        {FIELD_PHONE, "１3800138000", CELL_FULL_WIDTH},
        {FIELD_ACCOUNT, "1234567", CELL_ACCOUNT},
        {FIELD_ACCOUNT, "123456789012345678901234567890123", CELL_ACCOUNT},
        {FIELD_ACCOUNT, "6200 0000 0000", CELL_ACCOUNT},
        {FIELD_ACCOUNT, "6200A000", CELL_ACCOUNT},
        {FIELD_ACCOUNT, "6.2E+18", CELL_SCIENTIFIC},
    };
    refuses(rows, COUNT_OF(rows));
}

static void days_and_times(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {FIELD_DATE, "0000-00-00", CELL_DATE_ZERO},
        {FIELD_DATE, "2023-02-29", CELL_DATE_UNREAL},
        {FIELD_DATE, "2024-13-01", CELL_DATE_UNREAL},
        {FIELD_DATE, "2024-04-31", CELL_DATE_UNREAL},
        {FIELD_DATE, "0000-01-01", CELL_DATE_UNREAL},
        {FIELD_DATE, "2024/03/05", CELL_DATE},
        {FIELD_DATE, "2024-3-5", CELL_DATE},
        {FIELD_DATE, "20240305", CELL_DATE},
        {FIELD_DATE, "2024年3月5日", CELL_DATE},
        {FIELD_DATE, "45356", CELL_DATE}, /* a spreadsheet's day number */
        {FIELD_DATE, "2024-03-05 00:00:00", CELL_DATE},
        {FIELD_DATE, "２024-03-05", CELL_FULL_WIDTH},
        {FIELD_TIME, "0000-00-00 00:00:00", CELL_TIME_ZERO},
        {FIELD_TIME, "2023-02-29 12:00:00", CELL_TIME_UNREAL},
        {FIELD_TIME, "2024-03-05 24:00:00", CELL_TIME},
        {FIELD_TIME, "2024-03-05 12:60:00", CELL_TIME},
        {FIELD_TIME, "2024-03-05 12:00:60", CELL_TIME},
        {FIELD_TIME, "2024-03-05 12:00", CELL_TIME},
        {FIELD_TIME, "2024-03-05T12:00:00", CELL_TIME},
        {FIELD_TIME, "2024-03-05 12:00:00.5", CELL_TIME},
        {FIELD_TIME, "2024-03-05 1:00:00 ", CELL_BLANKS},
        {FIELD_TIME, "2024-03-05 12：00：00", CELL_FULL_WIDTH},
        {FIELD_TIME, "2024/03/05 12:00:00", CELL_TIME},
        {FIELD_TIME, "2025-07-08", CELL_TIME},
    };
    refuses(rows, COUNT_OF(rows));
    const struct kind_field  f = field_of(FIELD_DATE);
    const struct field_value v = make(&f, "2024-02-29");
    assert_int_equal(v.date.year * 10000 + v.date.month * 100 + v.date.day, 20240229);
}

static void what_happened_does_not_lie_ahead(void **state)
{
    (void)state;
    struct kind_field f = field_of(FIELD_TIME);
    f.name = BYTES_LIT("occurred_at");
    assert_int_equal(make(&f, "2026-11-25 16:25:00").defect, CELL_NONE);
    assert_int_equal(make(&f, "2026-11-25 16:25:01").defect, CELL_FUTURE);
    assert_int_equal(make(&f, "2027-01-01 00:00:00").defect, CELL_FUTURE);
}

static void every_sentence_is_one(void **state)
{
    (void)state;
    for (int d = CELL_NONE + 1; d < CELL_DEFECTS; d++) {
        const char *code = cell_defect_code((enum cell_defect)d);
        const char *hint = cell_defect_hint((enum cell_defect)d);
        assert_true(strlen(code) > 0 &&
                    strspn(code, "abcdefghijklmnopqrstuvwxyz_0123456789") == strlen(code));
        assert_true(strlen(hint) > 6 && text_is_utf8(bytes_str(hint)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_cells_become_json),          cmocka_unit_test(texts_and_choices),
        cmocka_unit_test(a_text_has_a_limit_in_bytes),      cmocka_unit_test(amounts_and_rates),
        cmocka_unit_test(numbers_of_people_and_accounts),   cmocka_unit_test(days_and_times),
        cmocka_unit_test(what_happened_does_not_lie_ahead), cmocka_unit_test(every_sentence_is_one),
    };
    RUN_TESTS(tests);
}

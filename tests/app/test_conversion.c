/* Conversions of cells: what each makes, and the traps at which it makes nothing. */
#include "app/conversion.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

struct trial {
    const char *cell, *want; /* want: the text, or "!code" */
};

static void try_all(const struct conversion *c, const struct trial *all, size_t n)
{
    static uint8_t room[8192];
    for (size_t i = 0; i < n; i++) {
        struct arena     arena = {room, 0, 2 * strlen(all[i].cell) + CONVERSION_ROOM};
        struct bytes     out = BYTES_LIT("untouched");
        enum cell_defect what;
        char             got[512];
        assert_ok(conversion_apply(c, bytes_str(all[i].cell), &arena, &out, &what));
        if (what != CELL_NONE) assert_true(bytes_eq(out, BYTES_LIT("untouched")));
        if (what != CELL_NONE) (void)snprintf(got, sizeof got, "!%s", cell_defect_code(what));
        else (void)snprintf(got, sizeof got, "%.*s", (int)out.n, (const char *)out.p);
        if (strcmp(got, all[i].want) != 0)
            fail_msg("%s gave %s instead of %s", all[i].cell, got, all[i].want);
    }
}
#define TRY_ALL(steps, ...)                                                                        \
    do {                                                                                           \
        static const struct trial all[] = {__VA_ARGS__};                                           \
        const struct conversion   c = steps;                                                       \
        try_all(&c, all, COUNT_OF(all));                                                           \
    } while (0)
#define WITH(...) ((struct conversion){__VA_ARGS__})

static void without_a_conversion_nothing_changes(void **state)
{
    (void)state;
    TRY_ALL(WITH(0), {"", ""}, {" a ", " a "}, {"１２", "１２"}, {"1,000.00", "1,000.00"},
            {"20261125", "20261125"}, {"001", "001"}, {"12000", "12000"});
}

/* What a spreadsheet made of a value is refused, not guessed back. */
static void marks_of_a_spreadsheet(void **state)
{
    (void)state;
    TRY_ALL(WITH(0), {"#N/A", "!spreadsheet"}, {"#VALUE!", "!spreadsheet"},
            {"#DIV/0!", "!spreadsheet"}, {"########", "!spreadsheet"},
            {"=\"00123\"", "!spreadsheet"}, {"'00123", "!spreadsheet"},
            {"#1 building", "#1 building"}, {"#N/A?", "#N/A?"},
            {"6217001234567890000", "6217001234567890000"});
    TRY_ALL(WITH(.digits = 6), {"012345", "012345"}, {"12345", "!digits"}, {"1234567", "!digits"},
            {"12345X", "!digits"}, {"", ""});
}

static void blanks_and_widths(void **state)
{
    (void)state;
    TRY_ALL(WITH(.trim = true), {" a b\t", "a b"}, {"\u3000甲\u00a0", "甲"}, {"   ", ""},
            {"\ufeffx", "x"}, {"", ""}, {"\u3000", ""}, {" #N/A ", "!spreadsheet"});
    TRY_ALL(WITH(.half_width = true), {"１２３．００", "123.00"}, {"３７９９９９Ｘ", "379999X"},
            {"，－（）", ",-()"}, {"甲１", "甲1"}, {"\u3000１", "\u30001"}, {"𠮷１", "𠮷1"},
            {"＃Ｎ／Ａ", "!spreadsheet"});
    TRY_ALL(WITH(.trim = true, .half_width = true), {"\u3000１\u3000", "1"});
}

static void thousands(void **state)
{
    (void)state;
    TRY_ALL(WITH(.thousands = true), {"1,234,567.00", "1234567.00"}, {"123.45", "123.45"},
            {"1234567.00", "1234567.00"}, {"999,999.00", "999999.00"}, {"12,34,567.00", "!money"},
            {"1,23.00", "!money"}, {"1234,567.00", "!money"}, {",123.00", "!money"},
            {"1,,234.00", "!money"}, {"1,234.56,7", "!money"}, {"1.234,56", "!money"},
            {"1,234,", "!money"}, {"123,", "!money"}, {"-1,000.00", "!money"}, {"", ""});
    TRY_ALL(WITH(.thousands = true, .half_width = true), {"１，２３４．００", "1234.00"});
}

static void fen(void **state)
{
    (void)state;
    TRY_ALL(WITH(.fen = true), {"12000000", "120000.00"}, {"5", "0.05"}, {"50", "0.50"},
            {"500", "5.00"}, {"0", "0.00"}, {"100000000000000", "1000000000000.00"},
            {"120000.00", "!money"}, {"12.0", "!money"}, {"-5", "!money"}, {"+5", "!money"},
            {"005", "!money"}, {"00", "!money"}, {"1,000", "!money"}, {"1E5", "!money"},
            {"五", "!money"}, {" 5", "!money"}, {"", ""});
    TRY_ALL(WITH(.fen = true, .thousands = true), {"1,000", "10.00"}, {"10,00", "!money"});
}

static void dates(void **state)
{
    (void)state;
    TRY_ALL(WITH(.date = BYTES_LIT("YYYYMMDD")), {"20261125", "2026-11-25"},
            {"00000000", "0000-00-00"}, {"2026-11-25", "!date"}, {"2026112", "!date"},
            {"202611255", "!date"}, {"2026112X", "!date"}, {"20269999", "2026-99-99"}, {"", ""});
    TRY_ALL(WITH(.date = BYTES_LIT("DD/MM/YYYY")), {"25/11/2026", "2026-11-25"},
            {"5/11/2026", "!date"}, {"25-11-2026", "!date"});
    TRY_ALL(WITH(.date = BYTES_LIT("YYYY年MM月DD日")), {"2026年11月25日", "2026-11-25"},
            {"2026年1月25日", "!date"});
    TRY_ALL(WITH(.date = BYTES_LIT("YYYYMMDDhhmmss")), {"20261125093000", "2026-11-25 09:30:00"},
            {"20261125", "!date"});
    TRY_ALL(WITH(.date = BYTES_LIT("YYYY/MM/DD hh:mm:ss")),
            {"2026/11/25 09:30:00", "2026-11-25 09:30:00"}, {"2026/11/25 9:30:00", "!date"});
}

static void patterns_of_dates(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        bool        day, time;
    } all[] = {
        {"YYYYMMDD", true, false},       {"YYYY.MM.DD", true, false},
        {"MM/DD/YYYY", true, false},     {"YYYY年MM月DD日", true, false},
        {"YYMMDD", false, false},        {"YYYY/M/D", false, false},
        {"YYYYMM", false, false},        {"", false, false},
        {"YYYYMMDDDD", false, false},    {"YYYYMMDDhhmm", false, false},
        {"YYYYMMDDhhmmss", false, true}, {"YYYY-MM-DDThh:mm:ss", false, true},
        {"YYYYMMMDD", false, false},     {"YYYYMMDDYYYY", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        const struct bytes p = bytes_str(all[i].pattern);
        if (conversion_is_date(p, DATE_DAY) != all[i].day ||
            conversion_is_date(p, DATE_DAY_AND_TIME) != all[i].time)
            fail_msg("%s", all[i].pattern);
    }
}

static void codes(void **state)
{
    (void)state;
    static const struct code_pair table[] = {{BYTES_LIT("01"), BYTES_LIT("企业")},
                                             {BYTES_LIT("1"), BYTES_LIT("个体工商户")}};
    TRY_ALL(WITH(.codes = table, .codes_n = 2), {"01", "企业"}, {"1", "个体工商户"},
            {"001", "!code"}, {"企业", "!code"}, {"01 ", "!code"}, {"", ""});
    TRY_ALL(WITH(.codes = table, .codes_n = 2, .trim = true, .half_width = true),
            {" ０１ ", "企业"}, {"０２", "!code"});
}

/* A room that is too small is told, and nothing is written behind it. */
static void a_full_arena(void **state)
{
    (void)state;
    const struct conversion c = {.half_width = true, .thousands = true, .fen = true};
    uint8_t                 room[64];
    enum cell_defect        what;
    for (size_t n = 0; n < 40; n++) {
        struct arena arena = {room, 0, n};
        struct bytes out;
        memset(room, 0x5a, sizeof room);
        const enum gz_err e = conversion_apply(&c, BYTES_LIT("1,000"), &arena, &out, &what);
        assert_true(e == GZ_OK || e == GZ_MEMORY);
        for (size_t i = n; i < sizeof room; i++) assert_int_equal(room[i], 0x5a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_conversion_nothing_changes),
        cmocka_unit_test(marks_of_a_spreadsheet),
        cmocka_unit_test(blanks_and_widths),
        cmocka_unit_test(thousands),
        cmocka_unit_test(fen),
        cmocka_unit_test(dates),
        cmocka_unit_test(patterns_of_dates),
        cmocka_unit_test(codes),
        cmocka_unit_test(a_full_arena),
    };
    RUN_TESTS(tests);
}

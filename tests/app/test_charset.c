#include "app/charset.h"

#include <string.h>

#include "base/text.h"
#include "check.h"

static uint8_t space[64 * 1024];

static enum gz_err decode(enum charset from, struct bytes text, struct bytes *out)
{
    DEFER(charset_close) struct charset_decoder *d = NULL;
    struct arena                                 arena = {space, 0, sizeof space};
    assert_ok(charset_open(from, &d));
    return charset_decode(d, text, &arena, out);
}

static void characters_of_one_two_and_four_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *gb, *utf8;
    } rows[] = {
        {"", ""},
        {"A|9~", "A|9~"},
        {"\xba\xcf\xcd\xac", "合同"},
        {"\x95\x34\xb2\x35", "𠮷"},
        {"\xfe\x9f", "䶮"},
        {"\xa1\xa4", "·"},
        {"\x81\x7c\x81\x5c", "亅乗"}, /* second bytes that are '|' and '\' */
        {"\x81\x30\x81\x30", "\xc2\x80"},
        {"\xa3\xb1", "１"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bytes out;
        assert_ok(decode(CHARSET_GB18030, bytes_str(rows[i].gb), &out));
        if (!bytes_eq(out, bytes_str(rows[i].utf8)))
            fail_msg("%s: %.*s", rows[i].utf8, (int)out.n, (const char *)out.p);
    }
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    static const char *const gb[] = {
        "\xff",        "\x80",     "a\x81",  "\x81\x30",         "\x81\x30\x81",
        "\x81\x7f",    "\x81\xff", "\x81\n", "\xe3\x32\x9a\x36", "\xff\xfe\x8b\x4e",
        "\xba\xcf\xcd"};
    static const char *const utf8[] = {"\xff",     "\xc0\x80",         "\xed\xa0\x80",
                                       "\xe5\x90", "\xf4\x90\x80\x80", "\xba\xcf\xcd\xac"};
    for (size_t i = 0; i < COUNT_OF(gb); i++) {
        struct bytes      out = BYTES_LIT("untouched");
        const enum gz_err e = decode(CHARSET_GB18030, bytes_str(gb[i]), &out);
        if (e != GZ_MALFORMED) fail_msg("%zu: %s", i, err_name(e));
        assert_true(bytes_eq(out, BYTES_LIT("untouched")));
    }
    for (size_t i = 0; i < COUNT_OF(utf8); i++) {
        struct bytes out;
        assert_err(decode(CHARSET_UTF8, bytes_str(utf8[i]), &out), GZ_MALFORMED);
    }
}

/* A text that was refused leaves no trace in the next. */
static void the_decoder_keeps_nothing(void **state)
{
    (void)state;
    DEFER(charset_close) struct charset_decoder *d = NULL;
    struct arena                                 arena = {space, 0, sizeof space};
    struct bytes                                 out;
    assert_ok(charset_open(CHARSET_GB18030, &d));
    assert_err(charset_decode(d, BYTES_LIT("\xba\xcf\xcd"), &arena, &out), GZ_MALFORMED);
    assert_ok(charset_decode(d, BYTES_LIT("\xac\x41"), &arena, &out));
    assert_err(charset_decode(d, BYTES_LIT("\xba"), &arena, &out), GZ_MALFORMED);
    assert_ok(charset_decode(d, BYTES_LIT("\xba\xcf"), &arena, &out));
    assert_true(bytes_eq(out, BYTES_LIT("合")));
    arena.cap = arena.n + 4;
    assert_err(charset_decode(d, BYTES_LIT("abcd"), &arena, &out), GZ_MEMORY);
}

/* Whatever two or four bytes there are: well-formed UTF-8 or refused, and no lossy reading: two
 * texts never become one. */
static void every_pair_of_bytes(void **state)
{
    (void)state;
    static bool seen[0x30000];
    unsigned    taken = 0;
    for (unsigned v = 0x8140; v <= 0xfeff; v++) {
        const uint8_t pair[2] = {(uint8_t)(v >> 8), (uint8_t)v};
        struct bytes  out;
        size_t        at = 0;
        if (decode(CHARSET_GB18030, BYTES_OF(pair), &out) != GZ_OK) continue;
        assert_true(text_is_utf8(out));
        const uint32_t r = text_next_rune(out, &at);
        assert_true(at == out.n && r < COUNT_OF(seen)); /* a few lie in plane 2 */
        assert_false(seen[r]);
        seen[r] = true;
        taken++;
    }
    assert_true(taken > 23000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_of_one_two_and_four_bytes),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(the_decoder_keeps_nothing),
        cmocka_unit_test(every_pair_of_bytes),
    };
    RUN_TESTS(tests);
}

/* The strict reader against jansson, over generated and changed documents, and its own rules.
 *
 * Where the two differ on purpose; everywhere else they must agree:
 *  1. fractions and exponents: jansson reads a real number, ours refuses;
 *  2. -0, which jansson reads as 0: ours refuses;
 *  3. integers beyond 2^53-1 of either sign: jansson reads up to 64 bits, ours refuses;
 *  4. more than 16 levels: jansson reads 2,048, ours refuses;
 *  5. U+0000 in a member's name: jansson refuses, ours reads it as any other character;
 *  6. a zero byte right behind a number: jansson overlooks it, ours refuses.
 */
#include "core/json.h"

#include <jansson.h>

#include "vector.h"

enum { ARENA = 256 * 1024, GENERATED = 30000, CHANGES = 4, DEPTH_GENERATED = 5 };

/* As strict as jansson goes; U+0000 in strings is legal JSON. */
#define JANSSON_FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)

static uint64_t seed;
static uint8_t  memory[ARENA];

static enum gz_err read_value(struct bytes text, const char *const *forbidden, struct bytes *raw)
{
    struct arena arena = {.p = memory, .cap = sizeof memory};
    struct json  j;
    TRY(json_init(&j, text));
    const enum gz_err e = json_value(&j, &arena, forbidden, raw);
    assert_int_equal(arena.n, 0);
    TRY(e);
    return json_end(&j);
}

static bool is_accepted(struct bytes text)
{
    struct bytes      raw;
    const enum gz_err e = read_value(text, NULL, &raw);
    assert_true(e == GZ_OK || e == GZ_MALFORMED);
    return e == GZ_OK;
}

/* --- against jansson ---------------------------------------------------------------------------
 */

/* Differences 1, 3 and 4, on what jansson read. */
static bool is_strict(const json_t *v, unsigned depth)
{
    const json_t *item;
    const char   *name;
    size_t        i;
    if (json_is_real(v)) return false;
    if (json_is_integer(v) &&
        (json_integer_value(v) > JSON_INTEGER_MAX || json_integer_value(v) < -JSON_INTEGER_MAX))
        return false;
    if ((json_is_array(v) || json_is_object(v)) && depth > JSON_DEPTH_MAX) return false;
    json_array_foreach((json_t *)v, i, item) if (!is_strict(item, depth + 1)) return false;
    json_object_foreach((json_t *)v, name, item) if (!is_strict(item, depth + 1)) return false;
    return true;
}

/* Differences 2, outside of strings, and 6. */
static bool has_overlooked(struct bytes text)
{
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        if (in_string && text.p[i] == '\\') i++;
        else if (text.p[i] == '"') in_string = !in_string;
        else if (text.p[i] == 0) return true;
        else if (!in_string && text.p[i] == '-' && i + 1 < text.n && text.p[i + 1] == '0')
            return true;
    }
    return false;
}

/* Difference 5 can only come from this escape. */
static bool has_nul_escape(struct bytes text)
{
    for (size_t i = 0; i + 6 <= text.n; i++)
        if (memcmp(text.p + i, "\\u0000", 6) == 0) return true;
    return false;
}

struct tally {
    size_t both, neither, ours_stricter;
};

static void compare(struct bytes text, struct tally *tally)
{
    json_t    *v = json_loadb((const char *)text.p, text.n, JANSSON_FLAGS, NULL);
    const bool ours = is_accepted(text);
    const bool want = v != NULL && is_strict(v, 1) && !has_overlooked(text);
    if (ours != want && !(v == NULL && has_nul_escape(text)))
        fail_msg("%s: %.*s", ours ? "only ours accepts" : "only ours refuses", (int)text.n,
                 (const char *)text.p);
    tally->both += ours && v != NULL;
    tally->neither += !ours && v == NULL;
    tally->ours_stricter += !ours && v != NULL;
    json_decref(v);
}

static void add(struct buf *out, const char *text)
{
    assert_ok(buf_add_str(out, text));
}

static const char *pick(const char *const *list, size_t n)
{
    return list[draw(&seed) % n];
}

static void add_space(struct buf *out)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t", "\r", "  ", "\x0c"};
    add(out, draw(&seed) % 200 == 0 ? spaces[9] : pick(spaces, 9));
}

static void add_string(struct buf *out)
{
    static const char *const good[] = {
        "a",          "b",    "\\u0061", "\\n", "\\\"",  "\\/", "张", "\\u5f20", "\\ud83d\\ude00",
        "\U0001f600", "\x7f", "\\u0000", "_sd", "\u202e"};
    static const char *const bad[] = {"\\ud800",      "\\udc00",       "\\x41",    "\n",
                                      "\\u12",        "\xff",          "\xc0\x80", "\\",
                                      "\xed\xa0\x80", "\\ud83d\\u0041"};
    add(out, "\"");
    for (uint64_t n = draw(&seed) % 4; n > 0; n--)
        add(out, draw(&seed) % 60 == 0 ? pick(bad, COUNT_OF(bad)) : pick(good, COUNT_OF(good)));
    add(out, "\"");
}

static void add_scalar(struct buf *out)
{
    static const char *const good[] = {
        "0", "1", "-1", "42", "9007199254740991", "-9007199254740991", "true", "false", "null"};
    static const char *const odd[] = {"-0",
                                      "1.0",
                                      "1e3",
                                      "-",
                                      "01",
                                      "+1",
                                      "9007199254740992",
                                      "-9007199254740992",
                                      "0x1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "NaN",
                                      "True",
                                      "nul",
                                      "9223372036854775807",
                                      "1E+2",
                                      "--1",
                                      "- 1",
                                      "'a'",
                                      "",
                                      "-0.0",
                                      "18446744073709551616"};
    if (draw(&seed) % 2 == 0) add_string(out);
    else add(out, draw(&seed) % 12 == 0 ? pick(odd, COUNT_OF(odd)) : pick(good, COUNT_OF(good)));
}

static void add_value(struct buf *out, unsigned depth)
{
    const uint64_t kind = depth == DEPTH_GENERATED ? 0 : draw(&seed) % 4;
    add_space(out);
    if (kind < 2) add_scalar(out);
    else {
        add(out, kind == 2 ? "[" : "{");
        for (uint64_t n = draw(&seed) % 4, i = 0; i < n; i++) {
            if (i > 0) add(out, ",");
            add_space(out);
            if (kind == 3) add_string(out);
            if (kind == 3) add(out, ":");
            add_value(out, depth + 1);
        }
        add(out, kind == 2 ? "]" : "}");
    }
    add_space(out);
}

/* A byte replaced, taken out or put in, a part doubled, the end cut. */
static void change(struct buf *b)
{
    static const char bytes[] = "{}[]\",:\\u0123456789-+.eEtfn \n\x00\xff\x80";
    const size_t      at = (size_t)(draw(&seed) % (b->n + 1));
    const uint8_t     byte = (uint8_t)bytes[draw(&seed) % (sizeof bytes - 1)];
    const unsigned    kind = (unsigned)(draw(&seed) % 4);
    assert_ok(buf_reserve(b, b->n + 1));
    if (kind == 0 && at < b->n) b->p[at] = byte;
    if (kind == 1 && at < b->n) memmove(b->p + at, b->p + at + 1, --b->n - at);
    if (kind == 2) {
        memmove(b->p + at + 1, b->p + at, b->n++ - at);
        b->p[at] = byte;
    }
    if (kind == 3 && draw(&seed) % 8 == 0) b->n = at;
    else if (kind == 3) assert_ok(buf_add(b, (struct bytes){b->p + at, b->n - at}));
}

static void agrees_with_jansson_but_for_the_six_differences(void **state)
{
    (void)state;
    struct tally tally = {0};
    for (unsigned i = 0; i < GENERATED; i++) {
        DEFER(buf_fini) struct buf text = {0};
        add_value(&text, 1);
        compare(buf_bytes(&text), &tally);
        for (unsigned k = 0; k < CHANGES; k++) {
            change(&text);
            compare(buf_bytes(&text), &tally);
        }
    }
    printf("both %zu, neither %zu, only jansson %zu\n", tally.both, tally.neither,
           tally.ours_stricter);
    assert_true(tally.both > GENERATED && tally.neither > GENERATED);
    assert_true(tally.ours_stricter > GENERATED / 50);
}

static void differences_are_as_listed(void **state)
{
    (void)state;
    struct bytes raw;
    assert_err(read_value((struct bytes){(const uint8_t *)"6", 2}, NULL, &raw), GZ_MALFORMED);
    static const struct {
        const char *text;
        bool        jansson;
    } rows[] = {{"1.0", true},
                {"1e3", true},
                {"-0", true},
                {"9007199254740992", true},
                {"-9007199254740992", true},
                {"{\"\\u0000\":1}", false},
                {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct bytes text = bytes_str(rows[i].text);
        json_t            *v = json_loadb(rows[i].text, text.n, JANSSON_FLAGS, NULL);
        if ((v != NULL) != rows[i].jansson) fail_msg("jansson on %s", rows[i].text);
        if (is_accepted(text) == rows[i].jansson) fail_msg("ours on %s", rows[i].text);
        json_decref(v);
    }
}

/* What both accept has the same strings and numbers in it. */
static void strings_and_numbers_are_read_alike(void **state)
{
    (void)state;
    for (unsigned i = 0; i < GENERATED; i++) {
        DEFER(buf_fini) struct buf text = {0};
        struct arena               arena = {.p = memory, .cap = sizeof memory};
        struct json                j;
        struct bytes               got = {0};
        uint64_t                   number = 0;
        add_scalar(&text);
        json_t *v =
            json_loadb((const char *)text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if (json_init(&j, buf_bytes(&text)) == GZ_OK && json_is_string(v)) {
            assert_ok(json_text(&j, &arena, &got));
            assert_int_equal(got.n, json_string_length(v));
            assert_memory_equal(got.p, json_string_value(v), got.n);
        }
        if (json_is_integer(v) && json_uint(&j, &number) == GZ_OK)
            assert_int_equal(number, json_integer_value(v));
        json_decref(v);
    }
}

/* --- its own rules -----------------------------------------------------------------------------
 */

static void white_space_is_four_bytes(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x0b{}", "{}\x0c",        "\xc2\xa0{}", "\xef\xbb\xbf{}",
                                      "{}x",    "{} {}",         "",           " ",
                                      "//\n{}", "{}\xef\xbb\xbf"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (is_accepted(bytes_str(bad[i]))) fail_msg("row %zu is accepted", i);
    assert_false(is_accepted((struct bytes){0}));
    assert_true(is_accepted(BYTES_LIT(" \t\r\n{ } \t\r\n")));
    assert_false(is_accepted((struct bytes){(const uint8_t *)"{}\0", 3}));
}

static void depth_is_16(void **state)
{
    (void)state;
    static const char *const opens[] = {"[", "{\"a\":"}, *const closes[] = {"]", "}"};
    for (size_t depth = 15; depth <= 17; depth++)
        for (unsigned kind = 0; kind < 2; kind++) {
            DEFER(buf_fini) struct buf text = {0};
            for (size_t i = 0; i < depth; i++) add(&text, opens[kind]);
            add(&text, "1");
            for (size_t i = 0; i < depth; i++) add(&text, closes[kind]);
            assert_int_equal(is_accepted(buf_bytes(&text)), depth <= JSON_DEPTH_MAX);
        }
}

static void names_compare_unescaped_and_whole(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"b\":2,\"\\u0061\":3}",
        "{\"\\ud83d\\ude00\":1,\"\U0001f600\":2}",
        "{\"/\":1,\"\\/\":2}",
        "{\"\\u0000\":1,\"\\u0000\":2}",
        "{\"x\":{\"a\":1,\"a\":2}}",
        "[{\"a\":1,\"a\":2}]",
    };
    static const char *const good[] = {"{\"a\":1,\"A\":2,\"ab\":3,\"\":4,\"a\\u0000\":5}",
                                       "{\"a\":{\"a\":{\"a\":1}}}",
                                       "{\"x\":{\"a\":1},\"y\":{\"a\":1},\"a\":1}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (is_accepted(bytes_str(bad[i]))) fail_msg("accepted: %s", bad[i]);
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!is_accepted(bytes_str(good[i]))) fail_msg("refused: %s", good[i]);
}

static void forbidden_names_are_found_at_every_depth(void **state)
{
    (void)state;
    static const char *const forbidden[] = {"_sd", "...", NULL};
    static const char *const bad[] = {"{\"_sd\":1}", "[[{\"a\":{\"\\u005fsd\":[]}}]]",
                                      "{\"a\":[1,{\"...\":0}]}"};
    struct bytes             raw;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_err(read_value(bytes_str(bad[i]), forbidden, &raw), GZ_MALFORMED);
    assert_ok(read_value(BYTES_LIT("{\"_sd_\":\"_sd\",\"..\":[\"...\"]}"), forbidden, &raw));
}

static void value_is_given_as_its_bytes(void **state)
{
    (void)state;
    struct bytes raw;
    assert_ok(read_value(BYTES_LIT(" \n{ \"a\" : [ 1 ] } \n"), NULL, &raw));
    assert_true(bytes_eq(raw, BYTES_LIT("{ \"a\" : [ 1 ] }")));
}

static void full_arena_is_said_and_not_malformed(void **state)
{
    (void)state;
    uint8_t      small[3 * sizeof(struct bytes)];
    struct arena arena = {.p = small, .cap = sizeof small};
    struct json  j;
    struct bytes raw;
    assert_ok(json_init(&j, BYTES_LIT("{\"a\":1,\"b\":2,\"c\":3,\"d\":4}")));
    assert_err(json_value(&j, &arena, NULL, &raw), GZ_MEMORY);
    assert_int_equal(arena.n, 0);
    arena.cap = 2;
    assert_ok(json_init(&j, BYTES_LIT("\"\\u5f20\"")));
    assert_err(json_text(&j, &arena, &raw), GZ_MEMORY);
}

/* --- members that are known by name ------------------------------------------------------------
 */

static enum gz_err read_members(const char *text, uint32_t *seen)
{
    static const char *const names[] = {"id", "seq"};
    struct json              j;
    size_t                   which = 9;
    uint64_t                 v;
    *seen = 0;
    TRY(json_init(&j, bytes_str(text)));
    TRY(json_enter_object(&j));
    for (bool more = true;;) {
        TRY(json_next_member(&j, names, COUNT_OF(names), seen, &which, &more));
        if (!more) return json_end(&j);
        TRY(json_uint(&j, &v));
        assert_int_equal(v, which + 1);
    }
}

static void members_are_read_once_and_by_exact_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"id\":1,\"id\":1}",
                                      "{\"ID\":1}",
                                      "{\"id\":1,\"other\":2}",
                                      "{\"id\":1,}",
                                      "{,\"id\":1}",
                                      "{\"id\" 1}",
                                      "{\"id\":}",
                                      "{\"id\":1 \"seq\":2}",
                                      "{\"id\":1",
                                      "{id:1}",
                                      "{\"id\":1}}",
                                      "{\"id\":\"1\"}",
                                      "{\"i\\u0064\":1,\"id\":1}",
                                      "[]",
                                      "{\"id\":null}"};
    uint32_t                 seen;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (read_members(bad[i], &seen) != GZ_MALFORMED) fail_msg("accepted: %s", bad[i]);
    assert_ok(read_members("{ \"s\\u0065q\" : 2 , \"id\":1}", &seen));
    assert_int_equal(seen, 3);
    assert_ok(read_members("{}", &seen));
    assert_int_equal(seen, 0);
}

static void unsigned_integers_have_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool        is_good;
    } rows[] = {{"0", true},
                {"9007199254740991", true},
                {"9007199254740992", false},
                {"00", false},
                {"01", false},
                {"-0", false},
                {"-1", false},
                {"1.0", false},
                {"1e0", false},
                {"1E0", false},
                {"+1", false},
                {"", false},
                {"\"1\"", false},
                {"99999999999999999999999", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json j;
        uint64_t    v;
        const bool  is_good = json_init(&j, bytes_str(rows[i].text)) == GZ_OK &&
                             json_uint(&j, &v) == GZ_OK && json_end(&j) == GZ_OK;
        if (is_good != rows[i].is_good) fail_msg("%s", rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_jansson_but_for_the_six_differences),
        cmocka_unit_test(differences_are_as_listed),
        cmocka_unit_test(strings_and_numbers_are_read_alike),
        cmocka_unit_test(white_space_is_four_bytes),
        cmocka_unit_test(depth_is_16),
        cmocka_unit_test(names_compare_unescaped_and_whole),
        cmocka_unit_test(forbidden_names_are_found_at_every_depth),
        cmocka_unit_test(value_is_given_as_its_bytes),
        cmocka_unit_test(full_arena_is_said_and_not_malformed),
        cmocka_unit_test(members_are_read_once_and_by_exact_name),
        cmocka_unit_test(unsigned_integers_have_one_form),
    };
    seed = draw_seed();
    RUN_TESTS(tests);
}

/* Disclosures: RFC 9901's example, names, values, files, and that encode makes nothing else. */
#include <stdlib.h>

#include "core/base64.h"
#include "core/entry.h"
#include "vector.h"

enum { ARENA = 2 * 1024 * 1024 };

static const char salt[] = "AAECAwQFBgcICQoLDA0ODw"; /* the bytes 0 to 15 */
static uint8_t    memory[ARENA];
static uint64_t   seed;

static enum gz_err decode_d(struct bytes d, struct disclosure *out, const char **why)
{
    struct arena arena = {.p = memory, .cap = sizeof memory};
    *why = NULL;
    return disclosure_decode(d, &arena, out, why);
}

/* The disclosure whose text is this. */
static enum gz_err decode_text(struct bytes text, struct disclosure *out, const char **why)
{
    DEFER(buf_fini) struct buf d = {0};
    assert_ok(base64_add(BASE64_URL_BARE, text, &d));
    return decode_d(buf_bytes(&d), out, why);
}

static enum gz_err decode(const char *name, const char *value, struct disclosure *out,
                          const char **why)
{
    DEFER(buf_fini) struct buf text = {0};
    assert_ok(buf_addf(&text, "[\"%s\",\"%s\",%s]", salt, name, value));
    return decode_text(buf_bytes(&text), out, why);
}

static bool is_good(const char *name, const char *value)
{
    struct disclosure d;
    const char       *why;
    const enum gz_err e = decode(name, value, &d, &why);
    assert_true(e == GZ_OK || (e == GZ_MALFORMED && why != NULL));
    return e == GZ_OK;
}

/* --- what is published -------------------------------------------------------------------------
 */

/* RFC 9901 section 4.2.3: its digest is ours; its salt is not (ours are 16 bytes). */
static void digest_is_that_of_rfc_9901(void **state)
{
    (void)state;
    const struct bytes d =
        BYTES_LIT("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0");
    const struct hash digest = disclosure_digest(SUITE_INTL, d);
    struct disclosure out;
    const char       *why;
    char              text[44] = {0};
    base64_encode(BASE64_URL_BARE, BYTES_OF(digest.b), text);
    assert_string_equal(text, "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    assert_err(decode_d(d, &out, &why), GZ_MALFORMED);
    assert_string_equal(why, "the salt of a disclosure is not base64url of 16 bytes");
}

/* --- form --------------------------------------------------------------------------------------
 */

static void array_of_exactly_salt_name_value(void **state)
{
    (void)state;
    static const char *const good[] = {
        "[\"AAECAwQFBgcICQoLDA0ODw\",\"n\",1]",
        " [ \"AAECAwQFBgcICQoLDA0ODw\" , \"n\" , 1 ] \n",
        "[\"\\u0041AECAwQFBgcICQoLDA0ODw\",\"\\u006e\",\"\\u5f20\"]",
    };
    static const char *const bad[] = {
        "",
        "[]",
        "[\"AAECAwQFBgcICQoLDA0ODw\",\"n\"]",
        "[\"AAECAwQFBgcICQoLDA0ODw\",\"n\",1,2]",
        "[\"AAECAwQFBgcICQoLDA0ODw\",\"n\",1",
        "[\"AAECAwQFBgcICQoLDA0ODw\",\"n\",1,]",
        "[\"AAECAwQFBgcICQoLDA0ODw\",\"n\",1]x",
        "[\"AAECAwQFBgcICQoLDA0ODw\",5,1]",
        "[5,\"n\",1]",
        "{\"salt\":1}",
        "\xef\xbb\xbf[\"AAECAwQFBgcICQoLDA0ODw\",\"n\",1]",
        "[\"AAECAwQFBgcICQoLDA0OD\",\"n\",1]",    /* 15 bytes and spare bits */
        "[\"AAECAwQFBgcICQoLDA0ODxA\",\"n\",1]",  /* 17 bytes */
        "[\"AAECAwQFBgcICQoLDA0ODx\",\"n\",1]",   /* spare bits */
        "[\"AAECAwQFBgcICQoLDA0ODw==\",\"n\",1]", /* padding */
        "[\"AAECAwQFBgcICQoLDA0O+w\",\"n\",1]",   /* the other alphabet */
    };
    struct disclosure d;
    const char       *why;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (decode_text(bytes_str(good[i]), &d, &why) != GZ_OK) fail_msg("%s: %s", good[i], why);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (decode_text(bytes_str(bad[i]), &d, &why) == GZ_OK) fail_msg("accepted: %s", bad[i]);
        assert_non_null(why);
    }
    assert_err(decode_d(BYTES_LIT("!"), &d, &why), GZ_MALFORMED);
}

static void limit_is_64_kib_of_its_text(void **state)
{
    (void)state;
    struct disclosure d;
    const char       *why;
    /* D has 4 characters for each 3 bytes: 49,152 bytes of text make 65,536 characters. */
    for (size_t size = 49151; size <= 49153; size++) {
        DEFER(buf_fini) struct buf text = {0};
        assert_ok(buf_addf(&text, "[\"%s\",\"n\",\"", salt));
        while (text.n < size - 2) assert_ok(buf_add_byte(&text, 'x'));
        assert_ok(buf_add_str(&text, "\"]"));
        assert_err(decode_text(buf_bytes(&text), &d, &why), size <= 49152 ? GZ_OK : GZ_LIMIT);
    }
}

/* --- names -------------------------------------------------------------------------------------
 */

static void names_that_deceive_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "v",         "id",          "org",        "kind",        "matter",
        "seq",       "prev",      "recorded_at", "supersedes", "_sd_alg",     "_sd",
        "...",       "\\u005fsd", "a\\u0000",    "a\\n",       "a\\u001f",    "a\x7f",
        "a\xc2\x80", "a\xc2\x9f", "a\u200e",     "a\u200f",    "\u202a",      "\u202e",
        "\u2066",    "\u2069",    "file/",       "file/0",     "file/01",     "file/10000",
        "file/1a",   "file/1/2",  "file/-1",     "file/ 1",    "f\\u0069le/x"};
    static const char *const good[] = {
        "borrower.name", "借款人", "ID",      "_sda", "....",      "..",
        "file",          "File/1", "files/1", " ",    "a b",       "a\u00a0",
        "\u202f",        "\u2065", "\\\"",    "/",    "\U0001f600"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (is_good(bad[i], "1")) fail_msg("accepted: %s", bad[i]);
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!is_good(good[i], "1")) fail_msg("refused: %s", good[i]);
}

static void name_has_128_bytes_at_most_after_unescaping(void **state)
{
    (void)state;
    char              plain[130] = {0}, escaped[6 * 43 + 1] = {0};
    struct disclosure d;
    const char       *why;
    memset(plain, 'a', 128);
    assert_true(is_good(plain, "1"));
    plain[128] = 'a';
    assert_false(is_good(plain, "1"));
    for (size_t i = 0; i < 42; i++) memcpy(escaped + 6 * i, "\\u5f20", 7); /* 3 bytes each */
    assert_ok(decode(escaped, "1", &d, &why));
    assert_int_equal(d.name.n, 126);
    memcpy(escaped + 6 * 42, "\\u5f20", 7);
    assert_err(decode(escaped, "1", &d, &why), GZ_MALFORMED);
}

/* --- values ------------------------------------------------------------------------------------
 */

static void values_are_strict_json(void **state)
{
    (void)state;
    static const char *const good[] = {
        "\"120000.00\"",
        "9007199254740991",
        "-9007199254740991",
        "0",
        "null",
        "true",
        "[]",
        "{}",
        "{\"a\":{\"_sd_alg\":1}}",
        "[\"_sd\",\"...\"]",
        "\"\\ud83d\\ude00\"",
        "[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]" /* depth 15, and 16 with the disclosure */};
    static const char *const bad[] = {"120000.00",
                                      "1e3",
                                      "-0",
                                      "9007199254740992",
                                      "{\"_sd\":[]}",
                                      "[{\"...\":\"x\"}]",
                                      "{\"a\":[{\"\\u005fsd\":1}]}",
                                      "{\"a\":1,\"a\":2}",
                                      "\"\\ud800\"",
                                      "",
                                      "nul",
                                      "1 2",
                                      "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!is_good("n", good[i])) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (is_good("n", bad[i])) fail_msg("accepted: %s", bad[i]);
}

/* --- files -------------------------------------------------------------------------------------
 */

#define HEX  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NAME "\"name\":\"a.pdf\""
#define TYPE "\"media_type\":\"application/pdf\""
#define SIZE "\"size\":20"
#define SM3  "\"sm3\":\"" HEX "\""
#define SHA  "\"sha256\":\"" HEX "\""

static void file_has_exactly_its_five_members(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{" NAME "," TYPE "," SIZE "," SM3 "," SHA "}",
        "{ " SHA " , " SM3 "," SIZE "," TYPE "," NAME "}",
        "{" NAME "," TYPE ",\"size\":0," SM3 "," SHA "}",
        "{\"name\":\"\\u5f20.pdf\"," TYPE "," SIZE "," SM3 "," SHA "}",
        /* an escaped digit is the digit: values compare after unescaping */
        "{" NAME "," TYPE "," SIZE "," SM3
        ",\"sha256\":\"\\u0030\\u0030112233445566778899aabbccddeeff"
        "00112233445566778899aabbccddee\\u0066\\u0066\"}",
    };
    static const char *const bad[] = {
        "{" NAME "," TYPE "," SIZE "," SM3 "}",
        "{" NAME "," TYPE "," SIZE "," SM3 "," SHA ",\"more\":1}",
        "{" NAME "," TYPE "," SIZE "," SM3 "," SHA "," SHA "}",
        "{" NAME "," TYPE ",\"size\":\"20\"," SM3 "," SHA "}",
        "{" NAME "," TYPE ",\"size\":-1," SM3 "," SHA "}",
        "{\"name\":null," TYPE "," SIZE "," SM3 "," SHA "}",
        "{" NAME "," TYPE "," SIZE ",\"sm3\":\"" HEX "00\"," SHA "}",
        "{" NAME "," TYPE "," SIZE ",\"sm3\":\"" HEX "\\u0000\"," SHA "}",
        "{" NAME "," TYPE "," SIZE ",\"sm3\":\"\"," SHA "}",
        "{" NAME "," TYPE "," SIZE ",\"sm3\":\"AA112233445566778899aabbccddeeff"
        "00112233445566778899aabbccddeeff\"," SHA "}",
        "\"" HEX "\"",
        "[]",
        "{}",
        "null"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!is_good("file/1", good[i])) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (is_good("file/9999", bad[i])) fail_msg("accepted: %s", bad[i]);
    assert_true(is_good("files", bad[0])); /* under another name it is any value */
}

static void file_is_read_as_it_is_written(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf  value = {0};
    struct disclosure           d;
    struct disclosed_file       f;
    const char                 *why;
    const struct disclosed_file made = {.name = BYTES_LIT("合同 \"1\"\n.pdf"),
                                        .media_type = BYTES_LIT("application/pdf"),
                                        .size = 20,
                                        .sm3 = hash_of(SUITE_GM, BYTES_LIT("x")),
                                        .sha256 = hash_of(SUITE_INTL, BYTES_LIT("x"))};
    assert_ok(disclosed_file_encode(&made, &value));
    assert_ok(buf_add_byte(&value, 0));
    assert_ok(decode("file/7", (const char *)value.p, &d, &why));
    assert_ok(disclosed_file_decode(&d, &f));
    assert_true(bytes_eq(f.name, BYTES_LIT("合同 \\\"1\\\"\\u000a.pdf")));
    assert_int_equal(f.size, 20);
    assert_true(hash_eq(f.sm3, made.sm3) && hash_eq(f.sha256, made.sha256));
}

/* --- encode ------------------------------------------------------------------------------------
 */

static void encoded_comes_back(void **state)
{
    (void)state;
    static const char *const names[] = {"amount", "借款人", "a\"b\\c", "\U0001f600"};
    static const char *const values[] = {"\"120000.00\"", "{ \"a\" : [1, null] }", "-5",
                                         "\"\\u5f20\""};
    for (unsigned i = 0; i < 1000; i++) {
        DEFER(buf_fini) struct buf d = {0};
        struct disclosure          again;
        const char                *why, *name = names[draw(&seed) % 4];
        const char                *value = values[draw(&seed) % 4];
        uint8_t                    fresh[DISCLOSURE_SALT_SIZE];
        for (size_t k = 0; k < sizeof fresh; k++) fresh[k] = (uint8_t)draw(&seed);
        assert_ok(disclosure_encode(fresh, bytes_str(name), bytes_str(value), &d));
        assert_ok(decode_d(buf_bytes(&d), &again, &why));
        assert_true(bytes_eq(again.name, bytes_str(name)));
        assert_true(bytes_eq(again.value, bytes_str(value)));
    }
}

/* Another salt makes another digest, so that equal values cannot be told from the chain. */
static void salt_hides_equal_values(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf a = {0}, b = {0};
    uint8_t                    one[DISCLOSURE_SALT_SIZE] = {1}, two[DISCLOSURE_SALT_SIZE] = {2};
    assert_ok(disclosure_encode(one, BYTES_LIT("n"), BYTES_LIT("1"), &a));
    assert_ok(disclosure_encode(two, BYTES_LIT("n"), BYTES_LIT("1"), &b));
    assert_false(hash_eq(disclosure_digest(SUITE_GM, buf_bytes(&a)),
                         disclosure_digest(SUITE_GM, buf_bytes(&b))));
    assert_false(hash_eq(disclosure_digest(SUITE_GM, buf_bytes(&a)),
                         disclosure_digest(SUITE_INTL, buf_bytes(&a))));
}

static void encode_refuses_what_decode_would(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } rows[] = {{"", "1"},        {"id", "1"},       {"_sd", "1"},     {"n", "1.0"},
                {"n", ""},        {"n", "1,2"},      {"n", "1]"},      {"n", "{\"_sd\":1}"},
                {"a\n", "1"},     {"a\xff", "1"},    {"\u202e", "1"},  {"file/1", "1"},
                {"file/0", "{}"}, {"n", "\"\xff\""}, {"n", "1,\"x\""}, {"n", "\"a"}};
    const uint8_t zeros[DISCLOSURE_SALT_SIZE] = {0};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DEFER(buf_fini) struct buf d = {0};
        if (disclosure_encode(zeros, bytes_str(rows[i].name), bytes_str(rows[i].value), &d) ==
            GZ_OK)
            fail_msg("made: %s %s", rows[i].name, rows[i].value);
        assert_int_equal(d.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_is_that_of_rfc_9901),
        cmocka_unit_test(array_of_exactly_salt_name_value),
        cmocka_unit_test(limit_is_64_kib_of_its_text),
        cmocka_unit_test(names_that_deceive_are_refused),
        cmocka_unit_test(name_has_128_bytes_at_most_after_unescaping),
        cmocka_unit_test(values_are_strict_json),
        cmocka_unit_test(file_has_exactly_its_five_members),
        cmocka_unit_test(file_is_read_as_it_is_written),
        cmocka_unit_test(encoded_comes_back),
        cmocka_unit_test(salt_hides_equal_values),
        cmocka_unit_test(encode_refuses_what_decode_would),
    };
    seed = draw_seed();
    RUN_TESTS(tests);
}

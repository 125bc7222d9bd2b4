/* Base64 in both variants: RFC 4648's vectors, one text for each bytes, lengths and limits. */
#include "core/base64.h"

#include "vector.h"

enum { ROOM = 1024 };

static uint64_t seed;

static bool is_accepted(enum base64_variant v, struct bytes text, uint8_t *out, size_t *n)
{
    const enum gz_err e = base64_decode(v, text, out, ROOM, n);
    assert_true(e == GZ_OK || e == GZ_MALFORMED);
    return e == GZ_OK;
}

static void assert_encodes(enum base64_variant v, struct bytes data, struct bytes text)
{
    char made[2 * ROOM];
    assert_int_equal(base64_encoded_size(v, data.n), text.n);
    base64_encode(v, data, made);
    assert_memory_equal(made, text.p, text.n);
}

static void vectors_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *data, *padded, *bare;
    } rows[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/", "-_-_"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t            out[ROOM];
        size_t             n = 99;
        const struct bytes data = bytes_str(rows[i].data);
        assert_encodes(BASE64_STD_PADDED, data, bytes_str(rows[i].padded));
        assert_encodes(BASE64_URL_BARE, data, bytes_str(rows[i].bare));
        assert_true(is_accepted(BASE64_STD_PADDED, bytes_str(rows[i].padded), out, &n));
        assert_true(bytes_eq((struct bytes){out, n}, data));
        assert_true(is_accepted(BASE64_URL_BARE, bytes_str(rows[i].bare), out, &n));
        assert_true(bytes_eq((struct bytes){out, n}, data));
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const padded[] = {
        "Z",     "Zg",       "Zg=",  "Zg===", "=",       "==",    "====", "Zg==\n",
        " Zg==", "Z g==",    "Zh==", "Zm9=",  "Zm9",     "Zm8==", "-_-_", "Zg==Zg==",
        "Zm9v=", "Zm9v====", "A===", "Zm=v",  "Zm9\xff", "Zm9v\n"};
    static const char *const bare[] = {"Z",   "Zg==", "Zm8=", "+/+/", "Zh",    "Zm9",
                                       "Zg=", " Zg",  "Zg ",  "Zg\n", "Zm9vY", "Z\x80"};
    uint8_t                  out[ROOM];
    size_t                   n;
    for (size_t i = 0; i < COUNT_OF(padded); i++)
        if (is_accepted(BASE64_STD_PADDED, bytes_str(padded[i]), out, &n))
            fail_msg("padded accepts %s", padded[i]);
    for (size_t i = 0; i < COUNT_OF(bare); i++)
        if (is_accepted(BASE64_URL_BARE, bytes_str(bare[i]), out, &n))
            fail_msg("bare accepts %s", bare[i]);
    assert_true(is_accepted(BASE64_STD_PADDED, (struct bytes){NULL, 0}, out, &n));
    assert_false(
        is_accepted(BASE64_STD_PADDED, (struct bytes){(const uint8_t *)"Zg=\0", 4}, out, &n));
}

/* Every text of up to five characters of an alphabet with all kinds in it: what is accepted is what
 * its bytes encode to, so that no bytes have two texts. */
static void accepted_text_is_the_one_of_its_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "AQgw+/-_= \n9";
    const size_t      letters = sizeof alphabet - 1;
    for (int v = BASE64_STD_PADDED; v <= BASE64_URL_BARE; v++)
        for (size_t length = 0, count = 1; length <= 5; length++, count *= letters)
            for (size_t number = 0; number < count; number++) {
                char    text[5], again[8];
                uint8_t out[ROOM];
                size_t  n, rest = number;
                for (size_t i = 0; i < length; i++, rest /= letters)
                    text[i] = alphabet[rest % letters];
                const struct bytes t = {(const uint8_t *)text, length};
                if (!is_accepted((enum base64_variant)v, t, out, &n)) continue;
                assert_int_equal(base64_encoded_size((enum base64_variant)v, n), length);
                base64_encode((enum base64_variant)v, (struct bytes){out, n}, again);
                assert_memory_equal(again, text, length);
            }
}

static void all_bytes_come_back(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 300; n++)
        for (int v = BASE64_STD_PADDED; v <= BASE64_URL_BARE; v++) {
            DEFER(buf_fini) struct buf text = {0};
            uint8_t                    data[300], out[ROOM];
            size_t                     out_n;
            for (size_t i = 0; i < n; i++) data[i] = (uint8_t)draw(&seed);
            assert_ok(base64_add((enum base64_variant)v, (struct bytes){data, n}, &text));
            assert_true(base64_decoded_max(text.n) >= n);
            assert_ok(base64_decode((enum base64_variant)v, buf_bytes(&text), out, ROOM, &out_n));
            assert_true(bytes_eq((struct bytes){out, out_n}, (struct bytes){data, n}));
        }
}

static void room_is_never_exceeded(void **state)
{
    (void)state;
    const struct bytes text = BYTES_LIT("Zm9vYmFy"); /* 6 bytes */
    for (size_t cap = 0; cap <= 8; cap++) {
        uint8_t out[16];
        size_t  n = 99, whole = 0;
        memset(out, 0xee, sizeof out);
        assert_err(base64_decode(BASE64_STD_PADDED, text, out, cap, &n),
                   cap < 6 ? GZ_LIMIT : GZ_OK);
        assert_int_equal(n, cap < 6 ? 99 : 6);
        assert_int_equal(out[cap < 6 ? cap : 6], 0xee);
        assert_ok(base64_decode_front(BASE64_STD_PADDED, text, out, cap, &whole));
        assert_int_equal(whole, 6);
        assert_memory_equal(out, "foobar", cap < 6 ? cap : 6);
        assert_err(base64_decode_exact(BASE64_STD_PADDED, text, out, cap),
                   cap == 6 ? GZ_OK : GZ_MALFORMED);
    }
    uint8_t one[1];
    assert_err(base64_decode_exact(BASE64_STD_PADDED, BYTES_LIT("Zh=="), one, 1), GZ_MALFORMED);
    assert_err(base64_decode_exact(BASE64_STD_PADDED, BYTES_LIT("Zm8="), one, 1), GZ_MALFORMED);
    assert_err(base64_decode_front(BASE64_STD_PADDED, BYTES_LIT("Zm9!"), one, 1, (size_t[]){0}),
               GZ_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_4648),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(accepted_text_is_the_one_of_its_bytes),
        cmocka_unit_test(all_bytes_come_back),
        cmocka_unit_test(room_is_never_exceeded),
    };
    seed = draw_seed();
    RUN_TESTS(tests);
}

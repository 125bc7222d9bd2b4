/* Keys and vkeys: what others published, one form only, and names. */
#include "core/key.h"

#include "core/sm2.h"
#include "vector.h"

static const char *folder; /* tests/vectors */

/* From the documentation of Go's sumdb/note, which C2SP's signed-note describes. */
static const char go_vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char go_text[] = "If you think cryptography is the answer to your problem,\n"
                              "then you don't know what your problem is.\n";

static enum gz_err decode(const char *vkey, struct key *out)
{
    return key_decode(bytes_str(vkey), out);
}

/* The first vkey of a published policy with this keyword. */
static struct key key_of(const char *policy, const char *keyword)
{
    DEFER(buf_fini) struct buf text = vector_read(folder, policy);
    struct bytes               rest = buf_bytes(&text), line;
    struct key                 k;
    while (bytes_take_line(&rest, &line)) {
        if (!bytes_starts(line, bytes_str(keyword))) continue;
        for (size_t at = 0; at < line.n; at++) {
            struct bytes word = bytes_slice(line, at, line.n);
            word.n = bytes_find(word, ' ');
            if (key_decode(word, &k) == GZ_OK) return k;
        }
    }
    fail_msg("no key after %s in %s", keyword, policy);
    return k;
}

static void assert_round_trip(const struct key *k)
{
    DEFER(buf_fini) struct buf text = {0};
    struct key                 again;
    assert_ok(key_encode(k, &text));
    assert_ok(key_decode(buf_bytes(&text), &again));
    assert_string_equal(again.name, k->name);
    assert_memory_equal(again.id, k->id, KEY_ID_SIZE);
    assert_memory_equal(again.public_key, k->public_key, KEY_PUBLIC_MAX);
    assert_int_equal(again.purpose, k->purpose);
    assert_int_equal(again.suite, k->suite);
}

static void key_of_go_is_read(void **state)
{
    (void)state;
    struct key k;
    assert_ok(decode(go_vkey, &k));
    assert_int_equal(k.purpose, KEY_LOG);
    assert_int_equal(k.suite, SUITE_INTL);
    assert_string_equal(k.name, "PeterNeumann");
    assert_memory_equal(k.id, "\xc7\x4f\x20\xa3", KEY_ID_SIZE);
    assert_round_trip(&k);
}

static void signature_of_go_is_good_over_its_text_only(void **state)
{
    (void)state;
    /* "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSN…" without
     * the ID. */
    static const uint8_t signature[] = {
        0xf6, 0x49, 0x92, 0xe0, 0x52, 0xf5, 0x41, 0xbf, 0x49, 0xf7, 0xdc, 0xbc, 0x80,
        0x10, 0xc5, 0x50, 0x6d, 0x88, 0x5b, 0xa9, 0x2c, 0xba, 0xfc, 0xa4, 0x07, 0x04,
        0x95, 0x92, 0x27, 0x34, 0x8b, 0x86, 0x52, 0x06, 0x0d, 0xd4, 0x51, 0x58, 0x0b,
        0x6a, 0x59, 0x48, 0xd5, 0xe0, 0x2a, 0xfa, 0x9f, 0xa9, 0xd9, 0xe0, 0xa2, 0xda,
        0x51, 0x65, 0xbe, 0x8a, 0x13, 0xa4, 0x72, 0xc8, 0x1c, 0x09, 0x9c, 0x03};
    struct key k;
    assert_ok(decode(go_vkey, &k));
    assert_ok(key_verify(&k, BYTES_LIT(go_text), signature));
    assert_err(key_verify(&k, bytes_slice(BYTES_LIT(go_text), 1, sizeof go_text - 1), signature),
               GZ_MISMATCH);
}

static void published_keys_have_their_purpose(void **state)
{
    (void)state;
    static const char *const policies[] = {"gm.policy", "intl.policy"};
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        const struct key log = key_of(policies[i], "log"), w = key_of(policies[i], "witness");
        assert_int_equal(log.purpose, KEY_LOG);
        assert_int_equal(w.purpose, KEY_WITNESS);
        assert_int_equal(log.suite, i == 0 ? SUITE_GM : SUITE_INTL);
        assert_int_equal(w.public_n, i == 0 ? SM2_POINT_SIZE : 32);
        assert_round_trip(&log);
        assert_round_trip(&w);
    }
}

/* One public key, four purposes: four IDs, so that a signature of one is none of another. */
static void every_purpose_has_its_own_id(void **state)
{
    (void)state;
    const struct key gm = key_of("gm.policy", "log"), intl = key_of("intl.policy", "log");
    struct key       k[2][KEY_OPERATOR + 1];
    for (int p = KEY_LOG; p <= KEY_OPERATOR; p++) {
        assert_ok(
            key_init(&k[0][p], SUITE_GM, (enum key_purpose)p, BYTES_LIT("bank"), gm.public_key));
        assert_ok(key_init(&k[1][p], SUITE_INTL, (enum key_purpose)p, BYTES_LIT("bank"),
                           intl.public_key));
        for (int s = 0; s < 2; s++) {
            assert_round_trip(&k[s][p]);
            for (int q = KEY_LOG; q < p; q++)
                assert_memory_not_equal(k[s][p].id, k[s][q].id, KEY_ID_SIZE);
        }
    }
}

/* --- names ------------------------------------------------------------------------------------ */

static bool has_form(const char *name)
{
    return key_name_has_form(bytes_str(name));
}

static void names_are_those_of_signed_note(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a",   "court.sd", "guzheng/shandong", "法院",
        "a=b", "-",        "\xf0\x9f\x94\x91", "\xe2\x80\x8b" /* U+200B: no space */};
    static const char *const bad[] = {
        "",
        " ",
        "a b",
        "a+b",
        "a\tb",
        "a\n",
        "a\x0b",
        "a\x0c",
        "a\r",
        "a\x7f",            /* U+007F */
        "a\x01",            /* control */
        "a\xc2\x80",        /* U+0080 control */
        "a\xc2\x85",        /* U+0085 next line */
        "a\xc2\xa0",        /* U+00A0 no-break space */
        "a\xe1\x9a\x80",    /* U+1680 Ogham space */
        "\xe2\x80\x80",     /* U+2000 */
        "\xe2\x80\x8a",     /* U+200A */
        "\xe2\x80\xa8",     /* U+2028 */
        "\xe2\x80\xa9",     /* U+2029 */
        "\xe2\x80\xaf",     /* U+202F */
        "\xe2\x81\x9f",     /* U+205F */
        "法\xe3\x80\x80院", /* U+3000 ideographic space */
        "a\xff",            /* no UTF-8 */
        "\xed\xa0\x80",     /* a surrogate */
    };
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!has_form(good[i])) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (has_form(bad[i])) fail_msg("row %zu is no name", i);
}

/* Where a name is refused, so is the key, from its parts and as a vkey. */
static void key_of_a_bad_name_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a b", "a+b", "a\xe3\x80\x80", "a\x7f"};
    const struct key         good = key_of("intl.policy", "log");
    struct key               k = {0};
    char                     longest[KEY_NAME_MAX + 2];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_err(key_init(&k, SUITE_INTL, KEY_LOG, bytes_str(bad[i]), good.public_key),
                   GZ_MALFORMED);
    memset(longest, 'a', sizeof longest);
    const struct bytes over = {(const uint8_t *)longest, KEY_NAME_MAX + 1};
    const struct bytes full = {(const uint8_t *)longest, KEY_NAME_MAX};
    assert_err(key_init(&k, SUITE_INTL, KEY_LOG, over, good.public_key), GZ_MALFORMED);
    assert_ok(key_init(&k, SUITE_INTL, KEY_LOG, full, good.public_key));
    assert_round_trip(&k);
}

/* --- form ------------------------------------------------------------------------------------- */

static void vkey_has_one_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "+",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* another ID */
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcF2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",
    };
    struct key k = {.name = "kept"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (decode(bad[i], &k) != GZ_MALFORMED) fail_msg("accepted: %s", bad[i]);
    assert_string_equal(k.name, "kept");
}

static void changed_vkeys_are_refused(void **state)
{
    (void)state;
    static const char *const policies[] = {"gm.policy", "intl.policy"};
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        DEFER(buf_fini) struct buf text = {0};
        const struct key           k = key_of(policies[i], "witness");
        struct key                 other;
        assert_ok(key_encode(&k, &text));
        for (size_t at = 0; at < text.n; at++)
            for (unsigned bit = 0; bit < 8; bit++) {
                text.p[at] ^= (uint8_t)(1u << bit);
                assert_err(key_decode(buf_bytes(&text), &other), GZ_MALFORMED);
                text.p[at] ^= (uint8_t)(1u << bit);
            }
        for (size_t n = 0; n < text.n; n++)
            assert_err(key_decode((struct bytes){text.p, n}, &other), GZ_MALFORMED);
    }
}

static void point_off_its_curve_is_no_key(void **state)
{
    (void)state;
    struct key gm = key_of("gm.policy", "log"), k;
    uint8_t    zero[KEY_PUBLIC_MAX] = {4};
    gm.public_key[40] ^= 1;
    assert_err(key_init(&k, SUITE_GM, KEY_LOG, BYTES_LIT("a"), gm.public_key), GZ_MALFORMED);
    gm.public_key[40] ^= 1;
    gm.public_key[0] = 3; /* compressed form */
    assert_err(key_init(&k, SUITE_GM, KEY_LOG, BYTES_LIT("a"), gm.public_key), GZ_MALFORMED);
    assert_err(key_init(&k, SUITE_GM, KEY_LOG, BYTES_LIT("a"), zero), GZ_MALFORMED);
    memset(zero, 2, sizeof zero); /* y = 0x0202…: no point has it */
    assert_err(key_init(&k, SUITE_INTL, KEY_LOG, BYTES_LIT("a"), zero), GZ_MALFORMED);
    assert_err(key_init(&k, SUITE_INTL, (enum key_purpose)9, BYTES_LIT("a"), zero), GZ_MALFORMED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_of_go_is_read),
        cmocka_unit_test(signature_of_go_is_good_over_its_text_only),
        cmocka_unit_test(published_keys_have_their_purpose),
        cmocka_unit_test(every_purpose_has_its_own_id),
        cmocka_unit_test(names_are_those_of_signed_note),
        cmocka_unit_test(key_of_a_bad_name_is_refused),
        cmocka_unit_test(vkey_has_one_form),
        cmocka_unit_test(changed_vkeys_are_refused),
        cmocka_unit_test(point_off_its_curve_is_no_key),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

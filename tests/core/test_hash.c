/* SM3, SHA-256 and SHA-512: published vectors, and OpenSSL as the second opinion. */
#include <openssl/evp.h>
#include <string.h>

#include "check.h"
#include "core/hash_many.h"
#include "core/sha256.h"
#include "core/sha512.h"

#include "base/text.h"

enum { LENGTH_MAX = 300, LONG = 100003, NUMBER_MAX = 70 };

static uint8_t input[LONG];

static int fill(void **state)
{
    (void)state;
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof input; i++) {
        x = x * 1664525 + 1013904223;
        input[i] = (uint8_t)(x >> 24);
    }
    return 0;
}

static void assert_hash(enum suite suite, struct bytes data, const char *hex)
{
    uint8_t expected[HASH_SIZE];
    assert_ok(text_from_hex(bytes_str(hex), expected, sizeof expected));
    assert_memory_equal(hash_of(suite, data).b, expected, HASH_SIZE);
}

/* GB/T 32905-2016, annex A. */
static void sm3_gives_the_examples_of_the_standard(void **state)
{
    (void)state;
    uint8_t abcd[64];
    for (size_t i = 0; i < sizeof abcd; i++) abcd[i] = (uint8_t) "abcd"[i % 4];
    assert_hash(SUITE_GM, BYTES_LIT("abc"),
                "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_hash(SUITE_GM, BYTES_OF(abcd),
                "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

/* FIPS 180-4 examples. */
static void sha256_gives_the_examples_of_the_standard(void **state)
{
    (void)state;
    assert_hash(SUITE_INTL, BYTES_LIT("abc"),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash(SUITE_INTL, BYTES_LIT(""),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(SUITE_INTL, BYTES_LIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sha512_gives_the_example_of_the_standard(void **state)
{
    (void)state;
    const struct bytes abc = BYTES_LIT("abc");
    uint8_t            got[SHA512_SIZE], expected[SHA512_SIZE];
    sha512_of(&abc, 1, got);
    assert_ok(
        text_from_hex(BYTES_LIT("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
                      expected, sizeof expected));
    assert_memory_equal(got, expected, sizeof got);
}

static void assert_same_as_openssl(enum suite suite, struct bytes data)
{
    uint8_t       expected[HASH_SIZE];
    const EVP_MD *md = suite == SUITE_GM ? EVP_sm3() : EVP_sha256();
    assert_int_equal(EVP_Digest(data.p, data.n, expected, NULL, md, NULL), 1);
    assert_memory_equal(hash_of(suite, data).b, expected, HASH_SIZE);
}

static void every_length_agrees_with_openssl(void **state)
{
    (void)state;
    for (size_t n = 0; n <= LENGTH_MAX; n++) {
        assert_same_as_openssl(SUITE_GM, (struct bytes){input + n % 7, n});
        assert_same_as_openssl(SUITE_INTL, (struct bytes){input + n % 7, n});
    }
    assert_same_as_openssl(SUITE_GM, BYTES_OF(input));
    assert_same_as_openssl(SUITE_INTL, BYTES_OF(input));
}

/* hash_of takes one of them; each state and block must come out alike. */
static void both_ways_of_sha256_are_one(void **state)
{
    (void)state;
    uint32_t portable[8] = {1, 2, 3}, by_instructions[8] = {1, 2, 3};
    if (!sha256_has_instructions()) skip();
    for (size_t at = 0; at + 64 <= sizeof input; at += 7) {
        sha256_block(portable, input + at);
        sha256_block_x86(by_instructions, input + at);
        assert_memory_equal(portable, by_instructions, sizeof portable);
    }
}

static void sha512_agrees_with_openssl_whatever_the_parts(void **state)
{
    (void)state;
    for (size_t n = 0; n <= LENGTH_MAX; n++) {
        const size_t       a = n / 3, b = n / 2;
        const struct bytes parts[] = {{input, a}, {input + a, b - a}, {input + b, n - b}};
        uint8_t            got[SHA512_SIZE], expected[SHA512_SIZE];
        sha512_of(parts, 3, got);
        assert_int_equal(EVP_Digest(input, n, expected, NULL, EVP_sha512(), NULL), 1);
        assert_memory_equal(got, expected, sizeof got);
    }
}

static void pieces_hash_as_the_whole(void **state)
{
    (void)state;
    for (enum suite suite = SUITE_GM; suite <= SUITE_INTL; suite++)
        for (size_t n = 0; n <= 200; n++)
            for (size_t cut = 0; cut <= n; cut++) {
                struct hasher h;
                hasher_init(&h, suite);
                hasher_add(&h, (struct bytes){input, cut});
                hasher_add(&h, (struct bytes){NULL, 0});
                hasher_add(&h, (struct bytes){input + cut, n - cut});
                const struct hash whole = hash_of(suite, (struct bytes){input, n});
                assert_true(hash_eq(hasher_end(&h), whole));
            }
}

static void single_bytes_hash_as_the_whole(void **state)
{
    (void)state;
    struct hasher h;
    hasher_init(&h, SUITE_GM);
    for (size_t i = 0; i < 1000; i++) hasher_add(&h, (struct bytes){input + i, 1});
    assert_true(hash_eq(hasher_end(&h), hash_of(SUITE_GM, (struct bytes){input, 1000})));
}

static void suites_are_named_and_nothing_else_is(void **state)
{
    (void)state;
    enum suite suite = SUITE_GM;
    assert_ok(suite_decode(BYTES_LIT("intl"), &suite));
    assert_int_equal(suite, SUITE_INTL);
    assert_err(suite_decode(BYTES_LIT("GM"), &suite), GZ_MALFORMED);
    assert_err(suite_decode(BYTES_LIT("gm "), &suite), GZ_MALFORMED);
    assert_err(suite_decode(BYTES_LIT(""), &suite), GZ_MALFORMED);
    assert_int_equal(suite, SUITE_INTL);
    assert_string_equal(suite_name(SUITE_GM), "gm");
    assert_string_equal(suite_hash_name(SUITE_GM), "sm3");
    assert_string_equal(suite_hash_name(SUITE_INTL), "sha-256");
}

/* Every width that this processor has, every length up to some blocks, groups and what is left. */
static void many_at_once_equal_one_by_one(void **state)
{
    (void)state;
    static struct hash out[NUMBER_MAX];
    static uint8_t     whole[1 + LENGTH_MAX];
    const unsigned     lanes[] = {1, 8, 16};
    for (unsigned l = 0; l < 3 && lanes[l] <= hash_lanes(); l++)
        for (size_t size = 0; size <= LENGTH_MAX; size++) {
            const size_t n = (size * 7 + l) % NUMBER_MAX;
            hash_many_in(lanes[l], SUITE_GM, (uint8_t)size, input, size, n, out);
            for (size_t i = 0; i < n; i++) {
                whole[0] = (uint8_t)size;
                memcpy(whole + 1, input + i * size, size);
                assert_true(hash_eq(out[i], hash_of(SUITE_GM, (struct bytes){whole, 1 + size})));
            }
        }
}

static void many_of_sha256_equal_one_by_one(void **state)
{
    (void)state;
    struct hash out[20];
    uint8_t     whole[33] = {1};
    hash_many(SUITE_INTL, 1, input, 32, 20, out);
    for (size_t i = 0; i < 20; i++) {
        memcpy(whole + 1, input + i * 32, 32);
        assert_true(hash_eq(out[i], hash_of(SUITE_INTL, BYTES_OF(whole))));
    }
}

/* Items of every size around the ends of blocks, in every number of them. */
static void each_item_has_its_own_hash(void **state)
{
    (void)state;
    static const unsigned lanes[] = {1, 8, 16};
    static uint8_t        all[400];
    struct bytes          items[40];
    struct hash           out[40];
    for (size_t i = 0; i < sizeof all; i++) all[i] = (uint8_t)(i * 7 + 1);
    for (size_t l = 0; l < COUNT_OF(lanes) && lanes[l] <= hash_lanes(); l++)
        for (size_t n = 0; n <= COUNT_OF(items); n++) {
            for (size_t i = 0; i < n; i++)
                items[i] = bytes_slice(BYTES_OF(all), i, i + (i * 37 + n * 11) % 350);
            hash_each_in(lanes[l], SUITE_GM, items, n, out);
            for (size_t i = 0; i < n; i++)
                assert_true(hash_eq(out[i], hash_of(SUITE_GM, items[i])));
        }
    for (size_t size = 0; size <= 200; size++) {
        for (size_t i = 0; i < 16; i++) items[i] = bytes_slice(BYTES_OF(all), i, i + size);
        hash_each(SUITE_GM, items, 16, out);
        for (size_t i = 0; i < 16; i++) assert_true(hash_eq(out[i], hash_of(SUITE_GM, items[i])));
    }
    hash_each(SUITE_INTL, items, 16, out);
    assert_true(hash_eq(out[3], hash_of(SUITE_INTL, items[3])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sm3_gives_the_examples_of_the_standard),
        cmocka_unit_test(sha256_gives_the_examples_of_the_standard),
        cmocka_unit_test(sha512_gives_the_example_of_the_standard),
        cmocka_unit_test(every_length_agrees_with_openssl),
        cmocka_unit_test(both_ways_of_sha256_are_one),
        cmocka_unit_test(sha512_agrees_with_openssl_whatever_the_parts),
        cmocka_unit_test(pieces_hash_as_the_whole),
        cmocka_unit_test(single_bytes_hash_as_the_whole),
        cmocka_unit_test(many_at_once_equal_one_by_one),
        cmocka_unit_test(many_of_sha256_equal_one_by_one),
        cmocka_unit_test(each_item_has_its_own_hash),
        cmocka_unit_test(suites_are_named_and_nothing_else_is),
    };
    return cmocka_run_group_tests(tests, fill, NULL) != 0;
}

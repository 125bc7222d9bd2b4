/* Receipts: form, signature, and what became of the promise. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "chain_fixture.h"
#include "core/receipt.h"

static struct fixture_key key, other;

static int set_up(void **state)
{
    (void)state;
    fixture_key_make(&key, KEY_RECEIPT, "ccb.sd");
    fixture_key_make(&other, KEY_RECEIPT, "ccb.sd");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(key.pkey);
    EVP_PKEY_free(other.pkey);
    return 0;
}

static struct receipt sample(void)
{
    struct receipt r = {.origin = BYTES_LIT("guzheng/test"),
                        .org = BYTES_LIT("ccb.sd"),
                        .received_at = {1795600000, 123000000},
                        .publish_by = {1795603600, 123000000}};
    memset(r.fingerprint.b, 7, HASH_SIZE);
    return r;
}

static void sign(const struct fixture_key *k, struct bytes text, struct buf *out)
{
    uint8_t signature[64];
    fixture_sign(k, text, signature);
    assert_ok(buf_add(out, text));
    assert_ok(buf_add_byte(out, '\n'));
    assert_ok(note_add_line(bytes_str(k->key.name), k->key.id, BYTES_OF(signature), out));
}

static void make(struct buf *out)
{
    DEFER(buf_fini) struct buf text = {0};
    const struct receipt       r = sample();
    assert_ok(receipt_encode(&r, &text));
    sign(&key, buf_bytes(&text), out);
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct receipt             r;
    struct note                note;
    const char                *why;
    make(&wire);
    assert_true(receipt_is_one(buf_bytes(&wire)));
    assert_ok(receipt_decode(buf_bytes(&wire), &note, &r, &why));
    const struct receipt s = sample();
    assert_true(bytes_eq(r.origin, s.origin) && bytes_eq(r.org, s.org));
    assert_true(hash_eq(r.fingerprint, s.fingerprint));
    assert_int_equal(time_cmp(r.received_at, s.received_at), 0);
    assert_int_equal(time_cmp(r.publish_by, s.publish_by), 0);
    assert_ok(receipt_verify(&note, &r, &key.key, 1, &why));
}

/* No flipped bit passes as a receipt of this key that says the same or something else. */
static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    make(&wire);
    for (size_t i = 0; i < 8 * wire.n; i++) {
        struct receipt r;
        struct note    note;
        const char    *why;
        wire.p[i / 8] ^= (uint8_t)(1 << i % 8);
        enum gz_err e = receipt_decode(buf_bytes(&wire), &note, &r, &why);
        if (e == GZ_OK) e = receipt_verify(&note, &r, &key.key, 1, &why);
        if (e == GZ_OK) fail_msg("bit %zu", i);
        wire.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

static void another_key_or_organisation_is_refused(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = {0}, wire = {0};
    struct receipt             r = sample();
    struct note                note;
    const char                *why;
    make(&wire);
    assert_ok(receipt_decode(buf_bytes(&wire), &note, &r, &why));
    assert_err(receipt_verify(&note, &r, &other.key, 1, &why), GZ_MISMATCH);
    assert_err(receipt_verify(&note, &r, NULL, 0, &why), GZ_MISMATCH);
    struct key submission = key.key;
    submission.purpose = KEY_SUBMISSION; /* a key has one purpose */
    assert_err(receipt_verify(&note, &r, &submission, 1, &why), GZ_MISMATCH);
    r = sample();
    r.org = BYTES_LIT("court.sd");
    wire.n = 0;
    assert_ok(receipt_encode(&r, &text));
    sign(&key, buf_bytes(&text), &wire); /* signed in another's name */
    assert_ok(receipt_decode(buf_bytes(&wire), &note, &r, &why));
    assert_err(receipt_verify(&note, &r, &key.key, 1, &why), GZ_MISMATCH);
}

static void other_forms_are_refused(void **state)
{
    (void)state;
    static const char *const fingerprint = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    static const char *const texts[] = {
        "guzheng/receipt/v2\no\nccb.sd\n%s\n2026-11-25T09:30:00.000Z\n2026-11-25T10:30:00.000Z\n",
        "guzheng/receipt/v1\n\nccb.sd\n%s\n2026-11-25T09:30:00.000Z\n2026-11-25T10:30:00.000Z\n",
        "guzheng/receipt/v1\no\n\n%s\n2026-11-25T09:30:00.000Z\n2026-11-25T10:30:00.000Z\n",
        "guzheng/receipt/v1\no\nccb.sd\n%s=\n2026-11-25T09:30:00.000Z\n2026-11-25T10:30:00.000Z\n",
        "guzheng/receipt/v1\no\nccb.sd\n%s\n2026-11-25T09:30:00Z\n2026-11-25T10:30:00.000Z\n",
        "guzheng/receipt/v1\no\nccb.sd\n%s\n2026-11-25T09:30:00.0Z\n2026-11-25T10:30:00.000Z\n",
        "guzheng/receipt/v1\no\nccb.sd\n%s\n2026-11-25T11:30:00.000Z\n2026-11-25T10:30:00.000Z\n",
        "guzheng/receipt/v1\no\nccb.sd\n%s\n2026-11-25T09:30:00.000Z\n",
        "guzheng/receipt/v1\no\nccb.sd\n%s\n2026-11-25T09:30:00.000Z\n"
        "2026-11-25T10:30:00.000Z\nx\n",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        DEFER(buf_fini) struct buf wire = {0};
        struct receipt             r;
        struct note                note;
        const char                *why;
        char                       text[512];
        snprintf(text, sizeof text, texts[i], fingerprint);
        sign(&key, bytes_str(text), &wire);
        if (receipt_decode(buf_bytes(&wire), &note, &r, &why) != GZ_MALFORMED)
            fail_msg("taken: %s", text);
    }
}

static void the_promise_is_judged_to_the_millisecond(void **state)
{
    (void)state;
    struct receipt r = sample();
    r.publish_by = (struct time){1000, 0};
    assert_int_equal(receipt_judge(&r, true, 1000), RECEIPT_KEPT);
    assert_int_equal(receipt_judge(&r, true, 1001), RECEIPT_LATE);
    assert_int_equal(receipt_judge(&r, false, 1000), RECEIPT_OPEN);
    assert_int_equal(receipt_judge(&r, false, 1001), RECEIPT_OMITTED);
    r.publish_by.ns = 999000000;
    assert_int_equal(receipt_judge(&r, true, 1000), RECEIPT_KEPT);
    assert_int_equal(receipt_judge(&r, false, 1001), RECEIPT_OMITTED);
    assert_int_equal(receipt_judge(&r, false, UINT64_MAX), RECEIPT_OMITTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_encoded_is_decoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_bit_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_key_or_organisation_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_forms_are_refused, set_up, tear_down),
        cmocka_unit_test(the_promise_is_judged_to_the_millisecond),
    };
    RUN_TESTS(tests);
}

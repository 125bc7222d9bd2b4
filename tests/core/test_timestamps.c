/* Check 7: a timestamp is base64 of exactly one DER element. Without certificates of an authority
 * it is not checked further, and says so. */
#include "core/base64.h"
#include "core/verify.h"
#include "vector.h"

enum { ARENA = 4 * 1024 * 1024, TOKEN_MAX = 80000 };

static const char *folder; /* tests/vectors */

/* A good certificate with these timestamps, as JSON strings. */
static struct verify_report with(const char *timestamps)
{
    static uint8_t             memory[ARENA], policy_memory[ARENA];
    DEFER(buf_fini) struct buf policy = vector_read(folder, "gm.policy"), wire = {0};
    DEFER(buf_fini) struct buf good = vector_read(folder, "gm-003.gzcert"), list = {0};
    struct policy_history      history;
    struct verify_report       r;
    const char                *why = NULL;
    struct arena               a = {.p = policy_memory, .cap = sizeof policy_memory};
    assert_ok(policy_history_decode(buf_bytes(&policy), &a, &history, &why));
    assert_ok(buf_addf(&list, "\"timestamps\": [%s]", timestamps));
    assert_ok(buf_add_byte(&list, 0));
    wire = text_replaced(buf_bytes(&good), "\"timestamps\": []", (const char *)list.p);
    struct arena arena = {.p = memory, .cap = verify_arena_size(wire.n)};
    assert_true(arena.cap <= sizeof memory);
    assert_ok(verify_certificate(buf_bytes(&wire), &history, NULL, 0, &arena, &r));
    return r;
}

static struct verify_report with_der(struct bytes der)
{
    DEFER(buf_fini) struct buf text = {0};
    assert_ok(buf_add_byte(&text, '"'));
    assert_ok(base64_add(BASE64_STD_PADDED, der, &text));
    assert_ok(buf_add(&text, BYTES_LIT("\"\0")));
    return with((const char *)text.p);
}

/* These head bytes and n zeros. */
static bool is_accepted(struct bytes head, size_t n)
{
    static uint8_t der[TOKEN_MAX];
    memset(der, 0, sizeof der);
    memcpy(der, head.p, head.n);
    const struct verify_report r = with_der((struct bytes){der, head.n + n});
    assert_true(r.check == 0 || r.check == 7);
    if (r.check == 7) assert_string_equal(r.reason, "a timestamp is not one DER element");
    return r.check == 0;
}

static void none_is_nothing_to_check(void **state)
{
    (void)state;
    const struct verify_report r = with("");
    assert_int_equal(r.result, VERIFY_VALID);
    assert_int_equal(r.outcomes[6], OUTCOME_NOT_CHECKED);
    assert_string_equal(verify_detail(&r, 7), "no timestamp is attached");
}

static void whole_tokens_are_not_checked_further(void **state)
{
    (void)state;
    const struct verify_report r = with("\"MAA=\", \"MAMCAQE=\"");
    assert_int_equal(r.result, VERIFY_VALID);
    assert_int_equal(r.outcomes[6], OUTCOME_NOT_CHECKED);
    assert_string_equal(verify_detail(&r, 7),
                        "no certificates of a time-stamping authority are given");
}

static void token_is_base64(void **state)
{
    (void)state;
    static const char *const bad[] = {"\"MAA\"",   "\"MA-=\"", "\"MAA=\\n\"",
                                      "\" MAA=\"", "\"MAB=\"", "\"MAA=\", \"!\""};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct verify_report r = with(bad[i]);
        if (r.check != 7) fail_msg("%s: check %u", bad[i], r.check);
        assert_string_equal(r.reason, "a timestamp is not base64");
    }
    assert_int_equal(with("\"\"").check, 7);
    assert_int_equal(with("5").check, 1);
}

static void lengths_have_their_shortest_form(void **state)
{
    (void)state;
    assert_true(is_accepted(BYTES_LIT("\x30\x00"), 0));
    assert_true(is_accepted(BYTES_LIT("\x30\x7f"), 127));
    assert_true(is_accepted(BYTES_LIT("\x30\x81\x80"), 128));
    assert_true(is_accepted(BYTES_LIT("\x30\x81\xff"), 255));
    assert_true(is_accepted(BYTES_LIT("\x30\x82\x01\x00"), 256));
    assert_true(is_accepted(BYTES_LIT("\x30\x83\x01\x00\x00"), 65536));
    assert_false(is_accepted(BYTES_LIT("\x30\x81\x7f"), 127));
    assert_false(is_accepted(BYTES_LIT("\x30\x82\x00\x80"), 128));
    assert_false(is_accepted(BYTES_LIT("\x30\x83\x00\x01\x00"), 256));
    assert_false(is_accepted(BYTES_LIT("\x30\x85\x00\x00\x00\x01\x00"), 256));
    assert_false(is_accepted(BYTES_LIT("\x30\x85\x01\x00\x00\x00\x00"), 256));
    assert_false(is_accepted(BYTES_LIT("\x30\x80"), 2)); /* indefinite: BER, not DER */
}

static void nothing_is_cut_or_left_over(void **state)
{
    (void)state;
    assert_false(is_accepted(BYTES_LIT("\x30"), 0));
    assert_false(is_accepted(BYTES_LIT("\x30\x01"), 0));
    assert_false(is_accepted(BYTES_LIT("\x30\x01"), 2));
    assert_false(is_accepted(BYTES_LIT("\x30\x81"), 0));
    assert_false(is_accepted(BYTES_LIT("\x30\x82\x01"), 0));
    assert_false(is_accepted(BYTES_LIT("\x30\x81\x80"), 127));
    assert_false(is_accepted(BYTES_LIT("\x30\x81\x80"), 129));
    assert_false(is_accepted(BYTES_LIT("\x30\x84\xff\xff\xff\xff"), 16));
    assert_false(is_accepted(BYTES_LIT("\x1f\x01"), 1)); /* a tag of more bytes: no token has it */
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_nothing_to_check),
        cmocka_unit_test(whole_tokens_are_not_checked_further),
        cmocka_unit_test(token_is_base64),
        cmocka_unit_test(lengths_have_their_shortest_form),
        cmocka_unit_test(nothing_is_cut_or_left_over),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

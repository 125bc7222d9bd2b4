/* Entries: each member's form, that nothing personal can stand outside _sd, and that encode makes
 * nothing that decode refuses. */
#include <stdlib.h>

#include "core/base64.h"
#include "core/entry.h"
#include "vector.h"

enum { ARENA = 512 * 1024 };

static uint8_t  memory[ARENA];
static uint64_t seed;

static enum gz_err decode(struct bytes wire, struct entry *out, const char **why)
{
    struct arena arena = {.p = memory, .cap = sizeof memory};
    *why = NULL;
    return entry_decode(wire, &arena, out, why);
}

/* --- decode: one member at a time ---------------------------------------------------------------
 */

#define D1 "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
#define D2 "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"

/* The members of a good entry with seq 1, as JSON. */
static const struct member {
    const char *name, *value;
} base[] = {
    {"v", "1"},
    {"id", "\"019cbb9d-b1c0-7391-aae7-71e61abd724c\""},
    {"org", "\"ccb.sd\""},
    {"kind", "\"loan.contract\""},
    {"matter", "\"0hdkgVizl3uBDAAP27pu8g\""},
    {"seq", "1"},
    {"recorded_at", "\"2026-03-05T09:30:00.000+08:00\""},
    {"_sd_alg", "\"sm3\""},
    {"_sd", "[\"" D1 "\",\"" D2 "\"]"},
};

/* The good entry with one member's value replaced (NULL: left out), and more members behind. */
static void build(struct buf *out, const char *name, const char *value, const char *more)
{
    const char *before = "";
    out->n = 0;
    assert_ok(buf_add_byte(out, '{'));
    for (size_t i = 0; i < COUNT_OF(base); i++) {
        const bool  is_it = name != NULL && strcmp(base[i].name, name) == 0;
        const char *used = is_it ? value : base[i].value;
        if (used == NULL) continue;
        assert_ok(buf_addf(out, "%s\"%s\":%s", before, base[i].name, used));
        before = ",";
    }
    assert_ok(buf_addf(out, "%s}", more));
}

static const char *why_refused(const char *name, const char *value, const char *more)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct entry               e;
    const char                *why;
    build(&wire, name, value, more);
    const enum gz_err result = decode(buf_bytes(&wire), &e, &why);
    assert_true(result == GZ_OK || result == GZ_MALFORMED);
    assert_true((result == GZ_OK) == (why == NULL));
    return why;
}

static void good_entry_is_read(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct entry               e;
    const char                *why;
    build(&wire, NULL, NULL, "");
    assert_ok(decode(buf_bytes(&wire), &e, &why));
    assert_int_equal(e.suite, SUITE_GM);
    assert_true(bytes_eq(e.org, BYTES_LIT("ccb.sd")));
    assert_true(bytes_eq(e.kind, BYTES_LIT("loan.contract")));
    assert_int_equal(e.seq, 1);
    assert_false(e.has_prev);
    assert_int_equal(e.supersedes.n, 0);
    assert_int_equal(e.recorded_at.s, 1772674200);
    assert_int_equal(e.digests_n, 2);
    assert_true(hash_eq(e.digests[0], hash_of(SUITE_INTL, (struct bytes){0}))); /* D1 is of "" */
}

static void every_member_has_its_form(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *why; /* NULL: good */
    } rows[] = {
        {"v", "2", "v is not 1"},
        {"v", "1.0", "v is not 1"},
        {"v", "\"1\"", "v is not 1"},
        {"id", "\"019CBB9D-b1c0-7391-aae7-71e61abd724c\"", "id is no UUIDv7 in lower case"},
        {"id", "\"019cbb9d-b1c0-4391-aae7-71e61abd724c\"", "id is no UUIDv7 in lower case"},
        {"id", "\"019cbb9d-b1c0-7391-cae7-71e61abd724c\"", "id is no UUIDv7 in lower case"},
        {"id", "\"019cbb9db1c07391aae771e61abd724c\"", "id is no UUIDv7 in lower case"},
        {"id", "\"{019cbb9d-b1c0-7391-aae7-71e61abd724c}\"", "id is no UUIDv7 in lower case"},
        {"id", "null", "id is no UUIDv7 in lower case"},
        {"id", "\"019cbb9d-b1c0-7391-bae7-71e61abd724c\"", NULL},
        {"org", "\"\"", "org has another form than a-z 0-9 . -"},
        {"org", "\"CCB\"", "org has another form than a-z 0-9 . -"},
        {"org", "\"ccb_sd\"", "org has another form than a-z 0-9 . -"},
        {"org", "\"ccb\\n\"", "org has another form than a-z 0-9 . -"},
        {"org", "7", "org has another form than a-z 0-9 . -"},
        {"org", "\"0123456789012345678901234567890123456789012345678901234567890123\"", NULL},
        {"org", "\"01234567890123456789012345678901234567890123456789012345678901234\"",
         "org has another form than a-z 0-9 . -"},
        {"kind", "\"loan\"", "kind is not dotted lower-case words"},
        {"kind", "\"loan.\"", "kind is not dotted lower-case words"},
        {"kind", "\".loan\"", "kind is not dotted lower-case words"},
        {"kind", "\"loan..a\"", "kind is not dotted lower-case words"},
        {"kind", "\"loan.1a\"", "kind is not dotted lower-case words"},
        {"kind", "\"loan._a\"", "kind is not dotted lower-case words"},
        {"kind", "\"Loan.a\"", "kind is not dotted lower-case words"},
        {"kind", "\"loan.a-b\"", "kind is not dotted lower-case words"},
        {"kind", "\"loan.a1_b.c\"", NULL},
        {"matter", "\"0hdkgVizl3uBDAAP27pu8h\"", "matter is not base64url of 16 bytes"},
        {"matter", "\"0hdkgVizl3uBDAAP27pu8g==\"", "matter is not base64url of 16 bytes"},
        {"matter", "\"\"", "matter is not base64url of 16 bytes"},
        {"seq", "0", "seq is no integer from 1 to 2^53-1"},
        {"seq", "-1", "seq is no integer from 1 to 2^53-1"},
        {"seq", "1.0", "seq is no integer from 1 to 2^53-1"},
        {"seq", "9007199254740992", "seq is no integer from 1 to 2^53-1"},
        {"seq", "2", "prev goes with every seq above 1 only"},
        {"recorded_at", "\"2026-03-05T09:30:00+08:00\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2026-03-05T09:30:00.0000Z\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2026-03-05T09:30:00.000z\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2026-03-05t09:30:00.000Z\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2026-02-29T09:30:00.000Z\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2026-03-05T09:30:60.000Z\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2026-03-05T09:30:00.000+24:00\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2026-03-05T09:30:00.000\"",
         "recorded_at is no time with milliseconds and offset"},
        {"recorded_at", "\"2024-02-29T23:59:59.999Z\"", NULL},
        {"recorded_at", "\"0001-01-01T00:00:00.000+23:59\"", NULL},
        {"recorded_at", "\"9999-12-31T23:59:59.999-23:59\"", NULL},
        {"_sd_alg", "\"sha-256\"", NULL},
        {"_sd_alg", "\"SM3\"", "_sd_alg is neither sm3 nor sha-256"},
        {"_sd_alg", "\"sha256\"", "_sd_alg is neither sm3 nor sha-256"},
        {"_sd", "[]", "_sd is not 1 to 1,000 digests in strictly ascending order"},
        {"_sd", "[\"" D1 "\"]", NULL},
        {"_sd", "[\"" D2 "\",\"" D1 "\"]",
         "_sd is not 1 to 1,000 digests in strictly ascending order"},
        {"_sd", "[\"" D1 "\",\"" D1 "\"]",
         "_sd is not 1 to 1,000 digests in strictly ascending order"},
        {"_sd", "[\"张伟\"]", "_sd is not 1 to 1,000 digests in strictly ascending order"},
        {"_sd", "\"" D1 "\"", "_sd is not 1 to 1,000 digests in strictly ascending order"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *why = why_refused(rows[i].name, rows[i].value, "");
        if (why != rows[i].why &&
            (why == NULL || rows[i].why == NULL || strcmp(why, rows[i].why) != 0))
            fail_msg("%s %s: %s", rows[i].name, rows[i].value, why == NULL ? "accepted" : why);
    }
}

static void optional_members_have_their_form(void **state)
{
    (void)state;
    static const char *const good[] = {",\"supersedes\":\"019cbb9d-b1c0-7391-aae7-71e61abd724c\""};
    static const char *const bad[] = {",\"supersedes\":\"\"", ",\"supersedes\":null",
                                      ",\"supersedes\":\"x\"", ",\"prev\":\"" D1 "\"",
                                      ",\"prev\":null"};
    for (size_t i = 0; i < COUNT_OF(good); i++) assert_null(why_refused(NULL, NULL, good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_non_null(why_refused(NULL, NULL, bad[i]));
    assert_null(why_refused("seq", "2", ",\"prev\":\"" D1 "\""));
    assert_non_null(why_refused("seq", "2", ",\"prev\":\"" D1 "=\""));
    assert_non_null(why_refused("seq", "2", ",\"prev\":\"\""));
}

static void every_member_is_there_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(base); i++) {
        char again[128];
        assert_string_equal(why_refused(base[i].name, NULL, ""),
                            "a member of the entry is missing");
        snprintf(again, sizeof again, ",\"%s\":%s", base[i].name, base[i].value);
        assert_non_null(why_refused(NULL, NULL, again));
    }
}

/* What an applicant might want to write beside the digests. */
static void nothing_personal_stands_outside_sd(void **state)
{
    (void)state;
    static const char *const more[] = {
        ",\"borrower\":\"张伟\"", ",\"amount\":\"120000.00\"", ",\"note\":null", ",\"ID\":1",
        ",\"Org\":\"x\"",         ",\"...\":\"" D1 "\"",       ",\"_sd2\":[]",   ",\"\":\"\""};
    static const char *const texts[] = {"\"张伟\"", "\"370102196001011000 \"", "\"13800138000@x\"",
                                        "\"6222 0210 0111\"", "{\"name\":\"x\"}"};
    static const char *const members[] = {"id", "org", "kind", "matter", "recorded_at", "_sd_alg"};
    for (size_t i = 0; i < COUNT_OF(more); i++)
        if (why_refused(NULL, NULL, more[i]) == NULL) fail_msg("accepted: %s", more[i]);
    for (size_t i = 0; i < COUNT_OF(members); i++)
        for (size_t k = 0; k < COUNT_OF(texts); k++)
            if (why_refused(members[i], texts[k], "") == NULL)
                fail_msg("accepted: %s %s", members[i], texts[k]);
}

static void entry_begins_and_ends_with_its_braces(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0}, padded = {0};
    struct entry               e;
    const char                *why;
    build(&wire, NULL, NULL, " ");
    assert_ok(decode(buf_bytes(&wire), &e, &why));
    assert_ok(buf_add_byte(&padded, ' '));
    assert_ok(buf_add(&padded, buf_bytes(&wire)));
    assert_err(decode(buf_bytes(&padded), &e, &why), GZ_MALFORMED);
    assert_err(decode(bytes_slice(buf_bytes(&padded), 2, padded.n), &e, &why), GZ_MALFORMED);
    assert_ok(buf_add_byte(&wire, '\n'));
    assert_err(decode(buf_bytes(&wire), &e, &why), GZ_MALFORMED);
    assert_err(decode((struct bytes){0}, &e, &why), GZ_MALFORMED);
    assert_err(decode(BYTES_LIT("{"), &e, &why), GZ_MALFORMED);
}

static void entry_has_64_kib_at_most(void **state)
{
    (void)state;
    for (size_t size = ENTRY_SIZE_MAX; size <= ENTRY_SIZE_MAX + 1; size++) {
        DEFER(buf_fini) struct buf wire = {0};
        struct entry               e;
        const char                *why;
        build(&wire, NULL, NULL, "");
        while (wire.n < size) {
            wire.p[wire.n - 1] = ' ';
            assert_ok(buf_add_byte(&wire, '}'));
        }
        assert_err(decode(buf_bytes(&wire), &e, &why),
                   size == ENTRY_SIZE_MAX ? GZ_OK : GZ_MALFORMED);
    }
}

/* --- encode ------------------------------------------------------------------------------------
 */

static struct hash digests[ENTRY_DISCLOSURES_MAX + 1];

static struct entry good_entry(size_t digests_n)
{
    for (size_t i = 0; i < digests_n; i++)
        for (size_t k = 0; k < HASH_SIZE; k++) digests[i].b[k] = (uint8_t)draw(&seed);
    return (struct entry){.suite = SUITE_INTL,
                          .id = BYTES_LIT("019cbb9d-b1c0-7391-aae7-71e61abd724c"),
                          .org = BYTES_LIT("ccb.sd"),
                          .kind = BYTES_LIT("loan.repayment"),
                          .matter = BYTES_LIT("0hdkgVizl3uBDAAP27pu8g"),
                          .seq = 1,
                          .recorded_at_text = BYTES_LIT("2026-03-05T09:30:00.000Z"),
                          .digests_n = digests_n,
                          .digests = digests};
}

static enum gz_err encode(const struct entry *e, struct buf *out)
{
    static uint8_t space[ARENA];
    struct arena   arena = {.p = space, .cap = sizeof space};
    return entry_encode(e, &arena, out);
}

static void encoded_comes_back(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 10, 100, ENTRY_DISCLOSURES_MAX};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        for (uint64_t seq = 1; seq <= 3; seq++) {
            DEFER(buf_fini) struct buf wire = {0};
            struct entry               e = good_entry(counts[i]), again;
            const char                *why;
            e.seq = seq;
            e.has_prev = seq > 1;
            e.prev = digests[0];
            if (seq == 3) e.supersedes = e.id;
            assert_ok(encode(&e, &wire));
            assert_true(wire.n <= ENTRY_SIZE_MAX);
            assert_ok(decode(buf_bytes(&wire), &again, &why));
            assert_true(bytes_eq(again.id, e.id) && bytes_eq(again.matter, e.matter));
            assert_true(bytes_eq(again.supersedes, e.supersedes));
            assert_int_equal(again.seq, seq);
            assert_true(!e.has_prev || hash_eq(again.prev, e.prev));
            assert_int_equal(again.digests_n, e.digests_n);
        }
}

/* base64url's alphabet does not ascend as the bytes do: the strings' order counts. */
static void digests_are_sorted_as_strings(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct entry               e = good_entry(300), again;
    const char                *why;
    char                       before[44] = {0}, text[44] = {0};
    bool                       bytes_ascend = true;
    assert_ok(encode(&e, &wire));
    assert_ok(decode(buf_bytes(&wire), &again, &why));
    for (size_t i = 0; i < again.digests_n; i++) {
        base64_encode(BASE64_URL_BARE, BYTES_OF(again.digests[i].b), text);
        assert_true(strcmp(before, text) < 0);
        if (i > 0)
            bytes_ascend &= memcmp(again.digests[i - 1].b, again.digests[i].b, HASH_SIZE) < 0;
        memcpy(before, text, sizeof text);
    }
    assert_false(bytes_ascend);
}

/* Whatever a caller puts into a member by mistake, no entry is made. */
static void encode_refuses_by_schema(void **state)
{
    (void)state;
    static const char *const personal[] = {"",  "张伟", "370102 19600101", "a\"b", "a\\b",
                                           "A", "\n"};
    for (size_t i = 0; i < COUNT_OF(personal); i++)
        for (unsigned member = 0; member < 6; member++) {
            DEFER(buf_fini) struct buf out = {0};
            struct entry               e = good_entry(2);
            struct bytes *const        members[] = {&e.id,     &e.org,        &e.kind,
                                                    &e.matter, &e.supersedes, &e.recorded_at_text};
            if (member == 4 && i == 0) continue; /* an empty supersedes is none */
            *members[member] = bytes_str(personal[i]);
            assert_err(encode(&e, &out), GZ_MALFORMED);
            assert_int_equal(out.n, 0);
        }
}

static void encode_refuses_wrong_numbers(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf out = {0};
    struct entry               e = good_entry(0);
    assert_err(encode(&e, &out), GZ_MALFORMED);
    e = good_entry(ENTRY_DISCLOSURES_MAX);
    e.digests_n++;
    assert_err(encode(&e, &out), GZ_MALFORMED);
    e = good_entry(5);
    digests[4] = digests[1];
    assert_err(encode(&e, &out), GZ_MALFORMED);
    e = good_entry(1);
    e.seq = 0;
    assert_err(encode(&e, &out), GZ_MALFORMED);
    e.seq = 2;
    assert_err(encode(&e, &out), GZ_MALFORMED);
    e.has_prev = true;
    e.seq = UINT64_C(1) << 53;
    assert_err(encode(&e, &out), GZ_MALFORMED);
    assert_int_equal(out.n, 0);
    e.seq--;
    assert_ok(encode(&e, &out));
}

/* --- beside ------------------------------------------------------------------------------------
 */

static void log_entry_is_org_lf_fingerprint(void **state)
{
    (void)state;
    uint8_t           out[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    const struct hash h = hash_of(SUITE_GM, BYTES_LIT("x"));
    assert_int_equal(entry_log_bytes(BYTES_LIT("ccb.sd"), h, out), 6 + 1 + HASH_SIZE);
    assert_memory_equal(out, "ccb.sd\n", 7);
    assert_memory_equal(out + 7, h.b, HASH_SIZE);
}

static void members_are_known_by_exact_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(base); i++)
        assert_true(entry_is_member(bytes_str(base[i].name)));
    assert_true(entry_is_member(BYTES_LIT("prev")) && entry_is_member(BYTES_LIT("supersedes")));
    assert_false(entry_is_member(BYTES_LIT("")) || entry_is_member(BYTES_LIT("V")) ||
                 entry_is_member(BYTES_LIT("_sd ")) || entry_is_member(BYTES_LIT("amount")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_entry_is_read),
        cmocka_unit_test(every_member_has_its_form),
        cmocka_unit_test(optional_members_have_their_form),
        cmocka_unit_test(every_member_is_there_once),
        cmocka_unit_test(nothing_personal_stands_outside_sd),
        cmocka_unit_test(entry_begins_and_ends_with_its_braces),
        cmocka_unit_test(entry_has_64_kib_at_most),
        cmocka_unit_test(encoded_comes_back),
        cmocka_unit_test(digests_are_sorted_as_strings),
        cmocka_unit_test(encode_refuses_by_schema),
        cmocka_unit_test(encode_refuses_wrong_numbers),
        cmocka_unit_test(log_entry_is_org_lf_fingerprint),
        cmocka_unit_test(members_are_known_by_exact_name),
    };
    seed = draw_seed();
    RUN_TESTS(tests);
}

/* Check 6 (evidence format, "Verification"): the stated times against the proven one and each
 * other, on certificates made here, whose witness signs whatever second the scenario needs. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "check.h"
#include "core/verify.h"
#include "log_maker.h"

enum { ROOM = 4 * 1024 * 1024, TIME_MAX_SHOWN = 64 };

#define NOON   "2026-03-05T12:00:00.000Z"
#define NOON_S UINT64_C(1772712000)

static struct maker log_key, witness_key;
static uint8_t      room[ROOM], policy_room[ROOM];

static void make_policy(struct policy_history *out, struct buf *text)
{
    struct arena a = {.p = policy_room, .cap = ROOM};
    const char  *why = NULL;
    assert_ok(buf_add_str(text, "log "));
    assert_ok(key_encode(&log_key.key, text));
    assert_ok(buf_add_str(text, "\nwitness w "));
    assert_ok(key_encode(&witness_key.key, text));
    assert_ok(buf_add_str(text, "\nquorum w\n"));
    assert_ok(policy_history_decode(buf_bytes(text), &a, out, &why));
}

static void make_entry(const char *recorded_at, struct bytes disclosed, struct arena *a,
                       struct buf *out)
{
    const struct hash  digest = disclosure_digest(SUITE_INTL, disclosed);
    const struct entry e = {.suite = SUITE_INTL,
                            .id = BYTES_LIT("019cbb9d-b1c0-7391-aae7-71e61abd724c"),
                            .org = BYTES_LIT("ccb.sd"),
                            .kind = BYTES_LIT("loan.contract"),
                            .matter = BYTES_LIT("0hdkgVizl3uBDAAP27pu8g"),
                            .seq = 1,
                            .recorded_at_text = bytes_str(recorded_at),
                            .digests_n = 1,
                            .digests = &digest};
    assert_ok(entry_encode(&e, a, out));
}

/* A log of this one entry, and its checkpoint cosigned at the second cosigned_at. */
static void make_proof(struct bytes entry, uint64_t cosigned_at, struct buf *out)
{
    DEFER(buf_fini) struct buf note = {0}, line = {0};
    uint8_t                    logged[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    const size_t      n = entry_log_bytes(BYTES_LIT("ccb.sd"), hash_of(SUITE_INTL, entry), logged);
    const struct hash root = merkle_leaf(SUITE_INTL, (struct bytes){logged, n});
    const struct merkle_path none = {0};
    struct note              split;
    maker_checkpoint(&log_key, "guzheng/test", 1, root, &note);
    assert_ok(note_decode(buf_bytes(&note), &split));
    maker_cosign(&witness_key, split.text, cosigned_at, &line);
    assert_ok(buf_add(&note, buf_bytes(&line)));
    assert_ok(proof_encode(0, &none, buf_bytes(&note), out));
}

/* name and value are the one disclosure, shown to the verifier. */
static struct verify_report verify(const char *recorded_at, const char *name, const char *value,
                                   uint64_t cosigned_at)
{
    DEFER(buf_fini) struct buf policy = {0}, d = {0}, entry = {0}, proof = {0}, wire = {0};
    const uint8_t              salt[DISCLOSURE_SALT_SIZE] = {7};
    struct policy_history      history;
    struct verify_report       r;
    struct arena               a = {.p = room, .cap = ROOM};
    make_policy(&history, &policy);
    assert_ok(disclosure_encode(salt, bytes_str(name), bytes_str(value), &d));
    make_entry(recorded_at, buf_bytes(&d), &a, &entry);
    make_proof(buf_bytes(&entry), cosigned_at, &proof);
    const struct bytes       shown = buf_bytes(&d);
    const struct certificate c = {.suite = SUITE_INTL,
                                  .entry = buf_bytes(&entry),
                                  .disclosures_n = 1,
                                  .disclosures = &shown,
                                  .proof = buf_bytes(&proof)};
    assert_ok(certificate_encode(&c, &a, &wire));
    a.n = 0;
    assert_ok(verify_certificate(buf_bytes(&wire), &history, NULL, 0, &a, &r));
    assert_true(r.result == VERIFY_VALID || r.check == 6);
    return r;
}

static void expect(const char *recorded_at, const char *occurred_at, uint64_t cosigned_at,
                   enum verify_result want)
{
    char value[TIME_MAX_SHOWN];
    snprintf(value, sizeof value, "\"%s\"", occurred_at);
    const struct verify_report r = verify(recorded_at, "occurred_at", value, cosigned_at);
    if (r.result != want)
        fail_msg("recorded %s, occurred %s, proven %llu: %s", recorded_at, occurred_at,
                 (unsigned long long)cosigned_at, r.reason == NULL ? "valid" : r.reason);
}

static void record_up_to_300_seconds_after_the_proven_time_passes(void **state)
{
    (void)state;
    expect(NOON, NOON, NOON_S, VERIFY_VALID);
    expect(NOON, NOON, NOON_S - 300, VERIFY_VALID);
    expect(NOON, NOON, NOON_S - 301, VERIFY_INVALID);
    expect("2026-03-05T12:00:00.001Z", NOON, NOON_S - 300, VERIFY_INVALID);
    expect(NOON, NOON, NOON_S + 365 * 86400, VERIFY_VALID);
    expect("2026-03-05T20:00:00.000+08:00", NOON, NOON_S, VERIFY_VALID);
    expect("2026-03-05T12:00:00.000-08:00", NOON, NOON_S, VERIFY_INVALID);
}

static void event_up_to_300_seconds_after_the_record_passes(void **state)
{
    (void)state;
    expect(NOON, "2026-03-05T12:05:00Z", NOON_S, VERIFY_VALID);
    expect(NOON, "2026-03-05T12:05:00.000000001Z", NOON_S, VERIFY_INVALID);
    expect(NOON, "2026-03-05T20:05:00+08:00", NOON_S, VERIFY_VALID);
    expect(NOON, "0001-01-01T00:00:00Z", NOON_S, VERIFY_VALID);
}

/* A cosigned time far beyond every date is no reason to leave the submitter's own times unjudged.
 */
static void far_proven_time_leaves_the_event_judged(void **state)
{
    (void)state;
    const uint64_t far[] = {INT64_MAX / 2, INT64_MAX / 2 + 1, INT64_MAX - 300, INT64_MAX - 299,
                            INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        expect(NOON, NOON, far[i], VERIFY_VALID);
        expect(NOON, "2026-03-05T12:05:00Z", far[i], VERIFY_VALID);
        expect(NOON, "2026-03-05T12:05:00.001Z", far[i], VERIFY_INVALID);
        expect("9999-12-31T23:59:59.999-23:59", NOON, far[i], VERIFY_VALID);
    }
}

static void earliest_and_latest_dates_do_not_overflow(void **state)
{
    (void)state;
    expect("0001-01-01T00:00:00.000+23:59", "0001-01-01T00:00:00+23:59", 1, VERIFY_VALID);
    expect("9999-12-31T23:59:59.999-23:59", NOON, 1, VERIFY_INVALID);
    expect("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59Z", 1, VERIFY_INVALID);
}

static void event_that_is_no_time_fails(void **state)
{
    (void)state;
    static const char *const values[] = {"1772712000",
                                         "null",
                                         "[]",
                                         "\"\"",
                                         "\"2026-03-05\"",
                                         "\"2026-02-30T12:00:00Z\"",
                                         "\"2026-03-05t12:00:00Z\"",
                                         "\"2026-03-05T12:00:60Z\"",
                                         "\"2026-03-05T12:00:00\"",
                                         "{\"at\":\"2026-03-05T12:00:00Z\"}"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const struct verify_report r = verify(NOON, "occurred_at", values[i], NOON_S);
        if (r.check != 6) fail_msg("occurred_at %s passes", values[i]);
        assert_int_equal(verify(NOON, "happened_at", values[i], NOON_S).result, VERIFY_VALID);
    }
}

static void event_written_with_escapes_is_the_same_time(void **state)
{
    (void)state;
    const struct verify_report r =
        verify(NOON, "occurred_at", "\"\\u0032026-03-05T12:00:01Z\"", NOON_S);
    assert_int_equal(r.result, VERIFY_VALID);
    assert_true(r.has_occurred_at);
    assert_int_equal(r.occurred_at.s, NOON_S + 1);
}

static int make_keys(void **state)
{
    (void)state;
    maker_init(&log_key, KEY_LOG, "guzheng/test", 1);
    maker_init(&witness_key, KEY_WITNESS, "court.sd", 2);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    maker_fini(&log_key);
    maker_fini(&witness_key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_up_to_300_seconds_after_the_proven_time_passes),
        cmocka_unit_test(event_up_to_300_seconds_after_the_record_passes),
        cmocka_unit_test(far_proven_time_leaves_the_event_judged),
        cmocka_unit_test(earliest_and_latest_dates_do_not_overflow),
        cmocka_unit_test(event_that_is_no_time_fails),
        cmocka_unit_test(event_written_with_escapes_is_the_same_time),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys) != 0;
}

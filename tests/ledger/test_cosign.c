/* Each refusal of a witness by its number, and what counts as evidence against the log. */
#include "check.h"

#include "ledger/cosign.h"
#include "log_maker.h"

#define ORIGIN "guzheng/test"
enum { LEAVES = 8 };

static struct maker log_key, other;
static struct hash  leaves[LEAVES], roots[LEAVES + 1];

static enum gz_err node_of(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
    struct merkle m;
    (void)ctx;
    merkle_init(&m, SUITE_INTL);
    for (uint64_t i = index << level; i < (index + 1) << level; i++)
        TRY(merkle_append(&m, leaves[i]));
    *out = merkle_root(&m);
    return GZ_OK;
}

static int set_up(void **state)
{
    struct merkle m;
    (void)state;
    maker_init(&log_key, KEY_LOG, ORIGIN, 1);
    maker_init(&other, KEY_LOG, ORIGIN, 2);
    merkle_init(&m, SUITE_INTL);
    roots[0] = merkle_root(&m);
    for (uint8_t i = 0; i < LEAVES; i++) {
        leaves[i] = merkle_leaf(SUITE_INTL, (struct bytes){&i, 1});
        assert_ok(merkle_append(&m, leaves[i]));
        roots[i + 1] = merkle_root(&m);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    maker_fini(&log_key);
    maker_fini(&other);
    return 0;
}

/* A request from old to size whose note lives in note and body. */
struct made {
    struct buf            note, body;
    struct cosign_request r;
};
static void make_fini(struct made *m)
{
    buf_fini(&m->note);
    buf_fini(&m->body);
}
static void make(struct made *m, struct maker *signer, uint64_t proof_from, uint64_t old,
                 uint64_t size, struct hash root)
{
    struct merkle_path path = {0};
    if (proof_from > 0 && proof_from < size)
        assert_ok(merkle_prove_consistency(SUITE_INTL, (struct merkle_source){NULL, node_of},
                                           proof_from, size, &path));
    maker_checkpoint(signer, ORIGIN, size, root, &m->note);
    assert_ok(cosign_request_encode(old, &path, buf_bytes(&m->note), &m->body));
    assert_ok(cosign_request_decode(buf_bytes(&m->body), &m->r));
}

static struct cosign_facts facts(uint64_t size)
{
    return (struct cosign_facts){.logs = &log_key.key,
                                 .logs_n = 1,
                                 .suite = SUITE_INTL,
                                 .state = {size, roots[size], size == 0 ? 0 : 1000},
                                 .now = 2000,
                                 .clock_is_trusted = true,
                                 .mirror = COSIGN_MIRROR_EQUAL};
}

static void check(const struct made *m, const struct cosign_facts *f, enum cosign_reason reason,
                  int status, bool is_evidence)
{
    const struct cosign_decision d = cosign_decide(&m->r, f);
    assert_int_equal(d.reason, reason);
    assert_int_equal(cosign_status(d.reason), status);
    assert_int_equal(d.is_evidence, is_evidence);
    if (status != 200) assert_int_equal(d.next.time, 0);
}

static void good_requests_are_200_and_say_what_to_store(void **state)
{
    (void)state;
    for (uint64_t old = 0; old <= LEAVES; old++) {
        for (uint64_t size = old; size <= LEAVES; size++) {
            DEFER(make_fini) struct made m = {0};
            const struct cosign_facts    f = facts(old);
            make(&m, &log_key, old, old, size, roots[size]);
            check(&m, &f, COSIGN_ACCEPTED, 200, false);
            const struct cosign_decision d = cosign_decide(&m.r, &f);
            assert_int_equal(d.next.size, size);
            assert_true(hash_eq(d.next.root, roots[size]));
            assert_int_equal(d.next.time, 2000);
        }
    }
}

static void bad_forms_are_400(void **state)
{
    DEFER(make_fini) struct made m = {0};
    struct cosign_request        r;
    (void)state;
    make(&m, &log_key, 3, 3, 7, roots[7]);
    const char *const bad[] = {
        "",          "old 3",     "old 03\n\n",       "old -1\n\n",
        "OLD 3\n\n", "old 3\n\n", "old 3\nAAAA\n\nx", "old 9223372036854775808\n\n"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_not_equal(cosign_request_decode(bytes_str(bad[i]), &r), GZ_OK);
    for (size_t n = 0; n < m.body.n; n++) /* cut anywhere */
        assert_int_not_equal(cosign_request_decode(bytes_slice(buf_bytes(&m.body), 0, n), &r),
                             GZ_OK);
    DEFER(buf_fini) struct buf many = {0};
    assert_ok(buf_add_str(&many, "old 3\n"));
    for (int i = 0; i < 64; i++)
        assert_ok(buf_add_str(&many, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"));
    assert_ok(buf_add_byte(&many, '\n'));
    assert_ok(buf_add(&many, buf_bytes(&m.note)));
    assert_err(cosign_request_decode(buf_bytes(&many), &r), GZ_LIMIT);
}

static void old_above_the_checkpoint_is_400(void **state)
{
    DEFER(make_fini) struct made m = {0};
    const struct cosign_facts    f = facts(7);
    (void)state;
    make(&m, &log_key, 0, 7, 5, roots[5]);
    check(&m, &f, COSIGN_OLD_ABOVE_NEW, 400, false);
}

static void wrong_or_missing_signature_is_403(void **state)
{
    DEFER(make_fini) struct made m = {0}, ok = {0};
    const struct cosign_facts    f = facts(3);
    (void)state;
    make(&m, &other, 3, 3, 7, roots[7]); /* another key: its ID is unknown */
    check(&m, &f, COSIGN_BAD_SIGNATURE, 403, false);
    make(&ok, &log_key, 3, 3, 7, roots[7]);
    const struct bytes lines = ok.r.note.lines; /* every flipped bit of the signature's text */
    for (size_t i = lines.n - 60; i < lines.n - 8; i++) {
        uint8_t      *at = ok.body.p + (lines.p - ok.body.p) + i;
        const uint8_t kept = *at;
        *at = kept == 'A' ? 'B' : 'A';
        check(&ok, &f, COSIGN_BAD_SIGNATURE, 403, false);
        *at = kept;
    }
}

static void a_bad_line_of_the_known_key_beside_a_good_one_is_403(void **state)
{
    DEFER(make_fini) struct made m = {0};
    DEFER(buf_fini) struct buf   body = {0};
    const struct cosign_facts    f = facts(3);
    struct cosign_request        r;
    uint8_t                      zeros[64] = {0};
    (void)state;
    make(&m, &log_key, 3, 3, 7, roots[7]);
    assert_ok(buf_add(&body, buf_bytes(&m.body)));
    assert_ok(note_add_line(bytes_str(ORIGIN), log_key.key.id, BYTES_OF(zeros), &body));
    assert_ok(cosign_request_decode(buf_bytes(&body), &r));
    assert_int_equal(cosign_decide(&r, &f).reason, COSIGN_BAD_SIGNATURE);
}

static void unknown_origin_is_404(void **state)
{
    DEFER(make_fini) struct made m = {0};
    struct cosign_facts          f = facts(3);
    (void)state;
    make(&m, &log_key, 3, 3, 7, roots[7]);
    f.logs_n = 0;
    check(&m, &f, COSIGN_UNKNOWN_ORIGIN, 404, false);
}

static void old_that_is_not_the_last_is_409(void **state)
{
    DEFER(make_fini) struct made m = {0};
    const struct cosign_facts    f = facts(5);
    (void)state;
    make(&m, &log_key, 3, 3, 7, roots[7]);
    check(&m, &f, COSIGN_OLD_IS_NOT_LAST, 409, false);
}

static void wrong_proof_is_422_and_no_evidence(void **state)
{
    DEFER(make_fini) struct made wrong = {0}, extra = {0};
    struct cosign_facts          f = facts(3);
    (void)state;
    make(&wrong, &log_key, 2, 3, 7, roots[7]);
    check(&wrong, &f, COSIGN_BAD_PROOF, 422, false);
    make(&extra, &log_key, 3, 0, 7, roots[7]); /* not empty for old size 0 */
    f = facts(0);
    check(&extra, &f, COSIGN_BAD_PROOF, 422, false);
}

static void same_size_with_another_root_is_422_and_evidence(void **state)
{
    DEFER(make_fini) struct made m = {0}, empty = {0};
    struct cosign_facts          f = facts(7);
    (void)state;
    make(&m, &log_key, 0, 7, 7, roots[6]);
    f.mirror = COSIGN_MIRROR_NONE;
    check(&m, &f, COSIGN_OTHER_ROOT, 422, true);
    make(&empty, &log_key, 0, 0, 0, roots[6]);
    f = facts(0);
    check(&empty, &f, COSIGN_OTHER_ROOT, 422, true);
}

static void another_root_than_the_mirrors_is_evidence_whatever_the_old_size(void **state)
{
    DEFER(make_fini) struct made m = {0};
    struct cosign_facts          f = facts(5);
    (void)state;
    make(&m, &log_key, 3, 3, 4, roots[5]);
    f.mirror = COSIGN_MIRROR_OTHER;
    check(&m, &f, COSIGN_OLD_IS_NOT_LAST, 409, true);
    f = facts(3);
    f.mirror = COSIGN_MIRROR_REFUSES;
    DEFER(make_fini) struct made good = {0};
    make(&good, &log_key, 3, 3, 4, roots[4]);
    check(&good, &f, COSIGN_REFUSED_SUBMISSION, 422, true);
}

static void without_a_valid_signature_nothing_is_evidence(void **state)
{
    DEFER(make_fini) struct made m = {0};
    struct cosign_facts          f = facts(7);
    (void)state;
    make(&m, &other, 0, 7, 7, roots[6]);
    f.mirror = COSIGN_MIRROR_OTHER;
    check(&m, &f, COSIGN_BAD_SIGNATURE, 403, false);
}

static void time_and_mirror_refusals_are_503(void **state)
{
    DEFER(make_fini) struct made m = {0};
    struct cosign_facts          f = facts(3);
    (void)state;
    make(&m, &log_key, 3, 3, 7, roots[7]);
    f.now = 999;
    check(&m, &f, COSIGN_CLOCK_BACK, 503, false);
    f.now = 1000; /* the same second is not before */
    check(&m, &f, COSIGN_ACCEPTED, 200, false);
    f.clock_is_trusted = false;
    check(&m, &f, COSIGN_CLOCK_UNTRUSTED, 503, false);
    f = facts(3);
    f.is_restored = true;
    check(&m, &f, COSIGN_RESTORED, 503, false);
    f = facts(3);
    f.is_stopped = true;
    check(&m, &f, COSIGN_STOPPED, 503, false);
    f = facts(3);
    f.mirror = COSIGN_MIRROR_BEHIND;
    check(&m, &f, COSIGN_CATCHING_UP, 503, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_requests_are_200_and_say_what_to_store),
        cmocka_unit_test(bad_forms_are_400),
        cmocka_unit_test(old_above_the_checkpoint_is_400),
        cmocka_unit_test(wrong_or_missing_signature_is_403),
        cmocka_unit_test(a_bad_line_of_the_known_key_beside_a_good_one_is_403),
        cmocka_unit_test(unknown_origin_is_404),
        cmocka_unit_test(old_that_is_not_the_last_is_409),
        cmocka_unit_test(wrong_proof_is_422_and_no_evidence),
        cmocka_unit_test(same_size_with_another_root_is_422_and_evidence),
        cmocka_unit_test(another_root_than_the_mirrors_is_evidence_whatever_the_old_size),
        cmocka_unit_test(without_a_valid_signature_nothing_is_evidence),
        cmocka_unit_test(time_and_mirror_refusals_are_503),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}

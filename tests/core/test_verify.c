/* Properties of the verification. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/verify.h"
#include "vector.h"

enum { POLICY_ARENA = 4 * 1024 * 1024, BUILD_ARENA = 2 * 1024 * 1024 };

static const char *folder; /* tests/vectors */
static uint64_t    seed;

static uint64_t next_random(void)
{
    return draw(&seed);
}

static struct buf read_vector(const char *name)
{
    return vector_read(folder, name);
}

/* A policy, and memory for one verification at a time. */
struct bench {
    struct buf            text, policy_memory, memory;
    struct policy_history history;
};

static struct bench bench_open(const char *policy)
{
    struct bench b = {.text = read_vector(policy)};
    const char  *why = NULL;
    assert_ok(buf_reserve(&b.policy_memory, POLICY_ARENA));
    struct arena a = {.p = b.policy_memory.p, .cap = POLICY_ARENA};
    assert_ok(policy_history_decode(buf_bytes(&b.text), &a, &b.history, &why));
    return b;
}

static void bench_close(struct bench *b)
{
    buf_fini(&b->text);
    buf_fini(&b->policy_memory);
    buf_fini(&b->memory);
}

static struct verify_report run(struct bench *b, struct bytes wire, const struct verify_file *file)
{
    struct verify_report r;
    const size_t         room = verify_arena_size(wire.n);
    assert_ok(buf_reserve(&b->memory, room));
    struct arena arena = {.p = b->memory.p, .cap = room};
    assert_ok(verify_certificate(wire, &b->history, file, file != NULL, &arena, &r));
    return r;
}

/* --- one flipped bit ----------------------------------------------------------------------------
 */

/* All that a reader relies on, as one hash: the record, its values, its place. */
static struct hash content_of(const struct verify_report *r)
{
    struct hasher h;
    hasher_init(&h, SUITE_GM);
    hasher_add(&h, BYTES_OF(r->fingerprint.b));
    for (size_t i = 0; i < r->disclosures_n; i++) {
        hasher_add(&h, r->disclosures[i].name);
        hasher_add(&h, BYTES_LIT("\n"));
        hasher_add(&h, r->disclosures[i].value);
        hasher_add(&h, BYTES_LIT("\n"));
    }
    hasher_add(&h, r->checkpoint.origin);
    hasher_add(&h, BYTES_OF(r->checkpoint.root.b));
    hasher_add(&h, (struct bytes){(const uint8_t *)&r->index, sizeof r->index});
    hasher_add(&h, (struct bytes){(const uint8_t *)&r->checkpoint.size, sizeof r->checkpoint.size});
    return hasher_end(&h);
}

/* A flipped bit makes it invalid; or it says the same of the same record, and no earlier time (a
 * known witness's line may have become an unknown one's, which can only cost time). */
static void flip_bits(const char *policy, const char *certificate, const char *original)
{
    DEFER(bench_close) struct bench b = bench_open(policy);
    DEFER(buf_fini) struct buf wire = read_vector(certificate), content = read_vector(original);
    const struct verify_file   file = {content.n, hash_of(SUITE_GM, buf_bytes(&content)),
                                       hash_of(SUITE_INTL, buf_bytes(&content))};
    const struct verify_report good = run(&b, buf_bytes(&wire), &file);
    const struct hash          same = content_of(&good);
    const uint64_t             proven = good.proven_time;
    size_t                     refused = 0, tried = 0;
    assert_int_equal(good.result, VERIFY_VALID);
    for (size_t at = next_random() % 2; at < wire.n; at += 2, tried++) {
        const uint8_t bit = (uint8_t)(1u << next_random() % 8);
        wire.p[at] ^= bit;
        const struct verify_report r = run(&b, buf_bytes(&wire), &file);
        wire.p[at] ^= bit;
        refused += r.result == VERIFY_INVALID;
        if (r.result == VERIFY_INVALID) continue;
        if (!hash_eq(content_of(&r), same) || r.proven_time < proven)
            fail_msg("%s: byte %zu, bit %02x: other content passes", certificate, at, bit);
    }
    assert_true(refused > tried * 9 / 10);
}

static void flipped_bit_never_passes_as_other_content_gm(void **state)
{
    (void)state;
    flip_bits("gm.policy", "gm-001.gzcert", "gm-contract-0.pdf");
}

static void flipped_bit_never_passes_as_other_content_intl(void **state)
{
    (void)state;
    flip_bits("intl.policy", "intl-001.gzcert", "intl-contract-0.pdf");
}

/* --- what the report says ------------------------------------------------------------------------
 */

static void checks_after_the_failed_one_are_not_reached(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b = bench_open("gm.policy");
    DEFER(buf_fini) struct buf      wire = read_vector("gm-001.gzcert");
    const struct verify_file        other = {.size = 1};
    const struct verify_report      r = run(&b, buf_bytes(&wire), &other);
    assert_int_equal(r.check, 3);
    assert_int_equal(r.outcomes[1], OUTCOME_PASSED);
    assert_int_equal(r.outcomes[2], OUTCOME_FAILED);
    for (unsigned i = 3; i < VERIFY_CHECKS; i++)
        assert_int_equal(r.outcomes[i], OUTCOME_NOT_REACHED);
    assert_int_equal(r.proven_time, 0);
    assert_non_null(r.reason);
}

static void every_cut_of_a_certificate_is_refused_as_form(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b = bench_open("gm.policy");
    DEFER(buf_fini) struct buf      wire = read_vector("gm-003.gzcert");
    size_t                          end = wire.n;
    while (wire.p[end - 1] != '}') end--;
    for (size_t n = 0; n < end; n++)
        assert_int_equal(run(&b, (struct bytes){wire.p, n}, NULL).check, 1);
}

static void small_arena_is_an_error_and_no_verdict(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b = bench_open("gm.policy");
    DEFER(buf_fini) struct buf      wire = read_vector("gm-003.gzcert");
    struct verify_report            r = {.check = 99};
    uint8_t                         room[512];
    struct arena                    arena = {.p = room, .cap = sizeof room};
    assert_err(verify_certificate(buf_bytes(&wire), &b.history, NULL, 0, &arena, &r), GZ_MEMORY);
    assert_int_equal(r.check, 99);
}

/* --- the largest certificates fit into the arena that is promised -------------------------------
 */

struct made {
    struct buf   memory, texts[ENTRY_DISCLOSURES_MAX], entry, wire;
    struct hash  digests[ENTRY_DISCLOSURES_MAX];
    struct bytes disclosures[ENTRY_DISCLOSURES_MAX];
};

static void made_free(struct made **m)
{
    buf_fini(&(*m)->memory);
    for (size_t i = 0; i < ENTRY_DISCLOSURES_MAX; i++) buf_fini(&(*m)->texts[i]);
    buf_fini(&(*m)->entry);
    buf_fini(&(*m)->wire);
    free(*m);
}

/* n disclosures of one value; the proof is none, so that check 4 must be reached and fail. */
static void make_certificate(struct made *m, size_t n, struct bytes value)
{
    uint8_t salt[DISCLOSURE_SALT_SIZE] = {0};
    char    name[16];
    assert_ok(buf_reserve(&m->memory, BUILD_ARENA + 12 * n * value.n));
    struct arena a = {.p = m->memory.p, .cap = m->memory.cap};
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "n%zu", i);
        assert_ok(disclosure_encode(salt, bytes_str(name), value, &m->texts[i]));
        m->disclosures[i] = buf_bytes(&m->texts[i]);
        m->digests[i] = disclosure_digest(SUITE_GM, m->disclosures[i]);
    }
    const struct entry e = {.suite = SUITE_GM,
                            .id = BYTES_LIT("019cbb9d-b1c0-7391-aae7-71e61abd724c"),
                            .org = BYTES_LIT("bank"),
                            .kind = BYTES_LIT("loan.contract"),
                            .matter = BYTES_LIT("0hdkgVizl3uBDAAP27pu8g"),
                            .seq = 1,
                            .digests_n = n,
                            .recorded_at_text = BYTES_LIT("2026-03-05T09:30:00.000+08:00"),
                            .digests = m->digests};
    assert_ok(entry_encode(&e, &a, &m->entry));
    const struct certificate c = {.suite = SUITE_GM,
                                  .entry = buf_bytes(&m->entry),
                                  .disclosures_n = n,
                                  .disclosures = m->disclosures,
                                  .proof = BYTES_LIT("none\n")};
    assert_ok(certificate_encode(&c, &a, &m->wire));
}

static void thousand_disclosures_fit_into_the_arena(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b = bench_open("gm.policy");
    DEFER(made_free) struct made   *m = calloc(1, sizeof *m);
    make_certificate(m, ENTRY_DISCLOSURES_MAX, BYTES_LIT("\"\\u5f20\\u4f1f\""));
    const struct verify_report r = run(&b, buf_bytes(&m->wire), NULL);
    assert_int_equal(r.check, 4);
    assert_int_equal(r.disclosures_n, ENTRY_DISCLOSURES_MAX);
}

static void value_of_very_many_members_fits_into_the_arena(void **state)
{
    (void)state;
    enum { MEMBERS = 4000 };
    DEFER(bench_close) struct bench b = bench_open("gm.policy");
    DEFER(made_free) struct made   *m = calloc(1, sizeof *m);
    DEFER(buf_fini) struct buf      value = {0};
    for (size_t i = 0; i < MEMBERS; i++)
        assert_ok(buf_addf(&value, "%s\"\\u%04zx\":1", i == 0 ? "{" : ",", 0x100 + i));
    assert_ok(buf_add_byte(&value, '}'));
    assert_true(value.n < DISCLOSURE_SIZE_MAX * 3 / 4);
    make_certificate(m, 3, buf_bytes(&value));
    assert_int_equal(run(&b, buf_bytes(&m->wire), NULL).check, 4);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipped_bit_never_passes_as_other_content_gm),
        cmocka_unit_test(flipped_bit_never_passes_as_other_content_intl),
        cmocka_unit_test(checks_after_the_failed_one_are_not_reached),
        cmocka_unit_test(every_cut_of_a_certificate_is_refused_as_form),
        cmocka_unit_test(small_arena_is_an_error_and_no_verdict),
        cmocka_unit_test(thousand_disclosures_fit_into_the_arena),
        cmocka_unit_test(value_of_very_many_members_fits_into_the_arena),
    };
    const char *given = getenv("SEED");
    folder = argc > 1 ? argv[1] : "tests/vectors";
    seed = given != NULL ? strtoull(given, NULL, 10) : 20261125;
    printf("SEED=%llu\n", (unsigned long long)seed);
    RUN_TESTS(tests);
}

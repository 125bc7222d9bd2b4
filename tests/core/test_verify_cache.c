/* What is kept from one certificate to the next changes no result. */
#include "core/verify.h"
#include "vector.h"

enum { POLICY_ARENA = 4 * 1024 * 1024 };

static const char *folder; /* tests/vectors */

struct fixture {
    struct buf            text, policy_memory, wire, memory;
    struct policy_history history;
    struct verify_cache  *cache;
};

static void fixture_init(struct fixture *f, const char *policy, const char *certificate)
{
    const char *why = NULL;
    *f = (struct fixture){.text = vector_read(folder, policy)};
    f->wire = vector_read(folder, certificate);
    f->cache = calloc(1, sizeof *f->cache);
    assert_non_null(f->cache);
    assert_ok(buf_reserve(&f->policy_memory, POLICY_ARENA));
    assert_ok(buf_reserve(&f->memory, verify_arena_size(f->wire.n)));
    struct arena a = {.p = f->policy_memory.p, .cap = POLICY_ARENA};
    assert_ok(policy_history_decode(buf_bytes(&f->text), &a, &f->history, &why));
}

static void fixture_fini(struct fixture *f)
{
    buf_fini(&f->text);
    buf_fini(&f->policy_memory);
    buf_fini(&f->wire);
    buf_fini(&f->memory);
    free(f->cache);
}

static struct verify_report run(struct fixture *f, struct verify_cache *cache)
{
    const struct verify_given given = {&f->history, NULL, 0, cache};
    struct arena              arena = {.p = f->memory.p, .cap = verify_arena_size(f->wire.n)};
    struct verify_report      r;
    assert_ok(verify_with(buf_bytes(&f->wire), &given, &arena, &r));
    return r;
}

static size_t count_notes(const struct verify_cache *c)
{
    size_t n = 0;
    for (size_t i = 0; i < VERIFY_CACHE_NOTES; i++) n += c->notes[i].n != 0;
    return n;
}

/* After the good one, its checkpoint is known; each flipped bit is judged as without. */
static void check_flips(const char *policy, const char *certificate)
{
    struct fixture f;
    size_t         invalid = 0;
    fixture_init(&f, policy, certificate);
    assert_int_equal(run(&f, f.cache).result, VERIFY_VALID);
    assert_int_equal(count_notes(f.cache), 1);
    for (size_t i = 0; i < f.wire.n; i++) {
        f.wire.p[i] ^= 1;
        const struct verify_report want = run(&f, NULL), got = run(&f, f.cache);
        assert_int_equal(got.result, want.result);
        assert_int_equal(got.check, want.check);
        assert_ptr_equal(got.reason, want.reason);
        assert_int_equal(got.proven_time, want.proven_time);
        invalid += got.result == VERIFY_INVALID;
        f.wire.p[i] ^= 1;
        if (i % 64 == 0) assert_int_equal(run(&f, f.cache).result, VERIFY_VALID);
    }
    assert_int_equal(invalid, f.wire.n);
    assert_int_equal(count_notes(f.cache), 1); /* nothing that failed was kept */
    fixture_fini(&f);
}

static void a_known_checkpoint_hides_no_flipped_bit(void **state)
{
    (void)state;
    check_flips("gm.policy", "gm-003.gzcert");
    check_flips("intl.policy", "intl-003.gzcert");
}

/* The place of a note may be another's: then it is the other's bytes that decide. */
static void a_place_with_another_note_is_verified_anew(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "gm.policy", "gm-003.gzcert");
    const struct verify_report want = run(&f, f.cache);
    for (size_t i = 0; i < VERIFY_CACHE_NOTES; i++)
        if (f.cache->notes[i].n != 0) {
            f.cache->notes[i].wire[0] ^= 1;
            f.cache->notes[i].quorum.time++;
        }
    assert_int_equal(run(&f, f.cache).quorum_time, want.quorum_time);
    assert_int_equal(count_notes(f.cache), 1);
    for (size_t i = 0; i < VERIFY_CACHE_NOTES; i++) {
        f.cache->notes[i].policy = NULL; /* another version of the policy */
        f.cache->notes[i].quorum.time++;
    }
    assert_int_equal(run(&f, f.cache).quorum_time, want.quorum_time);
    fixture_fini(&f);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_checkpoint_hides_no_flipped_bit),
        cmocka_unit_test(a_place_with_another_note_is_verified_anew),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

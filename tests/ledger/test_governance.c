/* Governance: transcripts of the machine, and what holds whatever is stated. */
#include "governance_fixture.h"

struct line {
    const char *said, *came;
};

static void play(struct gov_world *w, const struct line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        DEFER(buf_fini) struct buf told = {0};
        gov_world_say(w, lines[i].said);
        gov_world_tell(w, &told);
        assert_ok(buf_add_byte(&told, 0));
        if (strcmp((const char *)told.p, lines[i].came) != 0)
            fail_msg("%s\n  came:     %s\n  expected: %s", lines[i].said, (const char *)told.p,
                     lines[i].came);
    }
}
#define PLAY(w, lines) play(w, lines, COUNT_OF(lines))

static void a_fifth_is_admitted_and_removed(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"e yes 1", "no voter"},
        {"a propose admit e", "done: proposed 1"},
        {"b yes 1", "done: yes 1"},
        {"b yes 1", "has voted"},
        {"d propose close 1", "done: proposed 2"},
        {"c yes 1", "done: yes 1, carried 1, voided 2, engine e 1"},
        {"d no 1", "not open"},
        {"d yes 2", "not open"},
        {"b propose admit e", "impossible: it is a member"},
        {"e propose remove a", "done: proposed 3"},
        {"b yes 3", "done: yes 3"},
        {"c yes 3", "done: yes 3"}, /* three of five do not do */
        {"e propose close 1", "done: proposed 4"},
        {"a propose remove e", "done: proposed 5"},
        {"b yes 5", "done: yes 5"},
        {"c yes 5", "done: yes 5"},
        {"d yes 5", "done: yes 5, carried 5, voided 3, voided 4, engine e 0"},
        {"e yes 3", "no voter"},
        {"e propose remove a", "no voter"},
        {"d yes 3", "not open"},
        {"a propose suspend e", "impossible: it is no member"},
    };
    struct gov_world w;
    gov_world_init(&w);
    PLAY(&w, lines);
    assert_int_equal(gov_voters(&w.g), 4);
    assert_false(gov_may_submit(&w.g, BYTES_LIT("e")));
    gov_world_fini(&w);
}

static void a_submitter_is_frozen_and_still_votes(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"b propose freeze a", "done: proposed 1"},
        {"c yes 1", "done: yes 1"},
        {"a no 1", "done: no 1"},
        {"d yes 1", "done: yes 1, carried 1"},
        {"c propose freeze a", "impossible: it is frozen"},
        {"a propose unfreeze a", "done: proposed 2"},
        {"b yes 2", "done: yes 2"},
    };
    static const struct line more[] = {{"c yes 2", "done: yes 2, carried 2"}};
    struct gov_world         w;
    gov_world_init(&w);
    assert_true(gov_may_submit(&w.g, BYTES_LIT("a")));
    PLAY(&w, lines);
    assert_false(gov_may_submit(&w.g, BYTES_LIT("a")));
    assert_true(gov_may_submit(&w.g, BYTES_LIT("b")));
    PLAY(&w, more);
    assert_true(gov_may_submit(&w.g, BYTES_LIT("a")));
    gov_world_fini(&w);
}

static void suspension_takes_the_vote_for_a_while(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"a propose suspend d", "done: proposed 1"},
        {"b yes 1", "done: yes 1"},
        {"c yes 1", "done: yes 1, carried 1, too few 1, engine d 0"},
        {"d propose reinstate d", "no voter"},
        {"a propose reinstate d", "done: proposed 2"},
        {"b yes 2", "done: yes 2"},
        {"c yes 2", "done: yes 2, carried 2, engine d 1"},
        {"d propose reinstate d", "impossible: it is not suspended"},
    };
    struct gov_world w;
    gov_world_init(&w);
    assert_false(gov_is_below_minimum(&w.g));
    PLAY(&w, lines);
    assert_false(gov_is_below_minimum(&w.g));
    gov_world_fini(&w);
}

static void what_fails_is_recorded_too(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"a propose remove d", "done: proposed 1"}, {"d no 1", "done: no 1"},
        {"c no 1", "done: no 1, rejected 1"},       {"a propose close 1", "done: proposed 2"},
        {"b propose close 1", "done: proposed 3"},  {"b yes 2", "done: yes 2"},
        {"c yes 2", "done: yes 2, carried 2"},      {"c yes 3", "done: yes 3"},
        {"d yes 3", "done: yes 3, failed 3"}, /* version 1 is closed already */
        {"a propose freeze b", "done: proposed 4"}, {"b withdraw 4", "not open"},
        {"a withdraw 4", "done: withdrawn 4"},      {"a withdraw 4", "not open"},
    };
    struct gov_world w;
    gov_world_init(&w);
    PLAY(&w, lines);
    assert_int_equal(w.g.version, 2);
    gov_world_fini(&w);
}

static void a_key_is_rotated(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"a propose rotate_key b", "done: proposed 1"},
        {"c yes 1", "done: yes 1"},
        {"d yes 1", "done: yes 1, carried 1"},
    };
    struct gov_world w;
    gov_world_init(&w);
    const struct key old = w.keys[1].key;
    PLAY(&w, lines);
    const struct gov_key *was = gov_find_key(&w.g, BYTES_LIT("b"), old.id);
    const struct gov_key *is = gov_find_key(&w.g, BYTES_LIT("b"), w.keys[4].key.id);
    assert_non_null(was);
    assert_non_null(is);
    assert_int_equal(was->until, 2);
    assert_int_equal(is->from, 2);
    assert_true(is->until == UINT64_MAX);
    struct gov_statement s = {.org = BYTES_LIT("a"), .nonce = 2, .verb = GOV_PROPOSE};
    s.act = gov_world_act(&w, "rotate_key", "b");
    s.act.key = old; /* never again */
    gov_world_step(&w, &s);
    assert_int_equal(w.out.result, GOV_IMPOSSIBLE);
    gov_world_fini(&w);
}

static void the_last_voter_stays(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"a propose remove d", "done: proposed 1"},
        {"b yes 1", "done: yes 1"},
        {"c yes 1", "done: yes 1, carried 1, too few 1, engine d 0"},
        {"a propose remove c", "done: proposed 2"},
        {"b yes 2", "done: yes 2"},
        {"c yes 2", "done: yes 2, carried 2, too few 2, engine c 0"},
        {"a propose remove b", "done: proposed 3"},
        {"b yes 3", "done: yes 3, carried 3, too few 3, engine b 0"},
        {"a propose suspend a", "impossible: nobody would be left to vote"},
    };
    struct gov_world w;
    gov_world_init(&w);
    PLAY(&w, lines);
    gov_world_fini(&w);
}

static void nobody_floods(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"a propose freeze b", "done: proposed 1"}, {"a propose freeze b", "done: proposed 2"},
        {"a propose freeze b", "done: proposed 3"}, {"a propose freeze b", "done: proposed 4"},
        {"a propose freeze b", "too many"},         {"b propose freeze c", "done: proposed 5"},
    };
    struct gov_world w;
    gov_world_init(&w);
    PLAY(&w, lines);
    gov_world_fini(&w);
}

static void a_replay_is_refused(void **state)
{
    (void)state;
    struct gov_world     w;
    struct gov_statement s = {.org = BYTES_LIT("a"), .nonce = 1, .verb = GOV_PROPOSE};
    struct hash          before, after;
    gov_world_init(&w);
    s.act = gov_world_act(&w, "freeze", "b");
    gov_world_step(&w, &s);
    assert_int_equal(w.out.result, GOV_DONE);
    assert_ok(gov_hash(&w.g, &before));
    for (s.nonce = 0; s.nonce < 4; s.nonce += s.nonce == 1 ? 2 : 1) {
        gov_world_step(&w, &s);
        assert_int_equal(w.out.result, GOV_BAD_NONCE);
    }
    assert_ok(gov_hash(&w.g, &after));
    assert_true(hash_eq(before, after));
    gov_world_fini(&w);
}

static void m_follows_n(void **state)
{
    (void)state;
    static const unsigned needed[] = {1, 1, 2, 3, 3, 4, 5, 5, 6};
    for (unsigned n = 0; n < COUNT_OF(needed); n++) assert_int_equal(gov_needed(n), needed[n]);
    for (unsigned n = 1; n <= GOV_MEMBERS_MAX; n++) assert_true(3 * gov_needed(n) > 2 * n);
}

/* --- whatever is stated ----------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* The votes by themselves, counted from what was said and not from what the machine holds. */
struct tally {
    uint64_t yes, voters;
};

static void say_something(struct gov_world *w, uint32_t *seed, char line[32])
{
    static const char *const acts[] = {"suspend", "reinstate", "remove", "freeze", "unfreeze"};
    const char               who = (char)('a' + next_random(seed) % 7);
    const unsigned           what = next_random(seed) % 12;
    const char               target = (char)('a' + next_random(seed) % 7);
    const unsigned           id = (unsigned)w->g.proposals - next_random(seed) % 3;
    if (what < 7) snprintf(line, 32, "%c yes %u", who, id);
    else if (what < 8) snprintf(line, 32, "%c no %u", who, id);
    else if (what < 11)
        snprintf(line, 32, "%c propose %s %c", who, acts[next_random(seed) % 5], target);
    else snprintf(line, 32, "%c withdraw %u", who, id);
    gov_world_say(w, line);
}

static uint64_t voters_of(const struct governance *g)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < g->members_n; i++)
        if (g->members[i].standing == GOV_ACTIVE) bits |= (uint64_t)1 << i;
    return bits;
}

static void count(struct gov_world *w, struct tally *tallies, uint64_t voters_before)
{
    for (size_t i = 0; i < w->out.events_n; i++) {
        const struct gov_event *e = &w->out.events[i];
        struct tally           *t = &tallies[e->proposal];
        assert_true((voters_before >> e->member & 1) == 1); /* who is out states nothing */
        if (e->kind == GOV_EV_PROPOSED || e->kind == GOV_EV_YES) t->yes |= 1ull << e->member;
        if (e->kind == GOV_EV_PROPOSED) t->voters = voters_before;
        if (e->kind != GOV_EV_CARRIED && e->kind != GOV_EV_FAILED) continue;
        assert_true(t->voters == voters_before); /* n is the one it was proposed under */
        assert_true((t->yes & ~voters_before) == 0);
        assert_true(3 * __builtin_popcountll(t->yes) > 2 * __builtin_popcountll(t->voters));
    }
}

static void is_read_back(const struct governance *g)
{
    DEFER(buf_fini) struct buf a = {0}, b = {0};
    struct governance         *read = calloc(1, sizeof *read);
    assert_ok(gov_encode(g, &a));
    assert_ok(gov_decode(buf_bytes(&a), read));
    assert_ok(gov_encode(read, &b));
    assert_true(bytes_eq(buf_bytes(&a), buf_bytes(&b)));
    for (size_t n = 0; n < a.n; n += 7)
        assert_err(gov_decode((struct bytes){a.p, n}, read), GZ_MALFORMED);
    assert_ok(buf_add_byte(&a, 0));
    assert_err(gov_decode(buf_bytes(&a), read), GZ_MALFORMED);
    free(read);
}

static void only_enough_votes_of_voters_carry(void **state)
{
    (void)state;
    unsigned carried = 0;
    for (uint32_t first = 1; first <= 20; first++) {
        static struct tally tallies[3000];
        struct gov_world    w;
        uint32_t            seed = first;
        gov_world_init(&w);
        memset(tallies, 0, sizeof tallies);
        gov_world_say(&w, "a propose admit e");
        count(&w, tallies, 15);
        for (int i = 0; i < 2000; i++) {
            char           line[32];
            struct hash    before, after;
            const uint64_t voters = voters_of(&w.g);
            assert_ok(gov_hash(&w.g, &before));
            say_something(&w, &seed, line);
            assert_ok(gov_hash(&w.g, &after));
            count(&w, tallies, voters);
            carried += w.out.has_carried;
            if (hash_eq(before, after) != (w.out.result != GOV_DONE))
                fail_msg("seed %u, step %d: %s", first, i, line);
        }
        is_read_back(&w.g);
        gov_world_fini(&w);
    }
    assert_true(carried > 200); /* the test tests something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fifth_is_admitted_and_removed),
        cmocka_unit_test(a_submitter_is_frozen_and_still_votes),
        cmocka_unit_test(suspension_takes_the_vote_for_a_while),
        cmocka_unit_test(what_fails_is_recorded_too),
        cmocka_unit_test(a_key_is_rotated),
        cmocka_unit_test(the_last_voter_stays),
        cmocka_unit_test(nobody_floods),
        cmocka_unit_test(a_replay_is_refused),
        cmocka_unit_test(m_follows_n),
        cmocka_unit_test(only_enough_votes_of_voters_carry),
    };
    RUN_TESTS(tests);
}

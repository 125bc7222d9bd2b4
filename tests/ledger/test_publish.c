/* Transcripts of the publisher: who is sent what, when a checkpoint is called published. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "ledger/publish.h"
#include "log_maker.h"

static uint8_t              memory[64 * 1024];
static const struct policy *policy;

/* A log and three witnesses, two of them the quorum. */
static int set_up(void **state)
{
    DEFER(buf_fini) struct buf text = {0};
    struct arena               arena = {memory, 0, sizeof memory};
    const char                *why = "";
    struct maker               m;
    (void)state;
    maker_init(&m, KEY_LOG, "guzheng/test", 1);
    assert_ok(buf_add_str(&text, "log "));
    assert_ok(key_encode(&m.key, &text));
    maker_fini(&m);
    for (uint8_t i = 0; i < 3; i++) {
        char name[] = {'w', (char)('0' + i), 0};
        maker_init(&m, KEY_WITNESS, name, (uint8_t)(2 + i));
        assert_ok(buf_addf(&text, "\nwitness %s ", name));
        assert_ok(key_encode(&m.key, &text));
        maker_fini(&m);
    }
    assert_ok(buf_add_str(&text, "\ngroup g 2 w0 w1 w2\nquorum g\n"));
    assert_ok(policy_decode(buf_bytes(&text), &arena, &policy, &why));
    return 0;
}

struct script {
    struct publish p;
    struct buf     trace;
    int64_t        wake;
};

static void script_init(struct script *s)
{
    *s = (struct script){0};
    assert_ok(publish_init(&s->p, policy, 0));
}

static void script_fini(struct script *s)
{
    buf_fini(&s->trace);
}

/* One line a step: the time, then what is to be done. A checkpoint is signed at once. */
static void step(struct script *s, int64_t ms, struct publish_event e)
{
    static const char *const verbs[] = {"", "sign", "send", "keep", "merge", "alarm"};
    struct publish_actions   out;
    bool                     is_to_sign = false;
    publish_step(&s->p, ms, &e, &out);
    s->wake = out.wake_at_ms;
    assert_ok(buf_addf(&s->trace, "%lld:", (long long)ms));
    for (size_t i = 0; i < out.n; i++) {
        const struct publish_action *a = &out.list[i];
        assert_ok(buf_addf(&s->trace, " %s", verbs[a->kind]));
        if (a->kind == PUBLISH_SEND)
            assert_ok(buf_addf(&s->trace, " w%zu %llu>", a->witness, (unsigned long long)a->old));
        else assert_ok(buf_add_byte(&s->trace, ' '));
        assert_ok(buf_addf(&s->trace, "%llu", (unsigned long long)a->size));
        is_to_sign |= a->kind == PUBLISH_SIGN;
    }
    assert_ok(buf_add_byte(&s->trace, '\n'));
    if (is_to_sign) step(s, ms, (struct publish_event){.kind = PUBLISH_EV_SIGNED});
}

static void grow(struct script *s, int64_t ms, uint64_t size)
{
    step(s, ms, (struct publish_event){.kind = PUBLISH_EV_COMMITTED, .size = size});
}
static void answer(struct script *s, int64_t ms, size_t witness)
{
    step(s, ms, (struct publish_event){PUBLISH_EV_COSIGNED, witness, 0, 1000});
}
static void refuse(struct script *s, int64_t ms, size_t witness, uint64_t size)
{
    step(s, ms, (struct publish_event){PUBLISH_EV_CONFLICT, witness, size, 0});
}
static void fail_one(struct script *s, int64_t ms, size_t witness)
{
    step(s, ms, (struct publish_event){.kind = PUBLISH_EV_FAILED, .witness = witness});
}
static void tick(struct script *s, int64_t ms)
{
    step(s, ms, (struct publish_event){.kind = PUBLISH_EV_TICK});
}

static void check_trace(struct script *s, const char *expected)
{
    assert_ok(buf_add_byte(&s->trace, 0));
    assert_string_equal((const char *)s->trace.p, expected);
}

static void all_answer(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    answer(&s, 1, 0);
    answer(&s, 2, 1);
    answer(&s, 3, 2);
    tick(&s, 20000);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n"
                    "1:\n2: keep 5\n3: merge 5\n20000:\n");
    assert_int_equal(s.p.published_size, 5);
    assert_true(s.wake == INT64_MAX);
}

static void what_came_meanwhile_goes_with_the_next_as_soon_as_the_quorum_is_there(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    grow(&s, 1, 7);
    grow(&s, 2, 9);
    answer(&s, 3, 2);
    answer(&s, 4, 0);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1:\n2:\n3:\n"
                    "4: keep 5 sign 9\n4: send w0 5>9 send w2 5>9\n");
}

static void a_slow_one_gets_the_next_after_its_late_answer(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    answer(&s, 1, 0);
    answer(&s, 2, 1);
    grow(&s, 3, 6);
    answer(&s, 4, 2); /* for 5 */
    answer(&s, 5, 2); /* for 6 */
    answer(&s, 6, 0);
    check_trace(&s,
                "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1:\n2: keep 5\n"
                "3: sign 6\n3: send w0 5>6 send w1 5>6\n4: merge 5 send w2 5>6\n5:\n6: keep 6\n");
}

static void a_dead_one_is_tried_again_ever_more_rarely_and_delays_nothing(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    fail_one(&s, 10, 2);
    assert_int_equal(s.wake, 110);
    answer(&s, 11, 0);
    answer(&s, 12, 1);
    tick(&s, 109);
    tick(&s, 110);
    fail_one(&s, 120, 2);
    assert_int_equal(s.wake, 320);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n10:\n11:\n12: keep 5\n"
                    "109:\n110: send w2 0>5\n120:\n");
    for (int64_t ms = 320; ms < 100000; ms = s.wake) {
        tick(&s, ms);
        fail_one(&s, ms, 2);
        assert_true(s.wake > ms && s.wake <= ms + PUBLISH_RETRY_MS_MAX);
    }
    assert_int_equal(s.p.published_size, 5);
}

static void a_409_is_sent_again_from_the_size_that_it_names(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    refuse(&s, 1, 1, 3);
    refuse(&s, 2, 1, 3); /* the same again: not at once */
    tick(&s, 102);
    answer(&s, 103, 1);
    answer(&s, 104, 0);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1: send w1 3>5\n2:\n"
                    "102: send w1 3>5\n103:\n104: keep 5\n");
}

/* Ever other sizes: no faster than any other failure. */
static void a_second_409_in_a_row_waits_whatever_it_names(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    refuse(&s, 1, 1, 3);
    refuse(&s, 2, 1, 4);
    tick(&s, 102);
    refuse(&s, 103, 1, 3);
    tick(&s, 302);
    tick(&s, 303);
    answer(&s, 304, 1);
    answer(&s, 305, 0);
    grow(&s, 306, 6);
    refuse(&s, 307, 1, 4); /* after a cosignature the first one is answered at once again */
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1: send w1 3>5\n2:\n"
                    "102: send w1 4>5\n103:\n302:\n303: send w1 3>5\n304:\n305: keep 5\n"
                    "306: sign 6\n306: send w0 5>6 send w1 5>6\n307: send w1 4>6\n");
}

static void a_409_above_the_one_in_flight_waits_for_the_next(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    grow(&s, 1, 8);
    refuse(&s, 2, 1, 7);
    answer(&s, 3, 0);
    answer(&s, 4, 2);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1:\n2:\n3:\n"
                    "4: keep 5 sign 8\n4: send w0 5>8 send w1 7>8 send w2 5>8\n");
}

static void a_409_above_the_tree_is_an_alarm(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    refuse(&s, 1, 1, 9);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1: alarm 9\n");
}

static void without_a_quorum_the_next_begins_after_ten_seconds(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    answer(&s, 1, 0);
    grow(&s, 2, 6);
    assert_int_equal(s.wake, 10000);
    tick(&s, 9999);
    tick(&s, 10000);
    answer(&s, 10001, 1); /* late, for 5: now 5 has its quorum */
    answer(&s, 10002, 1); /* for 6 */
    answer(&s, 10003, 0);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1:\n2:\n9999:\n"
                    "10000: sign 6\n10000: send w0 5>6\n10001: keep 5 send w1 5>6\n10002:\n"
                    "10003: keep 6\n");
    assert_int_equal(s.p.published_size, 6);
}

/* One witness was away when the log ended: it need not wait for the next entry. */
static void after_a_start_the_last_one_goes_out_again(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    assert_ok(publish_init(&s.p, policy, 5));
    tick(&s, 0); /* not before the log says what it has */
    grow(&s, 1, 5);
    answer(&s, 2, 0);
    answer(&s, 3, 1);
    tick(&s, 20000);
    grow(&s, 20001, 6);
    check_trace(&s, "0:\n1: sign 5\n1: send w0 0>5 send w1 0>5 send w2 0>5\n2:\n3: keep 5\n"
                    "20000:\n20001: sign 6\n20001: send w0 5>6 send w1 5>6\n");
}

static void without_growth_the_same_stays_in_flight(void **state)
{
    DEFER(script_fini) struct script s;
    (void)state;
    script_init(&s);
    grow(&s, 0, 5);
    for (size_t i = 0; i < 3; i++) fail_one(&s, 1, i);
    tick(&s, 30000);
    answer(&s, 30001, 0);
    answer(&s, 30002, 1);
    check_trace(&s, "0: sign 5\n0: send w0 0>5 send w1 0>5 send w2 0>5\n1:\n1:\n1:\n"
                    "30000: send w0 0>5 send w1 0>5 send w2 0>5\n30001:\n30002: keep 5\n");
}

/* Random answers for ever: nothing is kept without two, sizes kept are distinct, and once all
 * answer everything is published. */
static void whatever_the_order_nothing_is_kept_without_the_quorum(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct publish         p;
        struct publish_actions out = {0};
        unsigned               random = seed;
        uint64_t               size = 0;
        assert_ok(publish_init(&p, policy, 0));
        for (int64_t ms = 0; ms < 400; ms++) {
            struct publish_event e = {.kind = PUBLISH_EV_TICK};
            const unsigned       w = (unsigned)rand_r(&random) % 3;
            if (p.flight_size != 0 && !p.is_signed) e.kind = PUBLISH_EV_SIGNED;
            else if (ms < 300 && rand_r(&random) % 4 == 0) {
                e.kind = PUBLISH_EV_COMMITTED;
                e.size = ++size;
            } else if (p.witnesses[w].state == PUBLISH_SENDING) {
                const bool good = ms >= 300 || rand_r(&random) % 2 == 0;
                e = (struct publish_event){good ? PUBLISH_EV_COSIGNED : PUBLISH_EV_FAILED, w, 0, 9};
            }
            publish_step(&p, ms * 50, &e, &out);
            for (size_t i = 0; i < PUBLISH_RECENT; i++) {
                const struct publish_recent *r = &p.recent[i];
                const int n = (r->times[0] != 0) + (r->times[1] != 0) + (r->times[2] != 0);
                assert_int_equal(r->is_kept, n >= 2);
            }
        }
        if (p.published_size != size) fail_msg("seed %u: %d", seed, (int)p.published_size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_answer),
        cmocka_unit_test(what_came_meanwhile_goes_with_the_next_as_soon_as_the_quorum_is_there),
        cmocka_unit_test(a_slow_one_gets_the_next_after_its_late_answer),
        cmocka_unit_test(a_dead_one_is_tried_again_ever_more_rarely_and_delays_nothing),
        cmocka_unit_test(a_409_is_sent_again_from_the_size_that_it_names),
        cmocka_unit_test(a_second_409_in_a_row_waits_whatever_it_names),
        cmocka_unit_test(a_409_above_the_one_in_flight_waits_for_the_next),
        cmocka_unit_test(a_409_above_the_tree_is_an_alarm),
        cmocka_unit_test(without_a_quorum_the_next_begins_after_ten_seconds),
        cmocka_unit_test(after_a_start_the_last_one_goes_out_again),
        cmocka_unit_test(without_growth_the_same_stays_in_flight),
        cmocka_unit_test(whatever_the_order_nothing_is_kept_without_the_quorum),
    };
    return cmocka_run_group_tests(tests, set_up, NULL) != 0;
}

/* The queue of the log: several submissions at once are taken in order, and what was decided leaves
 * no trace in the room that is left. */
#include "network.h"

enum { BATCH = 512 }; /* so many one turn of the log's thread takes */

static struct net        net;
static struct buf        wires[LOG_WAITERS_MAX + 1];
static struct bytes      list[LOG_WAITERS_MAX + 1];
static struct log_answer answers[LOG_WAITERS_MAX + 1];
static uint64_t          next_seq;

static int set_up(void **state)
{
    (void)state;
    net_init(&net, 0);
    net.mirror = WITNESS_MIRROR_NONE;
    net_open_all(&net);
    net_until_running(&net);
    next_seq = 1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wires); i++) buf_fini(&wires[i]);
    net_fini(&net);
    return 0;
}

/* n submissions of one entry each, signed, in list. */
static void make(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        wires[i].n = 0;
        net_submission(net.bank, next_seq++, 1, 0, &wires[i]);
        list[i] = buf_bytes(&wires[i]);
    }
}

static void submit(size_t n)
{
    const uint64_t size = net_log_status(&net).size;
    make(n);
    assert_ok(log_service_submit_all(net.log, list, n, answers));
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(answers[i].result, LEDGER_EXECUTED);
        assert_int_equal(answers[i].index, size + i);
    }
    assert_int_equal(net_log_status(&net).size, size + n); /* durable when it returns */
}

static void many_at_once_are_taken_in_order(void **state)
{
    (void)state;
    submit(1);
    submit(BATCH - 1);
    submit(BATCH + 1);
}

static void a_full_turn_leaves_all_the_room(void **state)
{
    (void)state;
    submit(BATCH);
    submit(LOG_WAITERS_MAX);
}

static void more_than_there_is_room_for_changes_nothing(void **state)
{
    (void)state;
    make(LOG_WAITERS_MAX + 1);
    assert_err(log_service_submit_all(net.log, list, LOG_WAITERS_MAX + 1, answers), GZ_BUSY);
    assert_int_equal(net_log_status(&net).size, 0);
}

static void repeats_and_gaps_are_answered_each(void **state)
{
    (void)state;
    make(4);
    const struct bytes       mixed[] = {list[0], list[0], list[2], list[1], list[2]};
    const enum ledger_result results[] = {LEDGER_EXECUTED, LEDGER_REPEATED, LEDGER_WAITING,
                                          LEDGER_EXECUTED, LEDGER_REPEATED};
    const uint64_t           indexes[] = {0, 0, 0, 1, 2};
    assert_ok(log_service_submit_all(net.log, mixed, COUNT_OF(mixed), answers));
    for (size_t i = 0; i < COUNT_OF(mixed); i++) {
        assert_int_equal(answers[i].result, results[i]);
        if (results[i] != LEDGER_WAITING) assert_int_equal(answers[i].index, indexes[i]);
    }
    assert_int_equal(net_log_status(&net).size, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_at_once_are_taken_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_turn_leaves_all_the_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_than_there_is_room_for_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(repeats_and_gaps_are_answered_each, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

/* A log that comes back from an old backup (network.md section 5). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lying_log.h"

static struct net net;

/* In front of a node: what its mirror's submissions are answered with. */
enum show { SHOW_ALL, SHOW_NO_SUBMISSIONS, SHOW_OTHER_SUBMISSIONS, SHOW_NOTHING };
struct front {
    enum show _Atomic show;
    http_handler      handler;
    void             *ctx;
};
static struct front fronts[NET_WITNESSES];

static enum gz_err pass(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct front *f = ctx;
    const bool    is_stream = memmem(r->path.p, r->path.n, "/submissions", 12) != NULL;
    if (f->show == SHOW_NOTHING) return GZ_MISSING;
    if (f->show == SHOW_NO_SUBMISSIONS && is_stream) return GZ_BUSY;
    TRY(f->handler(f->ctx, r, reply));
    if (f->show == SHOW_OTHER_SUBMISSIONS && is_stream && reply->body.n > 100)
        reply->body.p[60] ^= 1;
    return GZ_OK;
}

static void put_front(size_t i, enum show show)
{
    fronts[i].show = show;
    fronts[i].handler = witness_handle;
    fronts[i].ctx = &net.sites[i];
    station_set(&net.witness_at[i], pass, &fronts[i]);
}

static int set_up(void **state)
{
    (void)state;
    net_init(&net, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    net_fini(&net);
    return 0;
}

static void until_all_cosigned(uint64_t size)
{
    net_until_published(&net, size);
    for (size_t i = 0; i < NET_WITNESSES; i++) NET_UNTIL(net_witness_status(&net, i).size == size);
}

/* So many more rounds of questions at the start have been put to witness i. */
static void until_asked(size_t i, unsigned more)
{
    const unsigned before = atomic_load(&net.witness_at[i].asked);
    NET_UNTIL(atomic_load(&net.witness_at[i].asked) - before >= more);
}

static int post_bank(uint64_t seq, uint32_t count)
{
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.bank, seq, count, 0, &wire);
    return net_post(&net, &net.log_at, "/submission", buf_bytes(&wire));
}

static void check_appends_nothing(enum log_state expected, uint64_t size)
{
    assert_int_equal(net_log_status(&net).state, expected);
    assert_int_equal(post_bank(9, 1), 503);
    assert_int_equal(net.answer.retry_after_s, 1);
    assert_int_equal(net_log_status(&net).size, size);
    for (size_t i = 0; i < NET_WITNESSES; i++)
        if (net.witnesses[i] != NULL) assert_false(net_witness_status(&net, i).is_stopped);
}

/* Two submissions of two entries in the backup, two more in what was lost; all cosigned by all. */
static void lose_half_of_the_log(void)
{
    net_open_all(&net);
    net_submit(&net, 1, 2);
    net_submit(&net, 2, 2);
    until_all_cosigned(4);
    net_close_log(&net);
    net_shell(&net, "cp -a log backup");
    net_open_log(&net);
    net_until_running(&net);
    net_submit(&net, 3, 2);
    net_submit(&net, 4, 2);
    until_all_cosigned(8);
    net_close_log(&net);
    net_shell(&net, "rm -rf log && mv backup log");
}

static void check_goes_on(void)
{
    net_until_running(&net);
    assert_int_equal(net_log_status(&net).size, 8);
    assert_int_equal(post_bank(4, 2), 200); /* what was acknowledged is there */
    assert_true(net_says(&net, "{\"org\":\"ccb.sd\",\"seq\":4,\"index\":6,\"count\":2}"));
    net_submit(&net, 5, 2);
    net_until_published(&net, 10);
    for (size_t i = 0; i < NET_WITNESSES; i++) assert_false(net_witness_status(&net, i).is_stopped);
}

/* --- the rule at start ------------------------------------------------------------------------ */

static void the_log_waits_until_no_quorum_is_possible_without_those_that_answered(void **state)
{
    (void)state;
    net_open_log(&net); /* nobody answers with anything but 503 */
    until_asked(0, 3);
    check_appends_nothing(LOG_ASKING, 0);
    net_open_ready(&net, 1);
    until_asked(0, 3);
    check_appends_nothing(LOG_ASKING, 0); /* one of three */
    net_open_ready(&net, 2);
    net_until_running(&net);
    net_submit(&net, 1, 1);
    net_until_published(&net, 1);
}

static void an_old_log_catches_up_from_a_mirror_and_goes_on(void **state)
{
    (void)state;
    lose_half_of_the_log();
    net_open_log(&net);
    check_goes_on();
    assert_true(net_has_logged(&net, "alarm log caught up from a mirror"));
    for (size_t i = 0; i < NET_WITNESSES; i++) NET_UNTIL(net_witness_status(&net, i).size == 10);
}

static void a_log_with_nothing_left_catches_up_too(void **state)
{
    (void)state;
    lose_half_of_the_log();
    net_shell(&net, "rm -rf log");
    net_open_log(&net);
    check_goes_on();
}

/* Only one court knows what was lost, and its mirror cannot be read now: the others' answers would
 * be enough, but the log has signed that size. */
static void a_signed_size_that_cannot_be_fetched_yet_is_waited_for(void **state)
{
    (void)state;
    lose_half_of_the_log();
    put_front(0, SHOW_NO_SUBMISSIONS);
    put_front(1, SHOW_NOTHING);
    put_front(2, SHOW_NOTHING);
    net_open_log(&net);
    until_asked(0, 8);
    check_appends_nothing(LOG_ASKING, 4);
    put_front(0, SHOW_NOTHING); /* nor when that court has gone: it was seen */
    until_asked(0, 3);
    check_appends_nothing(LOG_ASKING, 4);
    put_front(0, SHOW_ALL);
    put_front(1, SHOW_ALL);
    check_goes_on();
}

static void what_one_mirror_gives_wrongly_another_gives(void **state)
{
    (void)state;
    lose_half_of_the_log();
    for (size_t i = 0; i < NET_WITNESSES; i++) put_front(i, SHOW_OTHER_SUBMISSIONS);
    net_open_log(&net);
    until_asked(0, 4);
    check_appends_nothing(LOG_ASKING, 4);
    assert_true(net_has_logged(&net, "alarm log what a mirror gives does not lead to a size that "
                                     "this log has signed"));
    put_front(2, SHOW_ALL);
    check_goes_on();
}

static void a_full_disk_while_catching_up_is_no_contradiction(void **state)
{
    (void)state;
    lose_half_of_the_log();
    for (size_t i = 0; i < NET_WITNESSES; i++) put_front(i, SHOW_NO_SUBMISSIONS);
    net_open_log(&net);
    until_asked(0, 2);
    file_fault_set(FILE_FAULT_ANY, 0, ENOSPC);
    for (size_t i = 0; i < NET_WITNESSES; i++) put_front(i, SHOW_ALL);
    NET_UNTIL(net_log_status(&net).state == LOG_FAILED);
    check_appends_nothing(LOG_FAILED, 4);
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    assert_false(net_has_logged(&net, "contradicts"));
    net_close_log(&net);
    net_open_log(&net);
    check_goes_on();
}

/* --- a log that went on by itself ------------------------------------------------------------- */

/* What no start would do: other submissions straight into the files. */
static void append_others(uint64_t seq, uint32_t count, unsigned submissions)
{
    DEFER(buf_fini) struct buf why = {0}, wire = {0};
    struct chain_files        *c = NULL;
    struct ledger_outcome      out;
    assert_ok(chain_open(net_path(&net, "log/chain"), buf_bytes(&net.genesis), &c, &why));
    for (unsigned i = 0; i < submissions; i++) {
        net_submission(net.bank, seq + i, count, 7, &wire);
        assert_ok(chain_add(c, buf_bytes(&wire), &out));
        assert_int_equal(out.result, LEDGER_EXECUTED);
    }
    assert_ok(chain_commit(c));
    chain_close(&c);
}

static void a_tree_that_a_witness_contradicts_is_left_alone(void **state)
{
    (void)state;
    lose_half_of_the_log();
    append_others(3, 2, 3);
    net_open_log(&net);
    NET_UNTIL(net_log_status(&net).state == LOG_CONTRADICTED);
    check_appends_nothing(LOG_CONTRADICTED, 10);
    assert_true(net_has_logged(&net, "alarm log a witness contradicts our tree"));
    assert_true(net_count(&net, "log/evidence/contradiction-*/cosigned") > 0);
    net_close_log(&net);
    net_open_log(&net);
    NET_UNTIL(net_log_status(&net).state == LOG_CONTRADICTED);
    for (size_t i = 0; i < NET_WITNESSES; i++)
        assert_int_equal(net_witness_status(&net, i).size, 8);
}

/* Its other tail is shorter than what was signed: nothing that is fetched fits behind it. */
static void nor_does_a_shorter_other_tail_go_on(void **state)
{
    (void)state;
    lose_half_of_the_log();
    append_others(3, 2, 1);
    net_open_log(&net);
    until_asked(0, 4);
    check_appends_nothing(LOG_ASKING, 6);
    assert_true(net_has_logged(&net, "alarm log what a mirror gives does not lead to a size"));
    net_close_log(&net);
    append_others(4, 1, 1); /* and one that ends inside of a submission */
    net_open_log(&net);
    until_asked(0, 4);
    check_appends_nothing(LOG_ASKING, 7);
    for (size_t i = 0; i < NET_WITNESSES; i++)
        assert_int_equal(net_witness_status(&net, i).size, 8);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_log_waits_until_no_quorum_is_possible_without_those_that_answered),
        CASE(an_old_log_catches_up_from_a_mirror_and_goes_on),
        CASE(a_log_with_nothing_left_catches_up_too),
        CASE(a_signed_size_that_cannot_be_fetched_yet_is_waited_for),
        CASE(what_one_mirror_gives_wrongly_another_gives),
        CASE(a_full_disk_while_catching_up_is_no_contradiction),
        CASE(a_tree_that_a_witness_contradicts_is_left_alone),
        CASE(nor_does_a_shorter_other_tail_go_on),
    };
    RUN_TESTS(tests);
}

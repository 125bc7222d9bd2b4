/* A witness that comes back from an old backup (network.md section 4). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lying_log.h"

static struct net net;

/* In front of a node: what its mirror's submissions are answered with. */
enum show { SHOW_ALL, SHOW_NO_SUBMISSIONS };
struct front {
    enum show _Atomic show;
    http_handler      handler;
    void             *ctx;
};
static struct front fronts[NET_WITNESSES], log_front;

static enum gz_err pass(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct front *f = ctx;
    const bool    is_stream = memmem(r->path.p, r->path.n, "/submissions", 12) != NULL;
    if (f->show == SHOW_NO_SUBMISSIONS && is_stream) return GZ_BUSY;
    return f->handler(f->ctx, r, reply);
}

static void put_front(size_t i, enum show show)
{
    fronts[i].show = show;
    fronts[i].handler = witness_handle;
    fronts[i].ctx = &net.sites[i];
    station_set(&net.witness_at[i], pass, &fronts[i]);
}

static void put_log_front(enum show show)
{
    log_front.show = show;
    log_front.handler = chain_handle;
    log_front.ctx = &net.log_site;
    station_set(&net.log_at, pass, &log_front);
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
    net_fini(&net);
    return 0;
}

static void until_all_cosigned(uint64_t size)
{
    net_until_published(&net, size);
    for (size_t i = 0; i < NET_WITNESSES; i++) NET_UNTIL(net_witness_status(&net, i).size == size);
}

/* --- a witness from an old backup ------------------------------------------------------------- */

static int post_checkpoint(uint64_t old, const struct buf *note)
{
    return lie_post_note(&net, old, note);
}

/* Witness 0 as it was at size 4, while the log has its cosignature over 8. */
static void lose_half_of_a_witness(void)
{
    net_open_all(&net);
    net_submit(&net, 1, 4);
    until_all_cosigned(4);
    net_close_witness(&net, 0);
    net_shell(&net, "cp -a w0 backup");
    net_open_ready(&net, 0);
    clock_shift_s(5);
    net_submit(&net, 2, 4);
    until_all_cosigned(8);
    net_close_witness(&net, 0);
    net_shell(&net, "rm -rf w0 && mv backup w0");
}

static void an_old_witness_cosigns_nothing_until_it_has_caught_up(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    struct hash                root;
    lose_half_of_a_witness();
    put_log_front(SHOW_NO_SUBMISSIONS);
    put_front(1, SHOW_NO_SUBMISSIONS);
    put_front(2, SHOW_NO_SUBMISSIONS);
    net_open_witness(&net, 0);
    assert_true(net_witness_status(&net, 0).is_restored);
    assert_ok(chain_root(log_service_chain(net.log), 4, &root));
    lie_sign_root(&net, 4, root, &note); /* what it has cosigned already, as far as it knows */
    const unsigned asked = atomic_load(&net.log_at.asked);
    NET_UNTIL(atomic_load(&net.log_at.asked) - asked > 2);
    assert_int_equal(post_checkpoint(4, &note), 503);
    assert_true(net_has_logged(&net, "alarm witness a later cosignature of ours exists"));
    put_front(1, SHOW_ALL); /* another court's mirror will do */
    NET_UNTIL(!net_witness_status(&net, 0).is_restored);
    assert_int_equal(net_witness_status(&net, 0).size, 8);
    assert_int_equal(net_witness_status(&net, 0).mirror_size, 8);
    assert_int_equal(post_checkpoint(4, &note), 409);
    assert_true(net_says(&net, "8\n"));
    put_log_front(SHOW_ALL);
    net_submit(&net, 3, 1);
    NET_UNTIL(net_witness_status(&net, 0).size == 9);
    net_close_witness(&net, 0); /* and all that was stored */
    net_open_ready(&net, 0);
    assert_int_equal(net_witness_status(&net, 0).size, 9);
}

static void a_witness_with_nothing_left_catches_up_too(void **state)
{
    (void)state;
    lose_half_of_a_witness();
    net_shell(&net, "rm -rf w0");
    net_open_ready(&net, 0);
    assert_int_equal(net_witness_status(&net, 0).size, 8);
    net_submit(&net, 3, 1);
    until_all_cosigned(9);
}

/* The log that answers the question at start: one note of our making. */
static struct buf shown;

static enum gz_err show_note(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx;
    if (!bytes_eq(r->path, BYTES_LIT("/checkpoint"))) return GZ_MISSING;
    reply->status = 200;
    return buf_add(&reply->body, buf_bytes(&shown));
}

static void make_shown(uint64_t size, struct hash root, struct signer *witness, uint64_t time)
{
    DEFER(buf_fini) struct buf line = {0};
    struct note                note;
    lie_sign_root(&net, size, root, &shown);
    assert_ok(note_decode(buf_bytes(&shown), &note));
    assert_ok(signer_cosign(witness, note.text, time, &line));
    assert_ok(buf_add(&shown, buf_bytes(&line)));
}

static void a_later_time_of_the_same_size_is_taken_over(void **state)
{
    (void)state;
    struct hash root;
    net_open_all(&net);
    net_submit(&net, 1, 4);
    until_all_cosigned(4);
    const uint64_t time = net_witness_status(&net, 0).time;
    assert_ok(chain_root(log_service_chain(net.log), 4, &root));
    net_close_witness(&net, 0);
    net_close_log(&net);
    make_shown(4, root, net.witness_keys[0], time + 30);
    station_set(&net.log_at, show_note, NULL);
    net_open_ready(&net, 0);
    assert_int_equal(net_witness_status(&net, 0).time, time + 30);
    assert_int_equal(post_checkpoint(4, &shown), 503); /* its clock is before that */
    assert_true(net_has_logged(&net, "status=503: the clock is before the last cosignature"));
    make_shown(4, root, net.witness_keys[0], time + 10); /* an earlier one changes nothing */
    net_close_witness(&net, 0);
    net_open_ready(&net, 0);
    assert_int_equal(net_witness_status(&net, 0).time, time + 30);
    buf_fini(&shown);
}

/* A later time over a smaller size: it has gone on since, and then its clock was set back. */
static void a_later_time_of_a_smaller_size_outlives_a_start(void **state)
{
    (void)state;
    struct hash root;
    net_open_all(&net);
    net_submit(&net, 1, 4);
    net_submit(&net, 2, 4);
    until_all_cosigned(8);
    const uint64_t time = net_witness_status(&net, 0).time;
    assert_ok(chain_root(log_service_chain(net.log), 4, &root));
    net_close_witness(&net, 0);
    net_close_log(&net);
    make_shown(4, root, net.witness_keys[0], time + 30);
    station_set(&net.log_at, show_note, NULL);
    net_open_ready(&net, 0);
    assert_int_equal(net_witness_status(&net, 0).size, 8);
    assert_int_equal(net_witness_status(&net, 0).time, time + 30);
    buf_fini(&shown);
}

/* Its own cosignature over another root of the same size: the log signed two histories. */
static void its_own_cosignature_over_another_root_stops_it(void **state)
{
    (void)state;
    const struct hash other = {{9}};
    net_open_all(&net);
    net_submit(&net, 1, 4);
    until_all_cosigned(4);
    net_close_witness(&net, 0);
    net_close_log(&net);
    make_shown(4, other, net.witness_keys[0], (uint64_t)clock_now().s + 30);
    station_set(&net.log_at, show_note, NULL);
    net_open_witness(&net, 0);
    NET_UNTIL(net_witness_status(&net, 0).is_stopped);
    NET_UNTIL(!net_witness_status(&net, 0).is_restored); /* there is nothing to catch up with */
    assert_int_equal(net_count(&net, "w0/*/evidence/root-*/signed"), 1);
    assert_int_equal(net_witness_status(&net, 0).size, 4);
    buf_fini(&shown);
}

/* Neither another court's cosignature nor one that does not verify. */
static void only_its_own_valid_cosignature_counts(void **state)
{
    (void)state;
    const struct hash other = {{9}};
    net_open_ready(&net, 1);
    net_close_witness(&net, 1);
    make_shown(4, other, net.witness_keys[1], (uint64_t)clock_now().s);
    station_set(&net.log_at, show_note, NULL);
    net_open_ready(&net, 0);
    net_close_witness(&net, 0);
    make_shown(4, other, net.witness_keys[0], (uint64_t)clock_now().s);
    shown.p[shown.n - 4] = shown.p[shown.n - 4] == 'A' ? 'B' : 'A';
    net_open_ready(&net, 0);
    assert_int_equal(net_witness_status(&net, 0).size, 0);
    assert_false(net_has_logged(&net, " alarm "));
    buf_fini(&shown);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_old_witness_cosigns_nothing_until_it_has_caught_up),
        CASE(a_witness_with_nothing_left_catches_up_too),
        CASE(a_later_time_of_the_same_size_is_taken_over),
        CASE(a_later_time_of_a_smaller_size_outlives_a_start),
        CASE(its_own_cosignature_over_another_root_stops_it),
        CASE(only_its_own_valid_cosignature_counts),
    };
    RUN_TESTS(tests);
}

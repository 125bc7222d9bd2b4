/* The mirror's checks of submissions: what a log may sign and still get no cosignature. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lying_log.h"

static struct net       net;
static struct lying_log lie;

static int set_up(void **state)
{
    (void)state;
    net_init(&net, 8);
    lie_begin(&lie, &net);
    for (size_t i = 0; i < NET_WITNESSES; i++) net_open_ready(&net, i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lie_end(&lie);
    net_fini(&net);
    return 0;
}

/* Nothing was cosigned beyond `before` submissions, and nothing ever will be. */
static void check_stopped(size_t w, size_t before)
{
    const uint64_t size = lie.trees[before].size;
    char           pattern[NET_PATH];
    assert_true(net_witness_status(&net, w).is_stopped);
    assert_int_equal(net_witness_status(&net, w).size, size);
    assert_int_equal(net_witness_status(&net, w).mirror_size, size);
    snprintf(pattern, sizeof pattern, "w%zu%s/evidence/submission-*", w, net_hash());
    assert_int_equal(net_count(&net, pattern), 1);
    strcat(pattern, "/signed");
    assert_int_equal(net_count(&net, pattern), 1);
    strcpy(strrchr(pattern, '/'), "/submission");
    assert_int_equal(net_count(&net, pattern), 1);
    strcpy(strrchr(pattern, '/'), "/span"); /* all that leads from the mirror to the signed root */
    assert_int_equal(net_count(&net, pattern), 1);
    snprintf(pattern, sizeof pattern, "w%zu%s/stopped", w, net_hash());
    assert_int_equal(net_count(&net, pattern), 1);
    assert_true(net_has_logged(&net, "alarm witness cosigning stopped"));
    net_close_witness(&net, w);
    net_open_witness(&net, w);
    assert_true(net_witness_status(&net, w).is_stopped);
    assert_int_equal(net_witness_status(&net, w).mirror_size, size);
}

/* One cosigned submission, then one more good one and the bad one under the same root. */
static void check_refused(struct bytes wire)
{
    lie_add_good(&lie, 1, 2);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    lie_add_good(&lie, 2, 1);
    lie_add(&lie, wire);
    assert_int_equal(lie_post(&lie, 0, 1, 3), 422);
    assert_true(net_says(&net, "the checkpoint covers a submission that is not allowed\n"));
    assert_int_equal(lie_post(&lie, 0, 1, 2), 503); /* nor the part before it */
    check_stopped(0, 1);
}

/* --- what is cosigned ------------------------------------------------------------------------- */

static void good_submissions_are_cosigned(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    lie_add_good(&lie, 1, 3);
    net_body("gy.sd", net.court, 1, 2, 0, -1, &body);
    net_wire(net.court, NET_ORIGIN, buf_bytes(&body), &wire);
    net_add_submitted(&net, buf_bytes(&wire));
    lie_add(&lie, buf_bytes(&wire));
    net_body("gy.sd", net.court, 2, 1, 0, 3, &body); /* corrects its own first */
    net_wire(net.court, NET_ORIGIN, buf_bytes(&body), &wire);
    net_add_submitted(&net, buf_bytes(&wire));
    lie_add(&lie, buf_bytes(&wire));
    lie_add_good(&lie, 2, 4096);
    for (size_t w = 0; w < NET_WITNESSES; w++) {
        assert_int_equal(lie_post(&lie, w, 0, 2), 200);
        assert_int_equal(lie_post(&lie, w, 2, 4), 200);
        assert_int_equal(net_witness_status(&net, w).mirror_size, 3 + 2 + 1 + 4096);
        assert_false(net_witness_status(&net, w).is_stopped);
    }
    assert_false(net_has_logged(&net, " alarm "));
}

/* --- what the ledger's rules refuse ----------------------------------------------------------- */

static void a_bad_signature(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.bank, 3, 1, 0, &wire);
    wire.p[wire.n - 1] ^= 1;
    check_refused(buf_bytes(&wire));
}

static void a_signature_for_another_chain(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    net_body("ccb.sd", net.bank, 3, 1, 0, -1, &body);
    net_wire(net.bank, "guzheng/other", buf_bytes(&body), &wire);
    check_refused(buf_bytes(&wire));
}

static void a_number_that_is_not_next(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.bank, 4, 1, 0, &wire);
    check_refused(buf_bytes(&wire));
}

static void the_same_submission_once_more(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.bank, 2, 1, 0, &wire);
    check_refused(buf_bytes(&wire));
}

static void another_body_for_a_number(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.bank, 1, 2, 7, &wire);
    check_refused(buf_bytes(&wire));
}

static void an_unknown_key(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.stranger, 3, 1, 0, &wire);
    check_refused(buf_bytes(&wire));
}

/* In the bank's name and with its key ID, signed by another member. */
static void the_key_of_another_organisation(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    net_body("ccb.sd", net.bank, 3, 1, 0, -1, &body);
    net_wire(net.court, NET_ORIGIN, buf_bytes(&body), &wire);
    check_refused(buf_bytes(&wire));
}

static void the_key_id_of_another_organisation(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    net_body("ccb.sd", net.court, 3, 1, 0, -1, &body);
    net_wire(net.court, NET_ORIGIN, buf_bytes(&body), &wire);
    check_refused(buf_bytes(&wire));
}

static void an_organisation_that_is_no_member(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    net_body("icbc.sd", net.bank, 3, 1, 0, -1, &body);
    net_wire(net.bank, NET_ORIGIN, buf_bytes(&body), &wire);
    check_refused(buf_bytes(&wire));
}

/* The court's key ends at index 8; 6 items from index 3 would reach 8 itself. */
static void an_index_outside_the_keys_range(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    net_body("gy.sd", net.court, 1, 6, 0, -1, &body);
    net_wire(net.court, NET_ORIGIN, buf_bytes(&body), &wire);
    net_add_submitted(&net, buf_bytes(&wire));
    check_refused(buf_bytes(&wire));
}

static void a_correction_of_an_entry_to_come(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    net_body("ccb.sd", net.bank, 3, 1, 0, 3, &body); /* its own index */
    net_wire(net.bank, NET_ORIGIN, buf_bytes(&body), &wire);
    check_refused(buf_bytes(&wire));
}

static void a_correction_of_anothers_entry(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    net_body("gy.sd", net.court, 1, 1, 0, 0, &body);
    net_wire(net.court, NET_ORIGIN, buf_bytes(&body), &wire);
    net_add_submitted(&net, buf_bytes(&wire));
    check_refused(buf_bytes(&wire));
}

/* --- in the witness's own name ---------------------------------------------------------------- */

static void an_entry_in_the_own_name_that_was_not_sent(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0}, other = {0};
    net_submission(net.court, 1, 1, 7, &other);
    net_add_submitted(&net, buf_bytes(&other));
    net_submission(net.court, 1, 1, 0, &wire);
    check_refused(buf_bytes(&wire));
    assert_int_equal(lie_post(&lie, 1, 0, 1), 200); /* to another court it is an entry like any */
    assert_int_equal(lie_post(&lie, 1, 1, 3), 200);
}

static void half_a_line_of_the_submitted_file_is_none(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.court, 1, 1, 0, &wire);
    net_add_submitted(&net, buf_bytes(&wire));
    assert_int_equal(truncate(net.submitted, 64), 0);
    check_refused(buf_bytes(&wire));
}

/* --- what proves nothing ---------------------------------------------------------------------- */

static void varint(struct buf *out, uint64_t v)
{
    assert_ok(submission_add_varint(v, out));
}

static void serve_instead(struct bytes stream)
{
    pthread_rwlock_wrlock(&net.log_at.lock);
    lie.instead.n = 0;
    assert_ok(buf_add(&lie.instead, stream));
    pthread_rwlock_unlock(&net.log_at.lock);
}

static void serve_one(uint64_t first, uint64_t length, struct bytes wire)
{
    DEFER(buf_fini) struct buf stream = {0};
    varint(&stream, first);
    varint(&stream, length);
    assert_ok(buf_add(&stream, wire));
    serve_instead(buf_bytes(&stream));
}

static void check_unfit(uint64_t times)
{
    assert_int_equal(lie_post(&lie, 0, 0, 1), 503);
    assert_int_equal(net_witness_status(&net, 0).unfit, times);
    assert_int_equal(net_witness_status(&net, 0).mirror_size, 0);
    assert_false(net_witness_status(&net, 0).is_stopped);
}

static void bytes_that_do_not_give_the_root_stop_nothing(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0}, other = {0}, stream = {0};
    lie_add_good(&lie, 1, 2);
    net_submission(net.bank, 1, 2, 0, &wire);
    net_submission(net.bank, 1, 2, 7, &other);
    serve_one(0, other.n, buf_bytes(&other)); /* another submission of the same size */
    check_unfit(1);
    assert_true(net_has_logged(&net, "alarm witness fetched bytes do not give the signed root"));
    serve_one(1, wire.n, buf_bytes(&wire)); /* begins elsewhere */
    check_unfit(2);
    serve_one(0, wire.n + 1, buf_bytes(&wire)); /* ends early */
    check_unfit(3);
    serve_one(0, wire.n - 1, (struct bytes){wire.p, wire.n - 1}); /* malformed */
    check_unfit(4);
    net_submission(net.bank, 1, 3, 0, &other); /* reaches beyond the size */
    serve_one(0, other.n, buf_bytes(&other));
    check_unfit(5);
    assert_ok(buf_add_byte(&stream, 0x80)); /* first index 0, not in its shortest form */
    assert_ok(buf_add_byte(&stream, 0));
    varint(&stream, wire.n);
    assert_ok(buf_add(&stream, buf_bytes(&wire)));
    serve_instead(buf_bytes(&stream));
    check_unfit(6);
    serve_instead((struct bytes){0});
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    assert_int_equal(net_count(&net, "w0/*/evidence/*"), 0);
}

static void a_signed_root_of_nothing_known_stops_nothing(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    const struct merkle_path   none = {0};
    const struct hash          root = {{1}};
    lie_add_good(&lie, 1, 2);
    lie_sign_root(&net, 2, root, &note);
    assert_int_equal(net_add_checkpoint(&net, 0, 0, &none, buf_bytes(&note)), 503);
    assert_int_equal(net_witness_status(&net, 0).unfit, 1);
    assert_false(net_witness_status(&net, 0).is_stopped);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
}

static void a_log_that_gives_nothing_stops_nothing(void **state)
{
    (void)state;
    lie_add_good(&lie, 1, 2);
    lie.status = 500;
    assert_int_equal(lie_post(&lie, 0, 0, 1), 503);
    serve_instead(BYTES_LIT("an explanation"));
    assert_int_equal(lie_post(&lie, 0, 0, 1), 503);
    assert_int_equal(net_witness_status(&net, 0).unfit, 0);
    assert_false(net_witness_status(&net, 0).is_stopped);
    lie.status = 0;
    serve_instead((struct bytes){0});
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
}

/* The log signs a size that lies inside a submission: no such checkpoint is cosigned. */
static void a_size_inside_a_submission_is_not_reached(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0}, half = {0};
    const struct merkle_path   none = {0};
    net_submission(net.bank, 1, 1, 0, &half);
    lie_add(&lie, buf_bytes(&half));
    lie_sign(&lie, 1, &note); /* the root of its first item alone */
    lie_end(&lie);
    lie_begin(&lie, &net);
    lie_add_good(&lie, 1, 2);
    assert_int_equal(net_add_checkpoint(&net, 0, 0, &none, buf_bytes(&note)), 503);
    assert_int_equal(net_witness_status(&net, 0).mirror_size, 0);
}

/* --- beside it -------------------------------------------------------------------------------- */

/* While the log leaves the mirror waiting, those who read the mirror are served. */
static void a_stalling_log_keeps_no_reader_waiting(void **state)
{
    (void)state;
    lie_add_good(&lie, 1, 2);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    lie_add_good(&lie, 2, 2);
    atomic_store(&net.log_at.is_stalled, true);
    assert_int_equal(lie_post(&lie, 0, 1, 2), 503);
    struct http_answer a = {0};
    char               url[NET_URL];
    snprintf(url, sizeof url, "%s%s/entry/1", net.witness_at[0].url, net_hash());
    assert_ok(http_get(net.http, url, 3000, 1000, &a)); /* the log stalls for 10 s and more */
    assert_int_equal(a.status, 200);
    http_answer_fini(&a);
    atomic_store(&net.log_at.is_stalled, false);
    NET_UNTIL(net_witness_status(&net, 0).mirror_size == 4); /* it goes on in the background */
    assert_int_equal(lie_post(&lie, 0, 1, 2), 200);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(good_submissions_are_cosigned),
        CASE(a_bad_signature),
        CASE(a_signature_for_another_chain),
        CASE(a_number_that_is_not_next),
        CASE(the_same_submission_once_more),
        CASE(another_body_for_a_number),
        CASE(an_unknown_key),
        CASE(the_key_of_another_organisation),
        CASE(the_key_id_of_another_organisation),
        CASE(an_organisation_that_is_no_member),
        CASE(an_index_outside_the_keys_range),
        CASE(a_correction_of_an_entry_to_come),
        CASE(a_correction_of_anothers_entry),
        CASE(an_entry_in_the_own_name_that_was_not_sent),
        CASE(half_a_line_of_the_submitted_file_is_none),
        CASE(bytes_that_do_not_give_the_root_stop_nothing),
        CASE(a_signed_root_of_nothing_known_stops_nothing),
        CASE(a_log_that_gives_nothing_stops_nothing),
        CASE(a_size_inside_a_submission_is_not_reached),
        CASE(a_stalling_log_keeps_no_reader_waiting),
    };
    RUN_TESTS(tests);
}

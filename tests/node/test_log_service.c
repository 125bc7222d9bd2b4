/* The log over HTTP: what it takes, when it is published, whom it waits for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "network.h"

enum { SENDERS = 12, EACH = 8, GROUP = 512 };

static struct net net;

static int set_up(void **state)
{
    (void)state;
    net_init(&net, 10);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    net_fini(&net);
    return 0;
}

static int post(struct bytes wire)
{
    return net_post(&net, &net.log_at, "/submission", wire);
}

static int post_bank(uint64_t seq, uint32_t count, unsigned salt)
{
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.bank, seq, count, salt, &wire);
    return post(buf_bytes(&wire));
}

/* How many of the three courts have cosigned the kept checkpoint of this size. */
static size_t count_cosignatures(uint64_t size)
{
    struct note      note;
    struct note_line line;
    size_t           n = 0;
    if (net_get(&net, &net.log_at, "/checkpoint/%llu", (unsigned long long)size) != 200) return 0;
    assert_ok(note_decode(buf_bytes(&net.answer.body), &note));
    for (size_t i = 0; i < NET_WITNESSES; i++) {
        bool         is_there = false;
        uint64_t     time = 0;
        struct bytes lines = note.lines;
        while (note_next_line(&lines, &line))
            is_there |=
                note_verify_line(&line, signer_key(net.witness_keys[i]), note.text, &time) == GZ_OK;
        n += is_there;
    }
    return n;
}

/* --- what it takes ---------------------------------------------------------------------------- */

static void an_exact_repeat_is_answered_alike(void **state)
{
    (void)state;
    net_open_all(&net);
    assert_int_equal(post_bank(1, 3, 0), 200);
    assert_true(net_says(&net, "{\"org\":\"ccb.sd\",\"seq\":1,\"index\":0,\"count\":3}"));
    assert_int_equal(post_bank(2, 1, 0), 200);
    assert_int_equal(post_bank(1, 3, 0), 200);
    assert_true(net_says(&net, "{\"org\":\"ccb.sd\",\"seq\":1,\"index\":0,\"count\":3}"));
    net_close_log(&net);
    net_open_log(&net);
    net_until_running(&net);
    assert_int_equal(post_bank(2, 1, 0), 200);
    assert_true(net_says(&net, "{\"org\":\"ccb.sd\",\"seq\":2,\"index\":3,\"count\":1}"));
    assert_int_equal(net_log_status(&net).size, 4);
}

static void expect_conflict(struct bytes stored_wire, uint64_t expected)
{
    static uint8_t             memory[SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 64];
    struct arena               arena = {memory, 0, sizeof memory};
    DEFER(buf_fini) struct buf want = {0};
    struct submission          s;
    assert_ok(submission_decode(stored_wire, &arena, &s));
    const struct hash h = hash_of(SUITE_INTL, s.body);
    assert_ok(buf_addf(&want, "{\"expected\":%llu,\"stored\":\"", (unsigned long long)expected));
    assert_ok(base64_add(BASE64_URL_BARE, BYTES_OF(h.b), &want));
    assert_ok(buf_add_str(&want, "\"}"));
    assert_true(bytes_eq(buf_bytes(&net.answer.body), buf_bytes(&want)));
}

static void another_body_is_a_conflict_with_evidence(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf first = {0}, third = {0};
    net_open_all(&net);
    net_submission(net.bank, 1, 2, 0, &first);
    net_submission(net.bank, 3, 1, 0, &third);
    assert_int_equal(post(buf_bytes(&first)), 200);
    assert_int_equal(post(buf_bytes(&third)), 202);
    assert_int_equal(post_bank(1, 2, 7), 409); /* of an executed one */
    expect_conflict(buf_bytes(&first), 2);
    assert_int_equal(post_bank(3, 1, 7), 409); /* of one that waits */
    expect_conflict(buf_bytes(&third), 2);
    assert_int_equal(net_log_status(&net).conflicts, 2);
    assert_int_equal(net_count(&net, "log/evidence/conflict-*/submission"), 2);
    assert_true(net_has_logged(&net, "alarm log another body for a submission number"));
    assert_int_equal(post_bank(2, 1, 0), 200); /* nothing was consumed */
    assert_int_equal(net_log_status(&net).size, 4);
}

static void the_window_keeps_order_and_nothing_durable(void **state)
{
    (void)state;
    net_open_all(&net);
    assert_int_equal(post_bank(2, 1, 0), 202);
    assert_true(net_says(&net, "{\"org\":\"ccb.sd\",\"seq\":2,\"expected\":1}"));
    assert_int_equal(post_bank(LEDGER_WINDOW, 1, 0), 202);
    assert_int_equal(post_bank(LEDGER_WINDOW + 1, 1, 0), 429);
    assert_int_equal(net.answer.retry_after_s, 1);
    assert_int_equal(net_log_status(&net).size, 0);
    net_close_log(&net);
    net_open_log(&net);
    net_until_running(&net);
    assert_int_equal(post_bank(1, 1, 0), 200);
    assert_int_equal(net_log_status(&net).size, 1); /* those that waited are forgotten */
    assert_int_equal(post_bank(3, 1, 0), 202);
    assert_int_equal(post_bank(2, 1, 0), 200);
    assert_int_equal(net_log_status(&net).size, 3);
    assert_int_equal(post_bank(3, 1, 0), 200);
    assert_true(net_says(&net, "{\"org\":\"ccb.sd\",\"seq\":3,\"index\":2,\"count\":1}"));
    assert_int_equal(post_bank(LEDGER_WINDOW, 1, 0), 202); /* it was not kept */
}

/* The court's key ends at index 10. */
static void other_members_submit_as_long_as_their_key_lasts(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    net_open_all(&net);
    net_submit(&net, 1, 5);
    net_submission(net.court, 1, 4, 0, &wire);
    net_add_submitted(&net, buf_bytes(&wire));
    assert_int_equal(post(buf_bytes(&wire)), 200);
    assert_true(net_says(&net, "{\"org\":\"gy.sd\",\"seq\":1,\"index\":5,\"count\":4}"));
    net_submission(net.court, 2, 2, 0, &wire); /* would reach index 10 */
    assert_int_equal(post(buf_bytes(&wire)), 403);
    net_submit(&net, 2, 1);
    net_submission(net.court, 2, 1, 0, &wire); /* too late */
    assert_int_equal(post(buf_bytes(&wire)), 403);
    net_submission(net.court, 1, 4, 0, &wire); /* what is in remains in */
    assert_int_equal(post(buf_bytes(&wire)), 200);
    net_submission(net.stranger, 3, 1, 0, &wire);
    assert_int_equal(post(buf_bytes(&wire)), 403);
    net_until_published(&net, 10);
    for (size_t i = 0; i < NET_WITNESSES; i++) assert_false(net_witness_status(&net, i).is_stopped);
}

/* --- group commit ----------------------------------------------------------------------------- */

struct sender {
    pthread_t thread;
    unsigned  number;
    bool      is_good;
};

/* Its numbers, each sent until it is durable, whatever the others do. */
static void *send_on(void *ctx)
{
    struct sender             *s = ctx;
    DEFER(buf_fini) struct buf wire = {0};
    struct http_client        *http = NULL;
    struct http_answer         a = {0};
    char                       url[NET_URL];
    snprintf(url, sizeof url, "%s/submission", net.log_at.url);
    s->is_good = http_client_new(&http) == GZ_OK;
    for (unsigned i = 0; i < EACH && s->is_good; i++) {
        net_submission(net.bank, 1 + i * SENDERS + s->number, 1, 0, &wire);
        do {
            s->is_good = http_post(http, url, "application/vnd.guzheng.submission",
                                   buf_bytes(&wire), NET_WAIT_MS, 1000, &a) == GZ_OK;
        } while (s->is_good && (a.status == 202 || a.status == 429));
        s->is_good &= a.status == 200;
    }
    http_answer_fini(&a);
    http_client_free(&http);
    return NULL;
}

static void many_senders_at_once_lose_and_double_nothing(void **state)
{
    (void)state;
    struct sender senders[SENDERS] = {0};
    net_open_all(&net);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i].number = i;
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_on, &senders[i]), 0);
    }
    for (unsigned i = 0; i < SENDERS; i++) pthread_join(senders[i].thread, NULL);
    for (unsigned i = 0; i < SENDERS; i++) assert_true(senders[i].is_good);
    assert_int_equal(net_log_status(&net).size, SENDERS * EACH);
    net_until_published(&net, SENDERS * EACH);
}

/* Alone, without witnesses that sync too. */
static void one_sync_commits_many(void **state)
{
    (void)state;
    static struct buf        wires[GROUP];
    static struct bytes      list[GROUP];
    static struct log_answer answers[GROUP];
    net_open_all(&net);
    for (size_t i = 0; i < NET_WITNESSES; i++) net_close_witness(&net, i);
    for (size_t i = 0; i < GROUP; i++) {
        net_submission(net.bank, 1 + i, 1, 0, &wires[i]);
        list[i] = buf_bytes(&wires[i]);
    }
    file_fault_set(FILE_FAULT_SYNC, UINT64_MAX, EIO); /* only counts */
    assert_ok(log_service_submit_all(net.log, list, GROUP, answers));
    assert_int_equal(file_fault_count(), 1);
    for (size_t i = 0; i < GROUP; i++) buf_fini(&wires[i]);
}

/* --- publishing ------------------------------------------------------------------------------- */

static void all_that_is_durable_is_published_and_served(void **state)
{
    (void)state;
    struct kept_checkpoint     kept;
    DEFER(buf_fini) struct buf note = {0};
    net_open_all(&net);
    assert_int_equal(net_get(&net, &net.log_at, "/checkpoint"), 404);
    net_submit(&net, 1, 300);
    assert_ok(log_service_wait_published(net.log, 299, NET_WAIT_MS));
    assert_err(log_service_wait_published(net.log, 300, 1), GZ_BUSY);
    assert_ok(log_service_checkpoint_covering(net.log, 0, &note, &kept));
    assert_int_equal(kept.size, 300);
    assert_int_equal(net_get(&net, &net.log_at, "/checkpoint"), 200);
    const struct log_status s = net_log_status(&net);
    assert_int_equal(s.published_size, 300);
    assert_true(s.quorum_time > 0);
    assert_int_equal(s.witnesses_n, NET_WITNESSES);
    NET_UNTIL(count_cosignatures(300) == 3);
    for (size_t i = 0; i < NET_WITNESSES; i++) {
        assert_int_equal(net_log_status(&net).witnesses[i].size, 300);
        assert_false(net_log_status(&net).witnesses[i].refused);
        assert_int_equal(net_witness_status(&net, i).mirror_size, 300);
    }
}

static void a_dead_witness_delays_nothing(void **state)
{
    (void)state;
    net_open_all(&net);
    station_close(&net.witness_at[1]);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        net_submit(&net, seq, 2);
        net_until_published(&net, 2 * seq);
    }
    assert_true(net_log_status(&net).witnesses[1].failures_in_a_row > 0);
    station_open(&net.witness_at[1]);
    NET_UNTIL(count_cosignatures(6) == 3); /* it gets the last one when it is back */
    net_submit(&net, 4, 2);
    net_until_published(&net, 8);
    NET_UNTIL(count_cosignatures(8) == 3);
}

static void a_late_answer_is_merged(void **state)
{
    (void)state;
    net_open_all(&net);
    atomic_store(&net.witness_at[2].is_stalled, true);
    net_submit(&net, 1, 2);
    net_until_published(&net, 2);
    assert_int_equal(count_cosignatures(2), 2);
    clock_shift_s(5); /* of one second only the largest is kept */
    net_submit(&net, 2, 2);
    net_until_published(&net, 4);
    atomic_store(&net.witness_at[2].is_stalled, false);
    NET_UNTIL(count_cosignatures(2) == 3); /* though the next is published already */
    NET_UNTIL(count_cosignatures(4) == 3);
    net_close_log(&net);
    net_open_log(&net);
    assert_int_equal(count_cosignatures(2), 3);
}

static void without_a_quorum_nothing_is_published(void **state)
{
    (void)state;
    net_open_all(&net);
    station_set(&net.witness_at[0], NULL, NULL);
    station_set(&net.witness_at[1], NULL, NULL);
    net_submit(&net, 1, 2);
    NET_UNTIL(net_log_status(&net).witnesses[2].size == 2);
    NET_UNTIL(net_log_status(&net).witnesses[0].failures_in_a_row > 1);
    assert_int_equal(net_log_status(&net).published_size, 0);
    assert_int_equal(net_get(&net, &net.log_at, "/checkpoint"), 404);
    assert_int_equal(net_get(&net, &net.log_at, "/submissions?from_index=0&limit=9"), 200);
    assert_true(net.answer.body.n > 0); /* what no checkpoint covers is served all the same */
    station_set(&net.witness_at[1], witness_handle, &net.sites[1]);
    net_until_published(&net, 2);
}

/* --- a witness that lies ---------------------------------------------------------------------- */

enum lie {
    LIE_GARBAGE,
    LIE_EMPTY,
    LIE_OTHER_KEY,
    LIE_OTHER_TEXT,
    LIE_409_TURNS,
    LIE_409_HUGE,
    LIE_409_UNTYPED,
    LIE_403,
    LIES_N,
};
static enum lie _Atomic how;

static enum gz_err say(struct http_reply *reply, int status, const char *type, const char *text)
{
    reply->status = status;
    reply->content_type = type;
    return buf_add_str(&reply->body, text);
}

static enum gz_err lie(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    static _Atomic unsigned turns;
    (void)ctx;
    if (strcmp(r->method, "POST") != 0) return GZ_MISSING;
    reply->status = 200;
    switch (how) {
    case LIE_GARBAGE: return say(reply, 200, "text/plain", "\xff\x00 nothing\n");
    case LIE_OTHER_KEY: return net_cosign(net.witness_keys[0], r->body, "", &reply->body);
    case LIE_OTHER_TEXT: return net_cosign(net.witness_keys[2], r->body, "more\n", &reply->body);
    case LIE_409_TURNS:
        return say(reply, 409, "text/x.tlog.size", atomic_fetch_add(&turns, 1) % 2 ? "1\n" : "0\n");
    case LIE_409_HUGE: return say(reply, 409, "text/x.tlog.size", "9223372036854775807\n");
    case LIE_409_UNTYPED: return say(reply, 409, "text/plain", "1\n");
    case LIE_403: return say(reply, 403, "text/plain", "no\n");
    default: return GZ_OK;
    }
}

static void a_lying_witness_delays_nothing(void **state)
{
    (void)state;
    uint64_t size = 0;
    net_open_all(&net);
    station_set(&net.witness_at[2], lie, NULL);
    for (int i = 0; i < LIES_N; i++) {
        how = (enum lie)i;
        net_submit(&net, 1 + (uint64_t)i, 2);
        size += 2;
        net_until_published(&net, size);
        assert_int_equal(count_cosignatures(size), 2);
    }
    station_set(&net.witness_at[2], witness_handle, &net.sites[2]);
    NET_UNTIL(count_cosignatures(size) == 3);
}

/* Else such a witness would have the log ask as fast as it can. */
static void a_witness_of_ever_other_sizes_is_asked_ever_more_rarely(void **state)
{
    (void)state;
    how = LIE_409_TURNS;
    net_open_all(&net);
    station_set(&net.witness_at[2], lie, NULL);
    net_submit(&net, 1, 2);
    net_until_published(&net, 2);
    const unsigned before = atomic_load(&net.witness_at[2].asked);
    NET_UNTIL(atomic_load(&net.witness_at[2].asked) - before > 4);
    const unsigned asked = atomic_load(&net.witness_at[2].asked);
    net_sleep_ms(300);
    assert_true(atomic_load(&net.witness_at[2].asked) - asked < 10);
}

/* --- after a long time, after a failure ------------------------------------------------------- */

static void after_hours_without_a_submission_it_publishes_again(void **state)
{
    (void)state;
    net_open_all(&net);
    net_submit(&net, 1, 1);
    net_until_published(&net, 1);
    NET_UNTIL(count_cosignatures(1) == 3);
    const uint64_t before = net_log_status(&net).quorum_time;
    clock_shift_s(9 * 3600);
    station_close(&net.log_at); /* idle connections were cut long ago */
    station_open(&net.log_at);
    for (size_t i = 0; i < NET_WITNESSES; i++) {
        station_close(&net.witness_at[i]);
        station_open(&net.witness_at[i]);
    }
    net_submit(&net, 2, 1);
    net_until_published(&net, 2);
    assert_true(net_log_status(&net).quorum_time >= before + 9 * 3600);
    NET_UNTIL(count_cosignatures(2) == 3);
}

/* The cosignatures came, the checkpoint could not be written: no further submission is needed. */
static void a_checkpoint_that_was_not_kept_is_kept_later(void **state)
{
    (void)state;
    for (size_t i = 0; i < NET_WITNESSES; i++) net_put_cosigner(&net, i);
    net_open_log(&net);
    net_until_running(&net);
    station_set(&net.witness_at[2], NULL, NULL); /* whose answer would bring it up again */
    for (size_t i = 0; i < NET_WITNESSES; i++) atomic_store(&net.witness_at[i].is_stalled, true);
    net_submit(&net, 1, 2);
    file_fault_set_once(FILE_FAULT_WRITE, 0, ENOSPC);
    for (size_t i = 0; i < NET_WITNESSES; i++) atomic_store(&net.witness_at[i].is_stalled, false);
    NET_UNTIL(file_fault_count() > 0);
    net_until_published(&net, 2);
    assert_ok(log_service_wait_published(net.log, 1, NET_WAIT_MS));
    assert_true(net_has_logged(&net, "alarm publisher checkpoint not kept size=2"));
    assert_int_equal(count_cosignatures(2), 2);
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err open_with(struct signer *s)
{
    DEFER(buf_fini) struct buf why = {0};
    const struct log_options   o = {net_path(&net, "log"), buf_bytes(&net.genesis), s, NULL};
    struct log_service        *log = NULL;
    const enum gz_err          e = log_service_open(&o, &log, &why);
    assert_true(e == GZ_OK || why.n > 0);
    log_service_close(&log);
    return e;
}

/* Name and key: what another name has signed, no witness and no verifier would take. */
static void only_the_log_key_of_the_policy_signs(void **state)
{
    (void)state;
    struct signer *named = NULL;
    assert_ok(signer_open(net_path(&net, "log.pem"), SUITE_INTL, KEY_LOG,
                          bytes_str("guzheng/other"), &named));
    assert_err(open_with(named), GZ_DENIED);
    signer_free(&named);
    assert_ok(signer_open(net_path(&net, "bank.pem"), SUITE_INTL, KEY_LOG, bytes_str(NET_ORIGIN),
                          &named));
    assert_err(open_with(named), GZ_DENIED);
    signer_free(&named);
    assert_err(open_with(net.bank), GZ_DENIED); /* a key of another purpose */
    assert_ok(open_with(net.log_key));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_exact_repeat_is_answered_alike),
        CASE(another_body_is_a_conflict_with_evidence),
        CASE(the_window_keeps_order_and_nothing_durable),
        CASE(other_members_submit_as_long_as_their_key_lasts),
        CASE(many_senders_at_once_lose_and_double_nothing),
        CASE(one_sync_commits_many),
        CASE(all_that_is_durable_is_published_and_served),
        CASE(a_dead_witness_delays_nothing),
        CASE(a_late_answer_is_merged),
        CASE(without_a_quorum_nothing_is_published),
        CASE(a_lying_witness_delays_nothing),
        CASE(a_witness_of_ever_other_sizes_is_asked_ever_more_rarely),
        CASE(after_hours_without_a_submission_it_publishes_again),
        CASE(a_checkpoint_that_was_not_kept_is_kept_later),
        CASE(only_the_log_key_of_the_policy_signs),
    };
    RUN_TESTS(tests);
}

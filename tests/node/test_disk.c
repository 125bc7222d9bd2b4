/* Full and read-only disks under the log and under a witness: a clear error, everything before it
 * intact, and it goes on when it is opened again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lying_log.h"

enum { FAULTS_MAX = 200, COUNT = 3 };

static struct net net;

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

static void open_alone(void)
{
    net_open_log(&net);
    net_until_running(&net);
}

static int post_bank(uint64_t seq, unsigned salt)
{
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(net.bank, seq, COUNT, salt, &wire);
    return net_post(&net, &net.log_at, "/submission", buf_bytes(&wire));
}

/* Every submission before seq is served as it was sent. */
static void check_served(uint64_t seq)
{
    DEFER(buf_fini) struct buf wire = {0};
    for (uint64_t i = 1; i < seq; i++) {
        net_submission(net.bank, i, COUNT, 0, &wire);
        assert_int_equal(
            net_get(&net, &net.log_at, "/submission/ccb.sd/%llu", (unsigned long long)i), 200);
        assert_true(bytes_eq(buf_bytes(&net.answer.body), buf_bytes(&wire)));
        assert_int_equal(
            net_get(&net, &net.log_at, "/entry/%llu", (unsigned long long)(i * COUNT - 1)), 200);
    }
}

static void check_files(void)
{
    DEFER(buf_fini) struct buf report = {0};
    const enum gz_err e = chain_fsck(net_path(&net, "log/chain"), buf_bytes(&net.genesis), &report);
    if (e != GZ_OK) fail_msg("%.*s", (int)report.n, (char *)report.p);
}

/* The log closes while the disk is still full, and opens when there is room. */
static void open_again(uint64_t acknowledged, uint64_t tried)
{
    net_close_log(&net);
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    open_alone();
    const uint64_t size = net_log_status(&net).size;
    assert_true(size == acknowledged * COUNT || size == tried * COUNT);
}

/* --- the log ---------------------------------------------------------------------------------- */

/* One submission during which the disk is full from a certain call on. True: no call was hit. */
static bool submit_on_full_disk(uint64_t seq, enum file_fault kind, uint64_t after, int error)
{
    file_fault_set(kind, after, error);
    const int  status = post_bank(seq, 0);
    const bool is_through = status == 200 && file_fault_count() <= after;
    assert_true(status == 200 || status == 503);
    if (status == 503) {
        assert_int_equal(net.answer.retry_after_s, 1);
        assert_int_equal(net_log_status(&net).state, LOG_FAILED);
        assert_true(net_has_logged(&net, "alarm log cannot append: GZ_IO"));
        assert_int_equal(post_bank(seq, 0), 503); /* it stays so: repair, then start again */
        assert_int_equal(net_log_status(&net).size, (seq - 1) * COUNT);
    }
    check_served(seq); /* readers are served all the same */
    open_again(status == 200 ? seq : seq - 1, seq);
    assert_int_equal(post_bank(seq, 0), 200); /* the same bytes, once in the tree */
    assert_int_equal(net_log_status(&net).size, seq * COUNT);
    check_served(seq + 1);
    return is_through;
}

static void sweep_the_log(enum file_fault kind, int error)
{
    bool     is_through = false;
    uint64_t seq = 1;
    for (size_t i = 0; i < NET_WITNESSES; i++) net_put_cosigner(&net, i);
    open_alone();
    for (uint64_t after = 0; !is_through; after++, seq++) {
        assert_true(after < FAULTS_MAX);
        is_through = submit_on_full_disk(seq, kind, after, error);
    }
    assert_true(seq > 2);
    net_until_published(&net, (seq - 1) * COUNT);
    net_close_log(&net);
    check_files();
}

static void any_call_of_the_log_finds_the_disk_full(void **state)
{
    (void)state;
    sweep_the_log(FILE_FAULT_ANY, ENOSPC);
}

static void any_sync_of_the_log_fails(void **state)
{
    (void)state;
    sweep_the_log(FILE_FAULT_SYNC, EIO);
}

static void a_conflict_on_a_full_disk_is_still_a_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < NET_WITNESSES; i++) net_put_cosigner(&net, i);
    open_alone();
    assert_int_equal(post_bank(1, 0), 200);
    net_until_published(&net, COUNT);
    NET_UNTIL(net_log_status(&net).witnesses[0].size == COUNT &&
              net_log_status(&net).witnesses[1].size == COUNT &&
              net_log_status(&net).witnesses[2].size == COUNT);
    file_fault_set(FILE_FAULT_ANY, 0, ENOSPC);
    assert_int_equal(post_bank(1, 7), 409);
    assert_int_equal(post_bank(1, 0), 200); /* a repeat needs no room */
    assert_int_equal(net_log_status(&net).state, LOG_RUNNING);
    assert_true(net_has_logged(&net, "alarm log evidence not kept"));
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    assert_int_equal(post_bank(1, 7), 409);
    assert_int_equal(net_count(&net, "log/evidence/conflict-*/submission"), 1);
    assert_int_equal(post_bank(2, 0), 200);
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err open_log(struct buf *why)
{
    const struct log_options o = {
        .folder = net_path(&net, "log"), .genesis = buf_bytes(&net.genesis), .signer = net.log_key};
    struct log_service *log = NULL;
    const enum gz_err   e = log_service_open(&o, &log, why);
    log_service_close(&log);
    return e;
}

static enum gz_err open_witness(struct buf *why)
{
    const struct witness_log_options log = {buf_bytes(&net.genesis), net.log_at.url,
                                            WITNESS_MIRROR_FULL};
    const struct witness_options     o = {.folder = net_path(&net, "w0"),
                                          .signer = net.witness_keys[0],
                                          .clock = WITNESS_CLOCK_PEERS,
                                          .logs_n = 1,
                                          .logs = &log};
    struct witness                  *w = NULL;
    const enum gz_err                e = witness_open(&o, &w, why);
    witness_close(&w);
    return e;
}

/* From nothing, and from what is there: each call that changes the disk fails in turn. */
static void sweep_opening(enum gz_err (*open_it)(struct buf *why), const char *folder, int error)
{
    enum gz_err e = GZ_IO;
    for (uint64_t after = 0; e != GZ_OK; after++) {
        DEFER(buf_fini) struct buf why = {0};
        assert_true(after < FAULTS_MAX);
        file_fault_set(FILE_FAULT_ANY, after, error);
        e = open_it(&why);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        if (e == GZ_OK) break;
        assert_int_equal(e, GZ_IO);
        assert_true(why.n > 0 && memmem(why.p, why.n, folder, strlen(folder)) != NULL);
    }
}

static void a_log_on_a_read_only_disk_says_where(void **state)
{
    (void)state;
    sweep_opening(open_log, net_path(&net, "log"), EROFS);
    for (size_t i = 0; i < NET_WITNESSES; i++) net_put_cosigner(&net, i);
    open_alone();
    assert_int_equal(post_bank(1, 0), 200);
    net_until_published(&net, COUNT);
    net_close_log(&net);
    sweep_opening(open_log, net_path(&net, "log"), EROFS);
    open_alone();
    assert_int_equal(net_log_status(&net).size, COUNT);
    assert_int_equal(net_log_status(&net).published_size, COUNT);
    check_served(2);
}

static void a_witness_on_a_read_only_disk_says_where(void **state)
{
    (void)state;
    static struct lying_log lie;
    sweep_opening(open_witness, net_path(&net, "w0"), EROFS);
    lie_begin(&lie, &net);
    lie_add_good(&lie, 1, COUNT);
    lie_add_good(&lie, 2, COUNT);
    net_open_ready(&net, 0);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    net_close_witness(&net, 0);
    sweep_opening(open_witness, net_path(&net, "w0"), EROFS);
    net_open_ready(&net, 0);
    assert_int_equal(net_witness_status(&net, 0).size, COUNT);
    assert_int_equal(net_witness_status(&net, 0).mirror_size, COUNT);
    assert_int_equal(lie_post(&lie, 0, 1, 2), 200);
    lie_end(&lie);
}

/* --- all together ----------------------------------------------------------------------------- */

/* One disk under all: what was acknowledged is published when there is room again. */
static void everybody_s_disk_is_full_for_a_while(void **state)
{
    (void)state;
    net_open_all(&net);
    assert_int_equal(post_bank(1, 0), 200);
    net_until_published(&net, COUNT);
    file_fault_set(FILE_FAULT_ANY, 0, ENOSPC);
    assert_int_equal(post_bank(2, 0), 503);
    net_close_log(&net);
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    open_alone();
    assert_int_equal(post_bank(2, 0), 200);
    net_until_published(&net, 2 * COUNT);
    for (size_t i = 0; i < NET_WITNESSES; i++) {
        NET_UNTIL(net_witness_status(&net, i).size == 2 * COUNT);
        assert_false(net_witness_status(&net, i).is_stopped);
    }
}

/* The witnesses' disks fill up after the log has committed: published later, by itself. */
static void the_witnesses_disks_are_full_for_a_while(void **state)
{
    (void)state;
    net_open_all(&net);
    for (size_t i = 0; i < NET_WITNESSES; i++) atomic_store(&net.witness_at[i].is_stalled, true);
    assert_int_equal(post_bank(1, 0), 200);
    file_fault_set(FILE_FAULT_ANY, 0, ENOSPC);
    for (size_t i = 0; i < NET_WITNESSES; i++) atomic_store(&net.witness_at[i].is_stalled, false);
    for (size_t i = 0; i < NET_WITNESSES; i++)
        NET_UNTIL(net_log_status(&net).witnesses[i].failures_in_a_row > 1);
    assert_int_equal(net_log_status(&net).published_size, 0);
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    net_until_published(&net, COUNT);
    for (size_t i = 0; i < NET_WITNESSES; i++) NET_UNTIL(net_witness_status(&net, i).size == COUNT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(any_call_of_the_log_finds_the_disk_full),
        CASE(any_sync_of_the_log_fails),
        CASE(a_conflict_on_a_full_disk_is_still_a_conflict),
        CASE(a_log_on_a_read_only_disk_says_where),
        CASE(a_witness_on_a_read_only_disk_says_where),
        CASE(everybody_s_disk_is_full_for_a_while),
        CASE(the_witnesses_disks_are_full_for_a_while),
    };
    RUN_TESTS(tests);
}

/* A log that signs two histories, and what a witness keeps through crashes and full disks. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lying_log.h"

enum { RIVALS = 16, KILL_ROUNDS = 8, SUBMISSIONS = 60, FAULTS_MAX = 200 };

static struct net       net;
static struct lying_log lie;

static int set_up(void **state)
{
    (void)state;
    net_init(&net, 0);
    lie_begin(&lie, &net);
    net_open_ready(&net, 0);
    for (uint64_t seq = 1; seq <= SUBMISSIONS; seq++) lie_add_good(&lie, seq, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    lie_end(&lie);
    net_fini(&net);
    return 0;
}

static uint64_t last_size(void)
{
    return net_witness_status(&net, 0).size;
}

/* --- two histories ---------------------------------------------------------------------------- */

static const struct hash other_root = {{9}};

static void check_stopped(const char *kind)
{
    char pattern[NET_PATH];
    snprintf(pattern, sizeof pattern, "w0/*/evidence/%s-*/signed", kind);
    assert_int_equal(net_count(&net, pattern), 1);
    assert_int_equal(net_count(&net, "w0/*/stopped"), 1);
    assert_true(net_has_logged(&net, "alarm witness cosigning stopped"));
    for (int again = 0; again < 2; again++) {
        assert_true(net_witness_status(&net, 0).is_stopped);
        assert_int_equal(lie_post(&lie, 0, 2, 2), 503);
        assert_int_equal(lie_post(&lie, 0, 2, 3), 503);
        assert_int_equal(net.answer.retry_after_s, 1);
        net_close_witness(&net, 0);
        net_open_ready(&net, 0);
    }
    assert_int_equal(net_count(&net, pattern), 1); /* one proof is enough */
}

static void another_root_of_the_last_size_is_kept_and_stops(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    assert_int_equal(lie_post(&lie, 0, 0, 2), 200);
    lie_sign_root(&net, 4, other_root, &note);
    assert_int_equal(lie_post_note(&net, 4, &note), 422);
    assert_int_equal(net_count(&net, "w0/*/evidence/root-*/cosigned-before"), 1);
    check_stopped("root");
}

/* Whatever else is wrong with the request. */
static void another_root_of_an_earlier_size_is_kept_and_stops(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    assert_int_equal(lie_post(&lie, 0, 0, 2), 200);
    lie_sign_root(&net, 3, other_root, &note); /* even inside of a submission */
    assert_int_equal(lie_post_note(&net, 0, &note), 409);
    check_stopped("root");
}

/* The mirror was fetched, the cosignature was not waited for. */
static void another_root_of_a_size_ahead_of_the_state_is_kept_and_stops(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    assert_int_equal(lie_post(&lie, 0, 0, 2), 200);
    atomic_store(&net.log_at.is_stalled, true);
    assert_int_equal(lie_post(&lie, 0, 2, 3), 503);
    atomic_store(&net.log_at.is_stalled, false);
    NET_UNTIL(net_witness_status(&net, 0).mirror_size == 6);
    struct merkle      pair, forked = lie.trees[2];
    struct merkle_path proof = {.n = 1};
    merkle_init(&pair, SUITE_INTL);
    for (int i = 0; i < 2; i++) {
        assert_ok(merkle_append(&forked, other_root));
        assert_ok(merkle_append(&pair, other_root));
    }
    proof.path[0] = merkle_root(&pair);
    lie_sign_root(&net, 6, merkle_root(&forked), &note);
    assert_int_equal(net_add_checkpoint(&net, 0, 4, &proof, buf_bytes(&note)), 422);
    check_stopped("root");
}

static void another_root_of_size_0_is_kept_and_stops(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    lie_sign_root(&net, 0, other_root, &note);
    assert_int_equal(lie_post_note(&net, 0, &note), 422);
    assert_true(net_witness_status(&net, 0).is_stopped);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 503);
    assert_int_equal(net_count(&net, "w0/*/evidence/root-*/signed"), 1);
}

/* Anybody could make this: it proves nothing about the log. */
static void unsigned_roots_stop_nothing(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    assert_int_equal(lie_post(&lie, 0, 0, 2), 200);
    lie_sign_root(&net, 4, other_root, &note);
    note.p[note.n - 4] = note.p[note.n - 4] == 'A' ? 'B' : 'A';
    assert_int_equal(lie_post_note(&net, 4, &note), 403);
    assert_false(net_witness_status(&net, 0).is_stopped);
    assert_int_equal(lie_post(&lie, 0, 2, 3), 200);
}

/* --- without a mirror ------------------------------------------------------------------------- */

static void without_a_mirror_proof_and_state_decide(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    net_close_witness(&net, 0);
    net.mirror = WITNESS_MIRROR_NONE;
    net_open_ready(&net, 0);
    lie.status = 500; /* nothing is fetched */
    assert_int_equal(lie_post(&lie, 0, 0, 2), 200);
    assert_int_equal(lie_post(&lie, 0, 2, 4), 200);
    assert_int_equal(net_get(&net, &net.witness_at[0], "%s/entry/0", net_hash()), 404);
    assert_int_equal(net_get(&net, &net.witness_at[0], "%s/checkpoint", net_hash()), 200);
    lie_sign_root(&net, 8, other_root, &note);
    assert_int_equal(lie_post_note(&net, 8, &note), 422);
    assert_true(net_witness_status(&net, 0).is_stopped);
    assert_int_equal(net_count(&net, "w0/*/evidence/root-*/cosigned-before"), 1);
}

/* --- many at once ----------------------------------------------------------------------------- */

struct rival {
    pthread_t thread;
    size_t    to;
    int       status;
};

static void *compete(void *ctx)
{
    struct rival              *r = ctx;
    DEFER(buf_fini) struct buf note = {0}, body = {0};
    const struct merkle_path   none = {0};
    struct http_client        *http = NULL;
    struct http_answer         a = {0};
    char                       url[NET_URL];
    snprintf(url, sizeof url, "%s/add-checkpoint", net.witness_at[0].url);
    lie_sign(&lie, r->to, &note);
    if (http_client_new(&http) == GZ_OK &&
        cosign_request_encode(0, &none, buf_bytes(&note), &body) == GZ_OK &&
        http_post(http, url, "text/plain", buf_bytes(&body), NET_WAIT_MS, 1000, &a) == GZ_OK)
        r->status = a.status;
    http_answer_fini(&a);
    http_client_free(&http);
    return NULL;
}

static void of_rivals_from_one_state_one_wins(void **state)
{
    (void)state;
    struct rival rivals[RIVALS] = {0};
    size_t       won = 0, won_at = 0;
    for (size_t i = 0; i < RIVALS; i++) {
        rivals[i].to = 1 + i % 5;
        assert_int_equal(pthread_create(&rivals[i].thread, NULL, compete, &rivals[i]), 0);
    }
    for (size_t i = 0; i < RIVALS; i++) {
        pthread_join(rivals[i].thread, NULL);
        if (rivals[i].status == 200) won_at = i;
        won += rivals[i].status == 200;
        assert_true(rivals[i].status == 200 || rivals[i].status == 409);
    }
    assert_int_equal(won, 1);
    assert_int_equal(last_size(), lie.trees[rivals[won_at].to].size);
}

/* --- one step: check, store, answer ----------------------------------------------------------- */

/* After whatever happened: not behind what was answered, and nothing smaller or other is signed. */
static void check_reopened(size_t answered, size_t tried)
{
    DEFER(buf_fini) struct buf note = {0};
    net_close_witness(&net, 0);
    net_open_ready(&net, 0);
    const uint64_t size = last_size();
    assert_true(size == lie.trees[answered].size || size == lie.trees[tried].size);
    assert_int_equal(net_count(&net, "w0/*/*.new-*"), 0);
    assert_int_equal(net_count(&net, "w0/*/chain/*.new-*"), 0);
    if (answered == 0) return;
    lie_sign(&lie, answered - 1, &note);
    assert_int_equal(lie_post_note(&net, lie.trees[answered - 1].size, &note), 409);
}

/* The first, second, third … call that changes the disk fails, and all after it. */
static void a_full_disk_takes_back_no_answer(void **state)
{
    (void)state;
    size_t at = 0;
    bool   is_through = false;
    for (uint64_t after = 0; !is_through; after++) {
        assert_true(after < FAULTS_MAX && at + 1 < SUBMISSIONS);
        file_fault_set(FILE_FAULT_ANY, after, ENOSPC);
        const int status = lie_post(&lie, 0, at, at + 1);
        is_through = file_fault_count() <= after;
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        assert_true(status == 200 || status == 503 || status == 500);
        if (is_through) assert_int_equal(status, 200);
        check_reopened(status == 200 ? at + 1 : at, at + 1);
        if (last_size() == lie.trees[at].size) assert_int_equal(lie_post(&lie, 0, at, at + 1), 200);
        at++;
    }
    assert_true(at > 10);
}

/* Only one call fails: the same process goes on when it is asked again. */
static void after_one_failure_it_goes_on(void **state)
{
    (void)state;
    size_t at = 0;
    bool   is_through = false;
    for (uint64_t after = 0; !is_through; after++) {
        assert_true(after < FAULTS_MAX && at + 1 < SUBMISSIONS);
        file_fault_set_once(FILE_FAULT_ANY, after, EIO);
        const int status = lie_post(&lie, 0, at, at + 1);
        is_through = file_fault_count() <= after;
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        if (status != 200) assert_int_equal(lie_post(&lie, 0, at, at + 1), 200);
        at++;
        assert_int_equal(last_size(), lie.trees[at].size);
        assert_false(net_witness_status(&net, 0).is_stopped);
    }
}

/* The proof of a fork on a full disk: it stops at once, and the proof is kept when there is room.
 */
static void a_proof_that_could_not_be_written_is_written_later(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    assert_int_equal(lie_post(&lie, 0, 0, 2), 200);
    lie_sign_root(&net, 4, other_root, &note);
    file_fault_set(FILE_FAULT_ANY, 0, ENOSPC);
    assert_int_equal(lie_post_note(&net, 4, &note), 422);
    assert_true(net_witness_status(&net, 0).is_stopped);
    assert_int_equal(net_count(&net, "w0/*/stopped"), 0);
    assert_true(net_has_logged(&net, "alarm witness evidence not kept"));
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    assert_int_equal(lie_post(&lie, 0, 2, 3), 503);
    assert_int_equal(lie_post_note(&net, 4, &note), 422);
    check_stopped("root");
}

/* Child: cosigns on and on and tells what it has answered. */
static void cosign_for_ever(size_t at, int told)
{
    net_open_witness(&net, 0);
    for (unsigned round = 0; at < SUBMISSIONS;) {
        DEFER(buf_fini) struct buf note = {0}, body = {0}, answer = {0};
        enum cosign_reason         reason = COSIGN_MALFORMED;
        const size_t               to = round % 4 == 3 ? at + 1 : at;
        const struct merkle_path   proof = lie_proof(&lie, at, to);
        lie_sign(&lie, to, &note);
        if (cosign_request_encode(lie.trees[at].size, &proof, buf_bytes(&note), &body) != GZ_OK ||
            witness_add_checkpoint(net.witnesses[0], buf_bytes(&body), &reason, &answer) != GZ_OK)
            _exit(1);
        if (reason != COSIGN_ACCEPTED) net_sleep_ms(1); /* not ready yet */
        if (reason != COSIGN_ACCEPTED) continue;
        round++;
        at = to;
        if (write(told, &at, sizeof at) != sizeof at) _exit(1);
    }
    _exit(0);
}

static void killed_at_any_instant_it_signs_nothing_smaller(void **state)
{
    (void)state;
    size_t answered = 0, answers = 0;
    net_close_witness(&net, 0);
    srand(20261125);
    for (unsigned round = 0; round < KILL_ROUNDS; round++) {
        int told[2];
        assert_int_equal(pipe(told), 0);
        const pid_t child = fork();
        if (child == 0) cosign_for_ever(answered, told[1]);
        close(told[1]);
        int wait_for = 1 + rand() % 8; /* then at any instant of one of the next */
        for (size_t at; wait_for > 0 && read(told[0], &at, sizeof at) == sizeof at; wait_for--) {
            answered = at;
            answers++;
        }
        usleep((useconds_t)(rand() % 20000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        for (size_t at; read(told[0], &at, sizeof at) == sizeof at; answers++) answered = at;
        close(told[0]);
        const size_t tried = answered + 1 < SUBMISSIONS ? answered + 1 : answered;
        check_reopened(answered, tried);
        answered = (size_t)last_size() / 2; /* two entries each */
        net_close_witness(&net, 0);
    }
    assert_true(answers >= KILL_ROUNDS);
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err open_second(enum witness_mirror mirror, struct buf *why)
{
    const struct witness_log_options log = {buf_bytes(&net.genesis), net.log_at.url, mirror};
    const struct witness_options     o = {.folder = net_path(&net, "w0"),
                                          .signer = net.witness_keys[0],
                                          .clock = WITNESS_CLOCK_PEERS,
                                          .logs_n = 1,
                                          .logs = &log};
    struct witness                  *second = NULL;
    const enum gz_err                e = witness_open(&o, &second, why);
    witness_close(&second);
    return e;
}

static void one_folder_has_one_witness(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0};
    assert_err(open_second(WITNESS_MIRROR_FULL, &why), GZ_BUSY);
    assert_true(why.n > 0);
    why.n = 0;
    assert_err(open_second(WITNESS_MIRROR_NONE, &why), GZ_BUSY);
    assert_true(why.n > 0);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    net_close_witness(&net, 0);
    assert_ok(open_second(WITNESS_MIRROR_NONE, &why));
}

/* What it has cosigned cannot be read: it must not begin again from nothing. */
static void a_damaged_state_is_refused_and_named(void **state)
{
    (void)state;
    static const char *const damages[] = {"printf x > cosigned", "head -c 60 good > cosigned",
                                          "head -n 5 good > cosigned", ": > cosigned",
                                          "tr '0-8' '1-9' < good > cosigned"};
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    assert_int_equal(lie_post(&lie, 0, 1, 2), 200);
    net_close_witness(&net, 0);
    net_shell(&net, "cd w0/* && cp cosigned good");
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        DEFER(buf_fini) struct buf why = {0};
        char                       command[128];
        snprintf(command, sizeof command, "cd w0/* && %s", damages[i]);
        net_shell(&net, command);
        assert_err(open_second(WITNESS_MIRROR_FULL, &why), GZ_CORRUPT);
        assert_true(why.n > 0 && memmem(why.p, why.n, "cosigned", 8) != NULL);
    }
    net_shell(&net, "cd w0/* && mv good cosigned");
    net_open_ready(&net, 0);
    assert_int_equal(last_size(), 4);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(another_root_of_the_last_size_is_kept_and_stops),
        CASE(another_root_of_an_earlier_size_is_kept_and_stops),
        CASE(another_root_of_a_size_ahead_of_the_state_is_kept_and_stops),
        CASE(another_root_of_size_0_is_kept_and_stops),
        CASE(unsigned_roots_stop_nothing),
        CASE(without_a_mirror_proof_and_state_decide),
        CASE(of_rivals_from_one_state_one_wins),
        CASE(a_full_disk_takes_back_no_answer),
        CASE(after_one_failure_it_goes_on),
        CASE(a_proof_that_could_not_be_written_is_written_later),
        CASE(killed_at_any_instant_it_signs_nothing_smaller),
        CASE(one_folder_has_one_witness),
        CASE(a_damaged_state_is_refused_and_named),
    };
    RUN_TESTS(tests);
}

/* Clocks that jump: no witness signs an earlier time than before, nor one that its peers do not
 * share (network.md section 4). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lying_log.h"
#include "node/witness_clock.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static struct net       net;
static struct lying_log lie;

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

/* --- peers with a clock of their own, which clock_shift_s does not move ----------------------- */

struct peer {
    pthread_t        thread;
    int              fd;
    uint16_t         port;
    _Atomic int64_t  ahead_s;
    _Atomic bool     has_date, is_ending;
    _Atomic unsigned asked;
};
static struct peer peers[2];

static void answer_one(struct peer *p, int fd)
{
    char      text[512], date[64];
    const int n = (int)read(fd, text, sizeof text);
    time_t    now = time(NULL) + (time_t)atomic_load(&p->ahead_s);
    struct tm t;
    if (n <= 0) return;
    atomic_fetch_add(&p->asked, 1);
    strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&now, &t));
    const int m = snprintf(text, sizeof text,
                           "HTTP/1.1 404 Not Found\r\n%sContent-Length: 0\r\nConnection: "
                           "close\r\n\r\n",
                           atomic_load(&p->has_date) ? date : "");
    (void)!write(fd, text, (size_t)m);
}

static void *run_peer(void *ctx)
{
    struct peer *p = ctx;
    for (;;) {
        const int fd = accept(p->fd, NULL, NULL);
        if (fd < 0 || atomic_load(&p->is_ending)) {
            close(fd);
            return NULL;
        }
        answer_one(p, fd);
        close(fd);
    }
}

/* In place of the witness at this port. */
static void peer_open(struct peer *p, struct station *s)
{
    const int          one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(s->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    station_close(s);
    memset(p, 0, sizeof *p);
    p->has_date = true;
    p->port = s->port;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
    assert_int_equal(bind(p->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(p->fd, 16), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, run_peer, p), 0);
}

static void peer_close(struct peer *p)
{
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_port = htons(p->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    atomic_store(&p->is_ending, true);
    (void)!connect(fd, (const struct sockaddr *)&at, sizeof at);
    pthread_join(p->thread, NULL);
    close(fd);
    close(p->fd);
}

/* A log whose clock is ours, and two peers whose clocks are their own. */
static void open_among_peers(void)
{
    lie_begin(&lie, &net);
    for (uint64_t seq = 1; seq <= 10; seq++) lie_add_good(&lie, seq, 1);
    for (size_t i = 0; i < 2; i++) peer_open(&peers[i], &net.witness_at[1 + i]);
}

static void close_peers(void)
{
    for (size_t i = 0; i < 2; i++) peer_close(&peers[i]);
    lie_end(&lie);
}

static bool is_trusted(void)
{
    return net_witness_status(&net, 0).clock_is_trusted;
}

/* --- earlier than before ---------------------------------------------------------------------- */

static void check_back(int64_t shift_s)
{
    clock_shift_s(shift_s);
    assert_int_equal(lie_post(&lie, 0, 1, 1), 503);
    assert_true(net_says(&net, "the clock is before the last cosignature\n"));
    assert_int_equal(net.answer.retry_after_s, 1);
    assert_int_equal(lie_post(&lie, 0, 1, 2), 503);
}

static void a_witness_never_signs_an_earlier_time(void **state)
{
    (void)state;
    lie_begin(&lie, &net);
    for (uint64_t seq = 1; seq <= 3; seq++) lie_add_good(&lie, seq, 1);
    net_open_ready(&net, 0);
    clock_shift_s(DAY);
    NET_UNTIL(is_trusted()); /* its peers' clocks have jumped too */
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    const uint64_t time = net_witness_status(&net, 0).time;
    check_back(DAY - 60);
    check_back(0);
    check_back(-DAY);
    assert_true(net_has_logged(&net, "alarm witness refused origin=guzheng/test status=503: the "
                                     "clock is before the last cosignature"));
    net_close_witness(&net, 0); /* and it does not forget */
    net_open_witness(&net, 0);
    NET_UNTIL(!net_witness_status(&net, 0).is_restored);
    check_back(0);
    assert_int_equal(net_witness_status(&net, 0).time, time);
    assert_int_equal(net_witness_status(&net, 0).size, 1);
    clock_shift_s(DAY + 1);
    NET_UNTIL(is_trusted());
    assert_int_equal(lie_post(&lie, 0, 1, 2), 200);
    assert_true(net_witness_status(&net, 0).time > time);
    lie_end(&lie);
}

/* The whole consortium's clocks jump forth and back: nothing is published meanwhile, nothing lost.
 */
static void the_log_waits_for_its_witnesses_clocks(void **state)
{
    (void)state;
    net_open_all(&net);
    net_submit(&net, 1, 1);
    net_until_published(&net, 1);
    clock_shift_s(HOUR);
    net_submit(&net, 2, 1);
    net_until_published(&net, 2);
    for (size_t i = 0; i < NET_WITNESSES; i++) NET_UNTIL(net_witness_status(&net, i).size == 2);
    const uint64_t time = net_log_status(&net).quorum_time;
    clock_shift_s(0);
    net_submit(&net, 3, 1); /* the log takes it all the same */
    for (size_t i = 0; i < NET_WITNESSES; i++)
        NET_UNTIL(net_log_status(&net).witnesses[i].failures_in_a_row > 1);
    assert_int_equal(net_log_status(&net).published_size, 2);
    assert_int_equal(net_log_status(&net).size, 3);
    clock_shift_s(HOUR + 30);
    net_until_published(&net, 3);
    assert_true(net_log_status(&net).quorum_time >= time);
}

/* --- other than the peers' -------------------------------------------------------------------- */

static void check_untrusted(void)
{
    assert_int_equal(lie_post(&lie, 0, 1, 2), 503);
    assert_true(net_says(&net, "the clock cannot be trusted now\n"));
    assert_true(net_has_logged(&net, "alarm witness own clock differs from peers"));
}

static void a_clock_that_most_peers_do_not_share_is_not_signed_with(void **state)
{
    (void)state;
    open_among_peers();
    net_open_ready(&net, 0);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    clock_shift_s(HOUR); /* the log's with it: one of three */
    check_untrusted();   /* at once, not only when the peers are asked again */
    clock_shift_s(61);
    check_untrusted();
    clock_shift_s(0);
    assert_int_equal(lie_post(&lie, 0, 1, 2), 200);
    clock_shift_s(55);
    assert_int_equal(lie_post(&lie, 0, 2, 3), 200);
    close_peers();
}

static void one_peer_of_three_proves_nothing(void **state)
{
    (void)state;
    open_among_peers();
    peers[0].ahead_s = -DAY;
    net_open_ready(&net, 0);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    assert_false(net_has_logged(&net, " alarm "));
    close_peers();
}

static void half_of_the_answers_is_not_more_than_half(void **state)
{
    (void)state;
    open_among_peers();
    peers[0].ahead_s = DAY;
    peers[1].has_date = false; /* no answer to this question */
    net_open_ready(&net, 0);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    close_peers();
}

static void without_an_answer_no_clock_is_trusted(void **state)
{
    (void)state;
    lie_begin(&lie, &net);
    lie_add_good(&lie, 1, 1);
    lie_add_good(&lie, 2, 1);
    net.mirror = WITNESS_MIRROR_NONE; /* nothing is needed from the log */
    station_close(&net.log_at);
    station_close(&net.witness_at[1]);
    station_close(&net.witness_at[2]);
    net_open_witness(&net, 0);
    NET_UNTIL(!net_witness_status(&net, 0).is_restored);
    assert_false(is_trusted());
    assert_int_equal(lie_post(&lie, 0, 0, 1), 503);
    assert_true(net_says(&net, "the clock cannot be trusted now\n"));
    station_open(&net.witness_at[1]); /* its 503 carries the date */
    NET_UNTIL(is_trusted());
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    lie_end(&lie);
    station_open(&net.log_at);
    station_open(&net.witness_at[2]);
}

static void peers_are_not_asked_all_the_time(void **state)
{
    (void)state;
    open_among_peers();
    net_open_ready(&net, 0);
    const unsigned asked = atomic_load(&peers[0].asked);
    for (int i = 0; i < 20; i++) assert_int_equal(lie_post(&lie, 0, 0, 0), 200);
    net_sleep_ms(1500);
    assert_int_equal(atomic_load(&peers[0].asked), asked);
    close_peers();
}

static void the_kernel_may_be_asked_instead(void **state)
{
    (void)state;
    struct witness_clock_check *c = NULL;
    assert_ok(witness_clock_open(WITNESS_CLOCK_KERNEL, NULL, 0, &c));
    assert_int_equal(witness_clock_is_trusted(c), clock_is_synchronised());
    witness_clock_close(&c);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_witness_never_signs_an_earlier_time),
        CASE(the_log_waits_for_its_witnesses_clocks),
        CASE(a_clock_that_most_peers_do_not_share_is_not_signed_with),
        CASE(one_peer_of_three_proves_nothing),
        CASE(half_of_the_answers_is_not_more_than_half),
        CASE(without_an_answer_no_clock_is_trusted),
        CASE(peers_are_not_asked_all_the_time),
        CASE(the_kernel_may_be_asked_instead),
    };
    RUN_TESTS(tests);
}

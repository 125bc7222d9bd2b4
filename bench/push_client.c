/* Callers of the push API, for bench_push.py: `push_client PORT CONNECTIONS REQUESTS PREFIX BODY`.
 * Each keeps its connection and sends its next item when the one before is acknowledged. BODY is a
 * file with an item; the event number in it, @@@@@@@@@@@@, is replaced. Prints how many were
 * accepted, in how many µs, and the median and 99 % of the time that an answer took. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { MESSAGE_MAX = 8192, CONNECTIONS_MAX = 1024, NUMBER = 12 };

struct caller {
    int     fd;
    size_t  in_n;
    int64_t sent_us;
    char    in[MESSAGE_MAX];
};
static struct caller callers[CONNECTIONS_MAX];
static char          message[MESSAGE_MAX];
static size_t        message_n, number_at;
static unsigned      sent, wanted, accepted, done;
static const char   *prefix;
static int64_t      *spent_us;

static void read_body(const char *path)
{
    char        body[MESSAGE_MAX / 2] = {0};
    const int   fd = open(path, O_RDONLY);
    const char *at;
    must(fd >= 0);
    const ssize_t n = read(fd, body, sizeof body - 1);
    must(n > 0 && close(fd) == 0);
    message_n = (size_t)snprintf(message, sizeof message,
                                 "POST /v1/evidence HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                 "Content-Type: application/json\r\nContent-Length: %zd\r\n\r\n%s",
                                 n, body);
    must(message_n < sizeof message && (at = strstr(message, "@@@@@@@@@@@@")) != NULL);
    number_at = (size_t)(at - message);
}

static void send_next(struct caller *c)
{
    char number[32];
    if (sent == wanted) return;
    snprintf(number, sizeof number, "%s%0*u", prefix, (int)(NUMBER - strlen(prefix)), sent++);
    memcpy(message + number_at, number, NUMBER);
    c->sent_us = clock_us(CLOCK_MONOTONIC);
    must(write(c->fd, message, message_n) == (ssize_t)message_n);
}

/* One whole answer has come. */
static bool is_whole(const struct caller *c)
{
    const char *end = strstr(c->in, "\r\n\r\n");
    const char *length = strcasestr(c->in, "\r\nContent-Length:");
    if (end == NULL) return false;
    must(length != NULL && length < end);
    return c->in_n >= (size_t)(end - c->in) + 4 + strtoul(length + 17, NULL, 10);
}

static void receive(struct caller *c)
{
    const ssize_t n = read(c->fd, c->in + c->in_n, sizeof c->in - 1 - c->in_n);
    must(n > 0);
    c->in_n += (size_t)n;
    c->in[c->in_n] = 0;
    if (!is_whole(c)) return;
    if (strncmp(c->in, "HTTP/1.1 201 ", 13) != 0) fprintf(stderr, "%s\n", c->in);
    must(strncmp(c->in, "HTTP/1.1 201 ", 13) == 0);
    accepted++;
    spent_us[done++] = clock_us(CLOCK_MONOTONIC) - c->sent_us;
    c->in_n = 0;
    send_next(c);
}

static void connect_to(struct caller *c, int poll, uint16_t port)
{
    const int                one = 1;
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    must(c->fd >= 0 && connect(c->fd, (const struct sockaddr *)&to, sizeof to) == 0);
    must(setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    must(epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &e) == 0);
}

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    must(argc == 6);
    const unsigned connections = (unsigned)strtoul(argv[2], NULL, 10);
    const int      poll = epoll_create1(0);
    wanted = (unsigned)strtoul(argv[3], NULL, 10);
    prefix = argv[4];
    must(poll >= 0 && connections > 0 && connections <= CONNECTIONS_MAX && wanted > 0);
    spent_us = calloc(wanted, sizeof *spent_us);
    must(spent_us != NULL);
    read_body(argv[5]);
    for (unsigned i = 0; i < connections; i++)
        connect_to(&callers[i], poll, (uint16_t)strtoul(argv[1], NULL, 10));
    const int64_t start = clock_us(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < connections; i++) send_next(&callers[i]);
    while (done < wanted) {
        struct epoll_event events[64];
        const int          n = epoll_wait(poll, events, 64, 60000);
        must(n > 0);
        for (int i = 0; i < n; i++) receive(events[i].data.ptr);
    }
    const int64_t us = clock_us(CLOCK_MONOTONIC) - start;
    qsort(spent_us, done, sizeof *spent_us, by_size);
    printf("%u %" PRId64 " %" PRId64 " %" PRId64 "\n", accepted, us, spent_us[done / 2],
           spent_us[done * 99 / 100]);
    return 0;
}

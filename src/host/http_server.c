/* One thread moves the bytes (epoll); handlers run on a pool of workers while their connection is
 * suspended, so a slow handler or a slow client delays nobody else. */
#include "host/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "host/file.h"
#include "host/host.h"
#include "host/default_route.h"
#include "host/http_server_internal.h"

enum {
    CONNECTIONS_MAX = 1024,
    CONNECTION_TIMEOUT_S = 30,
    CONNECTION_MEMORY = 64 * 1024,
    BACKLOG = 512,
    THREADS_MAX = 64,
    CLOSE_GRACE_S = 2
};

struct http_server {
    struct MHD_Daemon      *daemon;
    struct http_options     options; /* addresses are not looked at any more */
    struct sockaddr_storage bound;
    _Atomic uint64_t        kept;  /* bytes of bodies */
    pthread_mutex_t         mutex; /* over all below */
    pthread_cond_t          more, idle;
    struct http_call       *first, **last; /* waiting for a worker */
    size_t                  running;       /* suspended: waiting or in a handler */
    size_t                  calls;         /* begun and not yet answered to the last byte */
    bool                    closing;
    unsigned                threads_n;
    pthread_t               threads[THREADS_MAX];
};

/* --- workers --------------------------------------------------------------------------------- */
static void *work(void *ctx)
{
    struct http_server *s = ctx;
    (void)pthread_mutex_lock(&s->mutex);
    for (;;) {
        while (s->first == NULL && !s->closing) (void)pthread_cond_wait(&s->more, &s->mutex);
        struct http_call *call = s->first;
        if (call == NULL) break;
        s->first = call->next;
        if (s->first == NULL) s->last = &s->first;
        (void)pthread_mutex_unlock(&s->mutex);
        http_call_run(call);
        call->step = call->has_all ? HTTP_CALL_ANSWERED : HTTP_CALL_READING;
        MHD_resume_connection(call->connection);
        (void)pthread_mutex_lock(&s->mutex);
        if (--s->running == 0) (void)pthread_cond_broadcast(&s->idle);
    }
    (void)pthread_mutex_unlock(&s->mutex);
    return NULL;
}

/* False: closing. */
static bool hand_over(struct http_server *s, struct http_call *call)
{
    (void)pthread_mutex_lock(&s->mutex);
    const bool open = !s->closing;
    if (open) {
        MHD_suspend_connection(call->connection);
        call->step = HTTP_CALL_RUNNING;
        call->next = NULL;
        *s->last = call;
        s->last = &call->next;
        s->running++;
        (void)pthread_cond_signal(&s->more);
    }
    (void)pthread_mutex_unlock(&s->mutex);
    return open;
}

static void count_call(struct http_server *s, int by)
{
    (void)pthread_mutex_lock(&s->mutex);
    s->calls += (size_t)by;
    if (s->calls == 0) (void)pthread_cond_broadcast(&s->idle);
    (void)pthread_mutex_unlock(&s->mutex);
}

/* --- the daemon's callbacks ------------------------------------------------------------------ */
static enum MHD_Result on_body(struct http_server *s, struct http_call *call, struct bytes some)
{
    switch (http_call_take(call, some)) {
    case HTTP_CALL_GO_ON: return MHD_YES;
    case HTTP_CALL_HANG_UP: return MHD_NO;
    case HTTP_CALL_PIECE: break;
    }
    if (!hand_over(s, call)) http_call_refuse(call, GZ_BUSY);
    return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_n, void **state)
{
    struct http_server *s = ctx;
    struct http_call   *call = *state;
    (void)version;
    if (call == NULL) {
        call = http_call_new(&s->options, connection, &s->kept, method, url);
        if (call == NULL) return MHD_NO;
        *state = call;
        count_call(s, 1);
        return MHD_YES;
    }
    if (call->step == HTTP_CALL_RUNNING) return MHD_YES; /* nothing is taken: it comes again */
    if (*data_n > 0) {
        const struct bytes some = {(const uint8_t *)data, *data_n};
        *data_n = 0;
        return on_body(s, call, some);
    }
    call->has_all = true;
    if (call->step == HTTP_CALL_READING && call->route != NULL) {
        if (hand_over(s, call)) return MHD_YES;
        http_call_refuse(call, GZ_BUSY);
    }
    return http_call_answer(call);
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    (void)connection, (void)how;
    if (*state == NULL) return;
    http_call_free(*state);
    *state = NULL;
    count_call(ctx, -1);
}

/* %00 and what is no escape stay as they are: a path must not end before its end. */
static size_t unescape(void *ctx, struct MHD_Connection *connection, char *text)
{
    (void)ctx, (void)connection;
    static const char digits[] = "0123456789abcdef";
    char             *to = text;
    for (const char *p = text; *p != 0; p++) {
        const char *high = p[0] == '%' && p[1] ? strchr(digits, p[1] | 0x20) : NULL;
        const char *low = high != NULL && p[2] ? strchr(digits, p[2] | 0x20) : NULL;
        const int   byte = low == NULL ? 0 : (int)((high - digits) * 16 + (low - digits));
        if (byte != 0) p += 2;
        *to++ = byte != 0 ? (char)byte : *p;
    }
    *to = 0;
    return (size_t)(to - text);
}

/* --- open and close -------------------------------------------------------------------------- */
static enum gz_err resolve(const struct http_options *o, struct sockaddr_storage *out, socklen_t *n)
{
    const char         *address = o->address == NULL ? "127.0.0.1" : o->address;
    struct sockaddr_in  v4 = {.sin_family = AF_INET, .sin_port = htons(o->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(o->port)};
    bool                loopback = false;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        loopback = ntohl(v4.sin_addr.s_addr) >> 24 == 127;
        memcpy(out, &v4, *n = sizeof v4);
    } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
        loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
        memcpy(out, &v6, *n = sizeof v6);
    } else {
        log_line(LOG_ERROR, "http", "refused: listen address is no IP address");
        return GZ_DENIED;
    }
    if (loopback) return GZ_OK;
    if (o->allow_other && !default_route_is_there()) return GZ_OK;
    if (o->allow_other)
        log_line(LOG_ERROR, "http",
                 "refused: the test option is for a network namespace without a default route");
    log_line(LOG_ERROR, "http", "refused: plain HTTP is served on loopback only, not on %s",
             address);
    return GZ_DENIED;
}

enum gz_err http_check_address(const struct http_options *o)
{
    struct sockaddr_storage address;
    socklen_t               n;
    return resolve(o, &address, &n);
}

static enum gz_err listen_on(const struct http_options *o, struct sockaddr_storage *bound, int *out)
{
    socklen_t n = 0;
    const int one = 1;
    TRY(resolve(o, bound, &n));
    DEFER(file_close)
    int fd = socket(bound->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)) return GZ_IO;
    if (bind(fd, (struct sockaddr *)bound, n) || listen(fd, BACKLOG)) {
        const int e = errno;
        log_line(LOG_ERROR, "http", "cannot listen on port %u: %s", o->port, strerror(e));
        return e == EADDRINUSE ? GZ_BUSY : GZ_IO;
    }
    n = sizeof *bound;
    if (getsockname(fd, (struct sockaddr *)bound, &n)) return GZ_IO;
    *out = fd;
    fd = -1;
    return GZ_OK;
}

/* Does anybody answer at this local socket? */
static bool is_answered(const struct sockaddr_un *name)
{
    DEFER(file_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)name, sizeof *name) == 0;
}

static enum gz_err listen_local(const char *path, struct sockaddr_storage *address, int *out)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof name.sun_path) {
        log_line(LOG_ERROR, "http", "the path of the local socket is too long: at most %zu bytes",
                 sizeof name.sun_path - 1);
        return GZ_LIMIT;
    }
    strcpy(name.sun_path, path);
    if (is_answered(&name)) return GZ_BUSY;
    (void)unlink(path);
    DEFER(file_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const mode_t          before = umask(0177); /* mode 0600 from the first moment */
    const bool            bound = fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) == 0;
    (void)umask(before);
    if (!bound || listen(fd, BACKLOG)) {
        log_line(LOG_ERROR, "http", "cannot listen on %s: %s", path, strerror(errno));
        return GZ_IO;
    }
    memcpy(address, &name, sizeof name);
    *out = fd;
    fd = -1;
    return GZ_OK;
}

static struct MHD_Daemon *start(struct http_server *s, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
            MHD_USE_SUPPRESS_DATE_NO_CLOCK,
        0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, s, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
}

enum gz_err http_server_open(const struct http_options *o, struct http_server **out)
{
    DEFER(http_server_close) struct http_server *s = calloc(1, sizeof *s);
    DEFER(file_close) int                        fd = -1;
    if (s == NULL) return GZ_MEMORY;
    assert(o->threads <= THREADS_MAX);
    s->options = *o;
    s->last = &s->first;
    (void)pthread_mutex_init(&s->mutex, NULL);
    (void)pthread_cond_init(&s->more, NULL);
    (void)pthread_cond_init(&s->idle, NULL);
    TRY(o->socket_path != NULL ? listen_local(o->socket_path, &s->bound, &fd)
                               : listen_on(o, &s->bound, &fd));
    for (; s->threads_n < (o->threads > 0 ? o->threads : 1); s->threads_n++)
        if (pthread_create(&s->threads[s->threads_n], NULL, work, s)) return GZ_MEMORY;
    s->daemon = start(s, fd);
    if (s->daemon == NULL) {
        log_line(LOG_ERROR, "http", "the server does not start");
        return GZ_IO;
    }
    fd = -1; /* the daemon's now */
    *out = s;
    s = NULL;
    return GZ_OK;
}

uint16_t http_server_port(const struct http_server *s)
{
    struct sockaddr_in  v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, &s->bound, sizeof v4);
    memcpy(&v6, &s->bound, sizeof v6);
    return ntohs(s->bound.ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
}

/* The path of a local socket goes with its server. */
static void forget_path(const struct sockaddr_storage *bound)
{
    struct sockaddr_un local;
    memcpy(&local, bound, sizeof local);
    if (local.sun_family == AF_UNIX) (void)unlink(local.sun_path);
}

void http_server_close(struct http_server **server)
{
    struct http_server *s = *server;
    if (s == NULL) return;
    /* Nobody new; who waits is served to the end; then the threads go. */
    const MHD_socket fd = s->daemon == NULL ? MHD_INVALID_SOCKET : MHD_quiesce_daemon(s->daemon);
    forget_path(&s->bound);
    (void)pthread_mutex_lock(&s->mutex);
    s->closing = true;
    (void)pthread_cond_broadcast(&s->more);
    while (s->running > 0) (void)pthread_cond_wait(&s->idle, &s->mutex);
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_GRACE_S; /* a client that does not read is not waited for longer */
    while (s->calls > 0 && pthread_cond_timedwait(&s->idle, &s->mutex, &until) == 0) continue;
    (void)pthread_mutex_unlock(&s->mutex);
    for (unsigned i = 0; i < s->threads_n; i++) (void)pthread_join(s->threads[i], NULL);
    if (s->daemon != NULL) MHD_stop_daemon(s->daemon);
    if (fd != MHD_INVALID_SOCKET) (void)close(fd);
    (void)pthread_cond_destroy(&s->more);
    (void)pthread_cond_destroy(&s->idle);
    (void)pthread_mutex_destroy(&s->mutex);
    free(s);
    *server = NULL;
}

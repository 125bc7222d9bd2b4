#include "node/abci_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/host.h"

enum { READ_SIZE = 256 * 1024, WRITE_AT = 1024 * 1024, SOCKET_MODE = 0600, BACKLOG = 8 };

struct connection {
    struct abci_server *owner;
    pthread_t           thread;
    bool                is_used, has_ended;
    int                 fd;
    struct buf          in, out;
};
struct abci_server {
    struct abci_server_options o;
    struct sockaddr_un         address;
    int                        fd;
    pthread_t                  thread;
    bool                       has_thread;
    pthread_mutex_t            lock; /* all below */
    bool                       is_ending, has_failed;
    struct connection          connections[ABCI_CONNECTIONS_MAX];
};

/* --- one connection --------------------------------------------------------------------------- */

static enum gz_err write_out(struct connection *c)
{
    size_t at = 0;
    while (at < c->out.n) {
        const ssize_t n = send(c->fd, c->out.p + at, c->out.n - at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return GZ_IO;
        at += (size_t)n;
    }
    c->out.n = 0;
    return GZ_OK;
}

/* GZ_MISSING: the other end has closed. */
static enum gz_err read_in(struct connection *c, size_t wanted)
{
    TRY(buf_reserve(&c->in, wanted > READ_SIZE ? wanted : READ_SIZE));
    for (;;) {
        const ssize_t n = recv(c->fd, c->in.p + c->in.n, c->in.cap - c->in.n, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return GZ_IO;
        if (n == 0) return GZ_MISSING;
        c->in.n += (size_t)n;
        return GZ_OK;
    }
}

static bool is_more_waiting(const struct connection *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* The engine shows this sentence and ends itself. */
static void say_exception(struct connection *c, enum gz_err e)
{
    Abci__Exception x;
    Abci__Response  r = ABCI__RESPONSE__INIT;
    char            text[160];
    (void)snprintf(text, sizeof text, "%s", err_sentence(e));
    abci__exception__init(&x);
    x.error = text;
    r.value_case = ABCI__RESPONSE__VALUE_EXCEPTION;
    r.exception = &x;
    if (abci_add(&r, &c->out) == GZ_OK) (void)!write_out(c);
}

static void fail(struct abci_server *s)
{
    pthread_mutex_lock(&s->lock);
    const bool is_first = !s->has_failed && !s->is_ending;
    s->has_failed = true;
    pthread_mutex_unlock(&s->lock);
    if (is_first) s->o.failed(s->o.ctx);
}

static enum gz_err answer_one(struct connection *c, const Abci__Request *r)
{
    const enum gz_err e = c->owner->o.answer(c->owner->o.ctx, r, &c->out);
    if (e != GZ_OK) {
        log_line(LOG_ALARM, "abci", "request=%d: %s", (int)r->value_case, err_name(e));
        say_exception(c, e);
        fail(c->owner);
    }
    TRY(e);
    const bool is_flush = r->value_case == ABCI__REQUEST__VALUE_FLUSH;
    return is_flush || c->out.n >= WRITE_AT ? write_out(c) : GZ_OK;
}

/* All whole requests that have been read. */
static enum gz_err answer_all(struct connection *c, size_t *wanted)
{
    struct bytes rest = buf_bytes(&c->in);
    enum gz_err  e = GZ_OK;
    while (e == GZ_OK) {
        DEFER(abci_request_free) Abci__Request *r = NULL;
        e = abci_take(&rest, wanted, &r);
        if (e == GZ_OK) e = answer_one(c, r);
    }
    *wanted = *wanted > rest.n ? *wanted - rest.n : 0;
    memmove(c->in.p, rest.p, rest.n);
    c->in.n = rest.n;
    return e == GZ_MISSING ? GZ_OK : e;
}

static enum gz_err serve(struct connection *c)
{
    size_t wanted = 0;
    for (;;) {
        if (c->out.n > 0 && !is_more_waiting(c)) TRY(write_out(c));
        TRY(read_in(c, wanted));
        TRY(answer_all(c, &wanted));
    }
}

static void *run_connection(void *ctx)
{
    struct connection *c = ctx;
    const enum gz_err  e = serve(c);
    if (e == GZ_MALFORMED || e == GZ_LIMIT)
        log_line(LOG_ALARM, "abci", "what the engine sent cannot be read: %s", err_name(e));
    pthread_mutex_lock(&c->owner->lock);
    (void)shutdown(c->fd, SHUT_RDWR);
    c->has_ended = true;
    pthread_mutex_unlock(&c->owner->lock);
    return NULL;
}

/* --- accepting -------------------------------------------------------------------------------- */

static void fini(struct connection *c)
{
    pthread_join(c->thread, NULL);
    (void)close(c->fd);
    buf_fini(&c->in);
    buf_fini(&c->out);
    *c = (struct connection){0};
}

/* With the lock held: a free place, after those that have ended are cleared. */
static struct connection *find_free(struct abci_server *s)
{
    struct connection *found = NULL;
    for (size_t i = 0; i < ABCI_CONNECTIONS_MAX; i++) {
        struct connection *c = &s->connections[i];
        if (c->is_used && c->has_ended) fini(c);
        if (!c->is_used) found = c;
    }
    return found;
}

static void take(struct abci_server *s, int fd)
{
    pthread_mutex_lock(&s->lock);
    struct connection *c = s->is_ending ? NULL : find_free(s);
    if (c != NULL) {
        *c = (struct connection){.owner = s, .fd = fd};
        c->is_used = pthread_create(&c->thread, NULL, run_connection, c) == 0;
    }
    const bool is_taken = c != NULL && c->is_used;
    pthread_mutex_unlock(&s->lock);
    if (is_taken) return;
    log_line(LOG_WARNING, "abci", "a connection too many was refused");
    (void)close(fd);
}

static void *run(void *ctx)
{
    struct abci_server *s = ctx;
    for (;;) {
        const int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) take(s, fd);
        else if (errno != EINTR && errno != ECONNABORTED) return NULL; /* also at the end */
    }
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool is_answered(const struct sockaddr_un *address)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const bool is = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    (void)close(fd);
    return is;
}

static enum gz_err listen_at(struct abci_server *s)
{
    const struct sockaddr *address = (const struct sockaddr *)&s->address;
    if (is_answered(&s->address)) return GZ_BUSY;
    (void)unlink(s->address.sun_path);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0) return GZ_IO;
    /* Between bind and listen nobody can connect, so the mode is right before anybody does. */
    if (bind(s->fd, address, sizeof s->address) != 0) return GZ_IO;
    if (chmod(s->address.sun_path, SOCKET_MODE) != 0) return GZ_IO;
    return listen(s->fd, BACKLOG) == 0 ? GZ_OK : GZ_IO;
}

enum gz_err abci_server_open(const struct abci_server_options *o, struct abci_server **out)
{
    DEFER(abci_server_close) struct abci_server *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    s->o = *o;
    s->fd = -1;
    s->address.sun_family = AF_UNIX;
    pthread_mutex_init(&s->lock, NULL);
    if (strlen(o->path) > ABCI_PATH_MAX) return GZ_LIMIT;
    strcpy(s->address.sun_path, o->path);
    TRY(listen_at(s));
    s->has_thread = pthread_create(&s->thread, NULL, run, s) == 0;
    if (!s->has_thread) return GZ_MEMORY;
    *out = s;
    s = NULL;
    return GZ_OK;
}

void abci_server_close(struct abci_server **out)
{
    struct abci_server *s = *out;
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->is_ending = true;
    for (size_t i = 0; i < ABCI_CONNECTIONS_MAX; i++)
        if (s->connections[i].is_used) (void)shutdown(s->connections[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&s->lock);
    if (s->fd >= 0) (void)shutdown(s->fd, SHUT_RDWR);
    if (s->has_thread) pthread_join(s->thread, NULL);
    for (size_t i = 0; i < ABCI_CONNECTIONS_MAX; i++)
        if (s->connections[i].is_used) fini(&s->connections[i]);
    if (s->fd >= 0) {
        (void)close(s->fd);
        if (s->has_thread) (void)unlink(s->address.sun_path);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
    *out = NULL;
}

unsigned abci_server_connections(struct abci_server *s)
{
    unsigned n = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < ABCI_CONNECTIONS_MAX; i++)
        n += s->connections[i].is_used && !s->connections[i].has_ended;
    pthread_mutex_unlock(&s->lock);
    return n;
}

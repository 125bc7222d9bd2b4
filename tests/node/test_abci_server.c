/* The local socket that the engine opens four connections to. */
#include "node/abci_server.h"

#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "folder_fixture.h"

enum { PIPELINED = 300, CONNECTIONS = 4 };

struct app {
    _Atomic unsigned failures;
};

/* Echo gives back; Commit is refused; all else is a flush. */
static enum gz_err answer(void *ctx, const Abci__Request *r, struct buf *out)
{
    Abci__Response reply = ABCI__RESPONSE__INIT;
    Abci__Empty    empty = ABCI__EMPTY__INIT;
    (void)ctx;
    if (r->value_case == ABCI__REQUEST__VALUE_COMMIT) return GZ_IO;
    reply.value_case = ABCI__RESPONSE__VALUE_FLUSH;
    reply.flush = &empty;
    if (r->value_case == ABCI__REQUEST__VALUE_ECHO) {
        reply.value_case = ABCI__RESPONSE__VALUE_ECHO;
        reply.echo = r->echo;
    }
    return abci_add(&reply, out);
}

static void failed(void *ctx)
{
    ((struct app *)ctx)->failures++;
}

static struct abci_server *open_server(struct app *app)
{
    struct abci_server              *s = NULL;
    const struct abci_server_options o = {in_folder("abci.sock"), app, answer, failed};
    assert_ok(abci_server_open(&o, &s));
    return s;
}

static int dial(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int          fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(address.sun_path, in_folder("abci.sock"));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void add_request(const Abci__Request *r, struct buf *out)
{
    const size_t n = abci__request__get_packed_size(r);
    assert_true(n < 0x80);
    assert_ok(buf_add_byte(out, (uint8_t)n));
    assert_ok(buf_reserve(out, n));
    out->n += abci__request__pack(r, out->p + out->n);
}

static void add_echo(const char *text, struct buf *out)
{
    Abci__Request r = ABCI__REQUEST__INIT;
    Abci__Echo    e;
    abci__echo__init(&e);
    e.message = (char *)text;
    r.value_case = ABCI__REQUEST__VALUE_ECHO;
    r.echo = &e;
    add_request(&r, out);
}

static void add_empty(int which, struct buf *out)
{
    Abci__Request r = ABCI__REQUEST__INIT;
    Abci__Empty   e = ABCI__EMPTY__INIT;
    r.value_case = which;
    r.flush = &e; /* all of these are one member of the union */
    add_request(&r, out);
}

static void send_all(int fd, const struct buf *b)
{
    assert_int_equal(send(fd, b->p, b->n, MSG_NOSIGNAL), b->n);
}

/* The next response; NULL where the connection has ended. */
static Abci__Response *receive(int fd)
{
    uint8_t length, wire[256];
    if (recv(fd, &length, 1, MSG_WAITALL) != 1) return NULL;
    assert_true(length < 0x80);
    if (length > 0) assert_int_equal(recv(fd, wire, length, MSG_WAITALL), length);
    return abci__response__unpack(NULL, length, wire);
}

static void expect_echo(int fd, const char *text)
{
    Abci__Response *r = receive(fd);
    assert_non_null(r);
    assert_int_equal(r->value_case, ABCI__RESPONSE__VALUE_ECHO);
    assert_string_equal(r->echo->message, text);
    abci__response__free_unpacked(r, NULL);
}

static void answers_keep_the_order_of_a_connection(void **state)
{
    (void)state;
    struct app          app = {0};
    struct abci_server *s = open_server(&app);
    int                 fds[CONNECTIONS];
    struct stat         st;
    char                text[32];
    assert_int_equal(stat(in_folder("abci.sock"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (unsigned c = 0; c < CONNECTIONS; c++) {
        DEFER(buf_fini) struct buf out = {0};
        fds[c] = dial();
        for (unsigned i = 0; i < PIPELINED; i++) {
            (void)snprintf(text, sizeof text, "%u of %u", i, c);
            add_echo(text, &out);
        }
        add_empty(ABCI__REQUEST__VALUE_FLUSH, &out);
        send_all(fds[c], &out);
    }
    for (unsigned c = 0; c < CONNECTIONS; c++) {
        for (unsigned i = 0; i < PIPELINED; i++) {
            (void)snprintf(text, sizeof text, "%u of %u", i, c);
            expect_echo(fds[c], text);
        }
        Abci__Response *r = receive(fds[c]);
        assert_int_equal(r->value_case, ABCI__RESPONSE__VALUE_FLUSH);
        abci__response__free_unpacked(r, NULL);
    }
    assert_int_equal(abci_server_connections(s), CONNECTIONS);
    for (unsigned c = 0; c < CONNECTIONS; c++) close(fds[c]);
    abci_server_close(&s);
    assert_int_equal(app.failures, 0);
    assert_false(exists(in_folder("abci.sock")));
}

static void a_request_may_come_in_pieces(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf out = {0};
    struct app                 app = {0};
    struct abci_server        *s = open_server(&app);
    const int                  fd = dial();
    add_echo("in pieces", &out);
    for (size_t i = 0; i < out.n; i++) {
        assert_int_equal(send(fd, out.p + i, 1, 0), 1);
        usleep(500);
    }
    expect_echo(fd, "in pieces"); /* without a flush, since nothing more comes */
    close(fd);
    abci_server_close(&s);
}

static void what_cannot_be_read_ends_the_connection_alone(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf out = {0}, bad = {0};
    struct app                 app = {0};
    struct abci_server        *s = open_server(&app);
    const int                  good = dial(), fd = dial();
    for (unsigned i = 0; i < ABCI_HEAD_MAX; i++) assert_ok(buf_add_byte(&bad, 0xff));
    send_all(fd, &bad);
    assert_null(receive(fd));
    add_echo("still here", &out);
    send_all(good, &out);
    expect_echo(good, "still here");
    assert_int_equal(app.failures, 0);
    close(fd);
    close(good);
    abci_server_close(&s);
}

static void a_failure_is_told_once(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf out = {0};
    struct app                 app = {0};
    struct abci_server        *s = open_server(&app);
    for (unsigned i = 0; i < 2; i++) {
        const int fd = dial();
        out.n = 0;
        add_echo("before", &out);
        add_empty(ABCI__REQUEST__VALUE_COMMIT, &out);
        add_echo("after", &out);
        send_all(fd, &out);
        expect_echo(fd, "before");
        Abci__Response *r = receive(fd);
        assert_int_equal(r->value_case, ABCI__RESPONSE__VALUE_EXCEPTION);
        abci__response__free_unpacked(r, NULL);
        assert_null(receive(fd));
        close(fd);
    }
    assert_int_equal(app.failures, 1);
    abci_server_close(&s);
}

static void a_second_server_is_refused_and_a_dead_ones_place_taken(void **state)
{
    (void)state;
    struct app                       app = {0};
    struct abci_server              *s = open_server(&app), *second = NULL;
    const struct abci_server_options o = {in_folder("abci.sock"), &app, answer, failed};
    char                             long_path[200];
    assert_err(abci_server_open(&o, &second), GZ_BUSY);
    abci_server_close(&s);
    const int          fd = socket(AF_UNIX, SOCK_STREAM, 0); /* bound, and nobody listens */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, in_folder("abci.sock"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    s = open_server(&app);
    abci_server_close(&s);
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = 0;
    const struct abci_server_options too_long = {long_path, &app, answer, failed};
    assert_err(abci_server_open(&too_long, &second), GZ_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(answers_keep_the_order_of_a_connection),
        FOLDER_TEST(a_request_may_come_in_pieces),
        FOLDER_TEST(what_cannot_be_read_ends_the_connection_alone),
        FOLDER_TEST(a_failure_is_told_once),
        FOLDER_TEST(a_second_server_is_refused_and_a_dead_ones_place_taken),
    };
    RUN_TESTS(tests);
}

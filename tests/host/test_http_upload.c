/* Bodies that are taken in pieces, and replies that are files. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "check.h"
#include "host/file.h"
#include "host/host.h"
#include "host/http_client.h"
#include "host/http_server.h"

enum { WAIT_MS = 20000, BODY_MAX = 24 * 1024 * 1024, STOP = '!' };

/* What came: how many bytes, their sum, the largest piece. */
struct seen {
    uint64_t n, sum, largest;
};
static _Atomic int opened, closed;

static enum gz_err open_upload(void *ctx, const struct http_request *r, struct http_reply *reply,
                               void **state)
{
    (void)ctx;
    opened++;
    *state = calloc(1, sizeof(struct seen));
    if (http_header(r, "x-fail") != NULL) return GZ_BUSY;
    if (http_header(r, "x-refuse") == NULL) return GZ_OK;
    reply->status = 415;
    reply->content_type = "text/plain";
    return buf_add_str(&reply->body, "not this");
}

static enum gz_err take(void *state, struct bytes piece, struct http_reply *reply)
{
    struct seen *s = state;
    if (piece.p[0] == STOP) {
        reply->status = 400;
        return buf_add_str(&reply->body, "stopped");
    }
    for (size_t i = 0; i < piece.n; i++) s->sum += piece.p[i];
    s->n += piece.n;
    s->largest = piece.n > s->largest ? piece.n : s->largest;
    return GZ_OK;
}

static void close_upload(void *state)
{
    closed++;
    free(state);
}

static enum gz_err count(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    const struct seen *s = r->upload;
    (void)ctx;
    assert(r->body.n == 0);
    assert(strlen(r->id) == 36);
    snprintf(reply->location, sizeof reply->location, "/a/1");
    return buf_addf(&reply->body, "%llu %llu %llu", (unsigned long long)s->n,
                    (unsigned long long)s->sum, (unsigned long long)s->largest);
}

static enum gz_err give_file(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r;
    reply->file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (reply->file < 0) return GZ_IO;
    reply->has_file = true;
    reply->file_size = 300000;
    for (int i = 0; i < 300000; i += 6) TRY(file_write_all(reply->file, "abcde\n", 6, i));
    return http_query(r, "busy") != NULL ? GZ_BUSY : GZ_OK;
}

static enum gz_err write_refusal(const struct http_refusal *r, struct buf *out)
{
    return buf_addf(out, "ours %d %s %zu", r->status, r->code, strlen(r->request_id));
}

static struct http_server *server;
static struct http_client *client;
static struct http_answer  answer;

static int set_up(void **state)
{
    static const struct http_route  routes[] = {{"POST", "/a/", count, BODY_MAX},
                                                {"GET", "/file", give_file, 0}};
    static const struct http_upload uploads[] = {{"/a/", open_upload, take, close_upload}};
    const struct http_options       o = {.address = "127.0.0.1",
                                         .threads = 3,
                                         .routes = routes,
                                         .routes_n = COUNT_OF(routes),
                                         .uploads = uploads,
                                         .uploads_n = COUNT_OF(uploads),
                                         .write_refusal = write_refusal};
    (void)state;
    log_set_level(LOG_ALARM);
    opened = closed = 0;
    return http_server_open(&o, &server) != GZ_OK || http_client_new(&client) != GZ_OK;
}

/* Whatever was opened is closed. */
static int tear_down(void **state)
{
    (void)state;
    http_answer_fini(&answer);
    http_client_free(&client);
    http_server_close(&server);
    return opened != closed;
}

static int post(const uint8_t *body, size_t n)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/a/x", http_server_port(server));
    assert_ok(
        http_post(client, url, "text/plain", (struct bytes){body, n}, WAIT_MS, 1 << 20, &answer));
    return answer.status;
}

static bool says(const char *text)
{
    return answer.body.n > 0 && memmem(answer.body.p, answer.body.n, text, strlen(text)) != NULL;
}

static void it_is_taken_in_pieces(void **state)
{
    static const size_t sizes[] = {
        0, 1, HTTP_PIECE_SIZE - 1, HTTP_PIECE_SIZE, HTTP_PIECE_SIZE + 1, BODY_MAX};
    (void)state;
    uint8_t *body = malloc(BODY_MAX);
    assert_non_null(body);
    for (size_t i = 0; i < BODY_MAX; i++) body[i] = (uint8_t)(i * 7 % 251 + 1) | 0x40;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char               want[64];
        unsigned long long sum = 0, n = 0, got = 0, largest = 0;
        for (size_t j = 0; j < sizes[i]; j++) sum += body[j];
        assert_int_equal(post(body, sizes[i]), 200);
        assert_ok(buf_add_byte(&answer.body, 0));
        assert_int_equal(sscanf((char *)answer.body.p, "%llu %llu %llu", &n, &got, &largest), 3);
        (void)snprintf(want, sizeof want, "%zu %llu", sizes[i], sum);
        assert_true(n == sizes[i] && got == sum);
        assert_true(largest < 2 * HTTP_PIECE_SIZE); /* whatever the size of the whole */
    }
    free(body);
}

static void too_much_or_a_stop_ends_it(void **state)
{
    (void)state;
    uint8_t *body = calloc(1, BODY_MAX + 1);
    assert_non_null(body);
    assert_int_equal(post(body, BODY_MAX + 1), 413);
    assert_true(says("ours 413 GZ_LIMIT 36"));
    body[0] = STOP;
    assert_int_equal(post(body, 10), 400);
    assert_true(says("stopped"));
    assert_int_equal(post(body, HTTP_PIECE_SIZE * 3), 400);
    assert_int_equal(post((const uint8_t *)"abc", 3), 200);
    assert_true(says("3 294 3"));
    free(body);
}

/* --- by hand ---------------------------------------------------------------------------------- */

static int connect_raw(void)
{
    const int                fd = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(http_server_port(server)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void read_all(int fd, char *got, size_t size)
{
    size_t n = 0;
    for (ssize_t r; n < size - 1 && (r = read(fd, got + n, size - 1 - n)) > 0;) n += (size_t)r;
    got[n] = 0;
    (void)close(fd);
}

static void chunks_are_pieces_too(void **state)
{
    (void)state;
    enum { CHUNKS = 3000 };
    char      got[1024];
    char      chunk[1200];
    const int fd = connect_raw();
    say(fd, "POST /a/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < CHUNKS; i++) {
        const int n = snprintf(chunk, sizeof chunk, "3e8\r\n%01000d\r\n", i % 10);
        assert_int_equal(n, 1007);
        say(fd, chunk);
    }
    say(fd, "0\r\n\r\n");
    read_all(fd, got, sizeof got);
    /* 3,000 chunks of 999 zeros and a last digit */
    char want[64];
    (void)snprintf(want, sizeof want, "\r\n\r\n3000000 %d ",
                   CHUNKS * 1000 * '0' + CHUNKS / 10 * 45);
    assert_non_null(strstr(got, want));
    assert_non_null(strstr(got, "Location: /a/1\r\n"));
}

static void open_refuses_before_the_body(void **state)
{
    static const struct {
        const char *header, *status, *body;
    } tries[] = {{"X-Refuse", "HTTP/1.1 415 ", "not this"},
                 {"X-Fail", "HTTP/1.1 503 ", "ours 503 GZ_BUSY 36"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tries); i++) {
        char      ask[256], got[1024];
        const int fd = connect_raw();
        (void)snprintf(ask, sizeof ask,
                       "POST /a/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s: y\r\n"
                       "Content-Length: 4\r\n\r\nabcd",
                       tries[i].header);
        say(fd, ask);
        read_all(fd, got, sizeof got);
        assert_int_equal(strncmp(got, tries[i].status, strlen(tries[i].status)), 0);
        assert_non_null(strstr(got, tries[i].body));
    }
}

/* The client goes away in the middle: tear_down finds it closed. */
static void a_body_that_breaks_off_is_forgotten(void **state)
{
    (void)state;
    static char half[HTTP_PIECE_SIZE + 1000];
    memset(half, 'x', sizeof half - 1);
    const int fd = connect_raw();
    say(fd, "POST /a/x HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n");
    say(fd, half);
    while (opened == 0) (void)usleep(1000);
    (void)close(fd);
    while (closed == 0) (void)usleep(1000);
}

static void a_reply_may_be_a_file(void **state)
{
    (void)state;
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/file", http_server_port(server));
    for (int i = 0; i < 3; i++) {
        assert_ok(http_get(client, url, WAIT_MS, 1 << 20, &answer));
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.body.n, 300000);
        assert_memory_equal(answer.body.p + 299994, "abcde\n", 6);
    }
    (void)strcat(url, "?busy=1");
    assert_ok(http_get(client, url, WAIT_MS, 1 << 20, &answer));
    assert_int_equal(answer.status, 503);
    assert_true(says("ours 503"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_taken_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_much_or_a_stop_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chunks_are_pieces_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(open_refuses_before_the_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_that_breaks_off_is_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reply_may_be_a_file, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

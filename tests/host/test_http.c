#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "host/host.h"
#include "host/http_client.h"
#include "host/http_server.h"

enum { BODY_MAX = 1000, WAIT_MS = 10000, CLIENTS = 64, ROUNDS = 20 };

static enum gz_err echo(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    const char *q = http_query(r, "q"), *agent = http_header(r, "user-agent");
    reply->content_type = "text/plain";
    TRY(buf_addf(&reply->body, "%s %s %.*s q=%s agent=%s ", (const char *)ctx, r->method,
                 (int)r->path.n, (const char *)r->path.p, q == NULL ? "" : q, agent));
    return buf_add(&reply->body, r->body);
}

static enum gz_err longer(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r;
    reply->status = 202;
    reply->retry_after_s = 7;
    return buf_add_str(&reply->body, "longer");
}

static enum gz_err busy(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r;
    TRY(buf_add_str(&reply->body, "half an answer"));
    return GZ_BUSY;
}

static enum gz_err slow(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r;
    (void)usleep(400 * 1000);
    return buf_add_str(&reply->body, "slow");
}

static const struct http_route routes[] = {
    {"GET", "/a/", echo, 0},         {"GET", "/a/long/", longer, 0},
    {"POST", "/a/", echo, BODY_MAX}, {"GET", "/exact", echo, 0},
    {"GET", "/busy", busy, 0},       {"GET", "/slow", slow, 0},
    {"POST", "/only-post", echo, 0},
};
static char                context[] = "ctx";
static struct http_server *server;
static struct http_client *client;
static struct http_answer  answer;

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_ALARM);
    const struct http_options o = {.address = "127.0.0.1",
                                   .threads = 4,
                                   .ctx = context,
                                   .routes = routes,
                                   .routes_n = COUNT_OF(routes)};
    return http_server_open(&o, &server) != GZ_OK || http_client_new(&client) != GZ_OK;
}

static int tear_down(void **state)
{
    (void)state;
    http_answer_fini(&answer);
    http_client_free(&client);
    http_server_close(&server);
    return server != NULL;
}

static const char *url(const char *path)
{
    static _Thread_local char out[256];
    (void)snprintf(out, sizeof out, "http://127.0.0.1:%u%s", http_server_port(server), path);
    return out;
}

static int get(const char *path)
{
    assert_ok(http_get(client, url(path), WAIT_MS, 2 << 20, &answer));
    return answer.status;
}

static int post(const char *path, size_t n)
{
    uint8_t *body = malloc(n + 1);
    memset(body, 'b', n + 1);
    assert_ok(http_post(client, url(path), "text/plain", (struct bytes){body, n}, WAIT_MS, 2 << 20,
                        &answer));
    free(body);
    return answer.status;
}

static bool says(const char *text)
{
    return answer.body.n > 0 && memmem(answer.body.p, answer.body.n, text, strlen(text)) != NULL;
}

static void the_longest_prefix_answers(void **state)
{
    (void)state;
    assert_int_equal(get("/a/b%20c?q=%E5%9B%BA&x"), 200);
    assert_true(says("ctx GET /a/b c q=固 agent=guzheng "));
    assert_string_equal(answer.content_type, "text/plain");
    assert_int_equal(get("/a/long/x"), 202);
    assert_true(says("longer"));
    assert_int_equal(answer.retry_after_s, 7);
    assert_int_equal(get("/exact"), 200);
    const int64_t away = answer.date_s - clock_now().s;
    assert_true(away >= -2 && away <= 2);
}

static void the_date_follows_our_clock(void **state)
{
    (void)state;
    clock_shift_s(3600);
    assert_int_equal(get("/exact"), 200);
    const int64_t away = answer.date_s - clock_now().s;
    clock_shift_s(0);
    assert_true(away >= -2 && away <= 2);
}

static void refusals_are_problems(void **state)
{
    (void)state;
    static const char *const missing[] = {"/", "/exact/", "/exac", "/a", "/exact%00", "/%"};
    for (size_t i = 0; i < COUNT_OF(missing); i++) {
        assert_int_equal(get(missing[i]), 404);
        assert_string_equal(answer.content_type, "application/problem+json");
        assert_true(says("\"status\":404,\"code\":\"GZ_MISSING\",\"request_id\":\""));
    }
    assert_int_equal(get("/only-post"), 405);
    assert_true(says("\"status\":405,\"code\":\"METHOD_NOT_ALLOWED\""));
    assert_int_equal(post("/exact", 3), 405);
    assert_int_equal(get("/busy"), 503);
    assert_true(says("GZ_BUSY"));
    assert_false(says("half an answer"));
    assert_int_equal(answer.retry_after_s, 1);
}

static void bodies_over_the_limit_are_refused(void **state)
{
    (void)state;
    assert_int_equal(post("/a/x", 0), 200);
    assert_int_equal(post("/a/x", BODY_MAX), 200);
    assert_true(answer.body.n > BODY_MAX);
    assert_int_equal(post("/a/x", BODY_MAX + 1), 413);
    assert_true(says("GZ_LIMIT"));
    assert_int_equal(post("/a/x", 4 << 20), 413);
    assert_int_equal(post("/only-post", HTTP_BODY_MAX_DEFAULT), 200);
    assert_int_equal(post("/only-post", HTTP_BODY_MAX_DEFAULT + 1), 413);
    assert_int_equal(get("/exact"), 200); /* and the server lives on */
}

static void the_client_keeps_its_limits(void **state)
{
    (void)state;
    struct http_answer a = {0};
    assert_err(http_get(client, url("/exact"), WAIT_MS, 5, &a), GZ_LIMIT);
    assert_err(http_get(client, url("/slow"), 100, 100, &a), GZ_IO);
    assert_err(http_get(client, "http://127.0.0.1:1/", 1000, 100, &a), GZ_IO);
    assert_err(http_get(client, "file:///etc/hostname", 1000, 100, &a), GZ_IO);
    assert_null(a.body.p);
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(get("/exact"), 200);
    (void)unsetenv("http_proxy");
}

static void only_loopback_is_served(void **state)
{
    (void)state;
    static const char *const others[] = {"0.0.0.0", "::", "10.0.0.1", "localhost", ""};
    struct http_server      *other = NULL;
    struct http_options      o = {.threads = 1, .routes = routes, .routes_n = 1};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        o.address = others[i];
        assert_err(http_server_open(&o, &other), GZ_DENIED);
    }
    o.address = "127.0.0.1";
    o.port = http_server_port(server);
    assert_err(http_server_open(&o, &other), GZ_BUSY);
    assert_null(other);
}

static int connect_raw(void)
{
    const int                fd = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(http_server_port(server)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void head_has_headers_only(void **state)
{
    (void)state;
    static const char ask[] = "HEAD /exact HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char              got[2048] = "";
    size_t            n = 0;
    const int         fd = connect_raw();
    assert_int_equal(write(fd, ask, sizeof ask - 1), sizeof ask - 1);
    for (ssize_t r; n < sizeof got - 1 && (r = read(fd, got + n, sizeof got - 1 - n)) > 0;)
        n += (size_t)r;
    (void)close(fd);
    assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
    assert_non_null(strstr(got, "Content-Length: "));
    assert_string_equal(strstr(got, "\r\n\r\n"), "\r\n\r\n");
}

/* Handlers that sleep and clients that send half a request: another one is answered at once. */
static void slow_ones_block_nobody(void **state)
{
    (void)state;
    int fds[40];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        static const char half[] =
            "POST /a/x HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc";
        fds[i] = connect_raw();
        assert_true(write(fds[i], half, sizeof half - 1) > 0);
    }
    static const char ask[] = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
    const int         fd = connect_raw();
    assert_true(write(fd, ask, sizeof ask - 1) > 0);
    const int64_t begun = clock_monotonic_ms();
    assert_int_equal(get("/exact"), 200);
    assert_true(clock_monotonic_ms() - begun < 300);
    for (size_t i = 0; i < COUNT_OF(fds); i++) (void)close(fds[i]);
    (void)close(fd);
}

static _Atomic int good;

static void *ask_often(void *ctx)
{
    struct http_client *c = NULL;
    struct http_answer  a = {0};
    char                path[64], want[128];
    if (http_client_new(&c) != GZ_OK) return NULL;
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(path, sizeof path, "/a/%d-%d", *(int *)ctx, i);
        (void)snprintf(want, sizeof want, "ctx GET %s q= ", path);
        if (http_get(c, url(path), WAIT_MS, 1000, &a) == GZ_OK && a.status == 200 &&
            a.body.n > strlen(want) && memcmp(a.body.p, want, strlen(want)) == 0)
            good++;
    }
    http_answer_fini(&a);
    http_client_free(&c);
    return NULL;
}

static void sixty_four_at_once_get_their_own(void **state)
{
    (void)state;
    pthread_t threads[CLIENTS];
    int       numbers[CLIENTS];
    good = 0;
    for (int i = 0; i < CLIENTS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &numbers[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) (void)pthread_join(threads[i], NULL);
    assert_int_equal(good, CLIENTS * ROUNDS);
}

static void *ask_slow(void *ctx)
{
    struct http_client *c = NULL;
    struct http_answer  a = {0};
    if (http_client_new(&c) == GZ_OK && http_get(c, ctx, WAIT_MS, 100, &a) == GZ_OK)
        good = a.status;
    http_answer_fini(&a);
    http_client_free(&c);
    return NULL;
}

static void closing_lets_a_handler_finish(void **state)
{
    (void)state;
    char      to[64];
    pthread_t thread;
    good = 0;
    (void)snprintf(to, sizeof to, "%s", url("/slow"));
    assert_int_equal(pthread_create(&thread, NULL, ask_slow, to), 0);
    (void)usleep(150 * 1000);
    http_server_close(&server);
    (void)pthread_join(thread, NULL);
    assert_int_equal(good, 200);
    struct http_answer a = {0};
    assert_err(http_get(client, to, 1000, 100, &a), GZ_IO);
}

static void a_local_socket_is_for_its_owner_alone(void **state)
{
    (void)state;
    char                path[] = "/tmp/guzheng-http-XXXXXX.sock";
    struct stat         st;
    struct http_server *local = NULL, *second = NULL;
    struct http_client *near = NULL;
    struct http_options o = {.socket_path = path,
                             .threads = 1,
                             .ctx = context,
                             .routes = routes,
                             .routes_n = COUNT_OF(routes)};
    const int           left = mkstemps(path, 5); /* what a killed process left there */
    assert_true(left >= 0);
    (void)close(left);
    assert_ok(http_server_open(&o, &local));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_err(http_server_open(&o, &second), GZ_BUSY);
    assert_ok(http_client_new_local(path, &near));
    assert_ok(http_get(near, "http://bank/a/x", WAIT_MS, 2 << 20, &answer));
    assert_int_equal(answer.status, 200);
    assert_true(says("GET /a/x"));
    http_client_free(&near);
    http_server_close(&local);
    assert_int_equal(stat(path, &st), -1); /* gone with its server */
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_longest_prefix_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_date_follows_our_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_are_problems, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_over_the_limit_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_client_keeps_its_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_loopback_is_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(head_has_headers_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slow_ones_block_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sixty_four_at_once_get_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_local_socket_is_for_its_owner_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_lets_a_handler_finish, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

#include "cli/bank_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cli/error_text.h"
#include "host/http_client.h"

enum {
    CALL_TIMEOUT_MS = 10 * 60 * 1000,
    ANSWER_MAX = 256 * 1024 * 1024,
    URL_SIZE = 1024,
    SOCKET_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path - 1,
};

struct bank_client {
    struct http_client *http;
    const char         *socket;
};

static void answer_fini(struct http_answer *a)
{
    http_answer_fini(a);
}

enum gz_err bank_client_open(const char *socket, struct bank_client **out)
{
    if (socket == NULL) socket = getenv("GUZHENG_SOCKET");
    if (socket == NULL) socket = "/run/guzheng/bank.sock";
    struct bank_client *c = calloc(1, sizeof *c);
    if (c == NULL) return GZ_MEMORY;
    c->socket = socket;
    const enum gz_err e = http_client_new_local(socket, &c->http);
    if (e != GZ_OK) {
        fprintf(stderr, "guzheng: 套接字 %s：%s\n", socket, error_text(e));
        free(c);
        return e;
    }
    *out = c;
    return GZ_OK;
}

void bank_client_close(struct bank_client **c)
{
    if (*c == NULL) return;
    http_client_free(&(*c)->http);
    free(*c);
    *c = NULL;
}

/* Why nothing answers at the socket, as far as it can be seen from here. */
static const char *why_silent(const char *socket)
{
    struct stat st;
    if (strlen(socket) > SOCKET_PATH_MAX) return "路径太长";
    if (stat(socket, &st) != 0) return errno == EACCES ? "无权访问" : "不存在";
    return S_ISSOCK(st.st_mode) ? "无人应答" : "不是套接字";
}

static void say_silent(const struct bank_client *c)
{
    fprintf(stderr,
            "guzheng: 银行进程没有应答：套接字 %s %s。\n"
            "  请确认 guzheng bank --config … 正在运行，并用 --socket 或环境变量 GUZHENG_SOCKET "
            "指明其套接字。\n  (no answer from the bank's socket)\n",
            c->socket, why_silent(c->socket));
}

/* The bank's refusal in its own words, the detail of the problem document, where it has some. */
static enum gz_err say_refusal(const struct http_answer *a)
{
    const enum gz_err e = error_of_status(a->status);
    json_t           *problem = json_loadb((const char *)a->body.p, a->body.n, 0, NULL);
    const char       *detail = json_string_value(json_object_get(problem, "detail"));
    fprintf(stderr, "guzheng: 银行进程未办理 (%d)：%s\n", a->status,
            detail != NULL ? detail : error_text(e));
    json_decref(problem);
    return e;
}

/* What is wrong with an exchange that is no refusal. */
static enum gz_err say_failure(const struct bank_client *c, enum gz_err e)
{
    if (e == GZ_IO) say_silent(c);
    else if (e == GZ_MALFORMED) fputs("guzheng: 银行进程的应答不是预期的形式\n", stderr);
    else if (e != GZ_OK) fprintf(stderr, "guzheng: 银行进程的应答：%s\n", error_text(e));
    return e;
}

static enum gz_err call(struct bank_client *c, const char *path, struct bytes body, bool post,
                        struct http_answer *out)
{
    char      url[URL_SIZE];
    const int n = snprintf(url, sizeof url, "http://bank%s", path);
    if (n < 0 || (size_t)n >= sizeof url) return say_failure(c, GZ_LIMIT);
    TRY(say_failure(c, post ? http_post(c->http, url, "application/json", body, CALL_TIMEOUT_MS,
                                        ANSWER_MAX, out)
                            : http_get(c->http, url, CALL_TIMEOUT_MS, ANSWER_MAX, out)));
    return out->status / 100 == 2 ? GZ_OK : say_refusal(out);
}

enum gz_err bank_client_call(struct bank_client *c, const char *path, json_t *request,
                             json_t **answer)
{
    DEFER(answer_fini) struct http_answer a = {0};
    char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
    if (request != NULL && text == NULL) return say_failure(c, GZ_MEMORY);
    const struct bytes body = text == NULL ? (struct bytes){0} : bytes_str(text);
    const enum gz_err  e = call(c, path, body, request != NULL, &a);
    free(text);
    TRY(e);
    json_t *got = json_loadb((const char *)a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL);
    if (got == NULL) return say_failure(c, GZ_MALFORMED);
    *answer = got;
    return GZ_OK;
}

enum gz_err bank_client_get(struct bank_client *c, const char *path, struct buf *out)
{
    DEFER(answer_fini) struct http_answer a = {0};
    TRY(call(c, path, (struct bytes){0}, false, &a));
    return buf_add(out, buf_bytes(&a.body));
}

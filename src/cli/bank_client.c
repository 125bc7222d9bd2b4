#include "cli/bank_client.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/http_client.h"

enum { CALL_TIMEOUT_MS = 10 * 60 * 1000, ANSWER_MAX = 256 * 1024 * 1024, URL_SIZE = 1024 };

struct bank_client {
    struct http_client *http;
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
    const enum gz_err e = http_client_new_local(socket, &c->http);
    if (e != GZ_OK) {
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

/* The bank's refusal in its own words: title and detail of the problem document. */
static enum gz_err say_refusal(const struct http_answer *a)
{
    json_t     *problem = json_loadb((const char *)a->body.p, a->body.n, 0, NULL);
    const char *title = json_string_value(json_object_get(problem, "title"));
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    fprintf(stderr, "guzheng: the bank refused (%d): %s%s%s\n", a->status,
            title != NULL ? title : "no reason given", detail != NULL ? ": " : "",
            detail != NULL ? detail : "");
    json_decref(problem);
    switch (a->status) {
    case 400: return GZ_MALFORMED;
    case 404: return GZ_MISSING;
    case 409: return GZ_CONFLICT;
    case 503: return GZ_BUSY;
    default: return GZ_IO;
    }
}

static enum gz_err call(struct bank_client *c, const char *path, struct bytes body, bool post,
                        struct http_answer *out)
{
    char      url[URL_SIZE];
    const int n = snprintf(url, sizeof url, "http://bank%s", path);
    if (n < 0 || (size_t)n >= sizeof url) return GZ_LIMIT;
    const enum gz_err e =
        post ? http_post(c->http, url, "application/json", body, CALL_TIMEOUT_MS, ANSWER_MAX, out)
             : http_get(c->http, url, CALL_TIMEOUT_MS, ANSWER_MAX, out);
    if (e == GZ_IO)
        fprintf(stderr, "guzheng: no answer from the bank. Is `guzheng bank --config …` running? "
                        "Name its socket with --socket or GUZHENG_SOCKET.\n");
    return e;
}

enum gz_err bank_client_call(struct bank_client *c, const char *path, json_t *request,
                             json_t **answer)
{
    DEFER(answer_fini) struct http_answer a = {0};
    char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
    if (request != NULL && text == NULL) return GZ_MEMORY;
    const struct bytes body = text == NULL ? (struct bytes){0} : bytes_str(text);
    const enum gz_err  e = call(c, path, body, request != NULL, &a);
    free(text);
    TRY(e);
    if (a.status / 100 != 2) return say_refusal(&a);
    json_t *got = json_loadb((const char *)a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL);
    if (got == NULL) return GZ_MALFORMED;
    *answer = got;
    return GZ_OK;
}

enum gz_err bank_client_get(struct bank_client *c, const char *path, struct buf *out)
{
    DEFER(answer_fini) struct http_answer a = {0};
    TRY(call(c, path, (struct bytes){0}, false, &a));
    if (a.status / 100 != 2) return say_refusal(&a);
    return buf_add(out, buf_bytes(&a.body));
}

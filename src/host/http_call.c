#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/host.h"
#include "host/http_server_internal.h"

/* A refused body is read and dropped up to here, so that the client gets to read the answer. */
enum { DISCARD_MAX = 16 * 1024 * 1024, RETRY_AFTER_DEFAULT_S = 1 };

static const char problem_type[] = "application/problem+json";

/* RFC 9457. Every word in it is ours. */
static void refuse(struct http_call *call, int status, const char *code, const char *title)
{
    call->route = NULL;
    buf_fini(&call->body);
    buf_fini(&call->reply.body);
    call->reply.status = status;
    call->reply.content_type = problem_type;
    if (status == 503 && call->reply.retry_after_s == 0)
        call->reply.retry_after_s = RETRY_AFTER_DEFAULT_S;
    const enum gz_err e = buf_addf(&call->reply.body,
                                   "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                                   "\"code\":\"%s\",\"request_id\":\"%s\"}\n",
                                   title, status, code, call->request_id);
    if (e != GZ_OK) buf_fini(&call->reply.body); /* the status alone says it */
}

void http_call_refuse(struct http_call *call, enum gz_err e)
{
    refuse(call, err_status(e), err_name(e), err_sentence(e));
}

static bool path_fits(const struct http_route *r, const char *path)
{
    const size_t n = strlen(r->prefix);
    return r->prefix[n - 1] == '/' ? strncmp(path, r->prefix, n) == 0 : !strcmp(path, r->prefix);
}

static const struct http_route *find(const struct http_dispatch *d, const char *method,
                                     const char *path, char allow[static 64])
{
    const struct http_route *best = NULL;
    allow[0] = 0;
    for (size_t i = 0; i < d->routes_n; i++) {
        const struct http_route *r = &d->routes[i];
        if (!path_fits(r, path)) continue;
        if (strcmp(r->method, method) == 0) {
            if (best == NULL || strlen(r->prefix) > strlen(best->prefix)) best = r;
        } else if (strstr(allow, r->method) == NULL) {
            const size_t n = strlen(allow);
            (void)snprintf(allow + n, 64 - n, "%s%s", n > 0 ? ", " : "", r->method);
        }
    }
    return best;
}

struct http_call *http_call_new(const struct http_dispatch *d, struct MHD_Connection *connection,
                                const char *method, const char *url)
{
    struct http_call *call = calloc(1, sizeof *call);
    if (call == NULL) return NULL;
    call->connection = connection;
    uuid_v7(clock_now(), call->request_id);
    if (buf_add_str(&call->path, url) != GZ_OK) {
        free(call);
        return NULL;
    }
    /* HEAD is GET whose body the daemon keeps back. */
    const char *wanted = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 ? "GET" : method;
    call->route = find(d, wanted, url, call->allow);
    if (call->route == NULL && call->allow[0] != 0)
        refuse(call, 405, "METHOD_NOT_ALLOWED", "this path has other methods");
    else if (call->route == NULL) http_call_refuse(call, GZ_MISSING);
    else call->body_max = call->route->body_max > 0 ? call->route->body_max : HTTP_BODY_MAX_DEFAULT;
    return call;
}

void http_call_free(struct http_call *call)
{
    if (call == NULL) return;
    buf_fini(&call->path);
    buf_fini(&call->body);
    buf_fini(&call->reply.body);
    free(call);
}

bool http_call_take(struct http_call *call, struct bytes piece)
{
    if (call->route != NULL && piece.n > call->body_max - call->body.n) {
        http_call_refuse(call, GZ_LIMIT);
    } else if (call->route != NULL) {
        const enum gz_err e = buf_add(&call->body, piece);
        if (e != GZ_OK) http_call_refuse(call, e);
    }
    if (call->route != NULL) return true;
    call->discarded += piece.n;
    return call->discarded <= DISCARD_MAX;
}

void http_call_run(const struct http_dispatch *d, struct http_call *call)
{
    const struct http_request request = {call->route->method, buf_bytes(&call->path),
                                         buf_bytes(&call->body), call->connection};
    const enum gz_err         e = call->route->handler(d->ctx, &request, &call->reply);
    if (e == GZ_OK) return;
    log_line(LOG_DEBUG, "http", "refused code=%s request_id=%s", err_name(e), call->request_id);
    http_call_refuse(call, e);
}

const char *http_query(const struct http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->internal, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(const struct http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->internal, MHD_HEADER_KIND, name);
}

/* Our clock, also where a test has shifted it: peers compare their own with it. */
static void add_date(struct MHD_Response *response)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const time_t      now = (time_t)clock_now().s;
    struct tm         t;
    char              text[64];
    if (gmtime_r(&now, &t) == NULL) return;
    (void)snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday],
                   t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, text);
}

static void add_headers(const struct http_call *call, struct MHD_Response *response)
{
    char seconds[16];
    add_date(response);
    (void)MHD_add_response_header(response, "X-Request-Id", call->request_id);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (call->reply.content_type != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                      call->reply.content_type);
    if (call->reply.status == 405)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, call->allow);
    if (call->reply.retry_after_s == 0) return;
    (void)snprintf(seconds, sizeof seconds, "%u", call->reply.retry_after_s);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
}

enum MHD_Result http_call_answer(struct http_call *call)
{
    struct buf          *body = &call->reply.body;
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(body->n, body->p, free);
    if (response == NULL) return MHD_NO;
    *body = (struct buf){0}; /* the response frees it */
    add_headers(call, response);
    const int             status = call->reply.status == 0 ? 200 : call->reply.status;
    const enum MHD_Result queued = MHD_queue_response(call->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return queued;
}

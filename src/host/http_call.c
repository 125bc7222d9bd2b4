#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/file.h"
#include "host/host.h"
#include "host/http_server_internal.h"

/* A refused body is read and dropped up to here, so that the client gets to read the answer. */
enum { DISCARD_MAX = 16 * 1024 * 1024, RETRY_AFTER_DEFAULT_S = 1 };

static const char problem_type[] = "application/problem+json";

/* RFC 9457. Every word in it is ours. */
static enum gz_err write_refusal(const struct http_refusal *r, struct buf *out)
{
    return buf_addf(out,
                    "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                    "\"code\":\"%s\",\"request_id\":\"%s\"}\n",
                    r->title, r->status, r->code, r->request_id);
}

static void forget_reply(struct http_reply *reply)
{
    buf_fini(&reply->body);
    if (reply->has_file) file_close(&reply->file);
    *reply = (struct http_reply){0};
}

/* The body goes, and with it what it was counted for. */
static void forget_body(struct http_call *call)
{
    if (call->upload == NULL) *call->kept -= call->body.n;
    buf_fini(&call->body);
}

static enum gz_err keep(struct http_call *call, struct bytes some)
{
    const uint64_t    before = atomic_fetch_add(call->kept, some.n);
    const bool        fits = before + some.n <= HTTP_KEPT_MAX;
    const enum gz_err e = fits ? buf_add(&call->body, some) : GZ_BUSY;
    if (e != GZ_OK) *call->kept -= some.n;
    return e;
}

static void refuse(struct http_call *call, int status, const char *code, const char *title)
{
    const struct http_refusal r = {status, code, title, call->request_id};
    forget_reply(&call->reply);
    call->route = NULL;
    forget_body(call);
    call->reply.status = status;
    call->reply.content_type = problem_type;
    if (status == 503) call->reply.retry_after_s = RETRY_AFTER_DEFAULT_S;
    const enum gz_err e = call->o->write_refusal != NULL
                              ? call->o->write_refusal(&r, &call->reply.body)
                              : write_refusal(&r, &call->reply.body);
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

static bool is_exact(const struct http_route *r, const char *path)
{
    return strcmp(r->prefix, path) == 0 && path[strlen(path) - 1] != '/';
}

/* Who has this very path has it alone: its methods are all that there are. */
static const struct http_route *find(const struct http_options *o, const char *method,
                                     const char *path, char allow[static 64])
{
    const struct http_route *best = NULL;
    bool                     has_exact = false;
    allow[0] = 0;
    for (size_t i = 0; i < o->routes_n; i++) has_exact = has_exact || is_exact(&o->routes[i], path);
    for (size_t i = 0; i < o->routes_n; i++) {
        const struct http_route *r = &o->routes[i];
        if (has_exact ? !is_exact(r, path) : !path_fits(r, path)) continue;
        if (strcmp(r->method, method) == 0) {
            if (best == NULL || strlen(r->prefix) > strlen(best->prefix)) best = r;
        } else if (strstr(allow, r->method) == NULL) {
            const size_t n = strlen(allow);
            (void)snprintf(allow + n, 64 - n, "%s%s", n > 0 ? ", " : "", r->method);
        }
    }
    return best;
}

static const struct http_upload *find_upload(const struct http_options *o,
                                             const struct http_route   *route)
{
    if (strcmp(route->method, "POST") != 0) return NULL;
    for (size_t i = 0; i < o->uploads_n; i++)
        if (strcmp(o->uploads[i].prefix, route->prefix) == 0) return &o->uploads[i];
    return NULL;
}

struct http_call *http_call_new(const struct http_options *o, struct MHD_Connection *connection,
                                _Atomic uint64_t *kept, const char *method, const char *url)
{
    struct http_call *call = calloc(1, sizeof *call);
    if (call == NULL) return NULL;
    call->connection = connection;
    call->o = o;
    call->kept = kept;
    uuid_v7(clock_now(), call->request_id);
    if (buf_add_str(&call->path, url) != GZ_OK) {
        free(call);
        return NULL;
    }
    /* HEAD is GET whose body the daemon keeps back. */
    const char *wanted = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 ? "GET" : method;
    call->route = find(o, wanted, url, call->allow);
    if (call->route == NULL && call->allow[0] != 0)
        refuse(call, 405, "METHOD_NOT_ALLOWED", "this path has other methods");
    else if (call->route == NULL) http_call_refuse(call, GZ_MISSING);
    if (call->route == NULL) return call;
    call->body_max = call->route->body_max > 0 ? call->route->body_max : HTTP_BODY_MAX_DEFAULT;
    call->upload = find_upload(o, call->route);
    return call;
}

void http_call_free(struct http_call *call)
{
    if (call == NULL) return;
    if (call->is_open && call->state != NULL) call->upload->close(call->state);
    forget_reply(&call->reply);
    buf_fini(&call->path);
    forget_body(call);
    free(call);
}

enum http_call_taken http_call_take(struct http_call *call, struct bytes some)
{
    if (call->route != NULL && some.n > call->body_max - call->received) {
        http_call_refuse(call, GZ_LIMIT);
    } else if (call->route != NULL) {
        const enum gz_err e = call->upload != NULL ? buf_add(&call->body, some) : keep(call, some);
        call->received += some.n;
        if (e != GZ_OK) http_call_refuse(call, e);
    }
    if (call->route != NULL)
        return call->upload != NULL && call->body.n >= HTTP_PIECE_SIZE ? HTTP_CALL_PIECE
                                                                       : HTTP_CALL_GO_ON;
    call->discarded += some.n;
    return call->discarded <= DISCARD_MAX ? HTTP_CALL_GO_ON : HTTP_CALL_HANG_UP;
}

/* The reply, where it is set, is meant. */
static enum gz_err take_piece(struct http_call *call, const struct http_request *r)
{
    const struct http_upload *u = call->upload;
    if (!call->is_open) {
        call->is_open = true;
        TRY(u->open(call->o->ctx, r, &call->reply, &call->state));
    }
    if (call->reply.status != 0 || call->body.n == 0) return GZ_OK;
    const enum gz_err e = u->take(call->state, buf_bytes(&call->body), &call->reply);
    call->body.n = 0;
    return e;
}

static enum gz_err run(struct http_call *call)
{
    struct http_request r = {.method = call->route->method,
                             .path = buf_bytes(&call->path),
                             .id = call->request_id,
                             .internal = call->connection};
    if (call->upload != NULL) TRY(take_piece(call, &r));
    else r.body = buf_bytes(&call->body);
    if (call->reply.status != 0 && call->upload != NULL) call->route = NULL;
    if (call->route == NULL || !call->has_all) return GZ_OK;
    r.upload = call->state;
    return call->route->handler(call->o->ctx, &r, &call->reply);
}

void http_call_run(struct http_call *call)
{
    const enum gz_err e = run(call);
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
    if (call->o->no_store)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (call->reply.content_type != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                      call->reply.content_type);
    if (call->reply.status == 405)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, call->allow);
    if (call->reply.location[0] != 0)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, call->reply.location);
    if (call->reply.retry_after_s == 0) return;
    (void)snprintf(seconds, sizeof seconds, "%u", call->reply.retry_after_s);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
}

/* The response frees or closes what it is made of. */
static struct MHD_Response *make_response(struct http_reply *reply)
{
    struct MHD_Response *response =
        reply->has_file ? MHD_create_response_from_fd64(reply->file_size, reply->file)
                        : MHD_create_response_from_buffer_with_free_callback(reply->body.n,
                                                                             reply->body.p, free);
    if (response == NULL) return NULL;
    if (reply->has_file) reply->has_file = false;
    else reply->body = (struct buf){0};
    return response;
}

enum MHD_Result http_call_answer(struct http_call *call)
{
    struct MHD_Response *response = make_response(&call->reply);
    if (response == NULL) return MHD_NO;
    add_headers(call, response);
    const int             status = call->reply.status == 0 ? 200 : call->reply.status;
    const enum MHD_Result queued = MHD_queue_response(call->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return queued;
}

#include "api/evidence_routes.h"

#include <string.h>
#include <strings.h>

#include "api/evidence_site.h"
#include "api/problem.h"

const struct evidence_operation evidence_operations[] = {
    {"POST", "/v1/evidence", evidence_post},
    {"POST", EVIDENCE_BATCHES_PATH, evidence_post_batch},
    {"GET", "/v1/evidence/{id}", evidence_get},
    {"GET", "/v1/evidence/{id}/receipt", evidence_get_receipt},
    {"GET", "/v1/evidence/{id}/certificate", evidence_get_certificate},
    {"GET", "/v1/kinds", evidence_get_kinds},
    {"GET", "/healthz", evidence_get_health},
    {"GET", "/openapi.json", evidence_get_openapi},
    {"GET", "/docs", evidence_get_docs},
};
const size_t evidence_operations_n = COUNT_OF(evidence_operations);

static bool segment_fits(struct bytes template, struct bytes segment)
{
    return template.n > 0 && template.p[0] == '{' ? segment.n > 0 : bytes_eq(template, segment);
}

static bool path_fits(struct bytes template, struct bytes path)
{
    while (template.n > 0 && path.n > 0) {
        const size_t a = bytes_find(template, '/'), b = bytes_find(path, '/');
        if (!segment_fits(bytes_slice(template, 0, a), bytes_slice(path, 0, b))) return false;
        if ((a == template.n) != (b == path.n)) return false;
        if (a == template.n) return true;
        template = bytes_slice(template, a + 1, template.n);
        path = bytes_slice(path, b + 1, path.n);
    }
    return false;
}

/* "127.0.0.1:18084", "[::1]", "localhost:18084" */
static bool is_address(const char *host)
{
    static const char localhost[] = "localhost";
    const size_t      name = sizeof localhost - 1;
    if (host[0] == '[') return true;
    if (strncasecmp(host, localhost, name) == 0) return host[name] == 0 || host[name] == ':';
    const size_t n = strspn(host, "0123456789.");
    return n > 0 && (host[n] == 0 || host[n] == ':');
}

enum gz_err evidence_check_caller(const struct http_request *r, struct http_reply *reply)
{
    const struct problem p = {.kind = PROBLEM_DENIED, .request_id = r->id};
    const char          *host = http_header(r, "Host");
    const bool           is_page = http_header(r, "Origin") != NULL;
    return is_page || (host != NULL && !is_address(host)) ? problem_reply(&p, reply) : GZ_OK;
}

/* The server has seen to it that a path of the table is asked for with its method only. */
static enum gz_err handle(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    TRY(evidence_check_caller(r, reply));
    if (reply->status != 0) return GZ_OK;
    for (size_t i = 0; i < evidence_operations_n; i++) {
        const struct evidence_operation *o = &evidence_operations[i];
        if (strcmp(o->method, r->method) == 0 && path_fits(bytes_str(o->path), r->path))
            return o->handler(ctx, r, reply);
    }
    return GZ_MISSING;
}

const struct http_route evidence_http_routes[] = {
    {"POST", "/v1/evidence", handle, EVIDENCE_BODY_MAX},
    {"POST", EVIDENCE_BATCHES_PATH, handle, EVIDENCE_BATCH_MAX},
    {"GET", "/v1/evidence/", handle, 0},
    {"GET", "/v1/kinds", handle, 0},
    {"GET", "/healthz", handle, 0},
    {"GET", "/openapi.json", handle, 0},
    {"GET", "/docs", handle, 0},
};
const size_t evidence_http_routes_n = COUNT_OF(evidence_http_routes);

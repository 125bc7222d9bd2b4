/* HTTP client over libcurl: one handle keeps its connections; use each handle from one thread. */
#pragma once
#include "base/buf.h"

struct http_client;
struct http_answer {
    int        status;
    struct buf body;
    char       content_type[128];
    int64_t    date_s; /* Unix seconds of the Date header, 0 where absent */
    unsigned   retry_after_s;
};
void        http_answer_fini(struct http_answer *a);
enum gz_err http_client_new(struct http_client **out);
/* All its requests go to the local socket at this path, whatever host the URL names. */
enum gz_err http_client_new_local(const char *socket_path, struct http_client **out);
void        http_client_free(struct http_client **c);
/* Whole answer of at most body_max bytes within timeout_ms. GZ_IO: no answer; GZ_LIMIT: larger.
 * Never follows a redirect; http only. content_type and body NULL/empty for GET. */
enum gz_err http_get(struct http_client *c, const char *url, unsigned timeout_ms, size_t body_max,
                     struct http_answer *out);
enum gz_err http_post(struct http_client *c, const char *url, const char *content_type,
                      struct bytes body, unsigned timeout_ms, size_t body_max,
                      struct http_answer *out);

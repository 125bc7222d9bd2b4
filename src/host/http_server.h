/* HTTP/1.1 server over libmicrohttpd; nothing else includes its header. Plain HTTP, bound to
 * loopback (any other address is refused unless allow_other is set for a test in a network
 * namespace without a default route). Handlers run on a pool of threads and may block. */
#pragma once
#include "base/buf.h"

enum { HTTP_BODY_MAX_DEFAULT = 1024 * 1024 };

struct http_request {
    const char  *method; /* "GET", "POST" */
    struct bytes path;   /* without the query, percent-decoded, begins with '/' */
    struct bytes body;
    void        *internal;
};
struct http_reply {
    int         status;
    const char *content_type;  /* static */
    struct buf  body;          /* the server frees it */
    unsigned    retry_after_s; /* 0: no Retry-After header */
};
/* Query parameter, NULL where absent. Lives with the request. */
const char *http_query(const struct http_request *r, const char *name);
const char *http_header(const struct http_request *r, const char *name);

/* Fill *reply; a returned error makes the reply for you (application/problem+json, err_status). */
typedef enum gz_err (*http_handler)(void *ctx, const struct http_request *r,
                                    struct http_reply *reply);
struct http_route {
    const char *method,
        *prefix; /* longest matching prefix of the path wins; exact if it ends without '/' */
    http_handler handler;
    size_t       body_max; /* over it: 413; 0: HTTP_BODY_MAX_DEFAULT */
};
struct http_server;
struct http_options {
    const char
        *socket_path; /* a local socket of mode 0600 instead of address and port; NULL: none */
    const char              *address;
    uint16_t                 port; /* 0: any free one, see http_server_port */
    unsigned                 threads;
    bool                     allow_other;
    void                    *ctx;
    const struct http_route *routes;
    size_t                   routes_n;
};
/* GZ_DENIED: address is not loopback. GZ_BUSY: port taken, or somebody answers at socket_path (what
 * a killed process left there is replaced). */
enum gz_err http_server_open(const struct http_options *o, struct http_server **out);
uint16_t    http_server_port(const struct http_server *s);
void        http_server_close(struct http_server **s); /* waits for running handlers */

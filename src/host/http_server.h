/* HTTP/1.1 server over libmicrohttpd; nothing else includes its header. Plain HTTP, bound to
 * loopback (any other address is refused unless allow_other is set for a test in a network
 * namespace without a default route). Handlers run on a pool of threads and may block. */
#pragma once
#include "base/buf.h"

enum {
    HTTP_BODY_MAX_DEFAULT = 1024 * 1024,
    HTTP_PIECE_SIZE = 64 * 1024, /* of an upload: what is gathered before it is taken */
    HTTP_LOCATION_MAX = 127,
    HTTP_KEPT_MAX = 256 * 1024 * 1024, /* bytes of all bodies of a server that are kept whole; a
                                          further one meets 503 */
};

struct http_request {
    const char  *method; /* "GET", "POST" */
    struct bytes path;   /* without the query, percent-decoded, begins with '/' */
    struct bytes body;   /* empty where the route has an upload */
    const char  *id;     /* as in X-Request-Id */
    void        *upload; /* what the route's upload opened */
    void        *internal;
};
struct http_reply {
    int         status;
    const char *content_type;                    /* static */
    struct buf  body;                            /* the server frees it */
    unsigned    retry_after_s;                   /* 0: no Retry-After header */
    char        location[HTTP_LOCATION_MAX + 1]; /* "": no Location header */
    bool        has_file; /* the body is this file from its begin, which the server closes */
    int         file;
    uint64_t    file_size;
};
/* Query parameter, NULL where absent. Lives with the request. */
const char *http_query(const struct http_request *r, const char *name);
const char *http_header(const struct http_request *r, const char *name);

/* Fill *reply; a returned error makes the reply for you (application/problem+json, err_status). */
typedef enum gz_err (*http_handler)(void *ctx, const struct http_request *r,
                                    struct http_reply *reply);
struct http_route {
    const char *method,
        *prefix; /* longest matching prefix of the path wins; exact if it ends without '/', and then
                    before every prefix, whatever the method */
    http_handler handler;
    size_t       body_max; /* over it: 413; 0: HTTP_BODY_MAX_DEFAULT */
};
/* A body that is not kept whole: it is taken in pieces of about HTTP_PIECE_SIZE, one after the
 * other, on the handlers' threads, and no more is read from the client meanwhile. After the last
 * piece the handler of the route runs. An error, or a reply with its status set, ends the request:
 * what comes yet is dropped, the handler does not run. */
struct http_upload {
    const char *prefix; /* of the POST route */
    enum gz_err (*open)(void *ctx, const struct http_request *r, struct http_reply *reply,
                        void **state); /* before the first piece, also of an empty body */
    enum gz_err (*take)(void *state, struct bytes piece, struct http_reply *reply);
    void (*close)(void *state); /* whatever came; may not block */
};
/* A refusal of the server's own. */
struct http_refusal {
    int         status;
    const char *code, *title, *request_id;
};
struct http_server;
struct http_options {
    const char
        *socket_path; /* a local socket of mode 0600 instead of address and port; NULL: none */
    const char               *address;
    uint16_t                  port; /* 0: any free one, see http_server_port */
    unsigned                  threads;
    bool                      allow_other;
    bool                      no_store; /* every answer says Cache-Control: no-store */
    void                     *ctx;
    const struct http_route  *routes;
    size_t                    routes_n;
    const struct http_upload *uploads; /* of some of the routes */
    size_t                    uploads_n;
    /* Writes the problem (RFC 9457) of a refusal; NULL: with code and title as they are. */
    enum gz_err (*write_refusal)(const struct http_refusal *r, struct buf *out);
};
/* GZ_DENIED: address is not loopback. GZ_BUSY: port taken, or somebody answers at socket_path (what
 * a killed process left there is replaced). */
enum gz_err http_server_open(const struct http_options *o, struct http_server **out);
/* What http_server_open would say of the address alone, before anything is made: GZ_DENIED. */
enum gz_err http_check_address(const struct http_options *o);
uint16_t    http_server_port(const struct http_server *s);
void        http_server_close(struct http_server **s); /* waits for running handlers */

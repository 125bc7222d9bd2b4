/* One request from its first header to its answer (http_call.c), apart from threads and sockets
 * (http_server.c). Nothing else includes this. */
#pragma once
#include <microhttpd.h>

#include "host/http_server.h"

struct http_dispatch {
    void                    *ctx;
    const struct http_route *routes;
    size_t                   routes_n;
};

enum http_call_step { HTTP_CALL_READING, HTTP_CALL_RUNNING, HTTP_CALL_ANSWERED };

struct http_call {
    struct http_call        *next;
    struct MHD_Connection   *connection;
    enum http_call_step      step;
    const struct http_route *route; /* NULL: reply stands already */
    size_t                   body_max, discarded;
    struct buf               body, path;
    struct http_reply        reply;
    char                     request_id[37];
    char                     allow[64]; /* methods, where the method is the defect */
};

/* NULL: out of memory. */
struct http_call *http_call_new(const struct http_dispatch *d, struct MHD_Connection *connection,
                                const char *method, const char *url);
void              http_call_free(struct http_call *call);
/* A piece of the body. False: the client sends without end, hang up. */
bool              http_call_take(struct http_call *call, struct bytes piece);
/* Run the handler, fill reply. */
void              http_call_run(const struct http_dispatch *d, struct http_call *call);
void              http_call_refuse(struct http_call *call, enum gz_err e);
/* Give the reply to the daemon. */
enum MHD_Result   http_call_answer(struct http_call *call);

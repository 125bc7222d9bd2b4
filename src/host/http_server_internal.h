/* One request from its first header to its answer (http_call.c), apart from threads and sockets
 * (http_server.c). Nothing else includes this. */
#pragma once
#include <microhttpd.h>

#include "host/http_server.h"

/* RUNNING: a worker has it, for a piece (then it is READING again) or for the handler. */
enum http_call_step { HTTP_CALL_READING, HTTP_CALL_RUNNING, HTTP_CALL_ANSWERED };

struct http_call {
    struct http_call           *next;
    const struct http_options  *o;
    struct MHD_Connection      *connection;
    _Atomic enum http_call_step step;
    const struct http_route    *route; /* NULL: reply stands already */
    uint64_t                    body_max, received, discarded;
    bool                        has_all; /* the whole body is here */
    _Atomic uint64_t           *kept;    /* bytes of bodies that the server keeps whole, of all */
    const struct http_upload   *upload;  /* NULL: the body is kept whole */
    bool                        is_open;
    void                       *state;      /* of the upload */
    struct buf                  body, path; /* body: of an upload, the piece */
    struct http_reply           reply;
    char                        request_id[37];
    char                        allow[64]; /* methods, where the method is the defect */
};

/* NULL: out of memory. kept outlives it. */
struct http_call *http_call_new(const struct http_options *o, struct MHD_Connection *connection,
                                _Atomic uint64_t *kept, const char *method, const char *url);
void              http_call_free(struct http_call *call);
/* Some of the body. */
enum http_call_taken {
    HTTP_CALL_GO_ON,
    HTTP_CALL_PIECE,  /* an upload's piece is full: http_call_run it before more is read */
    HTTP_CALL_HANG_UP /* the client sends without end */
};
enum http_call_taken http_call_take(struct http_call *call, struct bytes some);
/* Take the piece; when the whole body is here, run the handler, fill reply. */
void                 http_call_run(struct http_call *call);
void                 http_call_refuse(struct http_call *call, enum gz_err e);
/* Give the reply to the daemon. */
enum MHD_Result      http_call_answer(struct http_call *call);

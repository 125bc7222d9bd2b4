/* What the operations of the push API share. */
#pragma once
#include <pthread.h>

#include "api/evidence_routes.h"
#include "app/json_item.h"

enum { EVIDENCE_READERS_MAX = 256, EVIDENCE_READER_KEEPS = 1024 * 1024 };

struct evidence_site {
    struct evidence_options  o;
    pthread_mutex_t          queries_lock; /* of the connection */
    pthread_mutex_t          lock;         /* over all below */
    size_t                   readers_n;    /* idle ones: each holds its memory ready */
    struct json_item_reader *readers[EVIDENCE_READERS_MAX];
    uint64_t                 kept;        /* bytes of batches in multipart that are kept whole */
    size_t                   in_flight_n; /* Idempotency-Keys that somebody works on */
    uint8_t                  in_flight[EVIDENCE_THREADS][HASH_SIZE];
};

/* A reader for one item. After a text over EVIDENCE_READER_KEEPS its memory is not kept. */
enum gz_err evidence_take_reader(struct evidence_site *s, struct json_item_reader **out);
void evidence_give_reader(struct evidence_site *s, struct json_item_reader *r, size_t largest_text);
/* False: HTTP_KEPT_MAX bytes are kept already. What was kept is to be let go of. */
bool evidence_keep(struct evidence_site *s, size_t n);
void evidence_let_go(struct evidence_site *s, size_t n);
/* False: somebody works on this key. */
bool evidence_key_enter(struct evidence_site *s, const uint8_t key[HASH_SIZE]);
void evidence_key_leave(struct evidence_site *s, const uint8_t key[HASH_SIZE]);

/* A page of somebody else's in a browser on this machine reaches loopback too: what carries Origin,
 * or was asked for by another name than the address (DNS rebinding), is refused in the reply. */
enum gz_err evidence_check_caller(const struct http_request *r, struct http_reply *reply);

/* Operations. */
enum gz_err evidence_post(void *ctx, const struct http_request *r, struct http_reply *reply);
enum gz_err evidence_post_batch(void *ctx, const struct http_request *r, struct http_reply *reply);
enum gz_err evidence_get(void *ctx, const struct http_request *r, struct http_reply *reply);
enum gz_err evidence_get_receipt(void *ctx, const struct http_request *r, struct http_reply *reply);
enum gz_err evidence_get_certificate(void *ctx, const struct http_request *r,
                                     struct http_reply *reply);
enum gz_err evidence_get_health(void *ctx, const struct http_request *r, struct http_reply *reply);
enum gz_err evidence_get_kinds(void *ctx, const struct http_request *r, struct http_reply *reply);
enum gz_err evidence_get_openapi(void *ctx, const struct http_request *r, struct http_reply *reply);
enum gz_err evidence_get_docs(void *ctx, const struct http_request *r, struct http_reply *reply);

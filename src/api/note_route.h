/* GET /notes/<index> of the bank's own node → {"notes":[{"index","fingerprint"}]}: which records in
 * the log annotate the one at that index. The bank's word only: no court's copy knows it, since a
 * note replaces nothing. 404: nothing of the bank's stands at that index. */
#pragma once
#include <pthread.h>

#include "api/chain_routes.h"
#include "store/db.h"

/* Its first member is what chain_handle is given, so that one server has both. */
struct note_site {
    struct chain_site chain;
    struct db        *db; /* of its own */
    pthread_mutex_t   lock;
};
void        note_site_init(struct note_site *s, struct log_service *log, struct db *db);
void        note_site_fini(struct note_site *s);
/* A handler for http_route "/notes/", ctx = struct note_site *. */
enum gz_err note_handle(void *ctx, const struct http_request *r, struct http_reply *reply);

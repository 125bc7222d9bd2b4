#include "node/engine.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/base64.h"
#include "host/host.h"
#include "host/http_client.h"

struct engine {
    char                url[ENGINE_URL_MAX];
    pthread_mutex_t     lock;
    size_t              idle_n;
    struct http_client *idle[ENGINE_CLIENTS_MAX];
};

static void json_free(json_t **j)
{
    json_decref(*j);
}

/* --- connections ------------------------------------------------------------------------------ */

static enum gz_err take_client(struct engine *e, struct http_client **out)
{
    struct http_client *c = NULL;
    pthread_mutex_lock(&e->lock);
    if (e->idle_n > 0) c = e->idle[--e->idle_n];
    pthread_mutex_unlock(&e->lock);
    if (c == NULL) TRY(http_client_new(&c));
    *out = c;
    return GZ_OK;
}

static void put_client(struct engine *e, struct http_client *c)
{
    pthread_mutex_lock(&e->lock);
    const bool is_kept = e->idle_n < ENGINE_CLIENTS_MAX;
    if (is_kept) e->idle[e->idle_n++] = c;
    pthread_mutex_unlock(&e->lock);
    if (!is_kept) http_client_free(&c);
}

/* One call; *out is the whole answer. GZ_BUSY: none that is JSON. */
static enum gz_err call(struct engine *e, struct bytes request, json_t **out)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    struct http_client                        *c = NULL;
    TRY(take_client(e, &c));
    const enum gz_err r =
        http_post(c, e->url, "application/json", request, ENGINE_TIMEOUT_MS, ENGINE_ANSWER_MAX, &a);
    put_client(e, c);
    if (r != GZ_OK) return r == GZ_MEMORY ? r : GZ_BUSY;
    json_t *j = json_loadb((const char *)a.body.p, a.body.n, 0, NULL);
    if (j == NULL) return GZ_BUSY;
    *out = j;
    return GZ_OK;
}

/* --- submissions ------------------------------------------------------------------------------ */

/* The engine says so in words only. */
static bool is_known_already(const json_t *answer)
{
    const char *data = json_string_value(json_object_get(json_object_get(answer, "error"), "data"));
    return data != NULL && strstr(data, "already exists in cache") != NULL;
}

enum gz_err engine_send(void *engine, struct bytes wire)
{
    DEFER(buf_fini) struct buf request = {0};
    DEFER(json_free) json_t   *answer = NULL;
    TRY(buf_add_str(&request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"broadcast_tx_sync\","
                              "\"params\":{\"tx\":\""));
    TRY(base64_add(BASE64_STD_PADDED, wire, &request));
    TRY(buf_add_str(&request, "\"}}"));
    TRY(call(engine, buf_bytes(&request), &answer));
    if (json_object_get(answer, "result") != NULL || is_known_already(answer)) return GZ_OK;
    log_line(LOG_WARNING, "engine", "the engine does not take a submission");
    return GZ_BUSY;
}

/* --- status ----------------------------------------------------------------------------------- */

/* A decimal number in a string, as the engine writes all of them. */
static uint64_t number_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    uint64_t    v = 0;
    if (text == NULL || text_to_u64(bytes_str(text), INT64_MAX, &v) != GZ_OK) return 0;
    return v;
}

static enum gz_err ask(struct engine *e, const char *method, json_t **out, json_t **result)
{
    DEFER(buf_fini) struct buf request = {0};
    TRY(buf_addf(&request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{}}",
                 method));
    TRY(call(e, buf_bytes(&request), out));
    *result = json_object_get(*out, "result");
    return *result == NULL ? GZ_BUSY : GZ_OK;
}

enum gz_err engine_status(struct engine *e, struct engine_status *out)
{
    DEFER(json_free) json_t *status = NULL;
    DEFER(json_free) json_t *net = NULL;
    json_t                  *result = NULL;
    TRY(ask(e, "status", &status, &result));
    const json_t *sync = json_object_get(result, "sync_info");
    out->height = number_at(sync, "latest_block_height");
    out->is_catching_up = json_is_true(json_object_get(sync, "catching_up"));
    TRY(ask(e, "net_info", &net, &result));
    out->peers = (unsigned)number_at(result, "n_peers");
    return GZ_OK;
}

/* --- opening ---------------------------------------------------------------------------------- */

enum gz_err engine_open(const char *url, struct engine **out)
{
    struct engine *e = calloc(1, sizeof *e);
    if (e == NULL) return GZ_MEMORY;
    pthread_mutex_init(&e->lock, NULL);
    const int n = snprintf(e->url, sizeof e->url, "%s/", url);
    if (n < 0 || (size_t)n >= sizeof e->url) engine_close(&e);
    if (e == NULL) return GZ_LIMIT;
    *out = e;
    return GZ_OK;
}

void engine_close(struct engine **out)
{
    struct engine *e = *out;
    if (e == NULL) return;
    for (size_t i = 0; i < e->idle_n; i++) http_client_free(&e->idle[i]);
    pthread_mutex_destroy(&e->lock);
    free(e);
    *out = NULL;
}

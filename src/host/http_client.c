#include "host/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "host/host.h"

enum { CONNECT_TIMEOUT_MS = 5000, RETRY_AFTER_MAX_S = 3600 };

struct http_client {
    CURL *curl;
    char *socket_path; /* NULL: by TCP */
};
/* One exchange under way. */
struct exchange {
    struct http_answer answer;
    size_t             body_max;
    enum gz_err        error; /* why the body was not taken to the end */
};

static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void begin(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) abort();
}

void http_answer_fini(struct http_answer *a)
{
    buf_fini(&a->body);
    *a = (struct http_answer){0};
}

static size_t take_body(char *data, size_t size, size_t n, void *ctx)
{
    struct exchange *x = ctx;
    (void)size; /* always 1 */
    if (n > x->body_max - x->answer.body.n) x->error = GZ_LIMIT;
    else x->error = buf_add(&x->answer.body, (struct bytes){(const uint8_t *)data, n});
    return x->error == GZ_OK ? n : 0;
}

/* The value of the header, without blanks around it, where line is that header. */
static bool header_is(struct bytes line, const char *name, struct bytes *value)
{
    const size_t n = strlen(name);
    if (line.n <= n || line.p[n] != ':' || strncasecmp((const char *)line.p, name, n) != 0)
        return false;
    struct bytes v = bytes_slice(line, n + 1, line.n);
    while (v.n > 0 && (v.p[0] == ' ' || v.p[0] == '\t')) v = bytes_slice(v, 1, v.n);
    while (v.n > 0 && v.p[v.n - 1] <= ' ') v.n--;
    *value = v;
    return true;
}

static size_t take_header(char *data, size_t size, size_t n, void *ctx)
{
    struct http_answer *a = &((struct exchange *)ctx)->answer;
    const struct bytes  line = {(const uint8_t *)data, size * n};
    struct bytes        value;
    uint64_t            seconds;
    char                text[128];
    if (header_is(line, "Content-Type", &value) && value.n < sizeof a->content_type) {
        memcpy(a->content_type, value.p, value.n);
        a->content_type[value.n] = 0;
    } else if (header_is(line, "Date", &value) && value.n < sizeof text) {
        memcpy(text, value.p, value.n);
        text[value.n] = 0;
        const time_t t = curl_getdate(text, NULL);
        a->date_s = t > 0 ? (int64_t)t : 0;
    } else if (header_is(line, "Retry-After", &value) &&
               text_to_u64(value, RETRY_AFTER_MAX_S, &seconds) == GZ_OK) {
        a->retry_after_s = (unsigned)seconds;
    }
    return size * n;
}

enum gz_err http_client_new(struct http_client **out)
{
    (void)pthread_once(&begun, begin);
    struct http_client *c = calloc(1, sizeof *c);
    if (c == NULL) return GZ_MEMORY;
    c->curl = curl_easy_init();
    if (c->curl == NULL) {
        free(c);
        return GZ_MEMORY;
    }
    *out = c;
    return GZ_OK;
}

enum gz_err http_client_new_local(const char *socket_path, struct http_client **out)
{
    struct http_client *c = NULL;
    TRY(http_client_new(&c));
    c->socket_path = strdup(socket_path);
    if (c->socket_path == NULL) {
        http_client_free(&c);
        return GZ_MEMORY;
    }
    *out = c;
    return GZ_OK;
}

void http_client_free(struct http_client **c)
{
    if (*c == NULL) return;
    curl_easy_cleanup((*c)->curl);
    free((*c)->socket_path);
    free(*c);
    *c = NULL;
}

/* A reset keeps the connections. No proxy, even if the environment names one. */
static void set_common(struct http_client *c, const char *url, unsigned timeout_ms,
                       struct exchange *x)
{
    CURL *curl = c->curl;
    curl_easy_reset(curl);
    if (c->socket_path != NULL) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, c->socket_path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "guzheng");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
}

static enum gz_err perform(CURL *curl, const char *url, struct exchange *x, struct http_answer *out)
{
    long           status = 0;
    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        http_answer_fini(&x->answer);
        if (x->error != GZ_OK) return x->error;
        log_line(LOG_DEBUG, "http", "no answer url=%s why=%s", url, curl_easy_strerror(code));
        return GZ_IO;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    x->answer.status = (int)status;
    http_answer_fini(out);
    *out = x->answer;
    return GZ_OK;
}

enum gz_err http_get(struct http_client *c, const char *url, unsigned timeout_ms, size_t body_max,
                     struct http_answer *out)
{
    struct exchange x = {.body_max = body_max};
    set_common(c, url, timeout_ms, &x);
    return perform(c->curl, url, &x, out);
}

static void free_list(struct curl_slist **l)
{
    curl_slist_free_all(*l);
}

enum gz_err http_post(struct http_client *c, const char *url, const char *content_type,
                      struct bytes body, unsigned timeout_ms, size_t body_max,
                      struct http_answer *out)
{
    struct exchange                     x = {.body_max = body_max};
    DEFER(buf_fini) struct buf          type = {0};
    DEFER(free_list) struct curl_slist *headers = NULL;
    TRY(buf_addf(&type, "Content-Type: %s", content_type));
    TRY(buf_add_byte(&type, 0));
    headers = curl_slist_append(NULL, "Expect:"); /* no round trip before the body */
    if (headers == NULL || curl_slist_append(headers, (const char *)type.p) == NULL)
        return GZ_MEMORY;
    set_common(c, url, timeout_ms, &x);
    curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body.n == 0 ? "" : (const char *)body.p);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
    return perform(c->curl, url, &x, out);
}

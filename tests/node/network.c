#include "network.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static const char *const courts[NET_WITNESSES] = {"gy.sd", "zy.sd", "jc.sd"};

void net_sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* --- ports ------------------------------------------------------------------------------------ */

static enum gz_err handle(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct station *s = ctx;
    atomic_fetch_add(&s->asked, 1);
    while (atomic_load(&s->is_stalled)) net_sleep_ms(NET_STEP_MS);
    pthread_rwlock_rdlock(&s->lock);
    const enum gz_err e = s->handler == NULL ? GZ_BUSY : s->handler(s->ctx, r, reply);
    pthread_rwlock_unlock(&s->lock);
    return e;
}

void station_open(struct station *s)
{
    static const struct http_route routes[] = {{"GET", "/", handle, 0}, {"POST", "/", handle, 0}};
    const struct http_options      o = {.address = "127.0.0.1",
                                        .port = s->port,
                                        .threads = 8,
                                        .ctx = s,
                                        .routes = routes,
                                        .routes_n = COUNT_OF(routes)};
    if (s->port == 0) pthread_rwlock_init(&s->lock, NULL);
    assert_ok(http_server_open(&o, &s->server));
    s->port = http_server_port(s->server);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", s->port);
}

void station_close(struct station *s)
{
    atomic_store(&s->is_stalled, false);
    http_server_close(&s->server);
}

void station_set(struct station *s, http_handler handler, void *ctx)
{
    pthread_rwlock_wrlock(&s->lock);
    s->handler = handler;
    s->ctx = ctx;
    pthread_rwlock_unlock(&s->lock);
}

/* --- keys and genesis ------------------------------------------------------------------------- */

static struct signer *make_key(const struct net *n, const char *file, enum key_purpose purpose,
                               const char *name)
{
    struct signer *s = NULL;
    struct key     key;
    const char    *path = net_path(n, "%s.pem", file);
    assert_ok(signer_create(path, SUITE_INTL, purpose, bytes_str(name), &key));
    assert_ok(signer_open(path, SUITE_INTL, purpose, bytes_str(name), &s));
    return s;
}

static void make_keys(struct net *n)
{
    n->log_key = make_key(n, "log", KEY_LOG, NET_ORIGIN);
    n->bank = make_key(n, "bank", KEY_SUBMISSION, "ccb.sd");
    n->court = make_key(n, "court", KEY_SUBMISSION, "gy.sd");
    n->stranger = make_key(n, "stranger", KEY_SUBMISSION, "ccb.sd");
    for (size_t i = 0; i < NET_WITNESSES; i++)
        n->witness_keys[i] = make_key(n, courts[i], KEY_WITNESS, courts[i]);
}

static void add_organisation(struct buf *out, struct signer *s, const char *role, unsigned until)
{
    assert_ok(buf_addf(out, "{\"name\":\"%s\",\"role\":\"%s\",\"submission\":\"",
                       signer_key(s)->name, role));
    assert_ok(key_encode(signer_key(s), out));
    assert_ok(buf_add_str(out, "\",\"receipt\":null,\"from_index\":0,\"until_index\":"));
    assert_ok(until == 0 ? buf_add_str(out, "null}") : buf_addf(out, "%u}", until));
}

static void make_genesis(struct net *n, unsigned court_until)
{
    struct buf *out = &n->genesis;
    assert_ok(buf_add_str(out, "{\"type\":\"guzheng/genesis/v1\",\"origin\":\"" NET_ORIGIN
                               "\",\"suite\":\"intl\",\"created_at\":\"2026-01-01T00:00:00Z\","
                               "\"organisations\":["));
    add_organisation(out, n->bank, "bank", 0);
    assert_ok(buf_add_byte(out, ','));
    add_organisation(out, n->court, "court", court_until);
    assert_ok(buf_add_str(out, "],\"policy\":\"log "));
    assert_ok(key_encode(signer_key(n->log_key), out));
    assert_ok(buf_addf(out, " %s", n->log_at.url));
    for (size_t i = 0; i < NET_WITNESSES; i++) {
        assert_ok(buf_addf(out, "\\nwitness %s ", courts[i]));
        assert_ok(key_encode(signer_key(n->witness_keys[i]), out));
        assert_ok(buf_addf(out, " %s", n->witness_at[i].url));
    }
    assert_ok(buf_add_str(out, "\\ngroup all 2 gy.sd zy.sd jc.sd\\nquorum all\\n\","
                               "\"continues\":null}"));
}

/* --- the whole -------------------------------------------------------------------------------- */

static void capture_log(struct net *n)
{
    const int fd = open(net_path(n, "logged"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    fflush(stderr);
    n->stderr_before = dup(STDERR_FILENO);
    assert_true(n->stderr_before >= 0);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    close(fd);
}

void net_init(struct net *n, unsigned court_until)
{
    memset(n, 0, sizeof *n);
    strcpy(n->folder, "/tmp/guzheng-net-XXXXXX");
    assert_non_null(mkdtemp(n->folder));
    snprintf(n->submitted, sizeof n->submitted, "%s", net_path(n, "submitted"));
    n->mirror = WITNESS_MIRROR_FULL;
    make_keys(n);
    station_open(&n->log_at);
    for (size_t i = 0; i < NET_WITNESSES; i++) station_open(&n->witness_at[i]);
    make_genesis(n, court_until);
    assert_ok(http_client_new(&n->http));
    capture_log(n);
}

void net_fini(struct net *n)
{
    net_close_log(n);
    for (size_t i = 0; i < NET_WITNESSES; i++) net_close_witness(n, i);
    station_close(&n->log_at);
    for (size_t i = 0; i < NET_WITNESSES; i++) station_close(&n->witness_at[i]);
    for (size_t i = 0; i < NET_WITNESSES; i++) signer_free(&n->witness_keys[i]);
    signer_free(&n->log_key);
    signer_free(&n->bank);
    signer_free(&n->court);
    signer_free(&n->stranger);
    http_answer_fini(&n->answer);
    http_client_free(&n->http);
    buf_fini(&n->genesis);
    clock_shift_s(0);
    assert_true(dup2(n->stderr_before, STDERR_FILENO) >= 0);
    close(n->stderr_before);
    net_shell(n, "chmod -R u+w . && rm -rf \"$PWD\"");
}

void net_open_log(struct net *n)
{
    DEFER(buf_fini) struct buf why = {0};
    const char                *folder = net_path(n, "log");
    const struct log_options   o = {
          .folder = folder, .genesis = buf_bytes(&n->genesis), .signer = n->log_key};
    if (log_service_open(&o, &n->log, &why) != GZ_OK)
        fail_msg("log: %.*s", (int)why.n, (char *)why.p);
    n->log_site = chain_site_of_log(n->log);
    station_set(&n->log_at, chain_handle, &n->log_site);
}

void net_close_log(struct net *n)
{
    if (n->log == NULL) return;
    station_set(&n->log_at, NULL, NULL);
    log_service_close(&n->log);
}

void net_open_witness(struct net *n, size_t i)
{
    DEFER(buf_fini) struct buf       why = {0};
    const struct witness_log_options log = {buf_bytes(&n->genesis), n->log_at.url, n->mirror};
    const struct witness_options     o = {.folder = net_path(n, "w%zu", i),
                                          .signer = n->witness_keys[i],
                                          .submitted_path = i == 0 ? n->submitted : NULL,
                                          .clock = WITNESS_CLOCK_PEERS,
                                          .logs_n = 1,
                                          .logs = &log};
    if (witness_open(&o, &n->witnesses[i], &why) != GZ_OK)
        fail_msg("witness: %.*s", (int)why.n, (char *)why.p);
    witness_site_init(&n->sites[i], n->witnesses[i]);
    station_set(&n->witness_at[i], witness_handle, &n->sites[i]);
}

void net_open_ready(struct net *n, size_t i)
{
    net_open_witness(n, i);
    NET_UNTIL(!net_witness_status(n, i).is_restored && net_witness_status(n, i).clock_is_trusted);
}

void net_close_witness(struct net *n, size_t i)
{
    if (n->witnesses[i] == NULL) return;
    station_set(&n->witness_at[i], NULL, NULL);
    witness_close(&n->witnesses[i]);
}

void net_open_all(struct net *n)
{
    for (size_t i = 0; i < NET_WITNESSES; i++) net_open_witness(n, i);
    net_open_log(n);
    net_until_running(n);
}

/* The cosignature over the text of a request, with more behind it. */
enum gz_err net_cosign(struct signer *s, struct bytes body, const char *more, struct buf *out)
{
    DEFER(buf_fini) struct buf text = {0};
    struct cosign_request      r;
    TRY(cosign_request_decode(body, &r));
    TRY(buf_add(&text, r.note.text));
    TRY(buf_add_str(&text, more));
    return signer_cosign(s, buf_bytes(&text), (uint64_t)clock_now().s, out);
}

static enum gz_err cosign(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    if (strcmp(r->method, "POST") != 0) return GZ_MISSING;
    return net_cosign(ctx, r->body, "", &reply->body);
}

void net_put_cosigner(struct net *n, size_t i)
{
    station_set(&n->witness_at[i], cosign, n->witness_keys[i]);
}

/* --- the folder ------------------------------------------------------------------------------- */

const char *net_path(const struct net *n, const char *format, ...)
{
    static _Thread_local char     paths[4][NET_PATH];
    static _Thread_local unsigned next;
    char                         *out = paths[next++ % COUNT_OF(paths)], name[NET_PATH];
    va_list                       arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    assert_true(snprintf(out, NET_PATH, "%s/%s", n->folder, name) < NET_PATH);
    return out;
}

const char *net_hash(void)
{
    static char out[72];
    chain_site_prefix(bytes_str(NET_ORIGIN), out);
    return out;
}

const char *net_witness_folder(const struct net *n, size_t i)
{
    return net_path(n, "w%zu%s", i, net_hash());
}

bool net_has_logged(const struct net *n, const char *text)
{
    DEFER(buf_fini) struct buf lines = {0};
    assert_ok(file_read(net_path(n, "logged"), 64 << 20, &lines));
    return lines.n > 0 && memmem(lines.p, lines.n, text, strlen(text)) != NULL;
}

size_t net_count(const struct net *n, const char *pattern)
{
    glob_t       found;
    const int    result = glob(net_path(n, "%s", pattern), 0, NULL, &found);
    const size_t count = result == 0 ? found.gl_pathc : 0;
    assert_true(result == 0 || result == GLOB_NOMATCH);
    if (result == 0) globfree(&found);
    return count;
}

void net_shell(const struct net *n, const char *command)
{
    char line[1024];
    snprintf(line, sizeof line, "cd %s && %s", n->folder, command);
    assert_int_equal(system(line), 0);
}

/* --- HTTP ------------------------------------------------------------------------------------- */

int net_get(struct net *n, const struct station *s, const char *format, ...)
{
    char    path[NET_URL], url[2 * NET_URL];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    snprintf(url, sizeof url, "%s%s", s->url, path);
    http_answer_fini(&n->answer);
    assert_ok(http_get(n->http, url, NET_WAIT_MS, NET_ANSWER_MAX, &n->answer));
    return n->answer.status;
}

int net_post(struct net *n, const struct station *s, const char *path, struct bytes body)
{
    char url[NET_URL];
    snprintf(url, sizeof url, "%s%s", s->url, path);
    http_answer_fini(&n->answer);
    assert_ok(http_post(n->http, url, "application/vnd.guzheng.submission", body, NET_WAIT_MS,
                        NET_ANSWER_MAX, &n->answer));
    return n->answer.status;
}

bool net_says(const struct net *n, const char *text)
{
    return bytes_eq(buf_bytes(&n->answer.body), bytes_str(text));
}

/* --- submissions ------------------------------------------------------------------------------ */

void net_body(const char *org, const struct signer *k, uint64_t seq, uint32_t count, unsigned salt,
              int64_t supersedes, struct buf *out)
{
    struct submission_item *items = calloc(count, sizeof *items);
    struct submission s = {.org = bytes_str(org), .seq = seq, .items_n = count, .items = items};
    assert_non_null(items);
    memcpy(s.key_id, signer_key(k)->id, KEY_ID_SIZE);
    for (uint32_t i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s %llu %u %u", org, (unsigned long long)seq, i, salt);
        items[i].fingerprint = hash_of(SUITE_INTL, bytes_str(text));
    }
    items[0].has_supersedes = supersedes >= 0;
    items[0].supersedes_index = supersedes >= 0 ? (uint64_t)supersedes : 0;
    out->n = 0;
    assert_ok(submission_encode_body(&s, out));
    free(items);
}

void net_wire(struct signer *k, const char *origin, struct bytes body, struct buf *out)
{
    DEFER(buf_fini) struct buf message = {0};
    uint8_t                    signature[KEY_SIGNATURE_SIZE];
    assert_ok(submission_message(bytes_str(origin), body, &message));
    assert_ok(signer_sign(k, buf_bytes(&message), signature));
    out->n = 0;
    assert_ok(submission_encode(body, signature, out));
}

void net_submission(struct signer *k, uint64_t seq, uint32_t count, unsigned salt, struct buf *out)
{
    DEFER(buf_fini) struct buf body = {0};
    net_body(signer_key(k)->name, k, seq, count, salt, -1, &body);
    net_wire(k, NET_ORIGIN, buf_bytes(&body), out);
}

void net_submit(struct net *n, uint64_t seq, uint32_t count)
{
    DEFER(buf_fini) struct buf wire = {0};
    net_submission(n->bank, seq, count, 0, &wire);
    assert_int_equal(net_post(n, &n->log_at, "/submission", buf_bytes(&wire)), 200);
}

void net_add_submitted(const struct net *n, struct bytes wire)
{
    static uint8_t             memory[SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 64];
    struct arena               arena = {memory, 0, sizeof memory};
    DEFER(buf_fini) struct buf file = {0};
    struct submission          s;
    char                       hex[2 * HASH_SIZE + 1];
    assert_ok(submission_decode(wire, &arena, &s));
    const struct hash h = hash_of(SUITE_INTL, s.body);
    text_to_hex(BYTES_OF(h.b), hex);
    const enum gz_err e = file_read(n->submitted, 1 << 20, &file);
    assert_true(e == GZ_OK || e == GZ_MISSING);
    assert_ok(buf_addf(&file, "%s\n", hex));
    assert_ok(file_replace(n->submitted, buf_bytes(&file), 0600));
}

/* --- waiting ---------------------------------------------------------------------------------- */

struct log_status net_log_status(struct net *n)
{
    struct log_status s;
    log_service_status(n->log, &s);
    return s;
}

struct witness_log_status net_witness_status(struct net *n, size_t i)
{
    struct witness_log_status s;
    witness_status(n->witnesses[i], 0, &s);
    return s;
}

void net_until_running(struct net *n)
{
    NET_UNTIL(net_log_status(n).state == LOG_RUNNING);
}

void net_until_published(struct net *n, uint64_t size)
{
    NET_UNTIL(net_log_status(n).published_size >= size);
}

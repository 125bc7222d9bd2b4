/* A log of suite intl for the interop scripts: our log service with its HTTP face, driven by lines
 * on standard input, each answered with one line.
 *
 *     log_server keys FOLDER        makes the keys, prints the log's vkey
 *     log_server serve FOLDER PORT  reads FOLDER/witnesses (policy lines from "witness" on)
 *
 *     submit N       one submission of N entries    -> "index I"
 *     published I    waits for a quorum over I      -> "size S" or "not published"
 *     refused I      has witness I answered 403 or 404 -> "yes" or "no" */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/chain_routes.h"
#include "core/submission.h"
#include "host/file.h"
#include "node/log_service.h"

enum { PATH_SIZE = 1024, TEXT_MAX = 64 * 1024, PUBLISH_MS = 30 * 1000, THREADS = 4 };

static const char origin[] = "guzheng/interop", bank[] = "bank.interop";

struct server {
    char               *folder;
    struct signer      *log_key, *bank_key;
    struct log_service *log;
    struct chain_site   site;
    struct http_server *http;
    uint64_t            next_seq;
};

static enum gz_err open_key(const struct server *s, const char *file, enum key_purpose purpose,
                            const char *name, struct signer **out)
{
    char       path[PATH_SIZE];
    struct key made;
    TRY(path_join(s->folder, file, path, sizeof path));
    const enum gz_err e = signer_create(path, SUITE_INTL, purpose, bytes_str(name), &made);
    if (e != GZ_OK && e != GZ_CONFLICT) return e;
    return signer_open(path, SUITE_INTL, purpose, bytes_str(name), out);
}

static enum gz_err open_keys(struct server *s)
{
    TRY(folder_make(s->folder, 0755));
    TRY(open_key(s, "log.pem", KEY_LOG, origin, &s->log_key));
    return open_key(s, "bank.pem", KEY_SUBMISSION, bank, &s->bank_key);
}

static enum gz_err print_key(struct server *s)
{
    DEFER(buf_fini) struct buf vkey = {0};
    TRY(open_keys(s));
    TRY(key_encode(signer_key(s->log_key), &vkey));
    printf("%.*s\n", (int)vkey.n, (const char *)vkey.p);
    return GZ_OK;
}

/* The text inside a JSON string; a policy holds no other character that needs an escape. */
static enum gz_err add_escaped(struct bytes text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n') TRY(buf_add_str(out, "\\n"));
        else TRY(buf_add_byte(out, text.p[i]));
    }
    return GZ_OK;
}

static enum gz_err make_genesis(struct server *s, struct buf *out)
{
    DEFER(buf_fini) struct buf submission = {0}, policy = {0};
    char                       path[PATH_SIZE];
    TRY(key_encode(signer_key(s->bank_key), &submission));
    TRY(buf_add_str(&policy, "log "));
    TRY(key_encode(signer_key(s->log_key), &policy));
    TRY(buf_add_byte(&policy, '\n'));
    TRY(path_join(s->folder, "witnesses", path, sizeof path));
    TRY(file_read(path, TEXT_MAX, &policy));
    TRY(buf_addf(out,
                 "{\"type\":\"guzheng/genesis/v1\",\"origin\":\"%s\",\"suite\":\"intl\","
                 "\"created_at\":\"2026-01-01T00:00:00Z\",\"organisations\":[{\"name\":\"%s\","
                 "\"role\":\"bank\",\"submission\":\"%.*s\",\"receipt\":null,\"from_index\":0,"
                 "\"until_index\":null}],\"continues\":null,\"policy\":\"",
                 origin, bank, (int)submission.n, (const char *)submission.p));
    TRY(add_escaped(buf_bytes(&policy), out));
    TRY(buf_add_str(out, "\"}"));
    TRY(path_join(s->folder, "policy", path, sizeof path));
    return file_replace(path, buf_bytes(&policy), 0644);
}

/* --- commands --------------------------------------------------------------------------------- */

static enum gz_err sign_submission(struct server *s, uint32_t count, struct buf *wire)
{
    DEFER(buf_fini) struct buf    body = {0}, message = {0};
    static struct submission_item items[SUBMISSION_ITEMS_MAX];
    struct submission             made = {
                    .org = bytes_str(bank), .seq = s->next_seq, .items_n = count, .items = items};
    uint8_t signature[KEY_SIGNATURE_SIZE], name[12];
    memcpy(made.key_id, signer_key(s->bank_key)->id, KEY_ID_SIZE);
    write_be64(name, s->next_seq);
    for (uint32_t i = 0; i < count; i++) {
        write_be32(name + 8, i);
        items[i].fingerprint = hash_of(SUITE_INTL, BYTES_OF(name));
    }
    TRY(submission_encode_body(&made, &body));
    TRY(submission_message(bytes_str(origin), buf_bytes(&body), &message));
    TRY(signer_sign(s->bank_key, buf_bytes(&message), signature));
    return submission_encode(buf_bytes(&body), signature, wire);
}

static enum gz_err submit(struct server *s, uint64_t count)
{
    static const struct timespec pause = {0, 10 * 1000 * 1000};
    DEFER(buf_fini) struct buf   wire = {0};
    struct log_answer            a;
    enum gz_err                  e;
    if (count == 0 || count > SUBMISSION_ITEMS_MAX) return GZ_MALFORMED;
    TRY(sign_submission(s, (uint32_t)count, &wire));
    while ((e = log_service_submit(s->log, buf_bytes(&wire), &a)) == GZ_BUSY)
        nanosleep(&pause, NULL); /* until the witnesses have answered the question at start */
    TRY(e);
    if (a.result != LEDGER_EXECUTED) return GZ_CONFLICT;
    s->next_seq++;
    printf("index %" PRIu64 "\n", a.index);
    return GZ_OK;
}

static enum gz_err say_published(struct server *s, uint64_t index)
{
    DEFER(buf_fini) struct buf note = {0};
    struct kept_checkpoint     kept;
    const enum gz_err          e = log_service_wait_published(s->log, index, PUBLISH_MS);
    if (e == GZ_BUSY) puts("not published");
    if (e == GZ_BUSY) return GZ_OK;
    TRY(e);
    TRY(log_service_checkpoint_covering(s->log, index, &note, &kept));
    printf("size %" PRIu64 "\n", kept.size);
    return GZ_OK;
}

static enum gz_err say_refused(struct server *s, uint64_t witness)
{
    static struct log_status status;
    log_service_status(s->log, &status);
    if (witness >= status.witnesses_n) return GZ_MALFORMED;
    puts(status.witnesses[witness].refused ? "yes" : "no");
    return GZ_OK;
}

static enum gz_err command(struct server *s, const char *line)
{
    uint64_t n;
    if (sscanf(line, "submit %" SCNu64, &n) == 1) return submit(s, n);
    if (sscanf(line, "published %" SCNu64, &n) == 1) return say_published(s, n);
    if (sscanf(line, "refused %" SCNu64, &n) == 1) return say_refused(s, n);
    return GZ_MALFORMED;
}

/* --- serving ---------------------------------------------------------------------------------- */

/* After a restart: the first number that the log does not have. */
static enum gz_err find_seq(struct server *s)
{
    for (s->next_seq = 1;; s->next_seq++) {
        DEFER(buf_fini) struct buf wire = {0};
        uint64_t                   first;
        const enum gz_err          e = chain_submission(log_service_chain(s->log), bytes_str(bank),
                                                        s->next_seq, &first, &wire);
        if (e == GZ_MISSING) return GZ_OK;
        TRY(e);
    }
}

static enum gz_err open_all(struct server *s, uint16_t port, struct buf *why)
{
    DEFER(buf_fini) struct buf genesis = {0};
    TRY(open_keys(s));
    TRY(make_genesis(s, &genesis));
    const struct log_options o = {
        .folder = s->folder, .genesis = buf_bytes(&genesis), .signer = s->log_key};
    TRY(log_service_open(&o, &s->log, why));
    TRY(find_seq(s));
    s->site = chain_site_of_log(s->log);
    static const struct http_route routes[] = {{"GET", "/", chain_handle, 0},
                                               {"POST", "/", chain_handle, SUBMISSION_SIZE_MAX}};
    const struct http_options      http = {.address = "127.0.0.1",
                                           .port = port,
                                           .threads = THREADS,
                                           .ctx = &s->site,
                                           .routes = routes,
                                           .routes_n = COUNT_OF(routes)};
    return http_server_open(&http, &s->http);
}

static void close_all(struct server *s)
{
    http_server_close(&s->http);
    log_service_close(&s->log);
    signer_free(&s->log_key);
    signer_free(&s->bank_key);
}

static enum gz_err serve(struct server *s, uint16_t port)
{
    DEFER(buf_fini) struct buf why = {0};
    char                       line[256];
    const enum gz_err          e = open_all(s, port, &why);
    if (e != GZ_OK) fprintf(stderr, "%.*s\n", (int)why.n, (const char *)why.p);
    TRY(e);
    puts("ready");
    while (fgets(line, sizeof line, stdin) != NULL) TRY(command(s, line));
    return GZ_OK;
}

int main(int argc, char **argv)
{
    DEFER(close_all) struct server s = {.folder = argc > 2 ? argv[2] : NULL};
    enum gz_err                    e = GZ_MALFORMED;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "keys") == 0) e = print_key(&s);
    if (argc == 4 && strcmp(argv[1], "serve") == 0) e = serve(&s, (uint16_t)atoi(argv[3]));
    if (e != GZ_OK) fprintf(stderr, "log_server: %s\n", err_name(e));
    return e != GZ_OK;
}

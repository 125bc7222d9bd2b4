/* The log of a demonstration consortium without its bank: our log service and its HTTP face on the
 * bank's keys, for tests of the files that a log and its witnesses leave.
 *
 *     demo_log FOLDER PORT COUNT   COUNT submissions of 10, 20, 30 … entries, the last one
 * published
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/chain_routes.h"
#include "core/submission.h"
#include "host/file.h"
#include "ledger/genesis.h"
#include "node/log_service.h"

enum { PATH_SIZE = 1024, PUBLISH_MS = 30 * 1000, THREADS = 4, ENTRIES_MAX = 1000 };

static const char bank[] = "ccb.sd";

struct server {
    const char         *folder;
    struct buf          genesis, memory;
    struct genesis      g;
    struct signer      *log_key, *bank_key;
    struct log_service *log;
    struct chain_site   site;
    struct http_server *http;
};

static enum gz_err open_key(const struct server *s, const char *file, enum key_purpose purpose,
                            struct bytes name, struct signer **out)
{
    char path[PATH_SIZE];
    TRY(path_join(s->folder, file, path, sizeof path));
    return signer_open(path, s->g.suite, purpose, name, out);
}

static enum gz_err read_genesis(struct server *s)
{
    char        path[PATH_SIZE];
    const char *why = "";
    TRY(path_join(s->folder, "genesis.json", path, sizeof path));
    TRY(file_read(path, GENESIS_SIZE_MAX, &s->genesis));
    const size_t size = genesis_arena_size(s->genesis.n);
    TRY(buf_reserve(&s->memory, size));
    struct arena arena = {s->memory.p, 0, size};
    return genesis_decode(buf_bytes(&s->genesis), &arena, &s->g, &why);
}

static enum gz_err open_all(struct server *s, uint16_t port, struct buf *why)
{
    static const struct http_route routes[] = {{"GET", "/", chain_handle, 0}};
    char                           folder[PATH_SIZE];
    TRY(read_genesis(s));
    TRY(open_key(s, "bank/log.pem", KEY_LOG, s->g.origin, &s->log_key));
    TRY(open_key(s, "bank/submission.pem", KEY_SUBMISSION, bytes_str(bank), &s->bank_key));
    TRY(path_join(s->folder, "bank/log", folder, sizeof folder));
    const struct log_options o = {
        .folder = folder, .genesis = buf_bytes(&s->genesis), .signer = s->log_key};
    TRY(log_service_open(&o, &s->log, why));
    s->site = chain_site_of_log(s->log);
    const struct http_options http = {.address = "127.0.0.1",
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
    buf_fini(&s->genesis);
    buf_fini(&s->memory);
}

static enum gz_err sign(struct server *s, uint64_t seq, uint32_t count, struct buf *wire)
{
    DEFER(buf_fini) struct buf    body = {0}, message = {0};
    static struct submission_item items[ENTRIES_MAX];
    struct submission made = {.org = bytes_str(bank), .seq = seq, .items_n = count, .items = items};
    uint8_t           signature[KEY_SIGNATURE_SIZE], name[12];
    memcpy(made.key_id, signer_key(s->bank_key)->id, KEY_ID_SIZE);
    write_be64(name, seq);
    for (uint32_t i = 0; i < count; i++) {
        write_be32(name + 8, i);
        items[i].fingerprint = hash_of(s->g.suite, BYTES_OF(name));
    }
    TRY(submission_encode_body(&made, &body));
    TRY(submission_message(s->g.origin, buf_bytes(&body), &message));
    TRY(signer_sign(s->bank_key, buf_bytes(&message), signature));
    return submission_encode(buf_bytes(&body), signature, wire);
}

/* Not only the quorum: every witness shall have a mirror. */
static enum gz_err wait_for_all(struct server *s, uint64_t index)
{
    static const struct timespec pause = {0, 10 * 1000 * 1000};
    static struct log_status     status;
    for (int ms = 0; ms < PUBLISH_MS; ms += 10) {
        size_t done = 0;
        log_service_status(s->log, &status);
        for (size_t i = 0; i < status.witnesses_n; i++) done += status.witnesses[i].size > index;
        if (done == status.witnesses_n) return GZ_OK;
        nanosleep(&pause, NULL);
    }
    return GZ_BUSY;
}

/* Each is published before the next is sent, so that there are several checkpoints. */
static enum gz_err submit(struct server *s, uint64_t seq)
{
    static const struct timespec pause = {0, 10 * 1000 * 1000};
    DEFER(buf_fini) struct buf   wire = {0};
    struct log_answer            a;
    enum gz_err                  e;
    TRY(sign(s, seq, (uint32_t)seq * 10, &wire));
    while ((e = log_service_submit(s->log, buf_bytes(&wire), &a)) == GZ_BUSY)
        nanosleep(&pause, NULL); /* until the witnesses have answered the question at start */
    TRY(e);
    if (a.result != LEDGER_EXECUTED) return GZ_CONFLICT;
    TRY(log_service_wait_published(s->log, a.index, PUBLISH_MS));
    return wait_for_all(s, a.index);
}

int main(int argc, char **argv)
{
    DEFER(close_all) struct server s = {.folder = argc == 4 ? argv[1] : NULL};
    DEFER(buf_fini) struct buf     why = {0};
    const long                     count = argc == 4 ? atol(argv[3]) : 0;
    enum gz_err                    e = count > 0 && count * 10 <= ENTRIES_MAX
                                           ? open_all(&s, (uint16_t)atoi(argv[2]), &why)
                                           : GZ_MALFORMED;
    for (long seq = 1; e == GZ_OK && seq <= count; seq++) e = submit(&s, (uint64_t)seq);
    if (e != GZ_OK)
        fprintf(stderr, "demo_log: %s %.*s\n", err_name(e), (int)why.n, (const char *)why.p);
    return e != GZ_OK;
}

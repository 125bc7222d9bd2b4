#include "log_fixture.h"

#include "bench.h"
#include "core/submission.h"
#include "host/file.h"

enum { THREADS = 8, PROOF_TURNS = 3, PROOFS_US = 1000000, PROOFS_CHECKED = 1000 };

static void remove_folder(const char *folder)
{
    char        command[FIXTURE_PATH + 32];
    const char *at = strrchr(folder, '/');
    must(at != NULL && strncmp(at, "/bench-", 7) == 0 && strchr(folder, '\'') == NULL);
    must(snprintf(command, sizeof command, "rm -rf -- '%s'", folder) < (int)sizeof command);
    must(system(command) == 0);
}

struct signer *fixture_key(const struct log_fixture *f, const char *file, enum key_purpose purpose,
                           const char *name)
{
    char           path[FIXTURE_PATH];
    struct key     made;
    struct signer *signer = NULL;
    must_ok(path_join(f->folder, file, path, sizeof path));
    must_ok(signer_create(path, SUITE_GM, purpose, bytes_str(name), &made));
    must_ok(signer_open(path, SUITE_GM, purpose, bytes_str(name), &signer));
    return signer;
}

void fixture_init(struct log_fixture *f, const char *folder)
{
    *f = (struct log_fixture){.next_seq = 1};
    must(snprintf(f->folder, sizeof f->folder, "%s", folder) < (int)sizeof f->folder);
    remove_folder(folder);
    must_ok(folder_make(folder, 0755));
    f->log_key = fixture_key(f, "log.pem", KEY_LOG, FIXTURE_ORIGIN);
    f->bank_key = fixture_key(f, "bank.pem", KEY_SUBMISSION, FIXTURE_ORG);
}

void fixture_add_witness(struct signer *key, const char *name, uint16_t port, struct buf *policy)
{
    must_ok(buf_addf(policy, "witness %s ", name));
    must_ok(key_encode(signer_key(key), policy));
    must_ok(buf_addf(policy, " http://127.0.0.1:%u\\n", (unsigned)port));
}

void fixture_make_genesis(struct log_fixture *f, const char *witnesses)
{
    DEFER(buf_fini) struct buf log = {0}, bank = {0};
    must_ok(key_encode(signer_key(f->log_key), &log));
    must_ok(key_encode(signer_key(f->bank_key), &bank));
    must_ok(buf_addf(&f->genesis,
                     "{\"type\":\"guzheng/genesis/v1\",\"origin\":\"" FIXTURE_ORIGIN
                     "\",\"suite\":\"gm\",\"created_at\":\"2026-01-01T00:00:00Z\","
                     "\"organisations\":[{\"name\":\"" FIXTURE_ORG "\",\"role\":\"bank\","
                     "\"submission\":\"%.*s\",\"receipt\":null,\"from_index\":0,"
                     "\"until_index\":null}],\"policy\":\"log %.*s\\n%s\",\"continues\":null}",
                     (int)bank.n, (const char *)bank.p, (int)log.n, (const char *)log.p,
                     witnesses));
}

void fixture_open(struct log_fixture *f)
{
    DEFER(buf_fini) struct buf why = {0};
    const struct log_options   o = {
          .folder = f->folder, .genesis = buf_bytes(&f->genesis), .signer = f->log_key};
    const enum gz_err e = log_service_open(&o, &f->log, &why);
    if (e != GZ_OK) fprintf(stderr, "%.*s\n", (int)why.n, (const char *)why.p);
    must_ok(e);
    f->site = chain_site_of_log(f->log);
}

static enum gz_err know_no_log(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    (void)ctx, (void)r, (void)reply;
    return GZ_MISSING;
}

static void serve(const struct http_route *routes, size_t n, void *ctx, struct http_server **out)
{
    const struct http_options o = {
        .address = "127.0.0.1", .threads = THREADS, .ctx = ctx, .routes = routes, .routes_n = n};
    must_ok(http_server_open(&o, out));
}

void fixture_open_alone(struct log_fixture *f)
{
    static const struct http_route routes[] = {{"GET", "/", know_no_log, 0},
                                               {"POST", "/", know_no_log, 0}};
    DEFER(buf_fini) struct buf     policy = {0};
    serve(routes, COUNT_OF(routes), NULL, &f->stub);
    f->stub_key = fixture_key(f, "witness.pem", KEY_WITNESS, "witness.sd");
    fixture_add_witness(f->stub_key, "w", http_server_port(f->stub), &policy);
    must_ok(buf_add_str(&policy, "quorum w\\n"));
    must_ok(buf_add_byte(&policy, 0));
    fixture_make_genesis(f, (const char *)policy.p);
    fixture_open(f);
}

uint16_t fixture_serve(struct log_fixture *f)
{
    static const struct http_route routes[] = {{"GET", "/", chain_handle, 0},
                                               {"POST", "/", chain_handle, SUBMISSION_SIZE_MAX}};
    serve(routes, COUNT_OF(routes), &f->site, &f->http);
    return http_server_port(f->http);
}

void fixture_close(struct log_fixture *f)
{
    http_server_close(&f->http);
    log_service_close(&f->log);
    http_server_close(&f->stub);
    signer_free(&f->log_key);
    signer_free(&f->bank_key);
    signer_free(&f->stub_key);
    buf_fini(&f->genesis);
    remove_folder(f->folder);
}

void fixture_sign(struct log_fixture *f, uint32_t count, struct buf *wire)
{
    DEFER(buf_fini) struct buf    body = {0}, message = {0};
    static struct submission_item items[SUBMISSION_ITEMS_MAX];
    struct submission             s = {.org = bytes_str(FIXTURE_ORG), .items = items};
    uint8_t                       signature[KEY_SIGNATURE_SIZE];
    s.seq = f->next_seq++;
    s.items_n = count;
    memcpy(s.key_id, signer_key(f->bank_key)->id, KEY_ID_SIZE);
    for (uint32_t i = 0; i < count; i++) {
        write_be64(items[i].fingerprint.b, s.seq * UINT64_C(0x9e3779b97f4a7c15));
        write_be32(items[i].fingerprint.b + 8, i * 2654435761u);
    }
    must_ok(submission_encode_body(&s, &body));
    must_ok(submission_message(BYTES_LIT(FIXTURE_ORIGIN), buf_bytes(&body), &message));
    must_ok(signer_sign(f->bank_key, buf_bytes(&message), signature));
    must_ok(submission_encode(buf_bytes(&body), signature, wire));
}

void fixture_submit(struct log_fixture *f, const struct buf *wires, size_t n)
{
    static struct bytes      list[LOG_WAITERS_MAX];
    static struct log_answer answers[LOG_WAITERS_MAX];
    enum gz_err              e;
    must(n <= LOG_WAITERS_MAX);
    for (size_t i = 0; i < n; i++) list[i] = buf_bytes(&wires[i]);
    while ((e = log_service_submit_all(f->log, list, n, answers)) == GZ_BUSY)
        nanosleep(&(struct timespec){0, 1000000}, NULL); /* the question at start */
    must_ok(e);
    for (size_t i = 0; i < n; i++) must(answers[i].result == LEDGER_EXECUTED);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Proofs that do not verify are no measurement. */
static void check_some(const struct chain_files *c, uint64_t leaves, uint64_t *random)
{
    struct hash root;
    must_ok(chain_root(c, leaves, &root));
    for (unsigned i = 0; i < PROOFS_CHECKED; i++) {
        DEFER(buf_fini) struct buf logged = {0};
        const uint64_t             index = next_random(random) % leaves;
        struct chain_entry         e;
        struct merkle_path         path;
        must_ok(chain_entry(c, index, &e));
        must_ok(buf_add(&logged, e.org));
        must_ok(buf_add_byte(&logged, '\n'));
        must_ok(buf_add(&logged, BYTES_OF(e.fingerprint.b)));
        must_ok(chain_inclusion(c, index, leaves, &path));
        must_ok(merkle_verify_inclusion(SUITE_GM, merkle_leaf(SUITE_GM, buf_bytes(&logged)), index,
                                        leaves, &path, root));
    }
}

static uint64_t measure_once(const struct chain_files *c, uint64_t leaves, uint64_t *random)
{
    const int64_t start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    int64_t       spent = 0;
    uint64_t      count = 0;
    for (; spent < PROOFS_US; spent = clock_us(CLOCK_PROCESS_CPUTIME_ID) - start)
        for (unsigned i = 0; i < 100; i++, count++) {
            struct merkle_path path;
            must_ok(chain_inclusion(c, next_random(random) % leaves, leaves, &path));
        }
    return per_second(count, spent);
}

uint64_t fixture_measure_proofs(const struct chain_files *c, uint64_t leaves)
{
    uint64_t random = UINT64_C(0x2545f4914f6cdd1d), best = 0;
    check_some(c, leaves, &random);
    for (unsigned i = 0; i < PROOF_TURNS; i++) {
        const uint64_t rate = measure_once(c, leaves, &random);
        best = rate > best ? rate : best;
    }
    return best;
}

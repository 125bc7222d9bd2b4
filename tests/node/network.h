/* A bank's log and three courts' witnesses in one process, each behind a port of its own on
 * loopback: for tests over real HTTP. What stands at a port can be exchanged while it is open. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "api/witness_routes.h"
#include "check.h"
#include "host/host.h"
#include "host/http_client.h"

enum {
    NET_WITNESSES = 3,
    NET_WAIT_MS = 20 * 1000, /* until a test that waits gives up; none measures time */
    NET_STEP_MS = 5,
    NET_PATH = 256,
    NET_URL = 256,
    NET_ANSWER_MAX = 64 * 1024 * 1024,
};
#define NET_ORIGIN "guzheng/test"

/* A port. Without a handler it answers 503; stalled, it answers nobody until that ends. */
struct station {
    struct http_server *server;
    uint16_t            port;
    char                url[64];
    pthread_rwlock_t    lock;
    http_handler        handler;
    void               *ctx;
    _Atomic bool        is_stalled;
    _Atomic unsigned    asked; /* requests that have come */
};
void station_open(struct station *s); /* at its port; of the first time any free one */
void station_close(struct station *s);
void station_set(struct station *s, http_handler handler, void *ctx);

/* Organisations: ccb.sd (bank) and gy.sd, zy.sd, jc.sd (courts, one witness each). gy.sd has a
 * submission key too, and the file `submitted` of a sender; the other courts send nothing. */
struct net {
    char                folder[NET_PATH], submitted[NET_PATH];
    struct station      log_at, witness_at[NET_WITNESSES];
    struct signer      *log_key, *witness_keys[NET_WITNESSES], *bank, *court, *stranger;
    struct buf          genesis;
    struct log_service *log;
    struct chain_site   log_site;
    struct witness     *witnesses[NET_WITNESSES];
    struct witness_site sites[NET_WITNESSES];
    enum witness_mirror mirror; /* for witnesses that are opened next */
    struct http_client *http;
    struct http_answer  answer; /* of the last request */
    int                 stderr_before;
};
/* Keys, ports and genesis in a new folder; nothing is opened. The log of the process goes to a
 * file. court_until: end of gy.sd's range of indexes, 0: none. */
void        net_init(struct net *n, unsigned court_until);
void        net_fini(struct net *n);
void        net_open_log(struct net *n);
void        net_close_log(struct net *n);
void        net_open_witness(struct net *n, size_t i);
void        net_close_witness(struct net *n, size_t i);
void        net_open_ready(struct net *n, size_t i); /* and until it may cosign */
void        net_open_all(struct net *n);
/* In place of witness i: one that cosigns everything and has no files. */
void        net_put_cosigner(struct net *n, size_t i);
enum gz_err net_cosign(struct signer *s, struct bytes body, const char *more, struct buf *out);
/* Path inside the folder; lives until the fourth call after. */
const char *net_path(const struct net *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Folder of the witness's log. */
const char *net_witness_folder(const struct net *n, size_t i);
/* Is there such a text in the lines that were logged? */
bool        net_has_logged(const struct net *n, const char *text);
/* Number of files that match the pattern below the folder. */
size_t      net_count(const struct net *n, const char *pattern);
void        net_shell(const struct net *n, const char *command); /* run inside the folder */
/* "/" and hex of the origin's SHA-256. */
const char *net_hash(void);

/* --- HTTP: the status, the whole in n->answer ------------------------------------------------- */
int net_get(struct net *n, const struct station *s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int  net_post(struct net *n, const struct station *s, const char *path, struct bytes body);
bool net_says(const struct net *n, const char *text); /* is the answer's body this text? */

/* --- submissions ------------------------------------------------------------------------------ */
/* count items whose fingerprints follow from org, seq and salt; the first corrects an index if
 * supersedes >= 0. */
void net_body(const char *org, const struct signer *k, uint64_t seq, uint32_t count, unsigned salt,
              int64_t supersedes, struct buf *out);
void net_wire(struct signer *k, const char *origin, struct bytes body, struct buf *out);
void net_submission(struct signer *k, uint64_t seq, uint32_t count, unsigned salt, struct buf *out);
/* The bank's next, of count items, salt 0: 200 or the test fails. */
void net_submit(struct net *n, uint64_t seq, uint32_t count);
void net_add_submitted(const struct net *n, struct bytes wire);

/* --- waiting ---------------------------------------------------------------------------------- */
/* Until the expression is true; fails after NET_WAIT_MS. */
#define NET_UNTIL(expression)                                                                      \
    do {                                                                                           \
        const int64_t until_ = clock_monotonic_ms() + NET_WAIT_MS;                                 \
        while (!(expression)) {                                                                    \
            if (clock_monotonic_ms() > until_) fail_msg("never: %s", #expression);                 \
            net_sleep_ms(NET_STEP_MS);                                                             \
        }                                                                                          \
    } while (0)
void                      net_sleep_ms(unsigned ms);
struct log_status         net_log_status(struct net *n);
struct witness_log_status net_witness_status(struct net *n, size_t i);
void                      net_until_running(struct net *n);
void                      net_until_published(struct net *n, uint64_t size);

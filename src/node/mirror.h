/* Bringing a copy of a log to a size that the log has signed: fetch the submissions, verify each by
 * the ledger's own step, compare the root, and only then commit (network.md section 4). */
#pragma once
#include <pthread.h>

#include "core/policy.h"
#include "host/http_client.h"
#include "node/chain_files.h"

enum {
    MIRROR_FETCH_SUBMISSIONS = 64, /* asked for at a time */
    MIRROR_FETCH_MAX = MIRROR_FETCH_SUBMISSIONS * (SUBMISSION_SIZE_MAX + 32),
    MIRROR_FETCH_TIMEOUT_MS = 10 * 1000,
    MIRROR_SPAN_MAX = 256 * 1024 * 1024, /* bytes fetched for one step, held in memory */
};

/* Whose entries must have been sent by ourselves; and who waits meanwhile. */
struct mirror_rules {
    struct bytes own_org; /* empty: not a member (the log itself, catching up) */
    const char
        *submitted_path; /* H(body) in hex, one line each; NULL: no sender here, none may exist */
    pthread_mutex_t     *ledger_lock; /* held while the ledger changes, never while fetching */
    const struct policy *policy;      /* whose log keys sign the sizes on the way */
    size_t               span_max;    /* MIRROR_SPAN_MAX; beyond, it goes from size to size */
};

enum mirror_result {
    MIRROR_REACHED = 1,     /* the copy has this size and root, synced */
    MIRROR_UNREACHABLE = 2, /* no answer, or not that far */
    MIRROR_UNFIT = 3,       /* what was fetched does not give the signed root */
    MIRROR_OTHER_ROOT = 4,  /* proof: the copy reached this size before, with another root */
    MIRROR_REFUSED = 5,     /* proof: the signed root covers a submission that may not be there */
};
struct mirror_report {
    enum mirror_result result;
    bool               is_dirty;   /* close the chain and open it again before any further use */
    struct buf         submission; /* REFUSED: the one */
    struct buf         span; /* REFUSED: all that was fetched, as served: from the copy's size to
                                the signed root */
    struct buf         on_the_way; /* the signed note of a size before the target, where it was
                                      that which was judged last; empty: it was the target */
    const char        *why;        /* a static sentence */
};
void mirror_report_fini(struct mirror_report *r);

/* url: of the log or of another mirror of it, without final '/'. An error: of our own files. */
enum gz_err mirror_catch_up(struct chain_files *chain, struct http_client *http, const char *url,
                            const struct checkpoint *target, const struct mirror_rules *rules,
                            struct mirror_report *out);

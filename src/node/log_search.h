/* Look for one entry in a log or a mirror that somebody serves: the newest checkpoint must meet the
 * policy, and all entries under it are fetched and hashed up to its root, so that "it is not there"
 * is as sure as "it is". */
#pragma once
#include "core/policy.h"
#include "host/http_client.h"

enum { LOG_SEARCH_TIMEOUT_MS = 10000, LOG_SEARCH_BASES_MAX = 16 };

struct log_search {
    const char *const           *bases; /* http://…, without final '/': the log, or mirrors */
    size_t                       bases_n;
    const struct policy_history *history;
    struct bytes                 origin, org;
    struct hash                  fingerprint;
    void                        *ctx;
    void (*progress)(void *ctx, uint64_t done, uint64_t size); /* may be NULL */
};
struct log_found {
    uint64_t size; /* of the checkpoint whose whole tree was searched */
    bool     found;
    uint64_t index; /* where it stands first */
    uint64_t time;  /* quorum time: found: of the earliest checkpoint that covers it, of those
                       that were shown; else of the searched one */
};
/* GZ_IO: no answer, or one that is no log's; GZ_MISSING: it has published nothing yet; GZ_MISMATCH:
 * its checkpoint does not meet the policy, is another log's, or its entries do not give the root.
 * Each with *why, a static sentence. */
enum gz_err log_search(const struct log_search *s, struct log_found *out, const char **why);

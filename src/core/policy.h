/* Trust policy (C2SP tlog-policy) and policy history (evidence format, "Policy and its history").
 * Pure. */
#pragma once
#include "base/arena.h"
#include "core/merkle.h"
#include "core/note.h"

enum {
    POLICY_TEXT_MAX = 64 * 1024,
    POLICY_MEMBERS_MAX = 256, /* logs, and witnesses with groups, each at most so many */
    POLICY_HISTORY_MAX = 4 * 1024 * 1024,
    POLICY_VERSIONS_MAX = 4096, /* of a history */
};

struct policy; /* one parsed policy; lives in the arena */

/* GZ_MALFORMED: unusable (*why says the reason, a static string). GZ_MEMORY: arena full. */
enum gz_err       policy_decode(struct bytes text, struct arena *arena, const struct policy **out,
                                const char **why);
enum suite        policy_suite(const struct policy *p);
size_t            policy_count_logs(const struct policy *p);
const struct key *policy_log(const struct policy *p, size_t i);
size_t            policy_count_witnesses(const struct policy *p);
/* url is empty where the policy gives none. */
const struct key *policy_witness(const struct policy *p, size_t i, struct bytes *url);

struct policy_quorum {
    uint64_t time; /* earliest time by which the quorum was met; 0: not met */
    size_t   witnesses;
};
/* Check 5 of the verification on one note: a log line, all known lines good, the quorum.
 * times[i] (as many as witnesses) gets each witness's earliest time, 0 where absent; may be NULL.
 * GZ_MISMATCH with *why. */
enum gz_err policy_check_note(const struct policy *p, const struct note *note,
                              struct policy_quorum *out, uint64_t *times, const char **why);
/* The same, with the tables of the policy's keys that cache has or makes. cache NULL: without. */
enum gz_err policy_check_known_note(const struct policy *p, const struct note *note,
                                    struct key_cache *cache, struct policy_quorum *out,
                                    uint64_t *times, const char **why);
/* Is the quorum met by the witnesses whose times[i] is not 0? */
bool        policy_is_met(const struct policy *p, const uint64_t *times);

enum policy_closed { POLICY_OPEN, POLICY_ROTATED, POLICY_COMPROMISED };
struct policy_version {
    uint64_t             version, from_size, to_size; /* to_size 0: open */
    const struct policy *policy;
    enum policy_closed   closed;
    struct checkpoint    closing;      /* only if closed */
    uint64_t             closing_time; /* its quorum time */
};
struct policy_history {
    struct bytes                 origin; /* empty for a plain policy */
    size_t                       n;
    const struct policy_version *versions;
};
/* Memory that policy_history_decode can need for an input of this size, in bytes. */
size_t                       policy_arena_size(size_t input_size);
/* A policy file or a policy history, told apart by the first byte other than white space.
 * GZ_MALFORMED: unusable (*why). GZ_MEMORY: the arena is smaller than policy_arena_size says.
 * Borrows input. */
enum gz_err                  policy_history_decode(struct bytes input, struct arena *arena,
                                                   struct policy_history *out, const char **why);
/* The version that judges a checkpoint of this size; never NULL for size >= 1, NULL for 0. */
const struct policy_version *policy_history_at(const struct policy_history *h, uint64_t size);

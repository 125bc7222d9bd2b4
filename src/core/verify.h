/* Verification of one certificate (evidence format, "Verification", checks 1 to 8). Pure: the
 * caller hashes the files and lends the memory; no clock, no network. */
#pragma once
#include "core/certificate.h"
#include "core/verify_cache.h"

enum { VERIFY_CHECKS = 8 };

enum verify_result { VERIFY_VALID = 0, VERIFY_INVALID = 1, VERIFY_INCOMPLETE = 3 };

enum verify_outcome {
    OUTCOME_NOT_REACHED, /* an earlier check failed */
    OUTCOME_PASSED,
    OUTCOME_FAILED,
    OUTCOME_INCOMPLETE,  /* nothing contradicts, something needed was not given */
    OUTCOME_NOT_CHECKED, /* nothing to check it against (timestamps, a node) */
};

/* A given original, by content. */
struct verify_file {
    uint64_t    size;
    struct hash sm3, sha256;
};

struct verify_report {
    enum verify_result result;
    unsigned           check; /* number of the failed check, 0 if none failed */
    const char
        *reason; /* of a failure or an incompleteness: a static English sentence; else NULL */
    enum verify_outcome          outcomes[VERIFY_CHECKS]; /* of check i + 1 */
    bool                         has_entry;
    struct entry                 entry;
    struct hash                  fingerprint;
    size_t                       disclosures_n; /* those that were read */
    struct disclosure           *disclosures;
    size_t                       timestamps_n;  /* attached; where nothing failed */
    size_t                       files_missing; /* disclosed files that were not given */
    struct checkpoint            checkpoint;    /* from check 5 on */
    uint64_t                     index;
    const struct policy_version *version;
    uint64_t                    *witness_times; /* of the version's witnesses, 0: did not sign */
    uint64_t                     quorum_time, proven_time; /* Unix seconds, 0: not established */
    const char                  *node_detail; /* of check 8, where a node was asked; else NULL */
    bool                         has_occurred_at;
    struct time                  occurred_at;
};

/* Memory that verify_certificate can need for a certificate of this size, in bytes. */
size_t      verify_arena_size(size_t certificate_size);
/* Never an error but GZ_MEMORY (the arena is smaller than verify_arena_size says). What the report
 * points at lives as long as the arena, wire and history. */
enum gz_err verify_certificate(struct bytes wire, const struct policy_history *history,
                               const struct verify_file *files, size_t files_n, struct arena *arena,
                               struct verify_report *out);
/* What a certificate is verified with. */
struct verify_given {
    const struct policy_history *history;
    const struct verify_file    *files;
    size_t                       files_n;
    struct verify_cache         *cache; /* of this history, for many certificates; NULL: none */
};
/* The same as verify_certificate, with the same results. */
enum gz_err verify_with(struct bytes wire, const struct verify_given *given, struct arena *arena,
                        struct verify_report *out);
/* Why check 1 to VERIFY_CHECKS has its outcome, a static English sentence; NULL where it simply
 * passed or was not reached. */
const char *verify_detail(const struct verify_report *r, unsigned check);

/* Check 8: what a node of the consortium says of the entry at the certificate's index. Asking it is
 * the caller's; an invalid report stays as it is. */
enum verify_node {
    NODE_SILENT,     /* no answer that could be read: incomplete */
    NODE_BEHIND,     /* its copy does not reach the index: incomplete */
    NODE_AGREES,     /* the same entry, and no correction of it */
    NODE_CORRECTED,  /* the same entry, and a later one corrects it: fails */
    NODE_CONTRADICTS /* another entry: fails */
};
void verify_judge_node(struct verify_report *r, enum verify_node says);

/* genesis.json: the chain's name, suite, organisations with their keys, first policy (network.md
 * section 1). Strict JSON; the same bytes on every node. Pure. */
#pragma once
#include "base/arena.h"
#include "base/time.h"
#include "core/policy.h"

enum { GENESIS_SIZE_MAX = 1024 * 1024, GENESIS_ORGANISATIONS_MAX = 256, GENESIS_ORIGIN_MAX = 128 };

/* An organisation's keys over one range of indexes; a name may stand in several rows. */
struct genesis_row {
    struct bytes name, role;
    struct key   submission, receipt;
    bool         has_receipt;
    uint64_t     from_index, until_index; /* from <= index < until; UINT64_MAX where null */
};
/* What a chain has that goes on from an embedded log: all of the log's submissions are imported and
 * executed again, and must give this. */
struct genesis_seq {
    struct bytes org;
    uint64_t     last_seq;
};
struct genesis_pair {
    uint64_t index, by; /* corrected, correcting */
};
struct genesis_continues {
    uint64_t             size; /* of the log at its end; 0: the chain begins anew */
    struct hash          root;
    uint64_t             policy_version; /* of the chain's policy: the log had the one before */
    size_t               seqs_n;
    struct genesis_seq  *seqs; /* one that is not named has sent nothing */
    size_t               pairs_n;
    struct genesis_pair *pairs; /* ascending */
};
#define GENESIS_PAIRS_MAX(n) ((n) / 5 + 1) /* in n bytes: "[0,1]" */

struct genesis {
    struct bytes             origin, policy_text;
    enum suite               suite;
    struct time              created_at;
    const struct policy     *policy;
    size_t                   rows_n;
    struct genesis_row      *rows;
    struct genesis_continues continues;
    struct hash              hash; /* H(file): the chain's identity in logs and status pages */
};

/* Inside: for genesis.c. GZ_MALFORMED, GZ_MEMORY. */
struct json;
enum gz_err genesis_read_continues(struct json *j, struct arena *arena,
                                   struct genesis_continues *out);
bool        genesis_continues_is_sound(const struct genesis_continues *c);
/* Strings borrowed from wire or in the arena. GZ_MALFORMED with *why. GZ_MEMORY. */
enum gz_err genesis_decode(struct bytes wire, struct arena *arena, struct genesis *out,
                           const char **why);
/* Arena that decode needs for a file of this size. */
size_t      genesis_arena_size(size_t n);

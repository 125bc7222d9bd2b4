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
struct genesis {
    struct bytes         origin, policy_text;
    enum suite           suite;
    struct time          created_at;
    const struct policy *policy;
    size_t               rows_n;
    struct genesis_row  *rows;
    struct hash          hash; /* H(file): the chain's identity in logs and status pages */
};

/* Strings borrowed from wire or in the arena. GZ_MALFORMED with *why. GZ_MEMORY. */
enum gz_err genesis_decode(struct bytes wire, struct arena *arena, struct genesis *out,
                           const char **why);
/* Arena that decode needs for a file of this size. */
size_t      genesis_arena_size(size_t n);

/* What verifying many certificates against one policy history keeps from one to the next: tables of
 * the policy's keys, and the checkpoints whose signatures and quorum were found good. Certificates
 * under one checkpoint share its verification; "one" means the very same bytes of the whole note,
 * judged by the same version of the policy. The answers are those without it.
 * Pure: the memory (11 MB, touched as it is used) is the caller's; all zero is empty. */
#pragma once
#include "core/key_cache.h"
#include "core/policy.h"

enum {
    VERIFY_CACHE_NOTES = 256,
    VERIFY_CACHE_NOTE_MAX = 4096 /* bytes; a longer note is verified each time */
};

struct checked_note {
    const struct policy *policy;
    size_t               n; /* 0: empty */
    struct policy_quorum quorum;
    uint64_t             times[POLICY_MEMBERS_MAX]; /* of the policy's witnesses */
    uint8_t              wire[VERIFY_CACHE_NOTE_MAX];
};
struct verify_cache {
    const struct policy_history *history; /* the one that it serves, from its first use */
    struct key_cache             keys;
    struct checked_note          notes[VERIFY_CACHE_NOTES]; /* by their last bytes */
};

/* A wrong program: it served another history before. */
void        verify_cache_serve(struct verify_cache *c, const struct policy_history *history);
/* policy_check_note of a version of history on the note that wire was split into. c NULL: without.
 */
enum gz_err verify_cache_check_note(struct verify_cache *c, const struct policy *p,
                                    struct bytes wire, const struct note *note,
                                    struct policy_quorum *out, uint64_t *times, const char **why);

/* The decision of a witness about POST /add-checkpoint (C2SP tlog-witness; network.md sections 4
 * and 6): a pure function of the request, the stored state, the time and what the mirror says. */
#pragma once
#include "core/merkle.h"
#include "core/note.h"

enum { COSIGN_BODY_MAX = 64 * 1024 };

/* Body: "old <size>", consistency hashes, an empty line, the checkpoint with its signatures. */
struct cosign_request {
    uint64_t           old_size;
    struct merkle_path proof;
    struct bytes       wire; /* the checkpoint as signed, borrowed */
    struct note        note;
    struct checkpoint  checkpoint;
};
/* GZ_MALFORMED, GZ_LIMIT (more than 63 hashes): 400. */
enum gz_err cosign_request_decode(struct bytes body, struct cosign_request *out);
enum gz_err cosign_request_encode(uint64_t old_size, const struct merkle_path *proof,
                                  struct bytes note, struct buf *out);

/* What a witness keeps of a log. {0} before the first: size 0, no time; the root is then not looked
 * at. */
struct cosign_state {
    uint64_t    size;
    struct hash root;
    uint64_t    time; /* Unix seconds of the last cosignature, 0: none */
};

/* What the mirror knows of the checkpoint's size. */
enum cosign_mirror {
    COSIGN_MIRROR_NONE,    /* the witness keeps no copy of this log */
    COSIGN_MIRROR_BEHIND,  /* not fetched that far yet */
    COSIGN_MIRROR_EQUAL,   /* has this root at this size */
    COSIGN_MIRROR_OTHER,   /* has another root at this size: the log signed two histories */
    COSIGN_MIRROR_REFUSES, /* the signed root covers a submission that is not allowed or not ours */
};
struct cosign_facts {
    const struct key   *logs; /* keys of the log with the request's origin; none: unknown origin */
    size_t              logs_n;
    enum suite          suite;
    struct cosign_state state;
    uint64_t            now; /* Unix seconds */
    bool                clock_is_trusted;
    bool                is_stopped;  /* evidence against this log is kept */
    bool                is_restored; /* peers hold a later cosignature of ours: until caught up */
    enum cosign_mirror  mirror;
};

/* X(name, HTTP status, sentence). */
#define COSIGN_REASONS(X)                                                                          \
    X(COSIGN_ACCEPTED, 200, "cosigned")                                                            \
    X(COSIGN_MALFORMED, 400, "the request does not have the required form")                        \
    X(COSIGN_OLD_ABOVE_NEW, 400, "the old size is above the checkpoint's")                         \
    X(COSIGN_BAD_SIGNATURE, 403, "no valid signature of the log")                                  \
    X(COSIGN_UNKNOWN_ORIGIN, 404, "this log is not configured here")                               \
    X(COSIGN_OLD_IS_NOT_LAST, 409, "the old size is not the last cosigned")                        \
    X(COSIGN_BAD_PROOF, 422, "the consistency proof does not fit")                                 \
    X(COSIGN_OTHER_ROOT, 422, "another root is known for this size")                               \
    X(COSIGN_REFUSED_SUBMISSION, 422, "the checkpoint covers a submission that is not allowed")    \
    X(COSIGN_STOPPED, 503, "cosigning of this log was stopped on evidence")                        \
    X(COSIGN_CLOCK_BACK, 503, "the clock is before the last cosignature")                          \
    X(COSIGN_CLOCK_UNTRUSTED, 503, "the clock cannot be trusted now")                              \
    X(COSIGN_RESTORED, 503, "a later cosignature of this witness exists; catching up")             \
    X(COSIGN_CATCHING_UP, 503, "the mirror has not reached this size yet")
enum cosign_reason {
#define COSIGN_ENUM(name, status, text) name,
    COSIGN_REASONS(COSIGN_ENUM)
#undef COSIGN_ENUM
};
int         cosign_status(enum cosign_reason r);
const char *cosign_sentence(enum cosign_reason r);

struct cosign_decision {
    enum cosign_reason reason;
    bool is_evidence;         /* proof that the log itself signed: keep it, alarm, stop for good */
    bool is_alarm;            /* somebody should look; nothing stops */
    struct cosign_state next; /* to store before the answer; only if accepted */
};
/* Is there a valid log signature, and none that is wrong? */
enum cosign_reason cosign_check_signature(const struct cosign_request *r, const struct key *logs,
                                          size_t logs_n);
/* With COSIGN_MIRROR_BEHIND the answer is COSIGN_CATCHING_UP where nothing else stands against it:
 * then bring the mirror up to the size and decide again. */
struct cosign_decision cosign_decide(const struct cosign_request *r, const struct cosign_facts *f);

/* When a checkpoint is signed, sent, sent again and called published (network.md section 5): a step
 * machine without I/O. At most one checkpoint is in flight; the next begins when the quorum is
 * there or after 10 s. Nothing waits for a witness that the quorum does not need; late answers are
 * merged. */
#pragma once
#include "core/policy.h"

enum {
    PUBLISH_WITNESSES_MAX = 64,
    PUBLISH_RECENT = 16, /* checkpoints whose late answers are still merged */
    PUBLISH_ACTIONS_MAX = PUBLISH_WITNESSES_MAX + 4,
    PUBLISH_FLIGHT_MS_MAX = 10 * 1000,
    PUBLISH_RETRY_MS_MIN = 100,
    PUBLISH_RETRY_MS_MAX = 5 * 1000,
};

/* A witness: idle (has answered for the checkpoint in flight, or there is none) -> sending -> idle,
 * or waiting (failed; sent again when the time comes). */
enum publish_witness_state { PUBLISH_IDLE = 1, PUBLISH_SENDING = 2, PUBLISH_WAITING = 3 };
struct publish_witness {
    enum publish_witness_state state;
    uint64_t                   sending; /* size of the checkpoint that was sent */
    uint64_t last; /* size that it has cosigned last, as far as known: the next "old" */
    int64_t  retry_at_ms;
    uint32_t retry_ms;     /* 0: the last answer was good */
    bool     had_conflict; /* a 409 since its last cosignature */
};
struct publish_recent {
    uint64_t size;
    bool     is_kept;
    uint64_t times[PUBLISH_WITNESSES_MAX]; /* of the cosignatures, 0: none yet */
};
struct publish {
    const struct policy   *policy;
    size_t                 witnesses_n;
    struct publish_witness witnesses[PUBLISH_WITNESSES_MAX];
    uint64_t               tree_size, published_size;
    uint64_t               flight_size; /* checkpoint in flight, 0: none */
    bool                   is_signed;   /* the one in flight is */
    int64_t                flight_from_ms;
    struct publish_recent  recent[PUBLISH_RECENT]; /* newest first; size 0: free */
};

enum publish_event_kind {
    PUBLISH_EV_COMMITTED = 1, /* size: entries that are durable now */
    PUBLISH_EV_SIGNED = 2,    /* the checkpoint that PUBLISH_SIGN asked for exists */
    PUBLISH_EV_COSIGNED = 3,  /* witness, time: a verified cosignature for what was sent */
    PUBLISH_EV_CONFLICT = 4,  /* witness, size: 409, its last cosigned size */
    PUBLISH_EV_FAILED = 5,    /* witness: no answer, 503, or any other refusal */
    PUBLISH_EV_TICK = 6
};
struct publish_event {
    enum publish_event_kind kind;
    size_t                  witness;
    uint64_t                size, time;
};

enum publish_action_kind {
    PUBLISH_SIGN = 1,  /* sign the checkpoint of size */
    PUBLISH_SEND = 2,  /* to witness: checkpoint of size, proof from old */
    PUBLISH_KEEP = 3,  /* the quorum is met for size: store it as cosigned */
    PUBLISH_MERGE = 4, /* witness's line comes late for size: merge it into the kept one */
    PUBLISH_ALARM = 5  /* witness says that it has cosigned size, more than the tree has */
};
struct publish_action {
    enum publish_action_kind kind;
    size_t                   witness;
    uint64_t                 size, old;
};
struct publish_actions {
    size_t                n;
    struct publish_action list[PUBLISH_ACTIONS_MAX];
    int64_t               wake_at_ms; /* step again (TICK) by then; INT64_MAX: no need */
};

/* policy must outlive the machine. GZ_LIMIT: more than PUBLISH_WITNESSES_MAX witnesses. */
enum gz_err publish_init(struct publish *p, const struct policy *policy, uint64_t published_size);
/* now_ms: monotonic milliseconds. */
void        publish_step(struct publish *p, int64_t now_ms, const struct publish_event *e,
                         struct publish_actions *out);

/* A log, three witnesses and two senders in virtual time, all from one seed: the real step machines
 * (ledger_step, publish_step, cosign_decide), with clock, network and disk replaced. A message may
 * be lost, doubled, late; a process may crash; a clock may jump; a witness or the log may lie. */
#pragma once
#include "ledger/cosign.h"
#include "ledger/ledger.h"
#include "ledger/publish.h"
#include "log_maker.h"

#define SIM_ORIGIN "guzheng/sim"
enum {
    SIM_WITNESSES = 3,
    SIM_SENDERS = 2,
    SIM_SUBMISSIONS = 12, /* of each sender */
    SIM_ITEMS_MAX = 3,
    SIM_LEAVES_MAX = SIM_SENDERS * SIM_SUBMISSIONS * SIM_ITEMS_MAX,
    SIM_WIRES_MAX = SIM_SENDERS * SIM_SUBMISSIONS,
    SIM_EVENTS_MAX = 4096,
    SIM_FAULTS_MS = 60 * 1000, /* then everything works */
    SIM_END_MS = 10 * 60 * 1000,
};

enum sim_lie { SIM_NOBODY_LIES, SIM_A_WITNESS_LIES, SIM_THE_LOG_LIES, SIM_LIES };

enum sim_kind {
    SIM_SEND = 1, /* a sender's timer */
    SIM_SUBMIT,   /* a submission reaches the log */
    SIM_SYNC,     /* the log's commit is durable */
    SIM_ACK,      /* a 200 reaches its sender */
    SIM_REQUEST,  /* a checkpoint reaches a witness */
    SIM_ANSWER,   /* its answer reaches the log */
    SIM_TIMEOUT,  /* no answer came */
    SIM_TICK,     /* the publisher's timer */
    SIM_CRASH_LOG,
    SIM_JUMP, /* a witness's clock */
};
struct sim_event {
    enum sim_kind kind;
    int64_t       at_ms;
    uint64_t      order; /* of equals the first made comes first */
    size_t        who;   /* sender or witness */
    uint64_t      life;  /* of the log: what a crash cut off reaches nobody */
    uint64_t      seq, index, size, old, request, time;
    int           status;
};
/* A submission in the log, in order. */
struct sim_wire {
    struct buf  wire;
    size_t      sender;
    uint64_t    seq, first;
    uint32_t    count;
    struct hash body_hash;
};
struct sim_sender {
    struct maker key;
    struct buf   wires[SIM_SUBMISSIONS + 1]; /* by seq: stored before it is sent */
    bool         is_acked[SIM_SUBMISSIONS + 1];
    uint64_t     index[SIM_SUBMISSIONS + 1];
};
struct sim_log {
    struct ledger  *ledger;
    struct publish  publish;
    struct sim_wire wires[SIM_WIRES_MAX];
    size_t          wires_n, durable_n;
    bool            is_syncing;
    uint64_t        life, published;
    struct hash     leaves[SIM_LEAVES_MAX], roots[SIM_LEAVES_MAX + 1];
    bool            is_signed[SIM_LEAVES_MAX + 1];
    uint64_t        cosigners[SIM_LEAVES_MAX + 1][SIM_WITNESSES]; /* times that reached the log */
};
struct sim_witness {
    struct ledger      *mirror;
    size_t              wires_n; /* of the log, taken over */
    struct cosign_state state;
    int64_t             clock_s; /* ahead of the true one */
    bool                is_stopped;
    uint64_t            request; /* the one that the log waits for */
};
struct sim {
    uint64_t             seed, random, order, trace; /* trace: a digest of all that happened */
    int64_t              now_ms;
    enum sim_lie         lie;
    struct sim_event     events[SIM_EVENTS_MAX];
    size_t               events_n;
    struct buf           genesis, policy_memory;
    const struct policy *policy;
    struct maker         log_key, witness_keys[SIM_WITNESSES];
    struct sim_sender    senders[SIM_SENDERS];
    struct sim_log       log;
    struct sim_witness   witnesses[SIM_WITNESSES];
    uint64_t             forked_roots; /* that the lying log has signed */
};

void sim_init(struct sim *s, uint64_t seed, enum sim_lie lie);
void sim_fini(struct sim *s);
/* Until nothing happens any more or SIM_END_MS. Every step checks what must always hold. */
void sim_run(struct sim *s);
/* What must hold at the end. */
void sim_check_end(const struct sim *s);

/* For simulation*.c. A number below n; an event after so many milliseconds. */
uint64_t       sim_below(struct sim *s, uint64_t n);
void           sim_schedule(struct sim *s, int64_t after_ms, struct sim_event e);
struct ledger *sim_new_ledger(struct sim *s);

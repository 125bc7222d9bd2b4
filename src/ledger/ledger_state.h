/* The inside of the ledger, for ledger.c and ledger_state.c alone. */
#pragma once
#include "ledger/genesis.h"
#include "ledger/ledger.h"

struct ledger_waiting {
    uint64_t    seq;
    struct buf  wire; /* empty: nothing waits */
    struct hash body_hash;
};
struct ledger_org {
    struct bytes          name; /* in the genesis */
    uint64_t              next_seq;
    struct ledger_waiting waiting[LEDGER_WINDOW]; /* at seq modulo window */
};
struct ledger_owner {
    uint64_t first_index;
    uint16_t org_id;
};
struct ledger_correction {
    uint64_t index, by;
};

struct ledger {
    struct buf                genesis_bytes, memory; /* memory: what genesis points at */
    struct buf                scratch;               /* items of the submission at hand */
    struct genesis            genesis;
    struct key_cache         *keys; /* tables of the members' keys; not part of the state */
    size_t                    orgs_n;
    struct ledger_org         orgs[LEDGER_ORGANISATIONS_MAX];
    struct merkle             tree;
    size_t                    owners_n, owners_cap;
    struct ledger_owner      *owners; /* runs of indexes, ascending */
    size_t                    corrections_n, corrections_cap;
    struct ledger_correction *corrections;  /* by index, then by the correcting one */
    size_t                    executions_n; /* of the last step */
    struct ledger_execution   executions[LEDGER_WINDOW + 1];
    struct buf                executed_wires[LEDGER_WINDOW + 1];
    size_t                    nodes_n, nodes_cap;
    struct hash              *nodes; /* of all executions, one after the other */
};

/* Make room for so many more. */
enum gz_err ledger_reserve(struct ledger *l, size_t owners, size_t corrections);

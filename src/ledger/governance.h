/* Governance of the consortium chain as a replicated state machine: who is a member with which
 * roles and keys, what is proposed, who voted what, which policy version is in force. Pure: no I/O,
 * no clock, no memory of its own; size is the tree's when the statement is executed.
 *
 * Each voter has one vote, final; a proposer's is yes. A proposal is carried with m yes of n
 * voters, m = n - floor((n - 1) / 3) (3 of 4, 4 of 5), and rejected once m cannot be reached. A
 * change of who votes voids all other open proposals: so n stays as it was for each, the vote of
 * one who was removed never counts, and no removal carries another along. Every change, also one
 * that fails, is an event, and events are hashed into the history. Statements that are refused
 * change nothing. */
#pragma once
#include "ledger/genesis.h"

enum {
    GOV_NAME_MAX = 64,
    GOV_MEMBERS_MAX = 64,
    GOV_KEYS_MAX = 256,
    GOV_OPEN_MAX = 32,       /* open proposals */
    GOV_OPEN_MEMBER_MAX = 4, /* of one proposer */
    GOV_ENGINE_KEY_SIZE = 32,
    GOV_NODES_MIN = 4, /* fewer voters tolerate no faulty one: an alarm */
    GOV_VOTER_POWER = 1
};

/* Frozen numbers, as all enums here: they are hashed. */
enum gov_role { GOV_SUBMITS = 1, GOV_VALIDATES = 2, GOV_WITNESSES = 4, GOV_SUPERVISES = 8 };
/* ACTIVE <-> SUSPENDED; both -> REMOVED, which ADMIT makes ACTIVE again with new keys. */
enum gov_standing { GOV_ACTIVE = 1, GOV_SUSPENDED = 2, GOV_REMOVED = 3 };
struct gov_member {
    char     name[GOV_NAME_MAX + 1];
    uint32_t roles; /* of enum gov_role; VALIDATES has the vote, SUPERVISES never with it */
    enum gov_standing standing;
    bool              is_frozen;  /* submits nothing; still votes */
    bool              has_engine; /* of the genesis' members it becomes known when it is needed */
    uint8_t           engine[GOV_ENGINE_KEY_SIZE]; /* Ed25519, of the consensus engine */
    uint64_t          nonce;                       /* of its last statement */
};
struct gov_key {
    struct key key; /* submission key of members[member], for from <= index < until */
    uint8_t    member;
    uint64_t   from, until;
};

enum gov_act_kind {
    GOV_ADMIT = 1,        /* target, roles, key; engine with GOV_VALIDATES */
    GOV_SUSPEND = 2,      /* target; engine where it is not known */
    GOV_REINSTATE = 3,    /* target */
    GOV_REMOVE = 4,       /* target; engine where it is not known */
    GOV_ROTATE_KEY = 5,   /* target, key */
    GOV_CLOSE_POLICY = 6, /* version, how, policy */
    GOV_FREEZE = 7,       /* target */
    GOV_UNFREEZE = 8      /* target */
};
enum gov_closing { GOV_ROTATED = 1, GOV_COMPROMISED = 2 };
struct gov_act {
    enum gov_act_kind kind;
    char              target[GOV_NAME_MAX + 1];
    uint32_t          roles;
    bool              has_engine;
    struct key        key;
    uint8_t           engine[GOV_ENGINE_KEY_SIZE];
    uint64_t          version; /* that is closed: the one in force */
    enum gov_closing  how;
    struct hash       policy; /* H(text of the next version) */
};
struct gov_proposal {
    uint64_t       id;
    uint8_t        proposer;
    uint64_t       yes, no; /* bit: position of the member */
    struct gov_act act;
};

struct governance {
    enum suite          suite;
    size_t              members_n, keys_n, open_n;
    struct gov_member   members[GOV_MEMBERS_MAX];
    struct gov_key      keys[GOV_KEYS_MAX];
    struct gov_proposal open[GOV_OPEN_MAX]; /* by id */
    uint64_t            proposals;          /* ids given so far */
    uint64_t            version;            /* of the policy in force */
    struct hash         policy;             /* H(its text) */
    struct hash         history;            /* over all events; zeros: none */
    size_t              engines_n; /* the engine's first validators whose member is not known yet */
    uint8_t             engines[GOV_MEMBERS_MAX][GOV_ENGINE_KEY_SIZE];
};

/* All of the genesis submit, validate and witness. GZ_LIMIT: too many members or keys. */
enum gz_err              gov_init(struct governance *g, const struct genesis *genesis);
/* Ed25519 keys of the engine's first validators. It ends itself where it is told to leave out one
 * that it does not have, so an act names one of these or one that was admitted. GZ_LIMIT. */
enum gz_err              gov_know_engines(struct governance *g, const struct bytes *keys, size_t n);
/* The active ones with a vote, and how many yes carry. */
unsigned                 gov_voters(const struct governance *g);
unsigned                 gov_needed(unsigned voters);
bool                     gov_is_below_minimum(const struct governance *g);
/* NULL: none. A key is found also outside of its range. */
const struct gov_member *gov_find(const struct governance *g, struct bytes org);
const struct gov_key    *gov_find_key(const struct governance *g, struct bytes org,
                                      const uint8_t id[KEY_ID_SIZE]);
/* May it submit now: active, a submitter, not frozen? */
bool                     gov_may_submit(const struct governance *g, struct bytes org);

/* What an organisation states in governance, and what comes of it. Pure. */
#pragma once
#include "ledger/governance.h"

enum { GOV_EVENTS_MAX = GOV_OPEN_MAX + 4 };

enum gov_verb { GOV_PROPOSE = 1, GOV_VOTE = 2, GOV_WITHDRAW = 3 };
/* What an organisation has signed; the signature is verified before the step. */
struct gov_statement {
    struct bytes   org;
    uint64_t       nonce; /* the one behind its last */
    enum gov_verb  verb;
    struct gov_act act;      /* PROPOSE */
    uint64_t       proposal; /* VOTE, WITHDRAW */
    bool           is_yes;   /* VOTE */
};
enum gov_result {
    GOV_DONE = 1,
    GOV_NO_VOTER = 2,  /* no member, suspended, removed, or without a vote */
    GOV_BAD_NONCE = 3, /* a replay, or one is missing before it */
    GOV_NOT_OPEN = 4,  /* no such proposal is open, or (WITHDRAW) it is another's */
    GOV_HAS_VOTED = 5,
    GOV_TOO_MANY = 6,  /* open proposals, of all or of this one */
    GOV_IMPOSSIBLE = 7 /* the act contradicts the state */
};
enum gov_event_kind {
    GOV_EV_PROPOSED = 1,
    GOV_EV_YES = 2,
    GOV_EV_NO = 3,
    GOV_EV_WITHDRAWN = 4,
    GOV_EV_CARRIED = 5,
    GOV_EV_REJECTED = 6,
    GOV_EV_FAILED = 7, /* had its votes, but is no longer possible */
    GOV_EV_VOIDED = 8, /* who votes has changed */
    GOV_EV_BELOW_MINIMUM = 9
};
struct gov_event {
    enum gov_event_kind kind;
    uint64_t            proposal;
    uint8_t             member; /* who stated what led to it */
};
struct gov_outcome {
    enum gov_result  result;
    const char      *why;      /* IMPOSSIBLE */
    uint64_t         proposal; /* DONE */
    size_t           events_n;
    struct gov_event events[GOV_EVENTS_MAX];
    bool             has_power; /* the engine is told this: at most one a step */
    uint8_t          engine[GOV_ENGINE_KEY_SIZE];
    uint64_t         power; /* 0: out */
    bool             has_carried;
    struct gov_act   carried;
};

/* size: of the tree now. What is refused changes nothing. */
void gov_step(struct governance *g, const struct gov_statement *s, uint64_t size,
              struct gov_outcome *out);

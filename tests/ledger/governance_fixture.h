/* Four members a, b, c, d for the tests of governance, and statements as lines of text:
 * "a propose remove d", "b yes 1", "c no 1", "a withdraw 1". */
#pragma once
#include <inttypes.h>
#include <stdlib.h>

#include "chain_fixture.h"
#include "ledger/governance_state.h"
#include "ledger/governance_step.h"

enum { GOV_WORLD_KEYS = 64 };
struct gov_world {
    struct governance  g;
    struct fixture_key keys[GOV_WORLD_KEYS]; /* of names a to z, again and again */
    uint64_t           size;
    struct gov_outcome out;
};

static inline void gov_world_init(struct gov_world *w)
{
    struct genesis_row       rows[4] = {0};
    struct genesis           genesis = {.suite = SUITE_INTL, .rows = rows, .rows_n = 4};
    static const char *const names[] = {"a", "b", "c", "d"};
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < 4; i++) {
        fixture_key_make(&w->keys[i], KEY_SUBMISSION, names[i]);
        rows[i] = (struct genesis_row){
            .name = bytes_str(names[i]), .submission = w->keys[i].key, .until_index = UINT64_MAX};
    }
    genesis.policy_text = BYTES_LIT("policy 1");
    assert_ok(gov_init(&w->g, &genesis));
    static uint8_t engines[4][GOV_ENGINE_KEY_SIZE];
    struct bytes   engine_keys[4];
    for (size_t i = 0; i < 4; i++) {
        memset(engines[i], names[i][0], GOV_ENGINE_KEY_SIZE);
        engine_keys[i] = BYTES_OF(engines[i]);
    }
    assert_ok(gov_know_engines(&w->g, engine_keys, 4));
}

static inline void gov_world_fini(struct gov_world *w)
{
    for (size_t i = 0; i < GOV_WORLD_KEYS; i++) EVP_PKEY_free(w->keys[i].pkey);
}

/* A key that was never used. */
static inline struct key gov_world_key(struct gov_world *w, const char *name)
{
    size_t i = 0;
    while (w->keys[i].pkey != NULL) assert_true(++i < GOV_WORLD_KEYS);
    fixture_key_make(&w->keys[i], KEY_SUBMISSION, name);
    return w->keys[i].key;
}

/* Engine keys are the member's letter, 32 times. */
static inline struct gov_act gov_world_act(struct gov_world *w, const char *verb,
                                           const char *target)
{
    static const char *const verbs[] = {"",           "admit", "suspend", "reinstate", "remove",
                                        "rotate_key", "close", "freeze",  "unfreeze"};
    struct gov_act           a = {0};
    for (size_t i = 1; i < COUNT_OF(verbs); i++)
        if (strcmp(verb, verbs[i]) == 0) a.kind = (enum gov_act_kind)i;
    assert_true(a.kind != 0);
    if (a.kind == GOV_CLOSE_POLICY) {
        a.version = (uint64_t)atoi(target);
        a.how = GOV_ROTATED;
        a.policy = hash_of(SUITE_INTL, bytes_str(target));
        return a;
    }
    strcpy(a.target, target);
    if (a.kind == GOV_ADMIT) a.roles = GOV_SUBMITS | GOV_VALIDATES | GOV_WITNESSES;
    if (a.kind == GOV_ADMIT || a.kind == GOV_ROTATE_KEY) a.key = gov_world_key(w, target);
    a.has_engine = a.kind == GOV_ADMIT || a.kind == GOV_SUSPEND || a.kind == GOV_REMOVE;
    if (a.has_engine) memset(a.engine, target[0], sizeof a.engine);
    return a;
}

static inline void gov_world_step(struct gov_world *w, const struct gov_statement *s)
{
    gov_step(&w->g, s, w->size++, &w->out);
}

static inline void gov_world_say(struct gov_world *w, const char *line)
{
    char                     org[8] = "", verb[16] = "", what[16] = "", target[16] = "";
    struct gov_statement     s = {.verb = GOV_VOTE};
    const struct gov_member *m;
    assert_true(sscanf(line, "%7s %15s %15s %15s", org, verb, what, target) >= 3);
    s.org = bytes_str(org);
    m = gov_find(&w->g, s.org);
    s.nonce = m == NULL ? 1 : m->nonce + 1;
    s.proposal = strtoull(what, NULL, 10);
    s.is_yes = strcmp(verb, "yes") == 0;
    if (strcmp(verb, "withdraw") == 0) s.verb = GOV_WITHDRAW;
    if (strcmp(verb, "propose") == 0) {
        s.verb = GOV_PROPOSE;
        s.act = gov_world_act(w, what, target);
    }
    gov_world_step(w, &s);
}

/* What came of the last statement: "done: yes 1, carried 1, engine d 0". */
static inline void gov_world_tell(const struct gov_world *w, struct buf *out)
{
    static const char *const results[] = {"",         "done",      "no voter", "bad nonce",
                                          "not open", "has voted", "too many", "impossible"};
    static const char *const events[] = {"",        "proposed", "yes",    "no",     "withdrawn",
                                         "carried", "rejected", "failed", "voided", "too few"};
    assert_ok(buf_addf(out, "%s", results[w->out.result]));
    if (w->out.why != NULL) assert_ok(buf_addf(out, ": %s", w->out.why));
    for (size_t i = 0; i < w->out.events_n; i++)
        assert_ok(buf_addf(out, "%s%s %" PRIu64, i == 0 ? ": " : ", ",
                           events[w->out.events[i].kind], w->out.events[i].proposal));
    if (w->out.has_power)
        assert_ok(buf_addf(out, ", engine %c %" PRIu64, w->out.engine[0], w->out.power));
}

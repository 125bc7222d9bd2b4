/* The keys, the genesis and the first events of a simulation. */
#include "check.h"

#include "simulation.h"

static void add_key(struct buf *out, const struct maker *m)
{
    assert_ok(key_encode(&m->key, out));
}

static void make_genesis(struct sim *s)
{
    static const char *const roles[SIM_SENDERS] = {"bank", "court"};
    struct buf              *g = &s->genesis;
    assert_ok(buf_add_str(g, "{\"type\":\"guzheng/genesis/v1\",\"origin\":\"" SIM_ORIGIN
                             "\",\"suite\":\"intl\",\"created_at\":\"2026-01-01T00:00:00Z\","
                             "\"organisations\":["));
    for (size_t i = 0; i < SIM_SENDERS; i++) {
        assert_ok(buf_addf(g, "%s{\"name\":\"%s\",\"role\":\"%s\",\"submission\":\"",
                           i == 0 ? "" : ",", s->senders[i].key.key.name, roles[i]));
        add_key(g, &s->senders[i].key);
        assert_ok(buf_add_str(g, "\",\"receipt\":null,\"from_index\":0,\"until_index\":null}"));
    }
    assert_ok(buf_add_str(g, "],\"policy\":\"log "));
    add_key(g, &s->log_key);
    for (size_t i = 0; i < SIM_WITNESSES; i++) {
        assert_ok(buf_addf(g, "\\nwitness w%zu ", i));
        add_key(g, &s->witness_keys[i]);
    }
    assert_ok(buf_add_str(g, "\\ngroup all 2 w0 w1 w2\\nquorum all\\n\",\"continues\":null}"));
}

struct ledger *sim_new_ledger(struct sim *s)
{
    struct ledger *l = NULL;
    const char    *why = "";
    if (ledger_new(buf_bytes(&s->genesis), &l, &why) != GZ_OK) fail_msg("genesis: %s", why);
    return l;
}

static void make_policy(struct sim *s)
{
    enum { MEMORY = 256 * 1024 };
    const char  *why = "";
    struct arena arena = {NULL, 0, MEMORY};
    assert_ok(buf_reserve(&s->policy_memory, MEMORY));
    arena.p = s->policy_memory.p;
    assert_ok(policy_decode(ledger_policy_text(s->log.ledger), &arena, &s->policy, &why));
}

void sim_init(struct sim *s, uint64_t seed, enum sim_lie lie)
{
    static const char *const orgs[SIM_SENDERS] = {"ccb.sd", "gy.sd"};
    *s = (struct sim){.seed = seed, .random = seed, .lie = lie};
    maker_init(&s->log_key, KEY_LOG, SIM_ORIGIN, 1);
    for (size_t i = 0; i < SIM_WITNESSES; i++)
        maker_init(&s->witness_keys[i], KEY_WITNESS, (char[]){'w', (char)('0' + i), 0},
                   (uint8_t)(10 + i));
    for (size_t i = 0; i < SIM_SENDERS; i++)
        maker_init(&s->senders[i].key, KEY_SUBMISSION, orgs[i], (uint8_t)(20 + i));
    make_genesis(s);
    s->log.ledger = sim_new_ledger(s);
    s->log.roots[0] = merkle_root(ledger_tree(s->log.ledger));
    for (size_t i = 0; i < SIM_WITNESSES; i++) s->witnesses[i].mirror = sim_new_ledger(s);
    for (size_t i = 0; i < SIM_WITNESSES; i++)
        s->witnesses[i].clock_s = (int64_t)sim_below(s, 20) - 10;
    make_policy(s);
    assert_ok(publish_init(&s->log.publish, s->policy, 0));
    for (size_t i = 0; i < SIM_SENDERS; i++)
        sim_schedule(s, 0, (struct sim_event){SIM_SEND, .who = i});
    for (int64_t at = 0; at < SIM_FAULTS_MS; at += 5000) {
        const struct sim_event crash = {.kind = SIM_CRASH_LOG};
        const struct sim_event jump = {.kind = SIM_JUMP, .who = sim_below(s, SIM_WITNESSES)};
        if (sim_below(s, 4) == 0) sim_schedule(s, at + (int64_t)sim_below(s, 5000), crash);
        if (sim_below(s, 4) == 0) sim_schedule(s, at + (int64_t)sim_below(s, 5000), jump);
    }
}

void sim_fini(struct sim *s)
{
    for (size_t i = 0; i < s->log.wires_n; i++) buf_fini(&s->log.wires[i].wire);
    for (size_t i = 0; i < SIM_SENDERS; i++) {
        maker_fini(&s->senders[i].key);
        for (size_t k = 0; k <= SIM_SUBMISSIONS; k++) buf_fini(&s->senders[i].wires[k]);
    }
    for (size_t i = 0; i < SIM_WITNESSES; i++) {
        maker_fini(&s->witness_keys[i]);
        ledger_free(&s->witnesses[i].mirror);
    }
    ledger_free(&s->log.ledger);
    maker_fini(&s->log_key);
    buf_fini(&s->genesis);
    buf_fini(&s->policy_memory);
}

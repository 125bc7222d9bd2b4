/* Checkpoints among members: lines are merged to a quorum, a fork is proved, nothing is cosigned
 * back in time. We are gy.sd; the nodes of the other two are played behind their ports. */
#include "node/exchange.h"

#include <string.h>

#include "base/text.h"
#include "network.h"

enum { SELF = 0, CHAIN_PIECE = 3 };

enum conduct { HONEST, SILENT, FORKED, FORKED_UNSIGNED, WRONG_LINE };
struct court {
    const struct chain_files *chain;
    struct signer            *log, *witness;
    _Atomic int               conduct;
};
struct world {
    struct net               net;
    struct chain_files      *chain;
    struct buf               policy_memory;
    const struct policy     *policy;
    struct checkpoint_store *store;
    struct exchange         *exchange;
    struct court             courts[NET_WITNESSES];
    uint64_t                 seq;
};

/* --- the other members ------------------------------------------------------------------------ */

static enum gz_err add_note(const struct court *c, uint64_t size, struct buf *out)
{
    DEFER(buf_fini) struct buf text = {0}, lines = {0}, other = {0};
    const int                  conduct = c->conduct;
    const bool                 is_fork = conduct == FORKED || conduct == FORKED_UNSIGNED;
    struct checkpoint          checkpoint = {BYTES_LIT(NET_ORIGIN), size, {{0}}};
    TRY(chain_root(c->chain, size, &checkpoint.root));
    checkpoint.root.b[0] ^= is_fork;
    TRY(checkpoint_encode(&checkpoint, &text));
    TRY(buf_add_str(&other, "another text\n"));
    const struct buf *is_signed =
        conduct == WRONG_LINE || conduct == FORKED_UNSIGNED ? &other : &text;
    TRY(signer_sign_note(c->log, buf_bytes(is_signed), &lines));
    TRY(signer_cosign(c->witness, buf_bytes(is_signed), (uint64_t)clock_now().s, &lines));
    TRY(buf_add(out, buf_bytes(&text)));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, buf_bytes(&lines));
}

static enum gz_err answer(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    const struct court *c = ctx;
    const struct bytes  prefix = BYTES_LIT("/checkpoint/");
    uint64_t            size = 0;
    if (!bytes_starts(r->path, prefix) || c->conduct == SILENT) return GZ_MISSING;
    TRY(text_to_u64(bytes_slice(r->path, prefix.n, r->path.n), INT64_MAX, &size));
    if (size > chain_size(c->chain)) return GZ_MISSING;
    reply->status = 200;
    reply->content_type = "text/plain";
    return add_note(c, size, &reply->body);
}

/* --- the world -------------------------------------------------------------------------------- */

static void open_exchange(struct world *w)
{
    const struct exchange_options o = {.policy = w->policy,
                                       .chain = w->chain,
                                       .store = w->store,
                                       .folder = net_path(&w->net, "x"),
                                       .origin = BYTES_LIT(NET_ORIGIN),
                                       .log = w->net.log_key,
                                       .witness = w->net.witness_keys[SELF],
                                       .clock = WITNESS_CLOCK_PEERS,
                                       .submitted = w->net.submitted};
    assert_ok(exchange_open(&o, &w->exchange));
}

static void world_init(struct world *w)
{
    DEFER(buf_fini) struct buf why = {0};
    const char                *reason = NULL;
    enum { MEMORY = 256 * 1024 };
    memset(w, 0, sizeof *w);
    net_init(&w->net, 0);
    assert_ok(folder_make(net_path(&w->net, "x/chain"), 0700));
    assert_ok(
        chain_open(net_path(&w->net, "x/chain"), buf_bytes(&w->net.genesis), &w->chain, &why));
    assert_ok(buf_reserve(&w->policy_memory, MEMORY));
    struct arena arena = {w->policy_memory.p, 0, MEMORY};
    assert_ok(
        policy_decode(ledger_policy_text(chain_ledger(w->chain)), &arena, &w->policy, &reason));
    assert_ok(checkpoint_store_open(net_path(&w->net, "x/checkpoints"), w->policy, &w->store));
    for (size_t i = 0; i < NET_WITNESSES; i++) {
        w->courts[i] = (struct court){w->chain, w->net.log_key, w->net.witness_keys[i], HONEST};
        station_set(&w->net.witness_at[i], answer, &w->courts[i]);
    }
    open_exchange(w);
}

static void world_fini(struct world *w)
{
    exchange_close(&w->exchange);
    for (size_t i = 0; i < NET_WITNESSES; i++) station_set(&w->net.witness_at[i], NULL, NULL);
    checkpoint_store_close(&w->store);
    chain_close(&w->chain);
    buf_fini(&w->policy_memory);
    net_fini(&w->net);
}

static void conduct(struct world *w, enum conduct second, enum conduct third)
{
    w->courts[1].conduct = (int)second;
    w->courts[2].conduct = (int)third;
}

/* A block: the new size. */
static uint64_t grow(struct world *w)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct ledger_outcome      o;
    net_submission(w->net.bank, ++w->seq, CHAIN_PIECE, 0, &wire);
    assert_ok(chain_add(w->chain, buf_bytes(&wire), &o));
    assert_ok(chain_commit(w->chain));
    exchange_committed(w->exchange, chain_size(w->chain));
    return chain_size(w->chain);
}

static struct exchange_status status_of(struct world *w)
{
    struct exchange_status s;
    exchange_status(w->exchange, &s);
    return s;
}

static uint64_t kept(struct world *w)
{
    struct kept_checkpoint k = {0};
    return checkpoint_store_newest(w->store, NULL, &k) == GZ_OK ? k.size : 0;
}

/* How many members stand on the kept checkpoint of this size. */
static size_t lines_of(struct world *w, uint64_t size)
{
    DEFER(buf_fini) struct buf wire = {0};
    uint64_t                   times[NET_WITNESSES] = {0};
    struct policy_quorum       q;
    struct note                note;
    const char                *why = NULL;
    size_t                     n = 0;
    if (checkpoint_store_at(w->store, size, &wire, NULL) != GZ_OK) return 0;
    assert_ok(note_decode(buf_bytes(&wire), &note));
    assert_ok(policy_check_note(w->policy, &note, &q, times, &why));
    for (size_t i = 0; i < NET_WITNESSES; i++) n += times[i] != 0;
    return n;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void lines_of_all_members_come_together(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    for (unsigned i = 0; i < 3; i++) {
        const uint64_t size = grow(&w);
        NET_UNTIL(lines_of(&w, size) == NET_WITNESSES);
        net_sleep_ms(1100); /* of one second the largest alone is kept */
    }
    const struct exchange_status s = status_of(&w);
    assert_int_equal(s.size, 3 * CHAIN_PIECE);
    assert_int_equal(s.members_n, NET_WITNESSES);
    for (size_t i = 0; i < s.members_n; i++) {
        assert_int_equal(s.members[i].size, 3 * CHAIN_PIECE);
        assert_true(s.members[i].is_reached);
        assert_false(s.members[i].is_forked);
    }
    world_fini(&w);
}

static void a_quorum_needs_others_and_not_all_of_them(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf own = {0};
    struct world               w;
    world_init(&w);
    conduct(&w, SILENT, SILENT);
    const uint64_t size = grow(&w);
    NET_UNTIL(status_of(&w).size == size);
    NET_UNTIL(w.net.witness_at[1].asked > 5 && w.net.witness_at[2].asked > 5);
    assert_int_equal(kept(&w), 0);
    assert_ok(exchange_note(w.exchange, size, &own)); /* served all the same */
    assert_err(exchange_note(w.exchange, size + 1, &own), GZ_MISSING);
    conduct(&w, HONEST, SILENT);
    NET_UNTIL(kept(&w) == size);
    assert_int_equal(lines_of(&w, size), 2);
    conduct(&w, HONEST, HONEST); /* late, and merged */
    NET_UNTIL(lines_of(&w, size) == NET_WITNESSES);
    world_fini(&w);
}

static void another_signed_root_is_kept_as_proof(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    conduct(&w, FORKED, HONEST);
    const uint64_t size = grow(&w);
    NET_UNTIL(status_of(&w).members[1].is_forked);
    NET_UNTIL(kept(&w) == size); /* the two others are a quorum */
    assert_int_equal(lines_of(&w, size), 2);
    assert_false(status_of(&w).members[2].is_forked);
    assert_int_equal(net_count(&w.net, "x/evidence/fork-*/ours"), 1);
    assert_int_equal(net_count(&w.net, "x/evidence/fork-*/theirs"), 1);
    assert_true(net_has_logged(&w.net, "another signed root"));
    (void)grow(&w); /* alarmed and kept once */
    NET_UNTIL(kept(&w) == 2 * CHAIN_PIECE);
    assert_int_equal(net_count(&w.net, "x/evidence/fork-*/ours"), 1);
    world_fini(&w);
}

static void what_is_not_signed_proves_nothing(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    conduct(&w, FORKED_UNSIGNED, WRONG_LINE);
    const uint64_t size = grow(&w);
    NET_UNTIL(status_of(&w).size == size);
    NET_UNTIL(w.net.witness_at[1].asked > 5 && w.net.witness_at[2].asked > 5);
    assert_int_equal(kept(&w), 0);
    assert_false(status_of(&w).members[1].is_forked);
    assert_int_equal(net_count(&w.net, "x/evidence/*"), 0);
    world_fini(&w);
}

static void nothing_is_cosigned_back_in_time(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const uint64_t first = grow(&w);
    NET_UNTIL(status_of(&w).size == first);
    const uint64_t time = status_of(&w).time;
    clock_shift_s(-30); /* within what peers' clocks may differ */
    const uint64_t second = grow(&w);
    net_sleep_ms(300);
    assert_int_equal(status_of(&w).size, first);
    clock_shift_s(0);
    NET_UNTIL(status_of(&w).size == second); /* it was not forgotten */
    assert_true(status_of(&w).time >= time);
    world_fini(&w);
}

static void a_restart_goes_on_from_what_was_cosigned(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf before = {0}, after = {0};
    struct world               w;
    world_init(&w);
    conduct(&w, SILENT, SILENT);
    const uint64_t size = grow(&w);
    NET_UNTIL(status_of(&w).size == size);
    const uint64_t time = status_of(&w).time;
    assert_ok(exchange_note(w.exchange, size, &before));
    exchange_close(&w.exchange);
    net_sleep_ms(1100); /* another second: a second signature would show */
    open_exchange(&w);
    assert_int_equal(status_of(&w).size, size);
    assert_int_equal(status_of(&w).time, time);
    assert_ok(exchange_note(w.exchange, size, &after));
    assert_true(bytes_eq(buf_bytes(&before), buf_bytes(&after)));
    conduct(&w, HONEST, HONEST); /* whose lines did not come before are fetched now */
    NET_UNTIL(lines_of(&w, size) == NET_WITNESSES);
    world_fini(&w);
}

/* Of our own name: noted by our sender, or somebody has our key. */
static uint64_t add_own(struct world *w, bool is_noted)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct ledger_outcome      o;
    net_submission(w->net.court, ledger_next_seq(chain_ledger(w->chain), 1), 2, 0, &wire);
    if (is_noted) net_add_submitted(&w->net, buf_bytes(&wire));
    assert_ok(chain_add(w->chain, buf_bytes(&wire), &o));
    assert_int_equal(o.result, LEDGER_EXECUTED);
    assert_ok(chain_commit(w->chain));
    exchange_committed(w->exchange, chain_size(w->chain));
    return chain_size(w->chain);
}

static void an_entry_in_our_name_that_we_did_not_send_stops_us(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const uint64_t good = add_own(&w, true);
    NET_UNTIL(status_of(&w).size == good);
    (void)grow(&w); /* of the bank: not our matter */
    NET_UNTIL(status_of(&w).size == chain_size(w.chain));
    const uint64_t before = chain_size(w.chain);
    (void)add_own(&w, false);
    NET_UNTIL(status_of(&w).is_stopped);
    (void)grow(&w);
    net_sleep_ms(300);
    assert_int_equal(status_of(&w).size, before);
    assert_int_equal(net_count(&w.net, "x/evidence/own-name-*/submission"), 1);
    exchange_close(&w.exchange);
    open_exchange(&w); /* for good */
    assert_true(status_of(&w).is_stopped);
    net_sleep_ms(300);
    assert_int_equal(status_of(&w).size, before);
    world_fini(&w);
}

static void keys_that_the_policy_does_not_know_are_refused(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct exchange              *x = NULL;
    const struct exchange_options o = {.policy = w.policy,
                                       .chain = w.chain,
                                       .store = w.store,
                                       .folder = net_path(&w.net, "y"),
                                       .origin = BYTES_LIT(NET_ORIGIN),
                                       .log = w.net.log_key,
                                       .witness = w.net.bank,
                                       .clock = WITNESS_CLOCK_PEERS};
    assert_err(exchange_open(&o, &x), GZ_DENIED);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_all_members_come_together),
        cmocka_unit_test(a_quorum_needs_others_and_not_all_of_them),
        cmocka_unit_test(another_signed_root_is_kept_as_proof),
        cmocka_unit_test(what_is_not_signed_proves_nothing),
        cmocka_unit_test(nothing_is_cosigned_back_in_time),
        cmocka_unit_test(a_restart_goes_on_from_what_was_cosigned),
        cmocka_unit_test(an_entry_in_our_name_that_we_did_not_send_stops_us),
        cmocka_unit_test(keys_that_the_policy_does_not_know_are_refused),
    };
    RUN_TESTS(tests);
}

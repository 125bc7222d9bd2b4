/* Governance in the blocks of a node: who is frozen submits nothing, who is removed votes no more,
 * the engine is told, and all of it is there again after a start. */
#include "chain_fixture.h"
#include "folder_fixture.h"
#include "node/abci_app.h"
#include "node/block_governance.h"

struct world {
    struct fixture    f;
    struct block_log *b;
    Abci__Response   *last; /* of the block before */
    uint64_t          nonces[2];
};

static Abci__Response *ask(struct block_log *b, const Abci__Request *r)
{
    DEFER(buf_fini) struct buf out = {0};
    size_t                     head = 1;
    assert_ok(abci_app_answer(b, r, &out));
    while (out.p[head - 1] & 0x80) head++;
    Abci__Response *reply = abci__response__unpack(NULL, out.n - head, out.p + head);
    assert_non_null(reply);
    return reply;
}

static void open_world(struct world *w)
{
    DEFER(buf_fini) struct buf     why = {0};
    const struct block_log_options o = {.folder = in_folder("node"),
                                        .genesis = buf_bytes(&w->f.genesis)};
    if (block_log_open(&o, &w->b, &why) != GZ_OK)
        fail_msg("open: %.*s", (int)why.n, (const char *)why.p);
}

/* The engine's validators are of 32 letters B (the bank's) and C (the court's). */
static void begin(struct world *w)
{
    static uint8_t engines[2][GOV_ENGINE_KEY_SIZE];
    struct bytes   keys[2];
    memset(w, 0, sizeof *w);
    fixture_init(&w->f, 0);
    open_world(w);
    for (int i = 0; i < 2; i++) {
        memset(engines[i], 'B' + i, GOV_ENGINE_KEY_SIZE);
        keys[i] = BYTES_OF(engines[i]);
    }
    assert_ok(block_log_begin_governance(w->b, keys, 2));
    assert_ok(block_log_begin_governance(w->b, keys, 2)); /* the engine may say it again */
}

static void end(struct world *w)
{
    if (w->last != NULL) abci__response__free_unpacked(w->last, NULL);
    block_log_close(&w->b);
    fixture_fini(&w->f);
}

static uint32_t check_tx(struct world *w, const struct buf *wire)
{
    Abci__Request        r = ABCI__REQUEST__INIT;
    Abci__RequestCheckTx c = ABCI__REQUEST_CHECK_TX__INIT;
    c.tx = (ProtobufCBinaryData){wire->n, wire->p};
    r.value_case = ABCI__REQUEST__VALUE_CHECK_TX;
    r.check_tx = &c;
    Abci__Response *reply = ask(w->b, &r);
    const uint32_t  code = reply->check_tx->code;
    abci__response__free_unpacked(reply, NULL);
    return code;
}

/* A block of one; its code. is_committed false: the process dies before. */
static uint32_t run_block(struct world *w, const struct buf *wire, bool is_committed)
{
    Abci__Request              r = ABCI__REQUEST__INIT, c = ABCI__REQUEST__INIT;
    Abci__RequestFinalizeBlock f = ABCI__REQUEST_FINALIZE_BLOCK__INIT;
    Abci__Empty                empty = ABCI__EMPTY__INIT;
    ProtobufCBinaryData        tx = {wire->n, wire->p};
    struct block_head          head;
    block_log_head(w->b, &head);
    f.height = (int64_t)head.state.height + 1;
    f.n_txs = 1;
    f.txs = &tx;
    r.value_case = ABCI__REQUEST__VALUE_FINALIZE_BLOCK;
    r.finalize_block = &f;
    c.value_case = ABCI__REQUEST__VALUE_COMMIT;
    c.commit = &empty;
    if (w->last != NULL) abci__response__free_unpacked(w->last, NULL);
    w->last = ask(w->b, &r);
    if (is_committed) abci__response__free_unpacked(ask(w->b, &c), NULL);
    return w->last->finalize_block->tx_results[0]->code;
}

static struct hash app_hash(struct world *w)
{
    struct block_head head;
    block_log_head(w->b, &head);
    return head.app_hash;
}

static uint32_t submit(struct world *w, const struct fixture_key *k, uint64_t seq)
{
    DEFER(buf_fini) struct buf wire = {0};
    fixture_submission(k, seq, 1, 0, -1, &wire);
    const uint32_t checked = check_tx(w, &wire), code = run_block(w, &wire, true);
    assert_int_equal(checked, code);
    return code;
}

/* --- statements ------------------------------------------------------------------------------- */

static void sign(const struct fixture_key *k, const struct gov_tx *tx, struct buf *wire)
{
    DEFER(buf_fini) struct buf body = {0}, message = {0};
    uint8_t                    signature[KEY_SIGNATURE_SIZE];
    assert_ok(gov_tx_encode_body(tx, &body));
    assert_ok(gov_tx_message(BYTES_LIT("guzheng/test"), buf_bytes(&body), &message));
    fixture_sign(k, buf_bytes(&message), signature);
    wire->n = 0;
    assert_ok(gov_tx_encode(buf_bytes(&body), signature, wire));
}

static struct gov_tx tx_of(struct world *w, const struct fixture_key *k)
{
    struct gov_tx tx = {.statement = {.org = bytes_str(k->key.name)}};
    memcpy(tx.key_id, k->key.id, KEY_ID_SIZE);
    tx.statement.nonce = ++w->nonces[k == &w->f.court];
    return tx;
}

static struct gov_tx proposal(struct world *w, enum gov_act_kind kind, char engine)
{
    struct gov_tx tx = tx_of(w, &w->f.bank);
    tx.statement.verb = GOV_PROPOSE;
    tx.statement.act.kind = kind;
    strcpy(tx.statement.act.target, "court.sd");
    tx.statement.act.has_engine = engine != 0;
    if (engine != 0) memset(tx.statement.act.engine, engine, GOV_ENGINE_KEY_SIZE);
    return tx;
}

/* The bank proposes, the court agrees. */
static void carry(struct world *w, enum gov_act_kind kind, char engine, uint64_t id)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct gov_tx              tx = proposal(w, kind, engine);
    sign(&w->f.bank, &tx, &wire);
    assert_int_equal(check_tx(w, &wire), 0);
    assert_int_equal(run_block(w, &wire, true), 0);
    tx = tx_of(w, &w->f.court);
    tx.statement.verb = GOV_VOTE;
    tx.statement.proposal = id;
    tx.statement.is_yes = true;
    sign(&w->f.court, &tx, &wire);
    assert_int_equal(run_block(w, &wire, true), 0);
    assert_int_equal(check_tx(w, &wire), LEDGER_CONFLICT); /* a replay */
    assert_int_equal(run_block(w, &wire, true), LEDGER_CONFLICT);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void who_is_frozen_submits_nothing(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    assert_int_equal(submit(&w, &w.f.court, 1), 0);
    carry(&w, GOV_FREEZE, 0, 1);
    assert_int_equal(submit(&w, &w.f.court, 2), LEDGER_DENIED);
    assert_int_equal(submit(&w, &w.f.court, 3), LEDGER_DENIED); /* not into the window either */
    assert_int_equal(submit(&w, &w.f.bank, 1), 0);
    const struct hash before = app_hash(&w);
    block_log_close(&w.b);
    open_world(&w);
    assert_true(hash_eq(app_hash(&w), before));
    assert_int_equal(submit(&w, &w.f.court, 2), LEDGER_DENIED);
    carry(&w, GOV_UNFREEZE, 0, 2);
    assert_int_equal(submit(&w, &w.f.court, 2), 0);
    end(&w);
}

static void the_engine_is_told_who_is_out(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct world               w;
    struct governance          g;
    begin(&w);
    struct gov_tx tx = proposal(&w, GOV_REMOVE, 'X'); /* no validator has this key */
    sign(&w.f.bank, &tx, &wire);
    assert_int_equal(run_block(&w, &wire, true), LEDGER_BAD_SUPERSEDES);
    w.nonces[0]--;
    const struct hash before = app_hash(&w);
    tx = proposal(&w, GOV_REMOVE, 'C');
    sign(&w.f.bank, &tx, &wire);
    assert_int_equal(run_block(&w, &wire, true), 0);
    assert_false(hash_eq(app_hash(&w), before)); /* the hash is over what is proposed too */
    assert_int_equal(w.last->finalize_block->n_validator_updates, 0);
    tx = tx_of(&w, &w.f.court);
    tx.statement.verb = GOV_VOTE;
    tx.statement.proposal = 1;
    tx.statement.is_yes = true;
    sign(&w.f.court, &tx, &wire);
    assert_int_equal(run_block(&w, &wire, false), 0); /* dies before it is durable: again */
    block_log_close(&w.b);
    open_world(&w);
    assert_int_equal(run_block(&w, &wire, true), 0);
    assert_int_equal(w.last->finalize_block->n_validator_updates, 1);
    const Abci__ValidatorUpdate *u = w.last->finalize_block->validator_updates[0];
    assert_int_equal(u->power, 0);
    assert_int_equal(u->pub_key->ed25519.len, GOV_ENGINE_KEY_SIZE);
    assert_int_equal(u->pub_key->ed25519.data[0], 'C');
    assert_int_equal(submit(&w, &w.f.court, 1), LEDGER_DENIED);
    assert_int_equal(w.last->finalize_block->n_validator_updates, 0); /* told once */
    tx = tx_of(&w, &w.f.court);
    tx.statement.verb = GOV_PROPOSE;
    tx.statement.act.kind = GOV_FREEZE;
    strcpy(tx.statement.act.target, "ccb.sd");
    sign(&w.f.court, &tx, &wire);
    assert_int_equal(run_block(&w, &wire, true), LEDGER_DENIED);
    block_log_governance(w.b, &g);
    assert_int_equal(gov_voters(&g), 1);
    end(&w);
}

static enum gz_err count(void *ctx, const struct governance_file_seen *s)
{
    (void)s;
    ++*(int *)ctx;
    return GZ_OK;
}

static void what_is_not_durable_is_not_shown(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct world               w;
    int                        seen = 0;
    begin(&w);
    struct gov_tx tx = proposal(&w, GOV_FREEZE, 0);
    sign(&w.f.bank, &tx, &wire);
    assert_int_equal(run_block(&w, &wire, true), 0);
    tx = proposal(&w, GOV_FREEZE, 0);
    sign(&w.f.bank, &tx, &wire);
    assert_int_equal(run_block(&w, &wire, false), 0);
    assert_ok(block_log_visit_governance(w.b, &seen, count));
    assert_int_equal(seen, 1);
    end(&w);
}

/* Without it the node would go on as if nobody had decided anything. */
static void a_lost_or_damaged_file_is_refused_and_named(void **state)
{
    (void)state;
    static const char *const damages[] = {"rm governance", ": > governance",
                                          "printf x | dd of=governance bs=1 seek=40 conv=notrunc "
                                          "status=none"};
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        DEFER(buf_fini) struct buf why = {0};
        struct world               w;
        char                       command[256];
        begin(&w);
        assert_int_equal(submit(&w, &w.f.bank, 1), 0);
        block_log_close(&w.b);
        snprintf(command, sizeof command, "cd %s && %s", in_folder("node"), damages[i]);
        assert_int_equal(system(command), 0);
        const struct block_log_options o = {.folder = in_folder("node"),
                                            .genesis = buf_bytes(&w.f.genesis)};
        assert_err(block_log_open(&o, &w.b, &why), GZ_CORRUPT);
        assert_true(memmem(why.p, why.n, "governance is ", 14) != NULL);
        snprintf(command, sizeof command, "rm -r %s", in_folder("node"));
        assert_int_equal(system(command), 0);
        end(&w);
    }
}

/* This version does not carry them out, so it does not let them be decided. */
static void what_has_no_effect_is_refused(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct world               w;
    begin(&w);
    struct gov_tx tx = proposal(&w, GOV_CLOSE_POLICY, 0);
    tx.statement.act.version = 1;
    tx.statement.act.how = GOV_ROTATED;
    tx.policy_text = BYTES_LIT("another");
    sign(&w.f.bank, &tx, &wire);
    assert_int_equal(run_block(&w, &wire, true), LEDGER_BAD_SUPERSEDES);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(who_is_frozen_submits_nothing),
        FOLDER_TEST(the_engine_is_told_who_is_out),
        FOLDER_TEST(what_is_not_durable_is_not_shown),
        FOLDER_TEST(a_lost_or_damaged_file_is_refused_and_named),
        FOLDER_TEST(what_has_no_effect_is_refused),
    };
    RUN_TESTS(tests);
}

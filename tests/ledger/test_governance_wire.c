/* Statements of governance on the wire: both ways, every defect, and whose signature. */
#include "governance_fixture.h"
#include "ledger/governance_wire.h"

static struct gov_tx tx_of(struct gov_world *w, const char *verb, const char *target)
{
    struct gov_tx tx = {.statement = {.org = BYTES_LIT("a"), .nonce = 1, .verb = GOV_PROPOSE}};
    memcpy(tx.key_id, w->keys[0].key.id, KEY_ID_SIZE);
    tx.statement.act = gov_world_act(w, verb, target);
    if (tx.statement.act.kind == GOV_CLOSE_POLICY) tx.policy_text = bytes_str(target);
    return tx;
}

static void sign(const struct gov_world *w, const struct gov_tx *tx, struct buf *out)
{
    DEFER(buf_fini) struct buf body = {0}, message = {0};
    uint8_t                    signature[KEY_SIGNATURE_SIZE];
    assert_ok(gov_tx_encode_body(tx, &body));
    assert_ok(gov_tx_message(BYTES_LIT("guzheng/test"), buf_bytes(&body), &message));
    fixture_sign(&w->keys[0], buf_bytes(&message), signature);
    assert_ok(gov_tx_encode(buf_bytes(&body), signature, out));
}

static void goes_both_ways(struct gov_world *w, const struct gov_tx *tx)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct gov_tx              read;
    uint8_t                    space[2][GOV_ACT_SIZE];
    sign(w, tx, &wire);
    assert_true(gov_tx_is(buf_bytes(&wire)));
    assert_ok(gov_tx_decode(buf_bytes(&wire), SUITE_INTL, &read));
    assert_ok(gov_tx_verify(&read, BYTES_LIT("guzheng/test"), &w->keys[0].key));
    assert_true(bytes_eq(read.statement.org, tx->statement.org));
    assert_int_equal(read.statement.verb, tx->statement.verb);
    assert_int_equal(read.statement.proposal, tx->statement.proposal);
    assert_int_equal(read.statement.is_yes, tx->statement.is_yes);
    assert_true(bytes_eq(gov_act_bytes(&read.statement.act, space[0]),
                         gov_act_bytes(&tx->statement.act, space[1])));
    /* Cut anywhere, or longer, it is none; changed anywhere it is none, or not signed so. */
    for (size_t n = 0; n < wire.n; n++)
        assert_err(gov_tx_decode((struct bytes){wire.p, n}, SUITE_INTL, &read), GZ_MALFORMED);
    for (size_t i = 0; i < wire.n; i++) {
        wire.p[i] ^= 1;
        if (gov_tx_decode(buf_bytes(&wire), SUITE_INTL, &read) == GZ_OK)
            assert_err(gov_tx_verify(&read, BYTES_LIT("guzheng/test"), &w->keys[0].key), GZ_DENIED);
        wire.p[i] ^= 1;
    }
    assert_ok(buf_add_byte(&wire, 0));
    assert_err(gov_tx_decode(buf_bytes(&wire), SUITE_INTL, &read), GZ_MALFORMED);
}

static void every_statement_goes_both_ways(void **state)
{
    (void)state;
    static const char *const verbs[] = {"admit",      "suspend", "reinstate", "remove",
                                        "rotate_key", "close",   "freeze",    "unfreeze"};
    struct gov_world         w;
    gov_world_init(&w);
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        const struct gov_tx tx = tx_of(&w, verbs[i], strcmp(verbs[i], "close") == 0 ? "1" : "e");
        goes_both_ways(&w, &tx);
    }
    struct gov_tx vote = tx_of(&w, "freeze", "b");
    vote.statement.act = (struct gov_act){0};
    vote.statement.verb = GOV_VOTE;
    vote.statement.proposal = 300;
    goes_both_ways(&w, &vote);
    vote.statement.is_yes = true;
    goes_both_ways(&w, &vote);
    vote.statement.is_yes = false;
    vote.statement.verb = GOV_WITHDRAW;
    goes_both_ways(&w, &vote);
    gov_world_fini(&w);
}

static void another_chain_or_purpose_is_denied(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0}, body = {0}, other = {0};
    struct gov_world           w;
    struct gov_tx              read;
    uint8_t                    signature[KEY_SIGNATURE_SIZE];
    gov_world_init(&w);
    const struct gov_tx tx = tx_of(&w, "freeze", "b");
    sign(&w, &tx, &wire);
    assert_ok(gov_tx_decode(buf_bytes(&wire), SUITE_INTL, &read));
    assert_err(gov_tx_verify(&read, BYTES_LIT("guzheng/other"), &w.keys[0].key), GZ_DENIED);
    assert_err(gov_tx_verify(&read, BYTES_LIT("guzheng/test"), &w.keys[1].key), GZ_DENIED);
    /* Signed as a submission. */
    assert_ok(gov_tx_encode_body(&tx, &body));
    assert_ok(submission_message(BYTES_LIT("guzheng/test"), buf_bytes(&body), &other));
    fixture_sign(&w.keys[0], buf_bytes(&other), signature);
    wire.n = 0;
    assert_ok(gov_tx_encode(buf_bytes(&body), signature, &wire));
    assert_ok(gov_tx_decode(buf_bytes(&wire), SUITE_INTL, &read));
    assert_err(gov_tx_verify(&read, BYTES_LIT("guzheng/test"), &w.keys[0].key), GZ_DENIED);
    gov_world_fini(&w);
}

static void no_submission_is_a_statement(void **state)
{
    (void)state;
    static const uint8_t first[] = {1 << 3 | 2};
    assert_false(gov_tx_is(BYTES_OF(first)));
    assert_false(gov_tx_is((struct bytes){0}));
}

/* What could not be read is not made either. */
static void a_bad_one_is_not_made(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0};
    struct gov_world           w;
    gov_world_init(&w);
    struct gov_tx tx = tx_of(&w, "freeze", "b");
    strcpy(tx.statement.act.target, "B");
    assert_err(gov_tx_encode_body(&tx, &body), GZ_MALFORMED);
    tx = tx_of(&w, "close", "1");
    tx.policy_text = (struct bytes){0};
    assert_err(gov_tx_encode_body(&tx, &body), GZ_MALFORMED);
    tx = tx_of(&w, "freeze", "b");
    tx.statement.verb = (enum gov_verb)9;
    assert_err(gov_tx_encode_body(&tx, &body), GZ_MALFORMED);
    tx = tx_of(&w, "freeze", "b");
    tx.statement.act.kind = (enum gov_act_kind)9;
    assert_err(gov_tx_encode_body(&tx, &body), GZ_MALFORMED);
    assert_int_equal(body.n, 0);
    gov_world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_goes_both_ways),
        cmocka_unit_test(another_chain_or_purpose_is_denied),
        cmocka_unit_test(no_submission_is_a_statement),
        cmocka_unit_test(a_bad_one_is_not_made),
    };
    RUN_TESTS(tests);
}

#include "node/abci_app.h"

#include <stdlib.h>

static const char app_name[] = "guzheng";
static const char app_version[] = "1";

typedef enum gz_err (*handler)(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                               struct buf *out);

static ProtobufCBinaryData binary(const struct hash *h)
{
    return (ProtobufCBinaryData){HASH_SIZE, (uint8_t *)(uintptr_t)h->b};
}

static struct bytes borrowed(ProtobufCBinaryData d)
{
    return (struct bytes){d.data, d.len};
}

/* --- about itself ----------------------------------------------------------------------------- */

static enum gz_err echo(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                        struct buf *out)
{
    (void)b;
    reply->value_case = ABCI__RESPONSE__VALUE_ECHO;
    reply->echo = r->echo;
    return abci_add(reply, out);
}

static enum gz_err flush(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                         struct buf *out)
{
    Abci__Empty empty = ABCI__EMPTY__INIT;
    (void)b, (void)r;
    reply->value_case = ABCI__RESPONSE__VALUE_FLUSH;
    reply->flush = &empty;
    return abci_add(reply, out);
}

/* Where we stand: the engine hands over every block behind it. */
static enum gz_err info(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                        struct buf *out)
{
    Abci__ResponseInfo made;
    struct block_head  head;
    (void)r;
    abci__response_info__init(&made);
    block_log_head(b, &head);
    made.data = (char *)(uintptr_t)app_name;
    made.version = (char *)(uintptr_t)app_version;
    made.app_version = 1;
    made.last_block_height = (int64_t)head.state.height;
    if (head.state.height > 0) made.last_block_app_hash = binary(&head.app_hash);
    reply->value_case = ABCI__RESPONSE__VALUE_INFO;
    reply->info = &made;
    return abci_add(reply, out);
}

static enum gz_err begin_governance(struct block_log *b, const Abci__RequestInitChain *r)
{
    struct bytes keys[GOV_MEMBERS_MAX];
    if (r->n_validators > GOV_MEMBERS_MAX) return GZ_LIMIT;
    for (size_t i = 0; i < r->n_validators; i++) {
        if (r->validators[i]->pub_key == NULL) return GZ_MALFORMED;
        keys[i] = borrowed(r->validators[i]->pub_key->ed25519);
        if (keys[i].n != GOV_ENGINE_KEY_SIZE) return GZ_MALFORMED;
    }
    return block_log_begin_governance(b, keys, r->n_validators);
}

static enum gz_err init_chain(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                              struct buf *out)
{
    Abci__ResponseInitChain made = ABCI__RESPONSE_INIT_CHAIN__INIT;
    struct hash             app_hash;
    if (r->init_chain->initial_height != 1) return GZ_MISMATCH;
    TRY(block_log_begin(b, borrowed(r->init_chain->app_state_bytes), &app_hash));
    TRY(begin_governance(b, r->init_chain));
    made.app_hash = binary(&app_hash);
    reply->value_case = ABCI__RESPONSE__VALUE_INIT_CHAIN;
    reply->init_chain = &made;
    return abci_add(reply, out);
}

/* Our readers ask over HTTP; this is for those who have the engine alone. */
static enum gz_err query(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                         struct buf *out)
{
    Abci__ResponseQuery        made = ABCI__RESPONSE_QUERY__INIT;
    DEFER(buf_fini) struct buf size = {0};
    struct block_head          head;
    (void)r;
    block_log_head(b, &head);
    TRY(buf_addf(&size, "%llu", (unsigned long long)head.state.size));
    made.height = (int64_t)head.state.height;
    made.value = (ProtobufCBinaryData){size.n, size.p};
    reply->value_case = ABCI__RESPONSE__VALUE_QUERY;
    reply->query = &made;
    return abci_add(reply, out);
}

/* --- submissions and blocks ------------------------------------------------------------------- */

static enum gz_err check_tx(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                            struct buf *out)
{
    Abci__ResponseCheckTx made = ABCI__RESPONSE_CHECK_TX__INIT;
    struct ledger_outcome o;
    TRY(block_log_check(b, borrowed(r->check_tx->tx), &o));
    const bool may_come = o.result == LEDGER_EXECUTED || o.result == LEDGER_WAITING;
    made.code = may_come ? 0 : (uint32_t)o.result;
    reply->value_case = ABCI__RESPONSE__VALUE_CHECK_TX;
    reply->check_tx = &made;
    return abci_add(reply, out);
}

/* In the order in which they came, as far as they have room. */
static enum gz_err prepare_proposal(struct block_log *b, const Abci__Request *r,
                                    Abci__Response *reply, struct buf *out)
{
    Abci__ResponsePrepareProposal       made = ABCI__RESPONSE_PREPARE_PROPOSAL__INIT;
    const Abci__RequestPrepareProposal *p = r->prepare_proposal;
    int64_t                             room = p->max_tx_bytes;
    (void)b;
    made.txs = p->txs;
    for (; made.n_txs < p->n_txs; made.n_txs++) {
        room -= (int64_t)p->txs[made.n_txs].len + ABCI_HEAD_MAX;
        if (room < 0) break;
    }
    reply->value_case = ABCI__RESPONSE__VALUE_PREPARE_PROPOSAL;
    reply->prepare_proposal = &made;
    return abci_add(reply, out);
}

/* A refusal holds up the chain, so it is only for what no correct node proposes: bytes without the
 * form of a submission. What is stale or not allowed changes nothing when it is executed. */
static enum gz_err process_proposal(struct block_log *b, const Abci__Request *r,
                                    Abci__Response *reply, struct buf *out)
{
    Abci__ResponseVerdict               made = ABCI__RESPONSE_VERDICT__INIT;
    const Abci__RequestProcessProposal *p = r->process_proposal;
    (void)b;
    made.result = p->n_txs > BLOCK_LOG_TXS_MAX ? ABCI_REJECT : ABCI_ACCEPT;
    for (size_t i = 0; i < p->n_txs && made.result == ABCI_ACCEPT; i++)
        if (!block_log_is_formed(borrowed(p->txs[i]))) made.result = ABCI_REJECT;
    reply->value_case = ABCI__RESPONSE__VALUE_PROCESS_PROPOSAL;
    reply->process_proposal = &made;
    return abci_add(reply, out);
}

static void memory_free(void *p)
{
    free(*(void **)p);
}

/* Room for a block's submissions, their results, and the results as messages. */
struct block_room {
    struct bytes       *txs;
    enum ledger_result *results;
    Abci__TxResult     *made;
    Abci__TxResult    **list;
};

static enum gz_err take_room(size_t n, void **memory, struct block_room *out)
{
    const size_t one = sizeof *out->txs + sizeof *out->list + sizeof *out->made + 8;
    *memory = calloc(n + 1, one);
    if (*memory == NULL) return GZ_MEMORY;
    out->txs = *memory;
    out->list = (void *)(out->txs + n);
    out->made = (void *)(out->list + n);
    out->results = (void *)(out->made + n);
    return GZ_OK;
}

/* The engine's validators that this block changes, as messages. */
struct power_room {
    Abci__ValidatorUpdate made[GOV_MEMBERS_MAX], *list[GOV_MEMBERS_MAX];
    Abci__PublicKey       keys[GOV_MEMBERS_MAX];
    struct block_power    powers[GOV_MEMBERS_MAX];
};

static size_t list_powers(struct block_log *b, struct power_room *room)
{
    const size_t n = block_log_powers(b, room->powers);
    for (size_t i = 0; i < n; i++) {
        abci__public_key__init(&room->keys[i]);
        room->keys[i].ed25519 = (ProtobufCBinaryData){GOV_ENGINE_KEY_SIZE, room->powers[i].engine};
        abci__validator_update__init(&room->made[i]);
        room->made[i].pub_key = &room->keys[i];
        room->made[i].power = (int64_t)room->powers[i].power;
        room->list[i] = &room->made[i];
    }
    return n;
}

static enum gz_err finalize_block(struct block_log *b, const Abci__Request *r,
                                  Abci__Response *reply, struct buf *out)
{
    Abci__ResponseFinalizeBlock       made = ABCI__RESPONSE_FINALIZE_BLOCK__INIT;
    const Abci__RequestFinalizeBlock *f = r->finalize_block;
    DEFER(memory_free) void          *memory = NULL;
    struct block_room                 room;
    struct hash                       app_hash;
    struct power_room                 powers;
    TRY(take_room(f->n_txs, &memory, &room));
    for (size_t i = 0; i < f->n_txs; i++) room.txs[i] = borrowed(f->txs[i]);
    TRY(block_log_finalize(b, (uint64_t)f->height, room.txs, f->n_txs, room.results, &app_hash));
    for (size_t i = 0; i < f->n_txs; i++) {
        abci__tx_result__init(&room.made[i]);
        room.made[i].code = room.results[i] == LEDGER_EXECUTED ? 0 : (uint32_t)room.results[i];
        room.list[i] = &room.made[i];
    }
    made.n_tx_results = f->n_txs;
    made.tx_results = room.list;
    made.n_validator_updates = list_powers(b, &powers);
    made.validator_updates = powers.list;
    made.app_hash = binary(&app_hash);
    reply->value_case = ABCI__RESPONSE__VALUE_FINALIZE_BLOCK;
    reply->finalize_block = &made;
    return abci_add(reply, out);
}

/* Retain height 0: the engine keeps all blocks, whose headers and votes are evidence. */
static enum gz_err commit(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                          struct buf *out)
{
    Abci__ResponseCommit made = ABCI__RESPONSE_COMMIT__INIT;
    (void)r;
    TRY(block_log_commit(b));
    reply->value_case = ABCI__RESPONSE__VALUE_COMMIT;
    reply->commit = &made;
    return abci_add(reply, out);
}

/* --- what we do not take part in -------------------------------------------------------------- */

static enum gz_err list_snapshots(struct block_log *b, const Abci__Request *r,
                                  Abci__Response *reply, struct buf *out)
{
    Abci__Empty none = ABCI__EMPTY__INIT;
    (void)b, (void)r;
    reply->value_case = ABCI__RESPONSE__VALUE_LIST_SNAPSHOTS;
    reply->list_snapshots = &none;
    return abci_add(reply, out);
}

static enum gz_err offer_snapshot(struct block_log *b, const Abci__Request *r,
                                  Abci__Response *reply, struct buf *out)
{
    Abci__ResponseVerdict made = ABCI__RESPONSE_VERDICT__INIT;
    (void)b, (void)r;
    made.result = ABCI_SNAPSHOT_REJECT;
    reply->value_case = ABCI__RESPONSE__VALUE_OFFER_SNAPSHOT;
    reply->offer_snapshot = &made;
    return abci_add(reply, out);
}

static enum gz_err load_chunk(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                              struct buf *out)
{
    Abci__ResponseLoadSnapshotChunk none = ABCI__RESPONSE_LOAD_SNAPSHOT_CHUNK__INIT;
    (void)b, (void)r;
    reply->value_case = ABCI__RESPONSE__VALUE_LOAD_SNAPSHOT_CHUNK;
    reply->load_snapshot_chunk = &none;
    return abci_add(reply, out);
}

static enum gz_err apply_chunk(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                               struct buf *out)
{
    Abci__ResponseVerdict made = ABCI__RESPONSE_VERDICT__INIT;
    (void)b, (void)r;
    made.result = ABCI_CHUNK_ABORT;
    reply->value_case = ABCI__RESPONSE__VALUE_APPLY_SNAPSHOT_CHUNK;
    reply->apply_snapshot_chunk = &made;
    return abci_add(reply, out);
}

/* Votes carry nothing of ours: checkpoints are cosigned by the witness protocol. */
static enum gz_err extend_vote(struct block_log *b, const Abci__Request *r, Abci__Response *reply,
                               struct buf *out)
{
    Abci__Empty none = ABCI__EMPTY__INIT;
    (void)b, (void)r;
    reply->value_case = ABCI__RESPONSE__VALUE_EXTEND_VOTE;
    reply->extend_vote = &none;
    return abci_add(reply, out);
}

static enum gz_err verify_extension(struct block_log *b, const Abci__Request *r,
                                    Abci__Response *reply, struct buf *out)
{
    Abci__ResponseVerdict made = ABCI__RESPONSE_VERDICT__INIT;
    (void)b, (void)r;
    made.result = ABCI_ACCEPT;
    reply->value_case = ABCI__RESPONSE__VALUE_VERIFY_VOTE_EXTENSION;
    reply->verify_vote_extension = &made;
    return abci_add(reply, out);
}

/* --- the table -------------------------------------------------------------------------------- */

static const handler handlers[] = {
    [ABCI__REQUEST__VALUE_ECHO] = echo,
    [ABCI__REQUEST__VALUE_FLUSH] = flush,
    [ABCI__REQUEST__VALUE_INFO] = info,
    [ABCI__REQUEST__VALUE_INIT_CHAIN] = init_chain,
    [ABCI__REQUEST__VALUE_QUERY] = query,
    [ABCI__REQUEST__VALUE_CHECK_TX] = check_tx,
    [ABCI__REQUEST__VALUE_COMMIT] = commit,
    [ABCI__REQUEST__VALUE_LIST_SNAPSHOTS] = list_snapshots,
    [ABCI__REQUEST__VALUE_OFFER_SNAPSHOT] = offer_snapshot,
    [ABCI__REQUEST__VALUE_LOAD_SNAPSHOT_CHUNK] = load_chunk,
    [ABCI__REQUEST__VALUE_APPLY_SNAPSHOT_CHUNK] = apply_chunk,
    [ABCI__REQUEST__VALUE_PREPARE_PROPOSAL] = prepare_proposal,
    [ABCI__REQUEST__VALUE_PROCESS_PROPOSAL] = process_proposal,
    [ABCI__REQUEST__VALUE_EXTEND_VOTE] = extend_vote,
    [ABCI__REQUEST__VALUE_VERIFY_VOTE_EXTENSION] = verify_extension,
    [ABCI__REQUEST__VALUE_FINALIZE_BLOCK] = finalize_block,
};

enum gz_err abci_app_answer(void *ctx, const Abci__Request *r, struct buf *out)
{
    Abci__Response reply = ABCI__RESPONSE__INIT;
    const size_t   which = (size_t)r->value_case;
    if (which >= COUNT_OF(handlers) || handlers[which] == NULL) return GZ_MISSING;
    return handlers[which](ctx, r, &reply, out);
}

#include "ledger/governance_wire.h"

#include <string.h>

#include "core/submission.h"
#include "ledger/governance_state.h"

enum { WIRE_VARINT = 0, WIRE_BYTES = 2, TAG_BODY = 3 << 3 | WIRE_BYTES };

static const char message_head[] = "guzheng/governance/v1\n";

/* --- the fields of an act ----------------------------------------------------------------------
 */

enum act_field {
    TARGET = 2,
    ROLES = 3,
    SUBMISSION = 4,
    ENGINE = 5,
    VERSION = 6,
    HOW = 7,
    TEXT = 8
};
#define BIT(field) (1u << (field))

static const struct {
    unsigned must, may;
} act_fields[] = {
    [GOV_ADMIT] = {BIT(TARGET) | BIT(ROLES) | BIT(SUBMISSION), BIT(ENGINE)},
    [GOV_SUSPEND] = {BIT(TARGET), BIT(ENGINE)},
    [GOV_REINSTATE] = {BIT(TARGET), 0},
    [GOV_REMOVE] = {BIT(TARGET), BIT(ENGINE)},
    [GOV_ROTATE_KEY] = {BIT(TARGET) | BIT(SUBMISSION), 0},
    [GOV_CLOSE_POLICY] = {BIT(VERSION) | BIT(HOW) | BIT(TEXT), 0},
    [GOV_FREEZE] = {BIT(TARGET), 0},
    [GOV_UNFREEZE] = {BIT(TARGET), 0},
};

static bool is_kind(uint64_t kind)
{
    return kind > 0 && kind < COUNT_OF(act_fields);
}

/* --- decode ------------------------------------------------------------------------------------
 */

static bool take_tag(struct bytes *rest, unsigned field, unsigned type)
{
    if (rest->n == 0 || rest->p[0] != (field << 3 | type)) return false;
    *rest = bytes_slice(*rest, 1, rest->n);
    return true;
}

static enum gz_err take_number(struct bytes *rest, unsigned field, uint64_t max, uint64_t *out)
{
    if (!take_tag(rest, field, WIRE_VARINT)) return GZ_MALFORMED;
    TRY(submission_take_varint(rest, out));
    return *out <= max ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err take_bytes(struct bytes *rest, unsigned field, struct bytes *out)
{
    uint64_t n = 0;
    if (!take_tag(rest, field, WIRE_BYTES)) return GZ_MALFORMED;
    TRY(submission_take_varint(rest, &n));
    if (n > rest->n) return GZ_MALFORMED;
    *out = bytes_slice(*rest, 0, (size_t)n);
    *rest = bytes_slice(*rest, (size_t)n, rest->n);
    return GZ_OK;
}

static enum gz_err take_target(struct bytes *rest, struct gov_act *a)
{
    struct bytes name;
    TRY(take_bytes(rest, TARGET, &name));
    if (!gov_is_name(name)) return GZ_MALFORMED;
    memcpy(a->target, name.p, name.n);
    return GZ_OK;
}

static enum gz_err take_engine(struct bytes *rest, struct gov_act *a)
{
    struct bytes engine;
    TRY(take_bytes(rest, ENGINE, &engine));
    if (engine.n != GOV_ENGINE_KEY_SIZE) return GZ_MALFORMED;
    a->has_engine = true;
    memcpy(a->engine, engine.p, engine.n);
    return GZ_OK;
}

static enum gz_err take_field(struct bytes *rest, enum act_field field, struct gov_tx *tx)
{
    struct gov_act *a = &tx->statement.act;
    struct bytes    vkey;
    uint64_t        v = 0;
    switch (field) {
    case TARGET: return take_target(rest, a);
    case ROLES:
        TRY(take_number(rest, field, 15, &v));
        a->roles = (uint32_t)v;
        return GZ_OK;
    case SUBMISSION: TRY(take_bytes(rest, field, &vkey)); return key_decode(vkey, &a->key);
    case ENGINE: return take_engine(rest, a);
    case VERSION: return take_number(rest, field, INT64_MAX, &a->version);
    case HOW:
        TRY(take_number(rest, field, GOV_COMPROMISED, &v));
        a->how = (enum gov_closing)v;
        return GZ_OK;
    case TEXT:
        TRY(take_bytes(rest, field, &tx->policy_text));
        return tx->policy_text.n > 0 && tx->policy_text.n <= GOV_POLICY_SIZE_MAX ? GZ_OK
                                                                                 : GZ_MALFORMED;
    }
    return GZ_MALFORMED;
}

static enum gz_err decode_act(struct bytes rest, enum suite suite, struct gov_tx *tx)
{
    uint64_t kind = 0;
    TRY(take_number(&rest, 1, UINT64_MAX, &kind));
    if (!is_kind(kind)) return GZ_MALFORMED;
    tx->statement.act.kind = (enum gov_act_kind)kind;
    for (unsigned field = TARGET; field <= TEXT; field++) {
        const bool is_next = rest.n > 0 && rest.p[0] >> 3 == field;
        const bool may = (act_fields[kind].may & BIT(field)) != 0 && is_next;
        if ((act_fields[kind].must & BIT(field)) == 0 && !may) continue;
        TRY(take_field(&rest, (enum act_field)field, tx));
    }
    if (kind == GOV_CLOSE_POLICY) tx->statement.act.policy = hash_of(suite, tx->policy_text);
    return rest.n == 0 ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err decode_vote(struct bytes rest, struct gov_statement *s)
{
    uint64_t yes = 0;
    TRY(take_number(&rest, 1, INT64_MAX, &s->proposal));
    if (s->verb == GOV_VOTE) TRY(take_number(&rest, 2, 1, &yes));
    s->is_yes = yes != 0;
    return rest.n == 0 ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err decode_body(struct bytes body, enum suite suite, struct gov_tx *tx)
{
    struct gov_statement *s = &tx->statement;
    struct bytes          key_id, inside;
    tx->body = body;
    TRY(take_bytes(&body, 1, &s->org));
    TRY(take_bytes(&body, 2, &key_id));
    TRY(take_number(&body, 3, INT64_MAX, &s->nonce));
    if (!gov_is_name(s->org) || key_id.n != KEY_ID_SIZE || body.n == 0) return GZ_MALFORMED;
    memcpy(tx->key_id, key_id.p, KEY_ID_SIZE);
    const unsigned field = body.p[0] >> 3;
    if (field < 4 || field > 6) return GZ_MALFORMED;
    s->verb = (enum gov_verb)(field - 3);
    TRY(take_bytes(&body, field, &inside));
    if (body.n != 0) return GZ_MALFORMED;
    return s->verb == GOV_PROPOSE ? decode_act(inside, suite, tx) : decode_vote(inside, s);
}

bool gov_tx_is(struct bytes wire)
{
    return wire.n > 0 && wire.p[0] == TAG_BODY;
}

enum gz_err gov_tx_decode(struct bytes wire, enum suite suite, struct gov_tx *out)
{
    struct gov_tx tx = {0};
    struct bytes  body, signature;
    if (wire.n > GOV_TX_SIZE_MAX) return GZ_LIMIT;
    TRY(take_bytes(&wire, 3, &body));
    TRY(take_bytes(&wire, 4, &signature));
    if (wire.n != 0 || signature.n != KEY_SIGNATURE_SIZE) return GZ_MALFORMED;
    memcpy(tx.signature, signature.p, KEY_SIGNATURE_SIZE);
    TRY(decode_body(body, suite, &tx));
    *out = tx;
    return GZ_OK;
}

/* --- encode ------------------------------------------------------------------------------------
 */

static enum gz_err add_number(unsigned field, uint64_t v, struct buf *out)
{
    TRY(buf_add_byte(out, (uint8_t)(field << 3 | WIRE_VARINT)));
    return submission_add_varint(v, out);
}

static enum gz_err add_bytes(unsigned field, struct bytes value, struct buf *out)
{
    TRY(buf_add_byte(out, (uint8_t)(field << 3 | WIRE_BYTES)));
    TRY(submission_add_varint(value.n, out));
    return buf_add(out, value);
}

static enum gz_err add_field(enum act_field field, const struct gov_tx *tx, struct buf *out)
{
    DEFER(buf_fini) struct buf vkey = {0};
    const struct gov_act      *a = &tx->statement.act;
    switch (field) {
    case TARGET: return add_bytes(field, bytes_str(a->target), out);
    case ROLES: return add_number(field, a->roles, out);
    case SUBMISSION:
        TRY(key_encode(&a->key, &vkey));
        return add_bytes(field, buf_bytes(&vkey), out);
    case ENGINE: return a->has_engine ? add_bytes(field, BYTES_OF(a->engine), out) : GZ_OK;
    case VERSION: return add_number(field, a->version, out);
    case HOW: return add_number(field, a->how, out);
    case TEXT: return add_bytes(field, tx->policy_text, out);
    }
    return GZ_MALFORMED;
}

static enum gz_err add_act(const struct gov_tx *tx, struct buf *out)
{
    const enum gov_act_kind kind = tx->statement.act.kind;
    if (!is_kind(kind)) return GZ_MALFORMED;
    TRY(add_number(1, kind, out));
    for (unsigned field = TARGET; field <= TEXT; field++)
        if (((act_fields[kind].must | act_fields[kind].may) & BIT(field)) != 0)
            TRY(add_field((enum act_field)field, tx, out));
    return GZ_OK;
}

static enum gz_err add_verb(const struct gov_tx *tx, struct buf *out)
{
    const struct gov_statement *s = &tx->statement;
    if (s->verb == GOV_PROPOSE) return add_act(tx, out);
    TRY(add_number(1, s->proposal, out));
    return s->verb == GOV_VOTE ? add_number(2, s->is_yes, out) : GZ_OK;
}

enum gz_err gov_tx_encode_body(const struct gov_tx *tx, struct buf *out)
{
    DEFER(buf_fini) struct buf  body = {0}, inside = {0};
    const struct gov_statement *s = &tx->statement;
    struct gov_tx               again = {0};
    if (s->verb < GOV_PROPOSE || s->verb > GOV_WITHDRAW) return GZ_MALFORMED;
    TRY(add_verb(tx, &inside));
    TRY(add_bytes(1, s->org, &body));
    TRY(add_bytes(2, BYTES_OF(tx->key_id), &body));
    TRY(add_number(3, s->nonce, &body));
    TRY(add_bytes(3 + (unsigned)s->verb, buf_bytes(&inside), &body));
    TRY(decode_body(buf_bytes(&body), SUITE_GM, &again));
    return buf_add(out, buf_bytes(&body));
}

enum gz_err gov_tx_encode(struct bytes body, const uint8_t signature[KEY_SIGNATURE_SIZE],
                          struct buf *out)
{
    DEFER(buf_fini) struct buf wire = {0};
    TRY(add_bytes(3, body, &wire));
    TRY(add_bytes(4, (struct bytes){signature, KEY_SIGNATURE_SIZE}, &wire));
    if (wire.n > GOV_TX_SIZE_MAX) return GZ_LIMIT;
    return buf_add(out, buf_bytes(&wire));
}

/* --- signature ---------------------------------------------------------------------------------
 */

enum gz_err gov_tx_message(struct bytes origin, struct bytes body, struct buf *out)
{
    TRY(buf_add_str(out, message_head));
    TRY(buf_add(out, origin));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, body);
}

enum gz_err gov_tx_verify(const struct gov_tx *tx, struct bytes origin, const struct key *k)
{
    DEFER(buf_fini) struct buf message = {0};
    if (!bytes_eq(tx->statement.org, bytes_str(k->name)) ||
        memcmp(tx->key_id, k->id, KEY_ID_SIZE) != 0)
        return GZ_DENIED;
    TRY(gov_tx_message(origin, tx->body, &message));
    return key_verify(k, buf_bytes(&message), tx->signature) == GZ_OK ? GZ_OK : GZ_DENIED;
}

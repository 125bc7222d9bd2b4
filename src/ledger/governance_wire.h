/* A statement of governance as a transaction of the chain, beside submissions. Strict protobuf, one
 * encoding each: { bytes body = 3; bytes signature = 4; }, so its first byte is never that of a
 * submission. Signed by the organisation's submission key over
 * "guzheng/governance/v1 LF origin LF body": what is signed for the one is no use as the other.
 *
 * body { string org = 1; bytes key_id = 2; uint64 nonce = 3; one of: Act propose = 4;
 *        Vote vote = 5 { uint64 proposal = 1; uint64 yes = 2 (0, 1) };
 *        Withdrawal withdraw = 6 { uint64 proposal = 1; } }
 * Act { uint64 kind = 1; then, exactly as its kind asks for: string target = 2; uint64 roles = 3;
 *       string key = 4 (vkey); bytes engine = 5; uint64 version = 6; uint64 how = 7;
 *       string policy = 8 (text) }. Pure. */
#pragma once
#include "ledger/governance_step.h"

enum { GOV_TX_SIZE_MAX = 80 * 1024, GOV_POLICY_SIZE_MAX = 64 * 1024 };

struct gov_tx {
    struct bytes         body; /* the signed bytes; all bytes here are borrowed */
    uint8_t              key_id[KEY_ID_SIZE];
    struct gov_statement statement;
    struct bytes         policy_text; /* CLOSE_POLICY: of the next version */
    uint8_t              signature[KEY_SIGNATURE_SIZE];
};

/* By its first byte. */
bool        gov_tx_is(struct bytes wire);
/* suite: of the chain, for H(policy). GZ_MALFORMED. GZ_LIMIT: over GOV_TX_SIZE_MAX. */
enum gz_err gov_tx_decode(struct bytes wire, enum suite suite, struct gov_tx *out);
/* The body alone, to be signed; then the whole from body and signature. GZ_MALFORMED: what decode
 * would refuse. */
enum gz_err gov_tx_encode_body(const struct gov_tx *tx, struct buf *out);
enum gz_err gov_tx_encode(struct bytes body, const uint8_t signature[KEY_SIGNATURE_SIZE],
                          struct buf *out);
enum gz_err gov_tx_message(struct bytes origin, struct bytes body, struct buf *out);
/* GZ_DENIED: name, key ID or signature is not k's. */
enum gz_err gov_tx_verify(const struct gov_tx *tx, struct bytes origin, const struct key *k);

/* What the bank's use cases work with. Everything is the caller's and outlives them. */
#pragma once
#include "app/catalog.h"
#include "document/signature_roots.h"
#include "host/signer.h"
#include "node/log_service.h"
#include "node/witness_clock.h"
#include "vault/blob.h"

struct bank {
    enum suite                  suite;
    struct bytes                organisation, origin, policy_text; /* as in the genesis */
    const struct policy        *policy;                            /* of the genesis */
    const struct catalog       *catalog;
    struct vault               *vault;    /* of business facts */
    struct vault               *identity; /* of what says whose they are; has the keyed hashes */
    struct log_service         *log;
    struct signer              *submission_signer, *receipt_signer;
    int64_t                     publish_within_s; /* what a receipt promises */
    const char                 *submitted_path;   /* H(body) of each submission, a line each */
    struct witness_clock_check *clock;

    /* Of the signers of originals; NULL: none is trusted. */
    const struct signature_roots *signature_roots;
};

static inline struct vault *bank_vault(const struct bank *b, enum vault_side side)
{
    return side == SIDE_IDENTITY ? b->identity : b->vault;
}

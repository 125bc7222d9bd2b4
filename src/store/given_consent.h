/* The consents of a matter as consent.grant and consent.withdrawal records gave and took them.
 * Whose they are, and their own numbers, stand here as keyed hashes only. */
#pragma once
#include "compliance/consent.h"
#include "core/hash.h"
#include "store/db.h"

enum {
    GIVEN_CONSENT_VERSION_SIZE = 129,   /* bytes with NUL: 32 characters */
    GIVEN_CONSENT_PURPOSES_SIZE = 1025, /* 200 characters and room */
    GIVEN_CONSENT_LIST_MAX = 64,        /* that are judged together, the newest */
};

struct given_consent {
    int64_t        id, matter_id;
    int64_t        record_id;         /* of the grant */
    uint8_t        number[HASH_SIZE]; /* of the authorisation, unique in the matter */
    bool           has_person, has_entity;
    uint8_t        person[HASH_SIZE]; /* of the subject's ID number */
    uint8_t        entity[HASH_SIZE]; /* of its credit code */
    enum agreement agreement;
    char           version[GIVEN_CONSENT_VERSION_SIZE], purposes[GIVEN_CONSENT_PURPOSES_SIZE];
    int64_t        from_ms, until_ms, withdrawn_ms; /* CONSENT_NO_END: open, not withdrawn */
};
/* In the transaction of the grant's record; withdrawn_ms is of no meaning. Fills id. GZ_CONFLICT:
 * the matter has this number. */
enum gz_err given_consent_add(struct db *db, struct given_consent *c);
/* GZ_MISSING. */
enum gz_err given_consent_get(struct db *db, int64_t matter_id, const uint8_t number[HASH_SIZE],
                              struct given_consent *out);
/* What a record of a grant gave, what one of a withdrawal took. GZ_MISSING. */
enum gz_err given_consent_of_grant(struct db *db, int64_t record_id, struct given_consent *out);
enum gz_err given_consent_of_withdrawal(struct db *db, int64_t record_id,
                                        struct given_consent *out);
/* In the transaction of the withdrawal's record. GZ_CONFLICT: it was withdrawn before. */
enum gz_err given_consent_withdraw(struct db *db, int64_t id, int64_t record_id, int64_t at_ms);

/* Of this agreement, and of this person or this entity (NULL: not asked for). out has room for
 * GIVEN_CONSENT_LIST_MAX. */
struct given_consent_question {
    int64_t        matter_id;
    enum agreement agreement;
    const uint8_t *person, *entity;
};
enum gz_err given_consent_list(struct db *db, const struct given_consent_question *q,
                               struct given_consent *out, size_t *n);

/* The consents of a loan: whether an item may be recorded under one, and what the items
 * consent.grant and consent.withdrawal change. A consent is kept with its matter and subject: an
 * item that needs one names its subject by ID number or credit code. It counts at the time at which
 * the item occurred, so that a withdrawal leaves alone what happened before it. */
#pragma once
#include "app/intake_item.h"
#include "app/matter_keys.h"

struct consent_place {
    struct db                *db;
    int64_t                   matter_id; /* 0: the item begins one */
    const struct matter_keys *keys;      /* of the matter; of none yet where it is 0 */
};
struct consent_refusal {
    const char *code; /* NULL: not refused */
    char        hint[INTAKE_HINT_SIZE];
};
/* Before anything is written. now: where the item does not say when it occurred. */
enum gz_err consent_admit(const struct consent_place *p, const struct intake_item *item,
                          struct time now, struct consent_refusal *out);
/* In the transaction of an admitted item's record, with the matter's keys made. */
enum gz_err consent_note(const struct consent_place *p, const struct intake_item *item,
                         int64_t record_id);

/* An order to destroy the keys of a matter: JSON that two operators have signed as a note. Pure.
 *
 *   {"type":"guzheng/destroy-order/v1", "organisation":"ccb.sd",
 *    "matter":"<handle>" or "record":"<evidence number>",
 *    "reason":"…", "ground":"…" (the provision that requires or allows it),
 *    "retention_until":"2036-01-31", "no_legal_hold":true, "no_open_grievance":true}
 *   <empty line>
 *   — op.zhang <base64>
 *   — op.li <base64> */
#pragma once
#include "base/arena.h"
#include "base/date.h"
#include "core/note.h"

enum {
    DESTROY_ORDER_MAX = 16 * 1024,
    DESTROY_ORDER_TEXT_MAX = 500, /* bytes of reason and of ground */
    DESTROY_OPERATORS = 2,        /* who must have signed */
    DESTROY_OPERATORS_MAX = 64,   /* that a bank may list */
};
struct destroy_order {
    struct bytes organisation, matter, record; /* one of the two is empty */
    struct bytes reason, ground;
    struct date  retention_until;
    bool         no_legal_hold, no_open_grievance;
};
/* The text alone, signed or not; texts stand in the arena or the wire. GZ_MALFORMED, GZ_LIMIT with
 * *why, Chinese. */
enum gz_err destroy_order_decode(struct bytes text, struct arena *arena, struct destroy_order *out,
                                 const char **why);
/* Two different ones of these keys have signed; names of all who did are appended, apart by ", ".
 * GZ_DENIED with *why. */
enum gz_err destroy_order_verify(const struct note *note, const struct key *operators, size_t n,
                                 struct buf *names, const char **why);

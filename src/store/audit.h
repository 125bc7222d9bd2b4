/* What was done to matters by hand: holds and destructions. Only added to, each row chained to the
 * one before; a matter stands there by its handle. */
#pragma once
#include "core/entry.h"
#include "core/hash.h"
#include "store/db.h"

enum { AUDIT_ACTION_MAX = 32, AUDIT_TEXT_MAX = 2000 };

/* Borrowed. */
struct audit {
    int64_t      at_ms;
    struct bytes action; /* hold_added hold_removed destroy_ordered destroyed */
    struct bytes matter; /* handle */
    struct bytes who;    /* names of operators or their keys */
    struct bytes detail; /* reason, ground; without personal data */
};
/* In a transaction. GZ_LIMIT: too long. */
enum gz_err audit_add(struct db *db, const struct audit *a);
/* Visits all in their order, each checked against the one before. GZ_CORRUPT: the chain is broken
 * at the row behind the last one visited. */
typedef enum gz_err (*audit_visitor)(void *ctx, int64_t id, const struct audit *a);
enum gz_err audit_list(struct db *db, audit_visitor visit, void *ctx);

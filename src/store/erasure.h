/* Matters whose keys are destroyed by order. The order is stored first; from then on the
 * destruction is carried through, after a crash at the next start. */
#pragma once
#include "base/buf.h"
#include "store/db.h"

enum { ERASURE_ORDER_MAX = 64 * 1024 };

struct erasure {
    int64_t    matter_id;
    int64_t    ordered_ms, done_ms; /* done_ms 0: not carried through yet */
    struct buf order;               /* as signed */
};
void        erasure_fini(struct erasure *e); /* for DEFER */
/* GZ_CONFLICT: it is ordered already. */
enum gz_err erasure_add(struct db *db, const struct erasure *e);
enum gz_err erasure_get(struct db *db, int64_t matter_id, struct erasure *out); /* GZ_MISSING */
enum gz_err erasure_done(struct db *db, int64_t matter_id, int64_t now_ms);
/* A matter whose erasure is not carried through. GZ_MISSING: none. */
enum gz_err erasure_pending(struct db *db, int64_t *matter_id);

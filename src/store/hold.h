/* Legal holds (a court's or a supervisor's order to keep): while one is on a matter, it is not
 * destroyed. */
#pragma once
#include "core/entry.h"
#include "store/db.h"

enum { HOLD_REASON_MAX = 500, HOLD_BY_MAX = 64 };

struct hold {
    int64_t id, matter_id;
    char    reason[HOLD_REASON_MAX + 1], by[HOLD_BY_MAX + 1];
    int64_t added_ms, removed_ms; /* 0: it is on */
};
/* In a transaction; id is filled. */
enum gz_err hold_add(struct db *db, struct hold *h);
/* GZ_MISSING: no such hold, or not on any more. */
enum gz_err hold_remove(struct db *db, int64_t id, int64_t now_ms);
enum gz_err hold_get(struct db *db, int64_t id, struct hold *out);
/* Those that are on, of one matter (0: of all), in their order. */
typedef enum gz_err (*hold_visitor)(void *ctx, const struct hold *h);
enum gz_err hold_list(struct db *db, int64_t matter_id, hold_visitor visit, void *ctx);

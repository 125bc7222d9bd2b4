/* How long records took, step by step: the figures of 固证时延. */
#pragma once
#include "store/db.h"

enum lag_step { LAG_SEQUENCED, LAG_PUBLISHED }; /* received → sequenced; received → published */

struct lag {
    uint64_t records;                /* that have taken the step */
    int64_t  p50_ms, p99_ms, max_ms; /* 0 where there are none */
};
/* Of the records received in [from, to). */
enum gz_err lag_get(struct db *db, enum lag_step step, int64_t from_ms, int64_t to_ms,
                    struct lag *out);
/* Records received before before_ms that are not published, and received_ms of the oldest. */
enum gz_err lag_overdue(struct db *db, int64_t before_ms, uint64_t *n, int64_t *oldest_ms);

/* Send what waits in the outbox to the log: gather, sign, store the signed bytes, write H(body) to
 * the `submitted` file, send the same bytes until they are taken (network.md section 2). */
#pragma once
#include "app/bank.h"
#include "store/db.h"

enum publish_outcome {
    PUBLISH_IDLE,    /* nothing waits */
    PUBLISH_SENT,    /* one submission was taken; there may be more */
    PUBLISH_LATER,   /* the log does not accept now: the same bytes again later */
    PUBLISH_STOPPED, /* the log holds another body for our number (a restored backup?), or refuses
                        ours as defective: nothing is sent until somebody has looked */
};

/* Before the first sending after a start: does the log hold, under our next number, anything that
 * is not our own stored bytes? */
enum gz_err publish_check_start(const struct bank *bank, struct db *db, enum publish_outcome *out);
/* One submission. GZ_IO, GZ_CORRUPT: nothing was lost; try again. */
enum gz_err publish_outbox(const struct bank *bank, struct db *db, enum publish_outcome *out);

/* The thread that compares all the time: a sample every few minutes, everything once a day, which
 * it puts on the chain. It has a database connection of its own. */
#pragma once
#include "app/reconcile.h"

struct reconcile_job;
struct reconcile_job_options {
    const struct bank *bank;
    struct db         *db;              /* used by the thread alone until close */
    int64_t            sample_every_ms; /* 0: never */
    int                full_at_minute;  /* of the day in China; -1: never */
    void              *ctx;
    void (*recorded)(void *ctx); /* there is a new record to publish */
};
enum gz_err reconcile_job_open(const struct reconcile_job_options *o, struct reconcile_job **out);
void        reconcile_job_close(struct reconcile_job **j); /* for DEFER; ends the thread */
/* The newest result of its own. False: none yet. */
bool        reconcile_job_last(struct reconcile_job *j, struct reconcile_result *out);

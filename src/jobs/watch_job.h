/* The thread that looks into the folder of incoming batch files every second. It has a database
 * connection of its own. */
#pragma once
#include "app/take_inbox.h"

struct watch_job;
struct watch_job_options {
    const struct bank *bank;
    struct db         *db;           /* used by the thread alone until close */
    const char        *inbox, *done; /* as inbox_check wants them */
    void              *ctx;
    void (*recorded)(void *ctx); /* there may be new records to publish */
};
enum gz_err watch_job_open(const struct watch_job_options *o, struct watch_job **out);
void        watch_job_close(struct watch_job **j); /* for DEFER; ends the thread */

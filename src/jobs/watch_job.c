#include "jobs/watch_job.h"

#include <stdlib.h>

#include "host/host.h"
#include "host/worker.h"

enum { LOOK_MS = 1000, AGAIN_MS = 10000 };

struct watch_job {
    struct watch_job_options o;
    struct worker           *worker;
};

static int64_t run_round(void *ctx)
{
    struct watch_job *j = ctx;
    uint64_t          taken = 0;
    const enum gz_err e = inbox_take(j->o.bank, j->o.db, j->o.inbox, j->o.done, &taken);
    if (taken > 0) log_line(LOG_INFO, "inbox", "taken files=%llu", (unsigned long long)taken);
    if (taken > 0 || e != GZ_OK) j->o.recorded(j->o.ctx);
    if (e == GZ_OK) return LOOK_MS;
    log_line(LOG_ALARM, "inbox", "failed: %s; tried again", err_name(e));
    return AGAIN_MS;
}

enum gz_err watch_job_open(const struct watch_job_options *o, struct watch_job **out)
{
    struct watch_job *j = calloc(1, sizeof *j);
    if (j == NULL) return GZ_MEMORY;
    j->o = *o;
    const enum gz_err e = worker_start(run_round, j, &j->worker);
    if (e != GZ_OK) free(j);
    else *out = j;
    return e;
}

void watch_job_close(struct watch_job **j)
{
    if (*j == NULL) return;
    worker_stop(&(*j)->worker);
    free(*j);
    *j = NULL;
}

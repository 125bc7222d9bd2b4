#include "jobs/reconcile_job.h"

#include <pthread.h>
#include <stdlib.h>

#include "app/record_reconciliation.h"
#include "host/host.h"
#include "host/worker.h"

enum { DAY_S = 24 * 3600, BEIJING_S = 8 * 3600, STEP_MS = 1000 };

struct reconcile_job {
    struct reconcile_job_options o;
    pthread_mutex_t              lock;
    struct worker               *worker;
    bool                         has_last;
    struct reconcile_result      last;
    int64_t                      full_day, sample_at_ms; /* the thread's own */
};

static void alarm_difference(void *ctx, const struct found_difference *d)
{
    (void)ctx;
    log_line(LOG_ALARM, "reconcile", "difference=%s where=%s index=%llu record=%s",
             difference_word(d->what), d->where, (unsigned long long)d->index, d->uuid);
}

static void run_one(struct reconcile_job *j, enum reconcile_extent extent)
{
    const struct reconcile_listener listener = {.difference = alarm_difference};
    struct reconcile_result         r;
    uint64_t                        seed;
    random_bytes((uint8_t *)&seed, sizeof seed);
    enum gz_err e = reconcile(j->o.bank, j->o.db, extent, seed, &listener, &r);
    if (e == GZ_OK && extent == RECONCILE_FULL) {
        log_line(LOG_INFO, "reconcile", "full records=%llu entries=%llu differences=%llu",
                 (unsigned long long)r.records, (unsigned long long)r.entries,
                 (unsigned long long)r.differences);
        e = record_reconciliation(j->o.bank, j->o.db, &r);
        j->o.recorded(j->o.ctx);
    }
    if (e != GZ_OK) {
        log_line(LOG_ALARM, "reconcile", "not finished: %s", err_name(e));
        return;
    }
    pthread_mutex_lock(&j->lock);
    j->last = r;
    j->has_last = true;
    pthread_mutex_unlock(&j->lock);
}

/* A full one is due once a day, at its minute or at the first moment after it. */
static bool full_is_due(struct reconcile_job *j)
{
    const int64_t local = clock_now().s + BEIJING_S;
    if (j->o.full_at_minute < 0 || j->full_day == local / DAY_S) return false;
    if (local % DAY_S / 60 < j->o.full_at_minute) return false;
    j->full_day = local / DAY_S;
    return true;
}

static bool sample_is_due(struct reconcile_job *j)
{
    const int64_t now = clock_monotonic_ms();
    if (j->o.sample_every_ms == 0 || now < j->sample_at_ms) return false;
    j->sample_at_ms = now + j->o.sample_every_ms;
    return true;
}

static int64_t run_round(void *ctx)
{
    struct reconcile_job *j = ctx;
    if (full_is_due(j)) run_one(j, RECONCILE_FULL);
    else if (sample_is_due(j)) run_one(j, RECONCILE_SAMPLE);
    return STEP_MS;
}

enum gz_err reconcile_job_open(const struct reconcile_job_options *o, struct reconcile_job **out)
{
    DEFER(reconcile_job_close) struct reconcile_job *j = calloc(1, sizeof *j);
    if (j == NULL) return GZ_MEMORY;
    j->o = *o;
    pthread_mutex_init(&j->lock, NULL);
    /* A start in the middle of a day is no reason to compare everything: that is for the next. */
    (void)full_is_due(j);
    j->sample_at_ms = clock_monotonic_ms() + o->sample_every_ms;
    TRY(worker_start(run_round, j, &j->worker));
    *out = j;
    j = NULL;
    return GZ_OK;
}

void reconcile_job_close(struct reconcile_job **j)
{
    if (*j == NULL) return;
    worker_stop(&(*j)->worker);
    pthread_mutex_destroy(&(*j)->lock);
    free(*j);
    *j = NULL;
}

bool reconcile_job_last(struct reconcile_job *j, struct reconcile_result *out)
{
    pthread_mutex_lock(&j->lock);
    const bool has = j->has_last;
    if (has) *out = j->last;
    pthread_mutex_unlock(&j->lock);
    return has;
}

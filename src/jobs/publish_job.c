#include "jobs/publish_job.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "app/publish_outbox.h"
#include "host/host.h"
#include "store/record.h"

/* How long it sleeps: while records wait for a quorum; when the log does not accept or something
 * failed; when nothing is to be done (a wake ends it at once). */
enum { STEP_MS = 20, AGAIN_MS = 500, IDLE_MS = 1000 };

struct publish_job {
    const struct bank *bank;
    struct db         *db;
    pthread_mutex_t    lock;
    pthread_cond_t     news;
    pthread_t          thread;
    bool               has_thread, is_ending, is_woken;
    enum publish_state state;
    uint64_t           sent_size, marked_size; /* the thread's own */
};

const char *publish_state_name(enum publish_state s)
{
    static const char *const names[] = {"starting", "running", "waiting", "stopped"};
    return names[s];
}

static void set_state(struct publish_job *j, enum publish_state state)
{
    pthread_mutex_lock(&j->lock);
    j->state = state;
    pthread_mutex_unlock(&j->lock);
}

/* True: the job ends. */
static bool sleep_ms(struct publish_job *j, int64_t ms)
{
    const int64_t   end = clock_monotonic_ms() + ms;
    struct timespec at = {end / 1000, end % 1000 * 1000000};
    pthread_mutex_lock(&j->lock);
    while (!j->is_ending && !j->is_woken && clock_monotonic_ms() < end)
        (void)!pthread_cond_timedwait(&j->news, &j->lock, &at);
    j->is_woken = false;
    const bool is_ending = j->is_ending;
    pthread_mutex_unlock(&j->lock);
    return is_ending;
}

static enum gz_err mark(struct publish_job *j, uint64_t size)
{
    DEFER(db_rollback) struct db *open = NULL;
    const struct time             now = clock_now();
    TRY(db_begin(j->db));
    open = j->db;
    TRY(record_mark_published(j->db, size, now.s * 1000 + now.ns / 1000000));
    open = NULL;
    TRY(db_commit(j->db));
    j->marked_size = size;
    return GZ_OK;
}

/* Note what a quorum has covered since the last time. *waits: more is in the log than that. */
static enum gz_err follow(struct publish_job *j, bool *waits)
{
    struct log_status s;
    log_service_status(j->bank->log, &s);
    *waits = s.size > s.published_size;
    return s.published_size > j->marked_size ? mark(j, s.published_size) : GZ_OK;
}

/* One round; *ms: how long to sleep. */
static enum gz_err step(struct publish_job *j, int64_t *ms)
{
    enum publish_outcome did = PUBLISH_IDLE;
    bool                 waits = false;
    *ms = AGAIN_MS;
    if (j->state != PUBLISH_HALTED) TRY(publish_outbox(j->bank, j->db, &did));
    TRY(follow(j, &waits));
    if (did == PUBLISH_STOPPED) set_state(j, PUBLISH_HALTED);
    else if (j->state != PUBLISH_HALTED)
        set_state(j, did == PUBLISH_LATER ? PUBLISH_WAITING : PUBLISH_RUNNING);
    if (did == PUBLISH_SENT) *ms = 0;
    else if (did == PUBLISH_IDLE) *ms = waits ? STEP_MS : IDLE_MS;
    return GZ_OK;
}

/* The log must have asked its witnesses before its content can be compared with ours. */
static enum gz_err start(struct publish_job *j, int64_t *ms)
{
    struct log_status    s;
    enum publish_outcome found;
    log_service_status(j->bank->log, &s);
    *ms = STEP_MS;
    if (s.state != LOG_RUNNING) return GZ_OK;
    *ms = AGAIN_MS;
    TRY(publish_check_start(j->bank, j->db, &found));
    set_state(j, found == PUBLISH_STOPPED ? PUBLISH_HALTED : PUBLISH_RUNNING);
    *ms = 0;
    return GZ_OK;
}

static void *run(void *ctx)
{
    struct publish_job *j = ctx;
    int64_t             ms = 0;
    do {
        const enum gz_err e = j->state == PUBLISH_STARTING ? start(j, &ms) : step(j, &ms);
        if (e == GZ_OK) continue;
        log_line(LOG_ALARM, "publish", "failed: %s; tried again", err_name(e));
        ms = AGAIN_MS;
    } while (!sleep_ms(j, ms));
    return NULL;
}

enum gz_err publish_job_open(const struct bank *bank, struct db *db, struct publish_job **out)
{
    struct publish_job *j = calloc(1, sizeof *j);
    pthread_condattr_t  monotonic;
    if (j == NULL) return GZ_MEMORY;
    j->bank = bank;
    j->db = db;
    pthread_mutex_init(&j->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&j->news, &monotonic);
    j->has_thread = pthread_create(&j->thread, NULL, run, j) == 0;
    if (!j->has_thread) {
        publish_job_close(&j);
        return GZ_MEMORY;
    }
    *out = j;
    return GZ_OK;
}

void publish_job_close(struct publish_job **out)
{
    struct publish_job *j = *out;
    if (j == NULL) return;
    pthread_mutex_lock(&j->lock);
    j->is_ending = true;
    pthread_cond_broadcast(&j->news);
    pthread_mutex_unlock(&j->lock);
    if (j->has_thread) pthread_join(j->thread, NULL);
    pthread_cond_destroy(&j->news);
    pthread_mutex_destroy(&j->lock);
    free(j);
    *out = NULL;
}

void publish_job_wake(struct publish_job *j)
{
    pthread_mutex_lock(&j->lock);
    j->is_woken = true;
    pthread_cond_broadcast(&j->news);
    pthread_mutex_unlock(&j->lock);
}

enum publish_state publish_job_state(struct publish_job *j)
{
    pthread_mutex_lock(&j->lock);
    const enum publish_state state = j->state;
    pthread_mutex_unlock(&j->lock);
    return state;
}

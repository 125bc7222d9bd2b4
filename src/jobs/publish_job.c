#include "jobs/publish_job.h"

#include <pthread.h>
#include <stdlib.h>

#include "app/publish_outbox.h"
#include "host/host.h"
#include "host/worker.h"
#include "store/record.h"

/* How long it sleeps: while records wait for a quorum; when the log does not accept or something
 * failed; when nothing is to be done (a wake ends it at once). */
enum { STEP_MS = 20, AGAIN_MS = 500, IDLE_MS = 1000 };

struct publish_job {
    const struct bank *bank;
    struct db         *db;
    pthread_mutex_t    lock;
    struct worker     *worker;
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

static int64_t run_round(void *ctx)
{
    struct publish_job *j = ctx;
    int64_t             ms = 0;
    const enum gz_err   e = j->state == PUBLISH_STARTING ? start(j, &ms) : step(j, &ms);
    if (e == GZ_OK) return ms;
    log_line(LOG_ALARM, "publish", "failed: %s; tried again", err_name(e));
    return AGAIN_MS;
}

enum gz_err publish_job_open(const struct bank *bank, struct db *db, struct publish_job **out)
{
    DEFER(publish_job_close) struct publish_job *j = calloc(1, sizeof *j);
    if (j == NULL) return GZ_MEMORY;
    j->bank = bank;
    j->db = db;
    pthread_mutex_init(&j->lock, NULL);
    TRY(worker_start(run_round, j, &j->worker));
    *out = j;
    j = NULL;
    return GZ_OK;
}

void publish_job_close(struct publish_job **j)
{
    if (*j == NULL) return;
    worker_stop(&(*j)->worker);
    pthread_mutex_destroy(&(*j)->lock);
    free(*j);
    *j = NULL;
}

void publish_job_wake(struct publish_job *j)
{
    worker_wake(j->worker);
}

enum publish_state publish_job_state(struct publish_job *j)
{
    pthread_mutex_lock(&j->lock);
    const enum publish_state state = j->state;
    pthread_mutex_unlock(&j->lock);
    return state;
}

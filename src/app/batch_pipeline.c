#include "app/batch_pipeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/item_copy.h"
#include "host/host.h"

enum { GROUPS = PIPELINE_AHEAD + 1 }; /* and that of the caller */

struct batch_pipeline {
    const struct bank    *bank;
    struct batch_file    *file;
    pthread_t             thread;
    bool                  has_thread;
    pthread_mutex_t       lock; /* over the numbers below; a group belongs to one side at a time */
    pthread_cond_t        news;
    uint64_t              read, taken, given_back; /* groups so far */
    bool                  is_ending;
    struct pipeline_group groups[GROUPS]; /* number k in k % GROUPS */
};

/* --- a group ---------------------------------------------------------------------------------- */

static void forget(struct pipeline_group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct pipeline_row *r = &g->rows[i];
        item_disclosures_fini(&r->made);
        if (r->memory.p != NULL) explicit_bzero(r->memory.p, r->memory.n);
        buf_fini(&r->memory);
    }
    g->n = 0;
}

/* What fails here fails again where it can be told of the row. */
static void prepare(const struct bank *bank, struct pipeline_row *r)
{
    if (r->item.defects_n > 0) return;
    if (item_disclosures_make(bank, &r->item, clock_now(), &r->made) != GZ_OK)
        item_disclosures_fini(&r->made);
}

static enum gz_err read_row(struct batch_pipeline *p, struct pipeline_group *g, size_t *size)
{
    struct pipeline_row *r = &g->rows[g->n];
    struct intake_item   item;
    TRY(batch_file_next(p->file, &item));
    *r = (struct pipeline_row){0};
    TRY(item_copy(&item, &r->memory, &r->item));
    g->n++;
    *size += r->memory.n;
    prepare(p->bank, r);
    return GZ_OK;
}

/* --- the thread ------------------------------------------------------------------------------- */

static bool is_ending(struct batch_pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    const bool is = p->is_ending;
    pthread_mutex_unlock(&p->lock);
    return is;
}

static void read_group(struct batch_pipeline *p, struct pipeline_group *g)
{
    size_t size = 0;
    g->end = GZ_OK;
    while (g->end == GZ_OK && g->n < PIPELINE_GROUP_ROWS && size < PIPELINE_GROUP_SIZE)
        g->end = is_ending(p) ? GZ_BUSY : read_row(p, g, &size);
}

static struct pipeline_group *wait_for_room(struct batch_pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    while (!p->is_ending && p->read - p->given_back == GROUPS)
        pthread_cond_wait(&p->news, &p->lock);
    struct pipeline_group *g = p->is_ending ? NULL : &p->groups[p->read % GROUPS];
    pthread_mutex_unlock(&p->lock);
    return g;
}

static void *read_all(void *ctx)
{
    struct batch_pipeline *p = ctx;
    for (;;) {
        struct pipeline_group *g = wait_for_room(p);
        if (g == NULL) return NULL;
        read_group(p, g);
        const bool is_last = g->end != GZ_OK; /* afterwards it is the caller's */
        pthread_mutex_lock(&p->lock);
        p->read++;
        pthread_cond_signal(&p->news);
        pthread_mutex_unlock(&p->lock);
        if (is_last) return NULL;
    }
}

/* --- the caller ------------------------------------------------------------------------------- */

enum gz_err batch_pipeline_open(const struct bank *bank, struct batch_file *file,
                                struct batch_pipeline **out)
{
    struct batch_pipeline *p = calloc(1, sizeof *p);
    if (p == NULL) return GZ_MEMORY;
    p->bank = bank;
    p->file = file;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->news, NULL);
    p->has_thread = pthread_create(&p->thread, NULL, read_all, p) == 0;
    *out = p;
    if (p->has_thread) return GZ_OK;
    batch_pipeline_close(out);
    return GZ_MEMORY;
}

static void give_back(struct batch_pipeline *p)
{
    if (p->taken == 0) return;
    struct pipeline_group *g = &p->groups[(p->taken - 1) % GROUPS];
    assert(g->end == GZ_OK); /* else nothing follows */
    forget(g);
    pthread_mutex_lock(&p->lock);
    p->given_back++;
    pthread_cond_signal(&p->news);
    pthread_mutex_unlock(&p->lock);
}

struct pipeline_group *batch_pipeline_next(struct batch_pipeline *p)
{
    give_back(p);
    pthread_mutex_lock(&p->lock);
    while (p->read == p->taken) pthread_cond_wait(&p->news, &p->lock);
    struct pipeline_group *g = &p->groups[p->taken++ % GROUPS];
    pthread_mutex_unlock(&p->lock);
    return g;
}

void batch_pipeline_close(struct batch_pipeline **out)
{
    struct batch_pipeline *p = *out;
    if (p == NULL) return;
    pthread_mutex_lock(&p->lock);
    p->is_ending = true;
    pthread_cond_signal(&p->news);
    pthread_mutex_unlock(&p->lock);
    if (p->has_thread) pthread_join(p->thread, NULL);
    for (size_t i = 0; i < GROUPS; i++) forget(&p->groups[i]);
    pthread_cond_destroy(&p->news);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *out = NULL;
}

#include "store/write_turn.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "host/host.h"

/* One that waits; lives on its thread's stack. */
struct waiter {
    struct waiter *next;
    bool           is_next;
};
struct write_turn {
    struct write_turn *next;
    dev_t              device;
    ino_t              inode;
    size_t             users;
    bool               is_taken;
    struct waiter     *first, **last;
};

/* Few turns and short moments: one lock for all. */
static pthread_mutex_t    lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t     news;
static pthread_once_t     once = PTHREAD_ONCE_INIT;
static struct write_turn *all;

static void init_news(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&news, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static struct write_turn *find(const struct stat *s)
{
    for (struct write_turn *t = all; t != NULL; t = t->next)
        if (t->device == s->st_dev && t->inode == s->st_ino) return t;
    struct write_turn *t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    t->device = s->st_dev;
    t->inode = s->st_ino;
    t->last = &t->first;
    t->next = all;
    all = t;
    return t;
}

enum gz_err write_turn_open(const char *path, struct write_turn **out)
{
    struct stat s;
    if (stat(path, &s) != 0) return GZ_IO;
    pthread_once(&once, init_news);
    pthread_mutex_lock(&lock);
    struct write_turn *t = find(&s);
    if (t != NULL) t->users++;
    pthread_mutex_unlock(&lock);
    if (t == NULL) return GZ_MEMORY;
    *out = t;
    return GZ_OK;
}

void write_turn_close(struct write_turn **out)
{
    struct write_turn *t = *out;
    if (t == NULL) return;
    pthread_mutex_lock(&lock);
    if (--t->users == 0) {
        struct write_turn **at = &all;
        while (*at != t) at = &(*at)->next;
        *at = t->next;
        free(t);
    }
    pthread_mutex_unlock(&lock);
    *out = NULL;
}

static void leave(struct write_turn *t, struct waiter *w)
{
    struct waiter **at = &t->first;
    while (*at != w) at = &(*at)->next;
    *at = w->next;
    if (*at == NULL) t->last = at;
}

enum gz_err write_turn_take(struct write_turn *t, unsigned timeout_ms)
{
    if (t == NULL) return GZ_OK;
    const int64_t   end = clock_monotonic_ms() + timeout_ms;
    struct timespec at = {end / 1000, end % 1000 * 1000000};
    struct waiter   w = {0};
    pthread_mutex_lock(&lock);
    if (!t->is_taken) {
        t->is_taken = w.is_next = true;
    } else {
        *t->last = &w;
        t->last = &w.next;
    }
    while (!w.is_next && clock_monotonic_ms() < end)
        (void)!pthread_cond_timedwait(&news, &lock, &at);
    if (!w.is_next) leave(t, &w);
    pthread_mutex_unlock(&lock);
    return w.is_next ? GZ_OK : GZ_BUSY;
}

void write_turn_give(struct write_turn *t)
{
    if (t == NULL) return;
    pthread_mutex_lock(&lock);
    struct waiter *w = t->first;
    t->is_taken = w != NULL;
    if (w != NULL) {
        w->is_next = true;
        leave(t, w);
        pthread_cond_broadcast(&news);
    }
    pthread_mutex_unlock(&lock);
}

#include "api/evidence_site.h"

#include <stdlib.h>
#include <string.h>

enum gz_err evidence_site_new(const struct evidence_options *o, struct evidence_site **out)
{
    struct evidence_site *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    s->o = *o;
    pthread_mutex_init(&s->queries_lock, NULL);
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return GZ_OK;
}

void evidence_site_free(struct evidence_site **site)
{
    struct evidence_site *s = *site;
    if (s == NULL) return;
    for (size_t i = 0; i < s->readers_n; i++) json_item_close(&s->readers[i]);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->queries_lock);
    free(s);
    *site = NULL;
}

enum gz_err evidence_take_reader(struct evidence_site *s, struct json_item_reader **out)
{
    struct json_item_reader *r = NULL;
    pthread_mutex_lock(&s->lock);
    if (s->readers_n > 0) r = s->readers[--s->readers_n];
    pthread_mutex_unlock(&s->lock);
    if (r == NULL) return json_item_open(s->o.bank->catalog, out);
    *out = r;
    return GZ_OK;
}

void evidence_give_reader(struct evidence_site *s, struct json_item_reader *r, size_t largest_text)
{
    if (r == NULL) return;
    json_item_forget(r); /* what it read is not kept while it is idle */
    pthread_mutex_lock(&s->lock);
    if (largest_text <= EVIDENCE_READER_KEEPS && s->readers_n < EVIDENCE_READERS_MAX) {
        s->readers[s->readers_n++] = r;
        r = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    json_item_close(&r);
}

bool evidence_keep(struct evidence_site *s, size_t n)
{
    pthread_mutex_lock(&s->lock);
    const bool fits = n <= HTTP_KEPT_MAX - s->kept;
    if (fits) s->kept += n;
    pthread_mutex_unlock(&s->lock);
    return fits;
}

void evidence_let_go(struct evidence_site *s, size_t n)
{
    pthread_mutex_lock(&s->lock);
    s->kept -= n;
    pthread_mutex_unlock(&s->lock);
}

/* --- keys that somebody works on -------------------------------------------------------------- */

/* Under the lock; in_flight_n where it is not there. */
static size_t find_key(const struct evidence_site *s, const uint8_t key[HASH_SIZE])
{
    size_t i = 0;
    while (i < s->in_flight_n && memcmp(s->in_flight[i], key, HASH_SIZE) != 0) i++;
    return i;
}

bool evidence_key_enter(struct evidence_site *s, const uint8_t key[HASH_SIZE])
{
    pthread_mutex_lock(&s->lock);
    const bool is_free = find_key(s, key) == s->in_flight_n && s->in_flight_n < EVIDENCE_THREADS;
    if (is_free) memcpy(s->in_flight[s->in_flight_n++], key, HASH_SIZE);
    pthread_mutex_unlock(&s->lock);
    return is_free;
}

void evidence_key_leave(struct evidence_site *s, const uint8_t key[HASH_SIZE])
{
    pthread_mutex_lock(&s->lock);
    const size_t i = find_key(s, key);
    assert(i < s->in_flight_n);
    s->in_flight_n--;
    memmove(s->in_flight[i], s->in_flight[s->in_flight_n], HASH_SIZE);
    pthread_mutex_unlock(&s->lock);
}

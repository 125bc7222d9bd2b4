#include "node/node_cache.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { SLOT_EMPTY, SLOT_TAKEN, SLOT_FULL };

/* Who changes the state from empty to taken writes the hash; who reads full may read it. */
struct level {
    _Atomic unsigned char states[NODE_CACHE_NODES];
    struct hash           nodes[NODE_CACHE_NODES];
};
struct node_cache {
    struct level levels[NODE_CACHE_LEVELS];
};

/* Large, and zero: only what is touched takes memory. */
enum gz_err node_cache_new(struct node_cache **out)
{
    struct node_cache *c = calloc(1, sizeof *c);
    if (c == NULL) return GZ_MEMORY;
    *out = c;
    return GZ_OK;
}

void node_cache_free(struct node_cache **c)
{
    free(*c);
    *c = NULL;
}

static bool has_place(unsigned level, uint64_t index)
{
    return level >= NODE_CACHE_LOWEST && level - NODE_CACHE_LOWEST < NODE_CACHE_LEVELS &&
           index < NODE_CACHE_NODES;
}

bool node_cache_get(const struct node_cache *c, unsigned level, uint64_t index, struct hash *out)
{
    if (c == NULL || !has_place(level, index)) return false;
    const struct level *l = &c->levels[level - NODE_CACHE_LOWEST];
    if (atomic_load_explicit(&l->states[index], memory_order_acquire) != SLOT_FULL) return false;
    *out = l->nodes[index];
    return true;
}

void node_cache_put(struct node_cache *c, unsigned level, uint64_t index, struct hash node)
{
    unsigned char was = SLOT_EMPTY;
    if (c == NULL || !has_place(level, index)) return;
    struct level *l = &c->levels[level - NODE_CACHE_LOWEST];
    if (!atomic_compare_exchange_strong(&l->states[index], &was, SLOT_TAKEN)) return;
    l->nodes[index] = node;
    atomic_store_explicit(&l->states[index], SLOT_FULL, memory_order_release);
}

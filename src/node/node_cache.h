/* The upper levels of a chain's tree in memory, as readers meet them: a proof then reads from files
 * only the lowest levels. What was committed never changes, so that nothing is ever thrown out.
 * Bounded: 128 Ki nodes a level. Of ten million leaves they take 10 MB, of a hundred million 30 MB,
 * of any chain at most 104 MB, touched as they are read. Any number of threads, without a lock.
 */
#pragma once
#include "core/merkle.h"

enum { NODE_CACHE_LOWEST = 6, NODE_CACHE_LEVELS = 24, NODE_CACHE_NODES = 128 * 1024 };

struct node_cache;

enum gz_err node_cache_new(struct node_cache **out);
void        node_cache_free(struct node_cache **c); /* for DEFER */
/* c NULL: nothing is kept. */
bool node_cache_get(const struct node_cache *c, unsigned level, uint64_t index, struct hash *out);
/* Of a committed node only. */
void node_cache_put(struct node_cache *c, unsigned level, uint64_t index, struct hash node);

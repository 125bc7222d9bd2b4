#include "core/key_cache.h"

#include <string.h>

/* NULL: no room. */
static struct known_key *find(struct key_cache *c, const uint8_t point[SM2_POINT_SIZE])
{
    for (size_t i = 0; i < c->n; i++)
        if (memcmp(c->keys[i].point, point, SM2_POINT_SIZE) == 0) return &c->keys[i];
    if (c->n == KEY_CACHE_MAX) return NULL;
    struct known_key *k = &c->keys[c->n++];
    memcpy(k->point, point, SM2_POINT_SIZE);
    k->uses = 0;
    return k;
}

/* Counts a use, and makes the table when it is time. */
static bool has_table(struct key_cache *c, struct known_key *k)
{
    if (k->uses == KEY_CACHE_AFTER) return true;
    if (k->uses + 1 == KEY_CACHE_AFTER && sm2_table_init(&k->table, k->point) != GZ_OK)
        return false;
    if (++k->uses < KEY_CACHE_AFTER) return false;
    if (!c->has_base) sm2_table_init_base(&c->base);
    c->has_base = true;
    return true;
}

enum gz_err key_cache_verify(struct key_cache *c, const struct key *k, struct bytes message,
                             const uint8_t signature[KEY_SIGNATURE_SIZE])
{
    if (c == NULL || k->suite != SUITE_GM) return key_verify(k, message, signature);
    struct known_key *known = find(c, k->public_key);
    if (known == NULL || !has_table(c, known)) return key_verify(k, message, signature);
    return sm2_table_verify(&c->base, &known->table, message, signature);
}

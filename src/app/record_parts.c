#include "app/record_parts.h"

#include <string.h>

#include "core/hash_many.h"

void record_parts_fini(struct record_parts *p)
{
    for (size_t i = 0; i < SIDES; i++) {
        if (p->plain[i].p != NULL) explicit_bzero(p->plain[i].p, p->plain[i].n);
        buf_fini(&p->plain[i]);
    }
}

static enum gz_err unseal_identity(struct db *db, const struct record *r,
                                   const struct matter_keys *keys, struct buf *plain)
{
    DEFER(buf_fini) struct buf sealed = {0};
    struct identity_link       at;
    const enum gz_err          e = identity_part_link(db, r->id, &at);
    if (e == GZ_MISSING) return GZ_OK; /* nothing of this record is in the identity store */
    TRY(e);
    TRY(keys->state[SIDE_IDENTITY]);
    if (!keys->has_identity) return GZ_CORRUPT;
    TRY(identity_get_part(db, &at, &sealed));
    return vault_unseal(&keys->key[SIDE_IDENTITY], BYTES_OF(at.link), buf_bytes(&sealed), plain);
}

enum gz_err record_parts_unseal(struct db *db, const struct record *r,
                                const struct matter_keys *keys, struct record_parts *out)
{
    enum gz_err e = keys->state[SIDE_BUSINESS];
    if (e == GZ_OK)
        e = vault_unseal(&keys->key[SIDE_BUSINESS], bytes_str(r->uuid), buf_bytes(&r->sealed),
                         &out->plain[SIDE_BUSINESS]);
    TRY(keys_note(e, &out->state[SIDE_BUSINESS]));
    e = unseal_identity(db, r, keys, &out->plain[SIDE_IDENTITY]);
    return keys_note(e, &out->state[SIDE_IDENTITY]);
}

enum gz_err record_parts_open(const struct bank *bank, struct db *db, const struct record *r,
                              struct record_parts *out)
{
    DEFER(matter_keys_fini) struct matter_keys keys = {0};
    struct matter                              m;
    const enum gz_err                          e = matter_get_id(db, r->matter_id, &m);
    if (e == GZ_MISSING) return GZ_CORRUPT;
    TRY(e);
    TRY(matter_keys_get(bank, db, &m, &keys));
    return record_parts_unseal(db, r, &keys, out);
}

/* --- against the entry ------------------------------------------------------------------------ */

static bool is_one_of(struct hash h, const struct entry *e)
{
    for (size_t i = 0; i < e->digests_n; i++)
        if (hash_eq(h, e->digests[i])) return true;
    return false;
}

static enum gz_err check_lines(struct bytes plain, const struct entry *e, size_t *n)
{
    struct bytes lines[HASH_LANES_MAX];
    struct hash  digests[HASH_LANES_MAX];
    for (size_t k = COUNT_OF(lines); k == COUNT_OF(lines); *n += k) {
        for (k = 0; k < COUNT_OF(lines) && bytes_take_line(&plain, &lines[k]);) k++;
        hash_each(e->suite, lines, k, digests);
        for (size_t i = 0; i < k; i++)
            if (!is_one_of(digests[i], e)) return GZ_CORRUPT;
    }
    return plain.n == 0 ? GZ_OK : GZ_CORRUPT;
}

enum gz_err record_parts_check(const struct record_parts *p, const struct entry *e)
{
    size_t n = 0;
    bool   is_whole = true;
    for (size_t i = 0; i < SIDES; i++) {
        TRY(check_lines(buf_bytes(&p->plain[i]), e, &n));
        is_whole = is_whole && p->state[i] == GZ_OK;
    }
    return n == e->digests_n || (!is_whole && n < e->digests_n) ? GZ_OK : GZ_CORRUPT;
}

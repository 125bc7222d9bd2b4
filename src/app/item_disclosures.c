#include "app/item_disclosures.h"

#include <string.h>

#include "app/derived_facts.h"
#include "core/hash_many.h"
#include "host/host.h"

enum { SALTS = 32 }; /* drawn at once */

static_assert(_Alignof(struct hash) == 1, "digests stand in bytes");

struct salts {
    size_t  left;
    uint8_t list[SALTS][DISCLOSURE_SALT_SIZE];
};

static void salts_fini(struct salts *s)
{
    explicit_bzero(s, sizeof *s);
}

static void wipe(struct buf *b)
{
    if (b->p != NULL) explicit_bzero(b->p, b->n);
    buf_fini(b);
}

void item_disclosures_fini(struct item_disclosures *d)
{
    for (size_t i = 0; i < SIDES; i++) wipe(&d->lines[i]);
    buf_fini(&d->digests);
    *d = (struct item_disclosures){0};
}

/* --- originals -------------------------------------------------------------------------------- */

/* An original is large, and its digest is asked for several times. */
enum gz_err item_disclosures_hash(const struct intake_item *item, struct item_disclosures *d)
{
    struct bytes list[ITEM_FILES_MAX];
    size_t       n = 0;
    if (d->is_hashed) return GZ_OK;
    for (size_t i = 0; i < item->values_n; i++) {
        if (item->values[i].field->type != FIELD_FILE) continue;
        if (n == COUNT_OF(list)) return GZ_LIMIT;
        list[n++] = item->values[i].original;
    }
    hash_each(SUITE_GM, list, n, d->sm3);
    d->files_n = n;
    d->is_hashed = true;
    return GZ_OK;
}

struct hash item_disclosures_sm3(const struct item_disclosures *d, const struct intake_item *item,
                                 const struct intake_value *v)
{
    size_t n = 0;
    assert(d->is_hashed);
    for (const struct intake_value *at = item->values; at < v; at++)
        n += at->field->type == FIELD_FILE;
    return d->sm3[n];
}

/* --- lines ------------------------------------------------------------------------------------ */

/* One system call for many: they are most of what a record takes of random numbers. */
static const uint8_t *next_salt(struct salts *s)
{
    if (s->left == 0) random_bytes(s->list[0], sizeof s->list);
    if (s->left == 0) s->left = SALTS;
    return s->list[--s->left];
}

static enum gz_err add_line(struct item_disclosures *d, struct salts *salts,
                            const struct kind_field *field, struct bytes json)
{
    struct buf *to = &d->lines[kind_field_side(field)];
    TRY(disclosure_encode(next_salt(salts), field->name, json, to));
    return buf_add_byte(to, '\n');
}

/* Of an original its name, size and digests. */
static enum gz_err add_original(struct item_disclosures *d, struct salts *salts,
                                const struct intake_item *item, const struct intake_value *v)
{
    DEFER(buf_fini) struct buf  json = {0};
    const struct disclosed_file about = {v->file_name, bytes_str(v->media_type), v->original.n,
                                         item_disclosures_sm3(d, item, v),
                                         hash_of(SUITE_INTL, v->original)};
    TRY(disclosed_file_encode(&about, &json));
    return add_line(d, salts, v->field, buf_bytes(&json));
}

static enum gz_err add_values(struct item_disclosures *d, struct salts *salts,
                              const struct intake_item *item)
{
    for (size_t i = 0; i < item->values_n; i++) {
        const struct intake_value *v = &item->values[i];
        if (v->field->type == FIELD_FILE) TRY(add_original(d, salts, item, v));
        else TRY(add_line(d, salts, v->field, v->json));
    }
    return GZ_OK;
}

/* What intake finds out by itself. */
static enum gz_err add_derived(struct item_disclosures *d, struct salts *salts,
                               const struct bank *bank, const struct intake_item *item,
                               struct time now)
{
    DEFER(derived_values_fini) struct derived_values derived = {0};
    TRY(derive_signature(bank, item, now, &derived));
    TRY(derive_facts(bank, item, &derived));
    for (size_t i = 0; i < derived.n; i++)
        TRY(add_line(d, salts, derived.list[i].field, buf_bytes(&derived.list[i].json)));
    return GZ_OK;
}

/* Of all disclosures, many at once. */
static enum gz_err add_digests(struct item_disclosures *d, enum suite suite)
{
    struct bytes lines[CATALOG_FIELDS_MAX];
    for (size_t i = 0; i < SIDES; i++) {
        struct bytes rest = buf_bytes(&d->lines[i]), line;
        for (; bytes_take_line(&rest, &line); d->digests_n++) {
            if (d->digests_n == COUNT_OF(lines)) return GZ_LIMIT;
            lines[d->digests_n] = line;
        }
    }
    TRY(buf_reserve(&d->digests, d->digests_n * sizeof(struct hash)));
    hash_each(suite, lines, d->digests_n, (struct hash *)d->digests.p);
    d->digests.n = d->digests_n * sizeof(struct hash);
    return GZ_OK;
}

enum gz_err item_disclosures_make(const struct bank *bank, const struct intake_item *item,
                                  struct time now, struct item_disclosures *d)
{
    DEFER(salts_fini) struct salts salts = {0};
    assert(!d->is_made);
    TRY(item_disclosures_hash(item, d));
    TRY(add_values(d, &salts, item));
    TRY(add_derived(d, &salts, bank, item, now));
    TRY(add_digests(d, bank->suite));
    d->is_made = true;
    return GZ_OK;
}

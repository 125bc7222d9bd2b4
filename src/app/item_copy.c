#include "app/item_copy.h"

#include <string.h>

/* Run twice: first it counts how much memory is needed, then it copies there. */
struct copy {
    uint8_t *p; /* NULL: it counts */
    size_t   n;
};

static void *room(struct copy *c, size_t size)
{
    const size_t at = c->n;
    c->n += (size + 7) / 8 * 8; /* arrays come first, and the memory is malloc's */
    return c->p == NULL ? NULL : c->p + at;
}

static void copy_bytes(struct copy *c, struct bytes *b)
{
    if (b->n == 0) {
        *b = (struct bytes){0};
        return;
    }
    uint8_t *to = room(c, b->n);
    if (to == NULL) return;
    memcpy(to, b->p, b->n);
    b->p = to;
}

static void copy_hint(struct copy *c, const char **hint)
{
    const size_t size = strlen(*hint) + 1;
    char        *to = room(c, size);
    if (to == NULL) return;
    memcpy(to, *hint, size);
    *hint = to;
}

static void copy_values(struct copy *c, struct intake_item *item)
{
    struct intake_value *list = room(c, item->values_n * sizeof *list);
    for (size_t i = 0; i < item->values_n; i++) {
        struct intake_value v = item->values[i];
        copy_bytes(c, &v.json);
        copy_bytes(c, &v.file_name);
        copy_bytes(c, &v.original);
        if (list != NULL) list[i] = v;
    }
    if (list != NULL) item->values = list;
}

static void copy_defects(struct copy *c, struct intake_item *item)
{
    struct intake_defect *list = room(c, item->defects_n * sizeof *list);
    for (size_t i = 0; i < item->defects_n; i++) {
        struct intake_defect d = item->defects[i];
        copy_bytes(c, &d.column);
        copy_bytes(c, &d.field);
        copy_hint(c, &d.hint);
        if (list != NULL) list[i] = d;
    }
    if (list != NULL) item->defects = list;
}

static struct intake_item copy_item(struct copy *c, struct intake_item item)
{
    copy_values(c, &item);
    copy_defects(c, &item);
    copy_bytes(c, &item.source);
    copy_bytes(c, &item.event_number);
    copy_bytes(c, &item.matter);
    copy_bytes(c, &item.corrects);
    return item;
}

enum gz_err item_copy(const struct intake_item *item, struct buf *memory, struct intake_item *out)
{
    struct copy c = {0};
    (void)copy_item(&c, *item);
    memory->n = 0;
    TRY(buf_reserve(memory, c.n + 1));
    memory->n = c.n;
    c = (struct copy){.p = memory->p};
    *out = copy_item(&c, *item);
    return GZ_OK;
}

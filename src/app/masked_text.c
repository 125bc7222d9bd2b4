#include "app/masked_text.h"

#include <string.h>

#include "core/json.h"

const struct kind_field *kind_field_named(const struct kind *kind, struct bytes name)
{
    for (size_t i = 0; kind != NULL && i < kind->fields_n; i++)
        if (bytes_eq(kind->fields[i].name, name)) return &kind->fields[i];
    return NULL;
}

enum gz_err plain_text_add(struct bytes json, struct buf *out)
{
    if (json.n < 2 || json.p[0] != '"') return buf_add(out, json);
    TRY(buf_reserve(out, json.n));
    out->n += json_unescape(bytes_slice(json, 1, json.n - 1), out->p + out->n);
    return GZ_OK;
}

static void wipe(struct buf *b)
{
    if (b->p != NULL) explicit_bzero(b->p, b->cap);
    buf_fini(b);
}

enum gz_err masked_text_add(const struct kind_field *field, struct bytes json, struct buf *out)
{
    DEFER(wipe) struct buf plain = {0};
    TRY(plain_text_add(json, &plain));
    return mask_add(field == NULL ? MASK_HIDDEN : field->mask, buf_bytes(&plain), out);
}

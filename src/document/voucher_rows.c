#include "document/voucher_rows.h"

#include <stdlib.h>

static const struct bytes correction = {(const uint8_t *)"evidence.correction", 19};

static const struct voucher_field *field_of(const struct voucher_record *r, struct bytes name)
{
    for (size_t i = 0; r != NULL && i < r->fields_n; i++)
        if (bytes_eq(r->fields[i].name, name)) return &r->fields[i];
    return NULL;
}

static struct bytes text_of(const struct voucher_record *r, const char *name)
{
    const struct voucher_field *f = field_of(r, bytes_str(name));
    return f == NULL ? (struct bytes){NULL, 0} : f->text;
}

struct bytes voucher_recorded(const struct voucher_record *r, struct bytes name_or_label)
{
    for (size_t i = 0; i < r->fields_n; i++)
        if (bytes_eq(r->fields[i].name, name_or_label) ||
            bytes_eq(r->fields[i].label, name_or_label))
            return r->fields[i].text;
    return (struct bytes){NULL, 0};
}

struct bytes voucher_label(const struct voucher_record *r, const char *name)
{
    const struct voucher_field *f = field_of(r, bytes_str(name));
    return f == NULL ? (struct bytes){NULL, 0} : f->label;
}

static bool corrects(const struct voucher_record *c, const struct voucher_record *r,
                     const struct voucher_field *f)
{
    const struct bytes field = text_of(c, "field");
    return bytes_eq(c->kind, correction) && bytes_eq(c->corrects, r->id) &&
           (bytes_eq(field, f->name) || bytes_eq(field, f->label));
}

struct voucher_text voucher_value(const struct voucher *v, const struct voucher_record *r,
                                  const char *name)
{
    const struct voucher_field *f = field_of(r, bytes_str(name));
    struct voucher_text         out = {0};
    if (f == NULL) return out;
    out.text = f->text;
    for (size_t i = 0; r->corrected_by.n > 0 && i < v->records_n; i++) { /* the last counts */
        if (!corrects(&v->records[i], r, f)) continue;
        out.by = &v->records[i];
        out.original = f->text;
        out.text = text_of(out.by, "value");
    }
    return out;
}

/* A later record of the same kind stands in its place. */
static bool is_replaced(const struct voucher *v, const struct voucher_record *r)
{
    for (size_t i = 0; r->corrected_by.n > 0 && i < v->records_n; i++)
        if (bytes_eq(v->records[i].corrects, r->id) && bytes_eq(v->records[i].kind, r->kind))
            return true;
    return false;
}

static bool is_wanted(const struct voucher *v, const struct voucher_record *r, const char *kind,
                      uint64_t note)
{
    return bytes_eq(r->kind, bytes_str(kind)) && (note == 0 || r->note == note) &&
           !is_replaced(v, r);
}

const struct voucher_record *voucher_find(const struct voucher *v, const char *kind, uint64_t note)
{
    const struct voucher_record *found = NULL;
    for (size_t i = 0; i < v->records_n; i++)
        if (is_wanted(v, &v->records[i], kind, note)) found = &v->records[i];
    return found;
}

struct order {
    const struct voucher *v;
    const char           *by;
};
static int compare(const void *a, const void *b, void *ctx)
{
    const struct voucher_record *const *x = a, *const *y = b;
    const struct order                 *o = ctx;
    const int                           by =
        bytes_cmp(voucher_value(o->v, *x, o->by).text, voucher_value(o->v, *y, o->by).text);
    return by != 0 ? by : ((*x)->seq > (*y)->seq) - ((*x)->seq < (*y)->seq);
}

size_t voucher_list(const struct voucher *v, const char *kind, uint64_t note, const char *by,
                    const struct voucher_record **rows)
{
    struct order o = {v, by};
    size_t       n = 0;
    for (size_t i = 0; i < v->records_n; i++)
        if (is_wanted(v, &v->records[i], kind, note)) rows[n++] = &v->records[i];
    qsort_r(rows, n, sizeof *rows, compare, &o);
    return n;
}

enum gz_err voucher_amount(const struct voucher *v, const struct voucher_record *r,
                           const char *name, struct money *out)
{
    const struct bytes text = voucher_value(v, r, name).text;
    if (text.n > 0) return money_decode(text, out);
    *out = (struct money){0};
    return GZ_OK;
}

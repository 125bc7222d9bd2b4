#include "app/derived_values.h"

#include <string.h>

#include "app/item_value.h"
#include "app/kind_file.h"
#include "base/text.h"
#include "core/json.h"
#include "document/pdf_signature.h"

enum { BEIJING_MINUTES = 8 * 60 };

void derived_values_fini(struct derived_values *d)
{
    for (size_t i = 0; i < d->n; i++) buf_fini(&d->list[i].json);
    d->n = 0;
}

static const struct kind_field *field_of(const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->fields_n; i++)
        if (kind->fields[i].derived && bytes_eq(kind->fields[i].name, bytes_str(name)))
            return &kind->fields[i];
    return NULL;
}

static struct bytes cut(struct bytes text, size_t characters_max)
{
    size_t at = 0;
    for (size_t n = 0; at < text.n && n < characters_max; n++) (void)text_next_rune(text, &at);
    return bytes_slice(text, 0, at);
}

static enum gz_err add(struct derived_values *d, const struct kind_field *field, struct bytes text)
{
    struct derived_value *to = &d->list[d->n];
    if (field == NULL || text.n == 0) return GZ_OK;
    if (d->n == DERIVED_VALUES_MAX) return GZ_LIMIT;
    if (field->type == FIELD_TEXT) text = cut(text, field->max);
    *to = (struct derived_value){.field = field};
    d->n++;
    return json_add_string(text, &to->json);
}

enum gz_err derived_values_add(struct derived_values *d, const struct kind *kind, const char *name,
                               struct bytes text)
{
    return add(d, field_of(kind, name), text);
}

enum gz_err derived_values_default(struct derived_values *d, const struct intake_item *item,
                                   const char *name, struct bytes text)
{
    const size_t i = kind_find(item->kind, bytes_str(name));
    if (i == item->kind->fields_n || item->kind->fields[i].type != FIELD_TEXT ||
        item_value(item, name) != NULL)
        return GZ_OK;
    return add(d, &item->kind->fields[i], text);
}

/* --- signatures of originals ------------------------------------------------------------------ */

/* An image carries none; the signatures of an OFD file (GB/T 33190) are not read yet. */
static enum gz_err check_original(const struct bank *bank, const struct intake_value *v,
                                  struct time now, struct pdf_signatures *out)
{
    *out = (struct pdf_signatures){.state = PDF_SIGNATURE_NONE};
    if (strcmp(v->media_type, "application/pdf") == 0)
        return pdf_signatures_check(v->original, bank->signature_roots, now, out);
    if (strcmp(v->media_type, "application/ofd") != 0) return GZ_OK;
    out->state = PDF_SIGNATURE_UNSUPPORTED;
    strcpy(out->detail, "OFD 文件中的电子签名尚不核验。");
    return GZ_OK;
}

static enum gz_err find_worst(const struct bank *bank, const struct intake_item *item,
                              struct time now, struct pdf_signatures *worst, size_t *originals)
{
    for (size_t i = 0; i < item->values_n; i++) {
        struct pdf_signatures one;
        if (item->values[i].field->type != FIELD_FILE) continue;
        TRY(check_original(bank, &item->values[i], now, &one));
        if (*originals == 0 || one.state > worst->state) *worst = one;
        ++*originals;
    }
    return GZ_OK;
}

enum gz_err derive_signature(const struct bank *bank, const struct intake_item *item,
                             struct time now, struct derived_values *out)
{
    struct pdf_signatures worst;
    size_t                originals = 0;
    char                  time[TIME_TEXT_SIZE] = "";
    if (field_of(item->kind, "signature.result") == NULL) return GZ_OK;
    TRY(find_worst(bank, item, now, &worst, &originals));
    if (originals == 0) return GZ_OK;
    if (worst.shown.has_time) (void)time_encode(worst.shown.time, BEIJING_MINUTES, time);
    TRY(derived_values_add(out, item->kind, "signature.result",
                           bytes_str(pdf_signature_word(worst.state))));
    TRY(derived_values_add(out, item->kind, "signature.signer", bytes_str(worst.shown.signer)));
    TRY(derived_values_add(out, item->kind, "signature.time", bytes_str(time)));
    TRY(derived_values_add(out, item->kind, "signature.algorithm",
                           bytes_str(worst.shown.algorithm)));
    return derived_values_add(out, item->kind, "signature.detail", bytes_str(worst.detail));
}

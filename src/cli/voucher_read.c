#include "cli/voucher_read.h"

#include <stdlib.h>

void voucher_answer_fini(struct voucher_answer *a)
{
    free(a->records);
    free(a->fields);
}

static struct bytes text(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return (struct bytes){(const uint8_t *)json_string_value(v), json_string_length(v)};
}

static uint64_t number(const json_t *o, const char *name)
{
    const json_int_t v = json_integer_value(json_object_get(o, name));
    return v < 0 ? 0 : (uint64_t)v;
}

static size_t count_fields(const json_t *records)
{
    size_t  i, n = 0;
    json_t *r;
    json_array_foreach(records, i, r) n += json_array_size(json_object_get(r, "fields"));
    return n;
}

static void read_record(const json_t *o, struct voucher_field *fields, struct voucher_record *out)
{
    const json_t *list = json_object_get(o, "fields");
    size_t        i;
    json_t       *f;
    *out = (struct voucher_record){.id = text(o, "id"),
                                   .kind = text(o, "kind"),
                                   .kind_label = text(o, "kind_label"),
                                   .fingerprint = text(o, "fingerprint"),
                                   .corrects = text(o, "corrects"),
                                   .corrected_by = text(o, "corrected_by"),
                                   .seq = number(o, "seq"),
                                   .index = number(o, "index"),
                                   .note = number(o, "note"),
                                   .fields_n = json_array_size(list),
                                   .fields = fields};
    json_array_foreach(list, i, f) fields[i] =
        (struct voucher_field){text(f, "name"), text(f, "label"), text(f, "text")};
}

enum gz_err voucher_answer_read(const json_t *answer, struct voucher_answer *out)
{
    const json_t *records = json_object_get(answer, "records");
    const size_t  n = json_array_size(records);
    size_t        i, used = 0;
    json_t       *o;
    if (!json_is_array(records)) return GZ_MALFORMED;
    out->records = calloc(n + 1, sizeof *out->records);
    out->fields = calloc(count_fields(records) + 1, sizeof *out->fields);
    if (out->records == NULL || out->fields == NULL) return GZ_MEMORY;
    json_array_foreach(records, i, o)
    {
        read_record(o, out->fields + used, &out->records[i]);
        used += out->records[i].fields_n;
    }
    out->voucher = (struct voucher){.organisation = text(answer, "organisation"),
                                    .origin = text(answer, "origin"),
                                    .matter = text(answer, "matter"),
                                    .log_size = number(answer, "log_size"),
                                    .unpublished = number(answer, "unpublished"),
                                    .records_n = n,
                                    .records = out->records};
    return GZ_OK;
}

#include "app/annotation_target.h"

#include "app/masked_text.h"
#include "store/event.h"
#include "store/record.h"

static const struct intake_value *about_of(const struct intake_item *item)
{
    for (size_t i = 0; i < item->values_n; i++)
        if (bytes_eq(item->values[i].field->name, BYTES_LIT(ANNOTATION_FIELD)))
            return &item->values[i];
    return NULL;
}

static enum gz_err by_event(struct db *db, const struct intake_item *item, struct bytes number,
                            struct record *out)
{
    const struct event event = {.source = item->source, .number = number};
    enum event_answer  known;
    int64_t            id;
    if (number.n > EVENT_NUMBER_MAX) return GZ_MISSING;
    TRY(event_find(db, &event, &known, &id));
    return known == EVENT_IS_NEW ? GZ_MISSING : record_get_id(db, id, out);
}

enum gz_err annotation_target(struct db *db, const struct intake_item *item, int64_t matter_id,
                              int64_t *about)
{
    DEFER(record_fini) struct record target = {0};
    DEFER(buf_fini) struct buf       text = {0};
    const struct intake_value       *v = about_of(item);
    *about = 0;
    if (!bytes_eq(item->kind->name, BYTES_LIT(ANNOTATION_KIND))) return GZ_OK;
    if (v == NULL) return GZ_MISSING;
    TRY(plain_text_add(v->json, &text));
    enum gz_err e = by_event(db, item, buf_bytes(&text), &target);
    if (e == GZ_MISSING && text.n == ENTRY_ID_SIZE) e = record_get(db, buf_bytes(&text), &target);
    TRY(e);
    *about = target.id;
    return target.matter_id == matter_id ? GZ_OK : GZ_MISSING;
}

#include "app/item_value.h"

#include <string.h>

#include "base/date.h"
#include "core/json.h"

enum { BEIJING_MS = 8 * 60 * 60 * 1000 };

const struct intake_value *item_value(const struct intake_item *item, const char *field)
{
    for (size_t i = 0; i < item->values_n; i++)
        if (bytes_eq(item->values[i].field->name, bytes_str(field))) return &item->values[i];
    return NULL;
}

enum gz_err json_body(struct bytes json, struct bytes *out)
{
    struct json j;
    TRY(json_init(&j, json));
    TRY(json_string_raw(&j, out));
    return json_end(&j);
}

const char *item_text(const struct intake_item *item, const char *field, char out[ITEM_TEXT_SIZE])
{
    const struct intake_value *v = item_value(item, field);
    struct bytes               body;
    out[0] = 0;
    if (v == NULL || json_body(v->json, &body) != GZ_OK || body.n > 2 * CATALOG_TEXT_MAX)
        return out;
    uint8_t      text[2 * CATALOG_TEXT_MAX + 1];
    const size_t n = json_unescape(body, text);
    if (n > CATALOG_TEXT_MAX) return out;
    memcpy(out, text, n);
    out[n] = 0;
    return out;
}

enum gz_err json_time_ms(struct bytes json, int64_t *ms)
{
    struct bytes text;
    struct time  t;
    TRY(json_body(json, &text));
    TRY(time_decode(text, &t));
    *ms = t.s * 1000 + t.ns / 1000000;
    return GZ_OK;
}

enum gz_err json_day_ms(struct bytes json, int64_t *ms)
{
    struct bytes text;
    struct date  d;
    TRY(json_body(json, &text));
    TRY(date_decode(text, &d));
    *ms = date_to_days(d) * ITEM_DAY_MS - BEIJING_MS;
    return GZ_OK;
}

enum gz_err item_time_ms(const struct intake_item *item, const char *field, int64_t *ms)
{
    const struct intake_value *v = item_value(item, field);
    return v == NULL ? GZ_MISSING : json_time_ms(v->json, ms);
}

enum gz_err item_day_ms(const struct intake_item *item, const char *field, int64_t *ms)
{
    const struct intake_value *v = item_value(item, field);
    return v == NULL ? GZ_MISSING : json_day_ms(v->json, ms);
}

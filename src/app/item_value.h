/* The values of an intake item, read back as what they mean. Days are those of Beijing. */
#pragma once
#include "app/intake_item.h"

enum { ITEM_TEXT_SIZE = CATALOG_TEXT_MAX + 1 };

/* NULL: the item has no such value. */
const struct intake_value *item_value(const struct intake_item *item, const char *field);
/* The text of a JSON string as field_value_make writes it, unescaped, with NUL; "" where the item
 * has no such value. */
const char *item_text(const struct intake_item *item, const char *field, char out[ITEM_TEXT_SIZE]);
/* Unix milliseconds. GZ_MISSING: no such value. */
enum gz_err item_time_ms(const struct intake_item *item, const char *field, int64_t *ms);
/* When this day begins. GZ_MISSING. */
enum gz_err item_day_ms(const struct intake_item *item, const char *field, int64_t *ms);

/* The same of a JSON string. GZ_MALFORMED: no string, or none such. */
enum gz_err json_time_ms(struct bytes json, int64_t *ms);
enum gz_err json_day_ms(struct bytes json, int64_t *ms);
/* Without its quotes; still escaped. GZ_MALFORMED: no string. */
enum gz_err json_body(struct bytes json, struct bytes *out);

enum { ITEM_DAY_MS = 24 * 60 * 60 * 1000 };

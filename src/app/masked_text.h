/* A disclosed value as a text for people, in full or as its kind shows it to others. */
#pragma once
#include "app/catalog.h"

/* NULL: the kind (or NULL for an unknown one) has no such field. */
const struct kind_field *kind_field_named(const struct kind *kind, struct bytes name);
/* Append the text of a JSON string, or the JSON of another value. */
enum gz_err              plain_text_add(struct bytes json, struct buf *out);
/* The same, masked as the field says; of an unknown field (NULL) nothing is shown. */
enum gz_err masked_text_add(const struct kind_field *field, struct bytes json, struct buf *out);

/* Values of a record that no source brings: what intake itself found out about the item. Its kind's
 * derived fields say which of them are wanted. */
#pragma once
#include "app/bank.h"
#include "app/intake_item.h"

enum { DERIVED_VALUES_MAX = 16 };

struct derived_value {
    const struct kind_field *field;
    struct buf               json;
};
struct derived_values {
    size_t               n;
    struct derived_value list[DERIVED_VALUES_MAX];
};
void        derived_values_fini(struct derived_values *d); /* for DEFER */
/* A text for the derived field of this name; nothing where the kind has none or the text is empty.
 * What is longer than the field allows is cut between characters. */
enum gz_err derived_values_add(struct derived_values *d, const struct kind *kind, const char *name,
                               struct bytes text);

/* The same for a field that a source may bring, where this item has no value of it. */
enum gz_err derived_values_default(struct derived_values *d, const struct intake_item *item,
                                   const char *name, struct bytes text);

/* The electronic signatures of the item's originals: signature.result, the worst of all, and of the
 * worst signature.signer, .time, .algorithm; signature.detail where there is more to say. An item
 * without an original has none of them. */
enum gz_err derive_signature(const struct bank *bank, const struct intake_item *item,
                             struct time now, struct derived_values *out);

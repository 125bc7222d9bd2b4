/* Of the six facts about a piece of evidence that a court weighs (LAW 人民法院在线诉讼规则#18:
 * source, generation, storage, notarisation, witness, corroboration) the two that the bank's own
 * system knows. The others are the source's to tell, or its mapping's. */
#pragma once
#include "app/derived_values.h"

/* storage, and witness where the bank knows its consortium; for kinds that have these fields. An
 * item that does not say from which system it is (source_system) is from the one that sent it. */
enum gz_err derive_facts(const struct bank *bank, const struct intake_item *item,
                         struct derived_values *out);

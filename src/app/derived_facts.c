#include "app/derived_facts.h"

#include <stdio.h>

enum { FACT_SIZE = 512 };

static const char storage[] = "原件与字段经 SM4-GCM 加密，身份信息与业务信息分存两库；链上只有指纹";

enum gz_err derive_facts(const struct bank *bank, const struct intake_item *item,
                         struct derived_values *out)
{
    const struct kind *kind = item->kind;
    char               text[FACT_SIZE];
    TRY(derived_values_default(out, item, "source_system", item->source));
    TRY(derived_values_add(out, kind, "storage", bytes_str(storage)));
    if (bank->policy == NULL) return GZ_OK;
    (void)snprintf(text, sizeof text, "证据链 %.*s：%zu 家见证机构各存完整副本，各以自己的时钟共签",
                   (int)bank->origin.n, (const char *)bank->origin.p,
                   policy_count_witnesses(bank->policy));
    return derived_values_add(out, kind, "witness", bytes_str(text));
}

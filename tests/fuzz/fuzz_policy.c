/* Policies and histories: unusable ones say why; every size has a version. */
#include "core/policy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t        space[8 * 1024 * 1024];
    struct arena          arena = {space, 0, sizeof space};
    struct policy_history history;
    const char           *why = NULL;
    const enum gz_err e = policy_history_decode((struct bytes){data, size}, &arena, &history, &why);
    if (e == GZ_MEMORY) return 0;
    if (e != GZ_OK) {
        require(why != NULL);
        return 0;
    }
    require(history.n >= 1);
    require(policy_history_at(&history, 0) == NULL);
    require(policy_history_at(&history, 1) != NULL);
    require(policy_history_at(&history, INT64_MAX) == &history.versions[history.n - 1]);
    return 0;
}

/* Policies and histories: unusable ones say why; every size has a version. */
#include "core/policy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t          space_n = policy_arena_size(size);
    uint8_t              *space = malloc(space_n);
    struct arena          arena = {space, 0, space_n};
    struct policy_history history;
    const char           *why = NULL;
    if (space == NULL) return 0;
    const enum gz_err e = policy_history_decode((struct bytes){data, size}, &arena, &history, &why);
    require(e != GZ_MEMORY); /* policy_arena_size promises enough memory */
    if (e != GZ_OK) {
        require(why != NULL);
        free(space);
        return 0;
    }
    require(history.n >= 1);
    require(policy_history_at(&history, 0) == NULL);
    require(policy_history_at(&history, 1) != NULL);
    require(policy_history_at(&history, INT64_MAX) == &history.versions[history.n - 1]);
    free(space);
    return 0;
}

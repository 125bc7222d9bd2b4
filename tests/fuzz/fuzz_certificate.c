/* The whole verification, with the policy of the gm vectors: it always ends with a report that
 * agrees with itself. Run from the root of the checkout. */
#include "core/verify.h"
#include "fuzz.h"

enum { POLICY_MAX = 64 * 1024, ARENA_EXTRA = 1024 * 1024 };

static const struct policy_history *policy(void)
{
    static uint8_t               text[POLICY_MAX], space[ARENA_EXTRA];
    static struct arena          arena = {space, 0, sizeof space};
    static struct policy_history history;
    if (history.n > 0) return &history;
    const char *why = NULL;
    FILE       *f = fopen("tests/vectors/gm.policy", "rb");
    require(f != NULL);
    const size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    require(policy_history_decode((struct bytes){text, n}, &arena, &history, &why) == GZ_OK);
    return &history;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t         space_n = verify_arena_size(size);
    uint8_t             *space = malloc(space_n);
    struct arena         arena = {space, 0, space_n};
    struct verify_report report = {0};
    if (space == NULL) return 0;
    const enum gz_err e =
        verify_certificate((struct bytes){data, size}, policy(), NULL, 0, &arena, &report);
    require(e == GZ_OK); /* verify_arena_size promises enough memory */
    require((report.result == VERIFY_INVALID) == (report.check != 0));
    require(report.result == VERIFY_VALID || report.reason != NULL);
    if (report.result != VERIFY_INVALID) require(report.has_entry && report.quorum_time > 0);
    if (report.check != 0) require(report.outcomes[report.check - 1] == OUTCOME_FAILED);
    free(space);
    return 0;
}

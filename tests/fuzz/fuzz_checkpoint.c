/* Checkpoints under a policy, as a log, a witness or a verifier is sent them: the quorum is there
 * only with a log's line and good lines. Run from the root of the checkout. */
#include "core/policy.h"
#include "fuzz.h"

enum { SPACE = 2 * 1024 * 1024, TEXT_MAX = 64 * 1024 };

static const struct policy *policy_of(const char *path)
{
    static uint8_t       text[2][TEXT_MAX], space[2][SPACE];
    static unsigned      used;
    const struct policy *policy = NULL;
    const char          *why = NULL;
    FILE                *f = fopen(path, "rb");
    require(f != NULL && used < 2);
    const size_t n = fread(text[used], 1, TEXT_MAX, f);
    struct arena arena = {space[used], 0, SPACE};
    fclose(f);
    require(policy_decode((struct bytes){text[used], n}, &arena, &policy, &why) == GZ_OK);
    used++;
    return policy;
}

static void judge(const struct policy *policy, const struct note *note)
{
    uint64_t             times[POLICY_MEMBERS_MAX] = {0};
    struct policy_quorum quorum = {0};
    const char          *why = NULL;
    const enum gz_err    e = policy_check_note(policy, note, &quorum, times, &why);
    require(e == GZ_OK || e == GZ_MISMATCH);
    require((e == GZ_OK) == (why == NULL));
    if (e != GZ_OK) return;
    require(policy_is_met(policy, times) && quorum.time >= 1 && quorum.time <= INT64_MAX);
    require(quorum.witnesses <= policy_count_witnesses(policy));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct policy *gm, *intl;
    struct note                 note;
    struct checkpoint           c;
    if (gm == NULL) gm = policy_of("tests/vectors/gm.policy");
    if (intl == NULL) intl = policy_of("tests/vectors/intl.policy");
    if (checkpoint_decode((struct bytes){data, size}, &c) == GZ_OK)
        require(c.origin.n > 0 && c.size <= INT64_MAX);
    if (note_decode((struct bytes){data, size}, &note) != GZ_OK) return 0;
    judge(gm, &note);
    judge(intl, &note);
    return 0;
}

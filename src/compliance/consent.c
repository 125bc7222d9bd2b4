#include "compliance/consent.h"

#include <stdio.h>

#include "base/text.h"

const char *const agreement_words[AGREEMENTS] = {
#define AGREEMENT_WORD(name, number, word, label) [number] = word,
    AGREEMENT_TABLE(AGREEMENT_WORD)
#undef AGREEMENT_WORD
};
static const char *const labels[AGREEMENTS] = {
#define AGREEMENT_LABEL(name, number, word, label) [number] = label,
    AGREEMENT_TABLE(AGREEMENT_LABEL)
#undef AGREEMENT_LABEL
};

const char *agreement_label(enum agreement a)
{
    return labels[a];
}

enum gz_err agreement_of_label(struct bytes label, enum agreement *out)
{
    for (int a = AGREEMENT_NONE + 1; a < AGREEMENTS; a++)
        if (bytes_eq(label, bytes_str(labels[a]))) {
            *out = (enum agreement)a;
            return GZ_OK;
        }
    return GZ_MISSING;
}

/* --- versions --------------------------------------------------------------------------------- */

enum { VERSION_PART_MAX = 1000000000 };

/* The next number of a version, and the point behind it. False: another form. */
static bool take_part(struct bytes *rest, uint64_t *part)
{
    const size_t point = bytes_find(*rest, '.');
    if (text_to_u64(bytes_slice(*rest, 0, point), VERSION_PART_MAX, part) != GZ_OK) return false;
    const size_t next = point < rest->n ? point + 1 : point;
    if (next == rest->n && point < rest->n) return false; /* a point at the end */
    *rest = bytes_slice(*rest, next, rest->n);
    return true;
}

static struct bytes without_v(struct bytes version)
{
    const bool has = version.n > 0 && (version.p[0] | 0x20) == 'v';
    return bytes_slice(version, has ? 1 : 0, version.n);
}

static bool is_version(struct bytes version)
{
    uint64_t part;
    if (version.n == 0) return false;
    while (version.n > 0)
        if (!take_part(&version, &part)) return false;
    return true;
}

bool consent_version_reaches(struct bytes given, struct bytes least)
{
    given = without_v(given), least = without_v(least);
    if (!is_version(given) || !is_version(least)) return false;
    while (least.n > 0) {
        uint64_t has = 0, needs = 0;
        if (given.n > 0 && !take_part(&given, &has)) return false;
        if (!take_part(&least, &needs)) return false;
        if (has != needs) return has > needs;
    }
    return true;
}

/* --- purposes --------------------------------------------------------------------------------- */

static bool is_between(uint32_t r)
{
    return r == 0x3001 || r == 0xff1b || r == 0xff0c || r == ';' || r == ',' || r == ' ';
}

static bool has_purpose(struct bytes purposes, struct bytes purpose)
{
    size_t from = 0;
    for (size_t at = 0; at < purposes.n;) {
        const size_t end = at;
        if (!is_between(text_next_rune(purposes, &at))) continue;
        if (bytes_eq(bytes_slice(purposes, from, end), purpose)) return true;
        from = at;
    }
    return bytes_eq(bytes_slice(purposes, from, purposes.n), purpose);
}

/* --- the check -------------------------------------------------------------------------------- */

static enum consent_answer judge(const struct consent_need *need, const struct consent *c,
                                 int64_t at_ms)
{
    if (c->agreement != need->agreement) return CONSENT_NEVER_GIVEN;
    if (need->purpose.n > 0 && !has_purpose(c->purposes, need->purpose))
        return CONSENT_OTHER_PURPOSE;
    if (need->version.n > 0 && !consent_version_reaches(c->version, need->version))
        return CONSENT_OTHER_VERSION;
    if (at_ms < c->from_ms) return CONSENT_NOT_YET;
    if (at_ms >= c->withdrawn_ms) return CONSENT_WITHDRAWN;
    return at_ms >= c->until_ms ? CONSENT_OVER : CONSENT_LIVE;
}

enum consent_answer consent_check(const struct consent_need *need, const struct consent *given,
                                  size_t n, bool contract_runs, int64_t at_ms)
{
    enum consent_answer nearest = CONSENT_NEVER_GIVEN;
    if (need->agreement == AGREEMENT_NONE) return CONSENT_NOT_NEEDED;
    for (size_t i = 0; i < n; i++) {
        const enum consent_answer a = judge(need, &given[i], at_ms);
        if (a == CONSENT_LIVE) return a;
        if (a > nearest) nearest = a;
    }
    return need->contract_carries && contract_runs ? CONSENT_BY_CONTRACT : nearest;
}

bool consent_refuses(enum consent_answer a)
{
    return a >= CONSENT_NEVER_GIVEN;
}

const char *consent_hint(enum consent_answer a, enum agreement agreement,
                         char out[CONSENT_HINT_SIZE])
{
    static const char *const sentences[CONSENT_ANSWERS] = {
        [CONSENT_NEVER_GIVEN] = "没有登记过当事人的《%s》，请先登记授权 (consent.grant)",
        [CONSENT_OTHER_PURPOSE] =
            "当事人的《%s》不包含本类事项的目的，请取得含此目的的授权后再登记",
        [CONSENT_OTHER_VERSION] = "当事人的《%s》不是规定的版本，请按现行版本重新取得授权后再登记",
        [CONSENT_NOT_YET] = "事项发生时当事人的《%s》尚未生效，请核对发生时间与授权时间",
        [CONSENT_OVER] = "事项发生时当事人的《%s》已经到期，请重新取得授权后再登记",
        [CONSENT_WITHDRAWN] = "事项发生时当事人的《%s》已经撤回，不得再收集，请勿登记",
    };
    assert(consent_refuses(a) && a < CONSENT_ANSWERS);
    (void)snprintf(out, CONSENT_HINT_SIZE, sentences[a], agreement_label(agreement));
    return out;
}

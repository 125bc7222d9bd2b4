/* Consents (个人信息保护法 articles 13 to 16, 29; 征信业管理条例 articles 13, 18): which agreements
 * there are, and whether one carries an event. Pure; times are Unix milliseconds. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

/* X(name, number in the database, word in a kind file, the agreement's name) */
#define AGREEMENT_TABLE(X)                                                                         \
    X(NONE, 0, "none", "")                                                                         \
    X(BUSINESS, 1, "business", "业务授权")                                                         \
    X(ENTERPRISE_CREDIT, 2, "enterprise_credit", "企业征信授权")                                   \
    X(PERSONAL_CREDIT, 3, "personal_credit", "个人征信授权")                                       \
    X(SENSITIVE_INFO, 4, "sensitive_info", "敏感个人信息授权")                                     \
    X(ENTITY_INFO, 5, "entity_info", "经营实体信息授权")

enum agreement {
#define AGREEMENT_ENUM(name, number, word, label) AGREEMENT_##name = number,
    AGREEMENT_TABLE(AGREEMENT_ENUM)
#undef AGREEMENT_ENUM
        AGREEMENTS
};
extern const char *const agreement_words[AGREEMENTS];
const char              *agreement_label(enum agreement a);
/* By its name, as a consent.grant has it: 企业征信授权. GZ_MISSING. */
enum gz_err              agreement_of_label(struct bytes label, enum agreement *out);

#define CONSENT_NO_END INT64_MAX

/* A consent that was given. */
struct consent {
    enum agreement agreement;
    struct bytes   version;  /* of the agreement's text: "2024.1" */
    struct bytes   purposes; /* "身份核验、贷后管理": apart by 、 ； ; or , */
    int64_t        from_ms, until_ms, withdrawn_ms; /* CONSENT_NO_END: open, not withdrawn */
};
/* What a kind needs. */
struct consent_need {
    enum agreement agreement;        /* AGREEMENT_NONE: nothing, the rest is of no meaning */
    struct bytes   version, purpose; /* the least version; empty: any */
    bool           contract_carries; /* a running contract is ground enough */
};

/* Ordered: of several consents that do not fit, the answer is the largest. */
enum consent_answer {
    CONSENT_NOT_NEEDED,
    CONSENT_LIVE,
    CONSENT_BY_CONTRACT, /* none is live; the running contract carries the event */
    CONSENT_NEVER_GIVEN, /* from here on: refuse */
    CONSENT_OTHER_PURPOSE,
    CONSENT_OTHER_VERSION,
    CONSENT_NOT_YET,
    CONSENT_OVER,
    CONSENT_WITHDRAWN,
    CONSENT_ANSWERS
};
/* Does one of the n carry an event at this instant? A withdrawal has no effect on what happened
 * before it (LAW 个人信息保护法#15). An event of a running contract (LAW 个人信息保护法#13.1.2) has
 * no need of a consent: its kind says AGREEMENT_NONE, or contract_carries. */
enum consent_answer consent_check(const struct consent_need *need, const struct consent *given,
                                  size_t n, bool contract_runs, int64_t at_ms);
bool                consent_refuses(enum consent_answer a);

enum { CONSENT_HINT_SIZE = 256 };
/* What to do about a refusal, in Chinese, naming the agreement. */
const char *consent_hint(enum consent_answer a, enum agreement agreement,
                         char out[CONSENT_HINT_SIZE]);
/* Dotted numbers, a 'v' before them allowed: is `given` the least version or a later one? False
 * where either has another form. */
bool        consent_version_reaches(struct bytes given, struct bytes least);

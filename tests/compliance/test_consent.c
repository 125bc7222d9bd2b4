/* Which consents carry an event, and what is said where none does. */
#include "compliance/consent.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

static const struct consent given = {.agreement = AGREEMENT_SENSITIVE_INFO,
                                     .version = {(const uint8_t *)"2024.2", 6},
                                     .purposes = {(const uint8_t *)"身份核验、贷后管理", 27},
                                     .from_ms = 1000,
                                     .until_ms = 5000,
                                     .withdrawn_ms = CONSENT_NO_END};

static struct consent_need need(enum agreement a, const char *version, const char *purpose)
{
    return (struct consent_need){a, bytes_str(version), bytes_str(purpose), false};
}

static enum consent_answer check(struct consent_need n, struct consent c, int64_t at)
{
    return consent_check(&n, &c, 1, false, at);
}

static void a_consent_carries_what_it_was_given_for(void **state)
{
    (void)state;
    const enum agreement a = AGREEMENT_SENSITIVE_INFO;
    assert_int_equal(check(need(AGREEMENT_NONE, "9", "x"), given, 0), CONSENT_NOT_NEEDED);
    assert_int_equal(check(need(a, "", ""), given, 1000), CONSENT_LIVE);
    assert_int_equal(check(need(a, "", ""), given, 999), CONSENT_NOT_YET);
    assert_int_equal(check(need(a, "", ""), given, 4999), CONSENT_LIVE);
    assert_int_equal(check(need(a, "", ""), given, 5000), CONSENT_OVER);
    assert_int_equal(check(need(a, "", "身份核验"), given, 2000), CONSENT_LIVE);
    assert_int_equal(check(need(a, "", "贷后管理"), given, 2000), CONSENT_LIVE);
    assert_int_equal(check(need(a, "", "管理"), given, 2000), CONSENT_OTHER_PURPOSE);
    assert_int_equal(check(need(a, "", "营销"), given, 2000), CONSENT_OTHER_PURPOSE);
    assert_int_equal(check(need(a, "2024.2", ""), given, 2000), CONSENT_LIVE);
    assert_int_equal(check(need(a, "2024.10", ""), given, 2000), CONSENT_OTHER_VERSION);
    assert_int_equal(check(need(AGREEMENT_BUSINESS, "", ""), given, 2000), CONSENT_NEVER_GIVEN);
    assert_int_equal(consent_check(&(struct consent_need){.agreement = a}, NULL, 0, false, 2000),
                     CONSENT_NEVER_GIVEN);
}

static void a_withdrawal_acts_from_then_on(void **state)
{
    (void)state;
    struct consent            c = given;
    const struct consent_need n = need(AGREEMENT_SENSITIVE_INFO, "", "");
    c.withdrawn_ms = 3000;
    assert_int_equal(check(n, c, 2999), CONSENT_LIVE);
    assert_int_equal(check(n, c, 3000), CONSENT_WITHDRAWN);
    assert_int_equal(check(n, c, 6000), CONSENT_WITHDRAWN); /* not merely over */
    c.withdrawn_ms = 0;                                     /* before it began */
    assert_int_equal(check(n, c, 2000), CONSENT_WITHDRAWN);
}

static void a_running_contract_carries_its_events(void **state)
{
    (void)state;
    struct consent      c = given;
    struct consent_need n = need(AGREEMENT_SENSITIVE_INFO, "", "");
    c.withdrawn_ms = 3000;
    n.contract_carries = true;
    assert_int_equal(consent_check(&n, &c, 1, true, 4000), CONSENT_BY_CONTRACT);
    assert_int_equal(consent_check(&n, NULL, 0, true, 4000), CONSENT_BY_CONTRACT);
    assert_int_equal(consent_check(&n, &c, 1, true, 2000), CONSENT_LIVE);
    assert_int_equal(consent_check(&n, &c, 1, false, 4000), CONSENT_WITHDRAWN);
    n.contract_carries = false; /* collecting a face is no event of the contract */
    assert_int_equal(consent_check(&n, &c, 1, true, 4000), CONSENT_WITHDRAWN);
    n.agreement = AGREEMENT_NONE; /* a drawdown: whatever was withdrawn */
    assert_int_equal(consent_check(&n, &c, 1, true, 4000), CONSENT_NOT_NEEDED);
}

/* Any live one is enough; else the nearest to it is told. */
static void of_several_consents(void **state)
{
    (void)state;
    struct consent            all[3] = {given, given, given};
    const struct consent_need n = need(AGREEMENT_SENSITIVE_INFO, "2024.2", "身份核验");
    all[0].withdrawn_ms = 1500;
    all[1].purposes = BYTES_LIT("营销");
    all[2].version = BYTES_LIT("2023.1");
    assert_int_equal(consent_check(&n, all, 3, false, 2000), CONSENT_WITHDRAWN);
    assert_int_equal(consent_check(&n, all + 1, 2, false, 2000), CONSENT_OTHER_VERSION);
    all[2] = given; /* given again after the withdrawal */
    all[2].from_ms = 2500;
    assert_int_equal(consent_check(&n, all, 3, false, 2000), CONSENT_WITHDRAWN);
    assert_int_equal(consent_check(&n, all, 3, false, 2500), CONSENT_LIVE);
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *given, *least;
        bool        reaches;
    } all[] = {
        {"1", "1", true},
        {"2", "1", true},
        {"1", "2", false},
        {"1.10", "1.9", true},
        {"1.9", "1.10", false},
        {"v2024.1", "2024.1", true},
        {"2024.1", "V2024", true},
        {"2024", "2024.1", false},
        {"2024.1.3", "2024.1", true},
        {"2024.0", "2024", true},
        {"", "1", false},
        {"1", "", false},
        {"a", "1", false},
        {"1.", "1", false},
        {".1", "0", false},
        {"1.a", "1", false},
        {"01", "1", false},
        {"1..2", "1", false},
        {"v", "1", false},
        {"99999999999999999999", "1", false},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (consent_version_reaches(bytes_str(all[i].given), bytes_str(all[i].least)) !=
            all[i].reaches)
            fail_msg("%s %s", all[i].given, all[i].least);
}

static void purposes_in_every_list(void **state)
{
    (void)state;
    static const char *const lists[] = {"身份核验",     "贷前审查、身份核验", "身份核验；征信查询",
                                        "a;身份核验;b", "a, 身份核验, b",     "a，身份核验"};
    const struct consent_need n = need(AGREEMENT_SENSITIVE_INFO, "", "身份核验");
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct consent c = given;
        c.purposes = bytes_str(lists[i]);
        assert_int_equal(check(n, c, 2000), CONSENT_LIVE);
    }
    struct consent none = given;
    none.purposes = BYTES_LIT("");
    assert_int_equal(check(n, none, 2000), CONSENT_OTHER_PURPOSE);
}

static void what_is_said(void **state)
{
    (void)state;
    char           hint[CONSENT_HINT_SIZE];
    enum agreement a;
    for (int i = CONSENT_NEVER_GIVEN; i < CONSENT_ANSWERS; i++) {
        assert_true(consent_refuses((enum consent_answer)i));
        (void)consent_hint((enum consent_answer)i, AGREEMENT_PERSONAL_CREDIT, hint);
        assert_non_null(strstr(hint, "《个人征信授权》"));
    }
    assert_false(consent_refuses(CONSENT_LIVE) || consent_refuses(CONSENT_BY_CONTRACT) ||
                 consent_refuses(CONSENT_NOT_NEEDED));
    for (int i = 1; i < AGREEMENTS; i++) {
        assert_ok(agreement_of_label(bytes_str(agreement_label((enum agreement)i)), &a));
        assert_int_equal(a, i);
        assert_true(strlen(agreement_words[i]) > 0);
    }
    assert_err(agreement_of_label(BYTES_LIT("借款合同"), &a), GZ_MISSING);
    assert_err(agreement_of_label(BYTES_LIT(""), &a), GZ_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consent_carries_what_it_was_given_for),
        cmocka_unit_test(a_withdrawal_acts_from_then_on),
        cmocka_unit_test(a_running_contract_carries_its_events),
        cmocka_unit_test(of_several_consents),
        cmocka_unit_test(versions),
        cmocka_unit_test(purposes_in_every_list),
        cmocka_unit_test(what_is_said),
    };
    RUN_TESTS(tests);
}

/* What needs a consent is recorded under one that was live when it occurred, and otherwise refused
 * with nothing changed. */
#include <sqlite3.h>

#include "app/check_store.h"
#include "installed_fixture.h"
#include "store/statement.h"

#define ANNA "'subject.name':'张三','subject.id_number':'11010519491231002X'"
#define BERT "'subject.name':'李四','subject.id_number':'440524188001010014'"
#define FIRM "'subject.name':'某公司','subject.credit_code':'91350100M000100Y43'"

/* A consent of the sensitive information, from January 2026 to the end of 2027. */
#define GRANT(number, who)                                                                         \
    "'consent_no':'" number "','agreement':'敏感个人信息授权','version':'2026.1',"         \
    "'purposes':'身份核验、反欺诈','separate_consent':'是'," who ",'valid_from':'2026-01-01',"     \
    "'valid_until':'2026-06-30','occurred_at':'2026-01-01 09:00:00'"
#define IMAGE(who, at)                                                                             \
    "'image_kind':'身份证正面'," who ",'result':'通过','algorithm':'OCR',"                       \
    "'algorithm_version':'1','occurred_at':'" at "'"
#define CHECK(who, at)                                                                             \
    who ",'occasion':'支用','method':'柜面核验','result':'通过','liveness':'未检测',"   \
        "'occurred_at':'" at "'"
#define WITHDRAWAL(number, agreement, at)                                                          \
    "'consent_no':'" number "','agreement':'" agreement "','occurred_at':'" at "'"

static struct installed_bank *bank_of(void **state)
{
    return *state;
}

static uint64_t records(struct installed_bank *b)
{
    struct record_counts c;
    assert_ok(record_count(b->f.db, 0, &c));
    return c.total;
}

static const char *image(struct installed_bank *b, const char *event, const char *fields)
{
    return take(b, event, "image.recognition", "L1", fields, PDF_FILE);
}

static const char *grant(struct installed_bank *b, const char *event, const char *fields)
{
    return take(b, event, "consent.grant", "L1", fields, "");
}

static void without_a_consent_it_is_refused(void **state)
{
    struct installed_bank *b = bank_of(state);
    assert_string_equal(image(b, "I1", IMAGE(ANNA, "2026-02-01 10:00:00")), "consent");
    assert_non_null(strstr(b->answer.hint, "敏感个人信息授权"));
    assert_int_equal(records(b), 0);
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    assert_string_equal(image(b, "I1", IMAGE(ANNA, "2026-02-01 10:00:00")), "accepted");
    assert_string_equal(image(b, "I1", IMAGE(ANNA, "2026-02-01 10:00:00")), "repeated");
    assert_int_equal(records(b), 2);
}

static void it_is_of_this_subject_and_loan(void **state)
{
    struct installed_bank *b = bank_of(state);
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    assert_string_equal(image(b, "I1", IMAGE(BERT, "2026-02-01 10:00:00")), "consent");
    assert_string_equal(
        take(b, "I2", "image.recognition", "L2", IMAGE(ANNA, "2026-02-01 10:00:00"), PDF_FILE),
        "consent");
    assert_string_equal(grant(b, "G2", GRANT("S2", BERT)), "accepted");
    assert_string_equal(image(b, "I1", IMAGE(BERT, "2026-02-01 10:00:00")), "accepted");
}

static void it_counts_when_the_event_occurred(void **state)
{
    struct installed_bank *b = bank_of(state);
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    assert_string_equal(image(b, "I1", IMAGE(ANNA, "2026-01-01 08:59:59")), "consent");
    assert_non_null(strstr(b->answer.hint, "尚未生效"));
    assert_string_equal(image(b, "I2", IMAGE(ANNA, "2026-01-01 09:00:00")), "accepted");
    assert_string_equal(image(b, "I3", IMAGE(ANNA, "2026-06-30 23:59:59")), "accepted");
    assert_string_equal(image(b, "I4", IMAGE(ANNA, "2026-07-01 00:00:00")), "consent");
    assert_non_null(strstr(b->answer.hint, "到期"));
}

static void a_withdrawal_is_for_what_comes_after(void **state)
{
    static const char back[] = WITHDRAWAL("S1", "敏感个人信息授权", "2026-03-01 12:00:00") "," ANNA;
    struct installed_bank *b = bank_of(state);
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    assert_string_equal(take(b, "W1", "consent.withdrawal", "L1", back, ""), "accepted");
    assert_string_equal(image(b, "I1", IMAGE(ANNA, "2026-03-01 11:59:59")), "accepted");
    assert_string_equal(image(b, "I2", IMAGE(ANNA, "2026-03-01 12:00:00")), "consent");
    assert_non_null(strstr(b->answer.hint, "撤回"));
    assert_string_equal(take(b, "W1", "consent.withdrawal", "L1", back, ""), "repeated");
    assert_string_equal(take(b, "W2", "consent.withdrawal", "L1", back, ""), "consent_withdrawn");
    /* Another consent makes it possible again. */
    assert_string_equal(grant(b, "G2", GRANT("S2", ANNA)), "accepted");
    assert_string_equal(image(b, "I2", IMAGE(ANNA, "2026-03-01 12:00:00")), "accepted");
}

static void a_withdrawal_must_fit(void **state)
{
    static const struct {
        const char *fields, *code;
    } all[] = {
        {WITHDRAWAL("S9", "敏感个人信息授权", "2026-03-01 12:00:00"), "consent_number"},
        {WITHDRAWAL("S1", "业务授权", "2026-03-01 12:00:00"), "consent_number"},
        {WITHDRAWAL("S1", "敏感个人信息授权", "2026-03-01 12:00:00") "," BERT, "consent_number"},
        {WITHDRAWAL("S1", "敏感个人信息授权", "2025-12-31 12:00:00"), "order"},
    };
    struct installed_bank *b = bank_of(state);
    assert_string_equal(take(b, "W0", "consent.withdrawal", "L1", all[0].fields, ""),
                        "consent_number"); /* the loan is not known either */
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    for (size_t i = 0; i < COUNT_OF(all); i++)
        assert_string_equal(take(b, "W1", "consent.withdrawal", "L1", all[i].fields, ""),
                            all[i].code);
    assert_int_equal(records(b), 1);
}

static void a_grant_must_be_whole(void **state)
{
    static const char      rest[] = "'version':'1','purposes':'身份核验'";
    struct installed_bank *b = bank_of(state);
    char                   fields[1024];
    (void)snprintf(fields, sizeof fields,
                   "'consent_no':'S1','agreement':'业务授权',%s,'subject.name':'张三',"
                   "'occurred_at':'2026-01-01 09:00:00'",
                   rest);
    assert_string_equal(grant(b, "G1", fields), "consent_subject");
    (void)snprintf(fields, sizeof fields,
                   "'consent_no':'S1','agreement':'敏感个人信息授权',%s," ANNA
                   ",'separate_consent':'否','occurred_at':'2026-01-01 09:00:00'",
                   rest);
    assert_string_equal(grant(b, "G1", fields), "separate_consent");
    (void)snprintf(fields, sizeof fields,
                   "'consent_no':'S1','agreement':'业务授权',%s," ANNA
                   ",'valid_until':'2025-12-31','occurred_at':'2026-01-01 09:00:00'",
                   rest);
    assert_string_equal(grant(b, "G1", fields), "order");
    assert_int_equal(records(b), 0);
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    assert_string_equal(grant(b, "G2", GRANT("S1", BERT)), "consent_number");
}

static void an_inquiry_is_for_an_agreed_purpose(void **state)
{
    static const char consent[] =
        "'consent_no':'S1','agreement':'企业征信授权','version':'1','purposes':'授信审批'," FIRM
        ",'occurred_at':'2026-01-01 09:00:00'";
    static const char asks[] =
        "'inquiry_no':'Q1','query_purpose':'授信审批'," FIRM ",'occurred_at':'2026-01-02 09:00:00'";
    static const char other[] =
        "'inquiry_no':'Q1','query_purpose':'贷后管理'," FIRM ",'occurred_at':'2026-01-02 09:00:00'";
    struct installed_bank *b = bank_of(state);
    assert_string_equal(grant(b, "G1", consent), "accepted");
    assert_string_equal(take(b, "Q1", "credit.enterprise_inquiry", "L1", other, ""), "consent");
    assert_non_null(strstr(b->answer.hint, "目的"));
    assert_string_equal(take(b, "Q1", "credit.enterprise_inquiry", "L1", asks, ""), "accepted");
}

/* --- the running contract --------------------------------------------------------------------- */

static void conclude(struct installed_bank *b)
{
    assert_string_equal(
        take(b, "C1", "loan.contract", "L1",
             "'borrower.kind':'企业','borrower.name':'某公司','borrower.id_type':'居民身份证',"
             "'borrower.id_number':'11010519491231002X','borrower.phone':'15400000001',"
             "'amount':'1000.00','rate':'4.35','term.start':'2026-01-01','term.end':'2026-04-30',"
             "'repayment_method':'到期还本','occurred_at':'2026-01-01 09:30:00'",
             PDF_FILE),
        "accepted");
}

static const char *check(struct installed_bank *b, const char *event, const char *fields)
{
    return take(b, event, "identity.check", "L1", fields, "");
}

static void a_running_contract_carries_its_events(void **state)
{
    struct installed_bank *b = bank_of(state);
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    assert_string_equal(take(b, "W1", "consent.withdrawal", "L1",
                             WITHDRAWAL("S1", "敏感个人信息授权", "2026-02-01 12:00:00"), ""),
                        "accepted");
    assert_string_equal(check(b, "K1", CHECK(ANNA, "2026-03-01 10:00:00")), "consent");
    conclude(b);
    assert_string_equal(check(b, "K1", CHECK(ANNA, "2026-03-01 10:00:00")), "accepted");
    /* Before it was signed, and after its term; and an image is carried by no contract. */
    assert_string_equal(check(b, "K2", CHECK(BERT, "2026-01-01 09:00:00")), "consent");
    assert_string_equal(check(b, "K3", CHECK(ANNA, "2026-04-30 23:59:59")), "accepted");
    assert_string_equal(check(b, "K4", CHECK(ANNA, "2026-05-01 00:00:00")), "consent");
    assert_string_equal(image(b, "I1", IMAGE(ANNA, "2026-03-01 10:00:00")), "consent");
}

static void it_runs_while_something_is_owed(void **state)
{
    struct installed_bank *b = bank_of(state);
    conclude(b);
    assert_string_equal(
        take(b, "D1", "loan.drawdown", "L1",
             "'note_no':'N1','amount':'1000.00','payee.account':'6200000000000000001',"
             "'rate':'4.35','term.end':'2026-04-30','occurred_at':'2026-01-02 09:00:00'",
             ""),
        "accepted");
    assert_string_equal(check(b, "K1", CHECK(ANNA, "2026-05-01 00:00:00")), "accepted");
    assert_string_equal(take(b, "R1", "loan.repayment", "L1",
                             "'note_no':'N1','principal':'999.99','interest':'0.00',"
                             "'penalty':'0.00','balance':'0.01',"
                             "'occurred_at':'2026-05-02 09:00:00'",
                             ""),
                        "accepted");
    assert_string_equal(check(b, "K2", CHECK(ANNA, "2026-05-03 00:00:00")), "accepted");
    assert_string_equal(take(b, "R2", "loan.repayment", "L1",
                             "'note_no':'N1','principal':'0.01','interest':'0.00',"
                             "'penalty':'0.00','balance':'0.00',"
                             "'occurred_at':'2026-05-04 09:00:00'",
                             ""),
                        "accepted");
    assert_string_equal(check(b, "K3", CHECK(ANNA, "2026-05-03 12:00:00")), "accepted");
    assert_string_equal(check(b, "K4", CHECK(ANNA, "2026-05-04 09:00:00")), "consent");
}

/* --- what the database holds ------------------------------------------------------------------ */

static void nobody_stands_in_the_database(void **state)
{
    static const char *const secrets[] = {"11010519491231002X", "张三", "S-SECRET-1"};
    static const char *const files[] = {"bank.sqlite", "bank.sqlite-wal", "identity.sqlite",
                                        "identity.sqlite-wal"};
    struct installed_bank   *b = bank_of(state);
    assert_string_equal(grant(b, "G1", GRANT("S-SECRET-1", ANNA)), "accepted");
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        DEFER(buf_fini) struct buf content = {0};
        const enum gz_err          e = file_read(fixture_path(&b->f, files[i]), 16 << 20, &content);
        if (e == GZ_MISSING) continue;
        assert_ok(e);
        for (size_t s = 0; s < COUNT_OF(secrets); s++)
            assert_null(memmem(content.p, content.n, secrets[s], strlen(secrets[s])));
    }
}

/* "1:consent " */
static void note_finding(void *ctx, const struct found_in_store *f)
{
    const size_t n = strlen(ctx);
    (void)snprintf((char *)ctx + n, 256 - n, "%lld:%s ", (long long)f->record_id,
                   store_finding_word(f->what));
}

static void a_lost_or_changed_consent_is_found(void **state)
{
    static const struct {
        const char *sql, *found;
    } all[] = {
        {"SELECT 1", ""},
        {"UPDATE consent SET until_ms = until_ms + 1", "1:consent 2:consent "},
        {"UPDATE consent_withdrawal SET withdrawn_ms = 9e15", "1:consent 2:consent "},
        {"DELETE FROM consent_withdrawal", "2:consent "},
        {"DELETE FROM consent_withdrawal; DELETE FROM consent", "1:consent 2:consent "},
    };
    struct installed_bank *b = bank_of(state);
    assert_string_equal(grant(b, "G1", GRANT("S1", ANNA)), "accepted");
    assert_string_equal(take(b, "W1", "consent.withdrawal", "L1",
                             WITHDRAWAL("S1", "敏感个人信息授权", "2026-02-01 12:00:00"), ""),
                        "accepted");
    log_set_level(LOG_ALARM + 1); /* the damage is on purpose */
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        char                        text[256] = "";
        struct store_check          c = {0};
        const struct store_listener l = {.ctx = text, .found = note_finding};
        assert_int_equal(sqlite3_exec(b->f.db->c, "SAVEPOINT s", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(b->f.db->c, all[i].sql, NULL, NULL, NULL), SQLITE_OK);
        assert_ok(check_store(&b->f.bank, b->f.db, &l, &c));
        assert_string_equal(text, all[i].found);
        assert_int_equal(sqlite3_exec(b->f.db->c, "ROLLBACK TO s; RELEASE s", NULL, NULL, NULL),
                         SQLITE_OK);
    }
    log_set_level(LOG_INFO);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        INSTALLED_TEST(without_a_consent_it_is_refused),
        INSTALLED_TEST(it_is_of_this_subject_and_loan),
        INSTALLED_TEST(it_counts_when_the_event_occurred),
        INSTALLED_TEST(a_withdrawal_is_for_what_comes_after),
        INSTALLED_TEST(a_withdrawal_must_fit),
        INSTALLED_TEST(a_grant_must_be_whole),
        INSTALLED_TEST(an_inquiry_is_for_an_agreed_purpose),
        INSTALLED_TEST(a_running_contract_carries_its_events),
        INSTALLED_TEST(it_runs_while_something_is_owed),
        INSTALLED_TEST(nobody_stands_in_the_database),
        INSTALLED_TEST(a_lost_or_changed_consent_is_found),
    };
    assert(argc == 2);
    (void)snprintf(installed_data, sizeof installed_data, "%s/../../data", argv[1]);
    RUN_TESTS(tests);
}

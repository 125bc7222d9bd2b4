/* The installed kinds as a dictionary: what each field must have, what no kind may hold, and that
 * the demonstration's mappings bring rows of each that a bank accepts. */
#include "app/kind_file.h"
#include "app/record_parts.h"
#include "batch_fixture.h"
#include "compliance/tripwire.h"
#include "installed_fixture.h"

/* The kinds that there are. A kind is taken away by nobody: records of it exist. */
static const char *const kind_names[] = {
    "case.claim",
    "case.complaint",
    "consent.grant",
    "consent.withdrawal",
    "court.decision",
    "court.receipt",
    "credit.enterprise_inquiry",
    "credit.personal_inquiry",
    "evidence.correction",
    "evidence.note",
    "identity.check",
    "image.recognition",
    "loan.contract",
    "loan.drawdown",
    "loan.notice",
    "loan.party",
    "loan.repayment",
    "loan.repayment_plan",
    "policy.version",
    "reconciliation.report",
    "verification.report",
};
/* Not collected (standards: neither needed to file nor to prove), whatever its class. */
static const char *const never[] = {"marital_status", "family",        "income",
                                    "education",      "religion",      "health",
                                    "report_content", "credit_report", "voice_sample"};
static const char *const facts[] = {"source_system", "collected_by", "gen_mechanism",
                                    "collected_at",  "storage",      "notarisation",
                                    "witness",       "corroboration"};

static const struct kind *kind_at(struct installed_bank *b, size_t i)
{
    const struct kind *k = catalog_kind(b->f.catalog, bytes_str(kind_names[i]));
    if (k == NULL) fail_msg("no kind %s", kind_names[i]);
    return k;
}

static bool has_field(const struct kind *k, const char *name)
{
    return kind_find(k, bytes_str(name)) < k->fields_n;
}

/* --- fields ----------------------------------------------------------------------------------- */

/* Types that show who somebody is are masked and lie in the identity vault. */
static void check_field(const struct kind *k, const struct kind_field *f)
{
    const bool is_identity = f->type == FIELD_ID_NUMBER || f->type == FIELD_CREDIT_CODE ||
                             f->type == FIELD_PHONE || f->type == FIELD_ACCOUNT;
    const char *at = (const char *)f->name.p;
    assert_true(f->label.n > 0 && f->name.n > 0);
    if (is_identity &&
        (f->mask == MASK_NONE || f->store != STORE_IDENTITY || f->field_class != CLASS_C2))
        fail_msg("%s: %s is shown or apart", (const char *)k->name.p, at);
    if (f->store == STORE_IDENTITY && f->mask == MASK_NONE)
        fail_msg("%s: %s is of identity and shown", (const char *)k->name.p, at);
    if (f->type == FIELD_MONEY && f->mask != MASK_HIDDEN)
        fail_msg("%s: %s is money and shown", (const char *)k->name.p, at);
    if (f->field_class == CLASS_C1 && f->store == STORE_IDENTITY)
        fail_msg("%s: %s is internal and of identity", (const char *)k->name.p, at);
    assert_int_equal(tripwire_name(f->name), TRIPWIRE_NONE);
    for (size_t i = 0; i < COUNT_OF(never); i++)
        assert_false(bytes_eq(f->name, bytes_str(never[i])));
}

static void each_field_is_protected(void **state)
{
    for (size_t i = 0; i < COUNT_OF(kind_names); i++) {
        const struct kind *k = kind_at(*state, i);
        assert_true(k->label.n > 0 && k->legal_ground.n > 0);
        assert_true(k->late_after_s > 0 && k->retention_days >= 5 * 365);
        assert_true(has_field(k, "occurred_at"));
        for (size_t j = 0; j < k->fields_n; j++) check_field(k, &k->fields[j]);
    }
}

/* Whoever must consent must be named, or the consent could be anybody's. */
static void what_needs_a_consent_names_whose(void **state)
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(kind_names); i++) {
        const struct kind *k = kind_at(*state, i);
        if (k->basis != BASIS_CONSENT) continue;
        const size_t person = kind_find(k, BYTES_LIT("subject.id_number"));
        const size_t entity = kind_find(k, BYTES_LIT("subject.credit_code"));
        assert_true(person < k->fields_n && entity < k->fields_n);
        assert_true(k->fields[person].required || k->fields[entity].required);
        n++;
    }
    assert_int_equal(n, 4);
}

static void kinds_of_a_loan_have_the_six_facts(void **state)
{
    for (size_t i = 0; i < COUNT_OF(kind_names); i++) {
        const struct kind *k = kind_at(*state, i);
        if (k->basis == BASIS_NONE) continue; /* made by the bank's own system, of nobody */
        for (size_t j = 0; j < COUNT_OF(facts); j++) assert_true(has_field(k, facts[j]));
    }
}

static void a_file_with_what_authenticates_is_refused(void **state)
{
    static const char *const names[] = {
        "password",  "login.pwd",     "otp",        "sms_code",   "cvv2", "card_expiry",   "track2",
        "pin_block", "face_template", "face_image", "voiceprint", "iris", "feature_vector"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        DEFER(kind_file_fini) struct kind_file k = {0};
        DEFER(buf_fini) struct buf             text = {0}, why = {0};
        assert_ok(buf_addf(&text,
                           "kind: a.b\nlabel: x\nbasis: none\nlegal_ground: x\nconsent: none\n"
                           "late_after: 60\nretention_days: 60\nfields:\n"
                           "  - {name: %s, label: x, type: text, max: 9, class: C2, mask: hidden, "
                           "required: false}\n",
                           names[i]));
        assert_ok(kind_file_decode(buf_bytes(&text), "a.b.yaml", NULL, &k, &why));
        assert_ok(buf_add_byte(&why, 0));
        if (k.usable) fail_msg("%s is taken", names[i]);
        assert_non_null(strstr((const char *)why.p, "C3"));
    }
}

/* --- the tripwire at every way in ------------------------------------------------------------- */

static void an_item_with_such_a_value_is_refused(void **state)
{
    static const struct {
        const char *note, *codes;
    } all[] = {
        {"客户来电，登录密码：Abc12345", "c3_password:note "},
        {"您的验证码是123456，5分钟内有效", "c3_one_time_code:note "},
        {"CVV2: 123", "c3_card:note "},
        {"客户对利率有异议，已说明", ""},
        {"指纹 3f1c 与系统一致", ""},
    };
    static const char party[] =
        "'role':'保证人','name':'某人','id_type':'居民身份证','id_number':'11010519491231002X',"
        "'occurred_at':'2026-01-01 08:00:00'";
    struct installed_bank *b = *state;
    assert_string_equal(take(b, "E1", "loan.party", "L1", party, ""), "accepted");
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        char fields[512];
        (void)snprintf(fields, sizeof fields,
                       "'about':'E1','reason':'补充说明','note':'%s',"
                       "'occurred_at':'2026-01-01 09:00:00'",
                       all[i].note);
        const char *said = take(b, "N1", "evidence.note", "L1", fields, "");
        assert_string_equal(b->codes, all[i].codes);
        assert_string_equal(said, all[i].codes[0] != 0 ? "defects"
                                  : i == 3             ? "accepted"
                                                       : "conflict");
    }
}

static void so_is_one_with_such_a_name(void **state)
{
    struct installed_bank *b = *state;
    static const char      rest[] = "'about':'E1','reason':'补充说明','note':'x',"
                                    "'occurred_at':'2026-01-01 09:00:00'";
    char                   fields[512];
    (void)snprintf(fields, sizeof fields, "%s,'smsCode':'1'", rest);
    assert_string_equal(take(b, "N1", "evidence.note", "L1", fields, ""), "defects");
    assert_string_equal(b->codes, "unknown_member: c3_one_time_code: ");
    assert_string_equal(take(b, "N1", "evidence.note", "L1", rest,
                             "{'field':'file/1','name':'人脸样本.pdf','media_type':"
                             "'application/pdf','content_base64':'JVBERi0xLjcgYQ=='}"),
                        "defects");
    assert_string_equal(b->codes, "c3_biometric:file/1 ");
    assert_string_equal(take(b, "pwd=Abc12345", "evidence.note", "L1", rest, ""), "defects");
    assert_string_equal(b->codes, "c3_password: ");
    assert_string_equal(take(b, "N1", "evidence.note", "otp=123456", rest, ""), "defects");
    assert_non_null(strstr(b->codes, "c3_one_time_code: "));
}

/* --- what another field's choice asks for -------------------------------------------------------
 */

static void a_choice_asks_for_other_fields(void **state)
{
    struct installed_bank *b = *state;
    static const char      face[] =
        "'subject.name':'张三','subject.id_number':'11010519491231002X','occasion':'支用',"
        "'method':'人脸比对与活体检测','result':'通过','liveness':'通过',"
        "'occurred_at':'2026-01-01 09:00:00'";
    char fields[512];
    assert_string_equal(take(b, "K1", "identity.check", "L1", face, ""), "defects");
    assert_string_equal(b->codes,
                        "required:threshold required:algorithm required:algorithm_version ");
    (void)snprintf(fields, sizeof fields,
                   "%s,'threshold':'0.88','algorithm':'FC','algorithm_version':'5'", face);
    assert_string_equal(take(b, "K1", "identity.check", "L1", fields, ""), "consent");
    static const char party[] = "'role':'保证人','name':'某公司','id_type':'营业执照',"
                                "'occurred_at':'2026-01-01 09:00:00'";
    assert_string_equal(take(b, "P1", "loan.party", "L1", party, ""), "defects");
    assert_string_equal(b->codes, "required:credit_code ");
    (void)snprintf(fields, sizeof fields, "%s,'credit_code':'91350100M000100Y44'", party);
    assert_string_equal(take(b, "P1", "loan.party", "L1", fields, ""), "defects");
    assert_string_equal(b->codes, "check_digit:credit_code ");
}

/* --- rows of the demonstration's mappings ----------------------------------------------------- */

/* A value that is right for the field; of one that says which consent or event, the one that the
 * rows before it have made. */
static void add_value(const struct kind_field *f, size_t choice, struct buf *out)
{
    static const char *const by_type[] = {
        [FIELD_TEXT] = "1",
        [FIELD_MONEY] = "100.00",
        [FIELD_RATE] = "4.35",
        [FIELD_DATE] = "2027-01-01",
        [FIELD_TIME] = "2026-01-05 10:00:00",
        [FIELD_ID_NUMBER] = "11010519491231002X",
        [FIELD_CREDIT_CODE] = "91350100M000100Y43",
        [FIELD_PHONE] = "15400000001",
        [FIELD_ACCOUNT] = "6200000000000000001",
        [FIELD_FILE] = "a.pdf",
    };
    static const char *const by_name[][2] = {
        {"contract_no", "L1"},      {"corrects", "contract-0"},
        {"about", "contract-0"},    {"valid_from", "2026-01-01"},
        {"separate_consent", "是"}, {"purposes", "身份核验、授信审批"},
    };
    for (size_t i = 0; i < COUNT_OF(by_name); i++)
        if (bytes_eq(f->name, bytes_str(by_name[i][0]))) {
            assert_ok(buf_add_str(out, by_name[i][1]));
            return;
        }
    if (bytes_eq(f->name, BYTES_LIT("consent_no"))) assert_ok(buf_addf(out, "S%zu", choice));
    else if (f->type == FIELD_ENUM)
        assert_ok(buf_add(out, f->choices[bytes_eq(f->name, BYTES_LIT("agreement")) ? choice : 0]));
    else assert_ok(buf_add_str(out, by_type[f->type]));
}

/* `rows` rows, each with every column. */
static void write_rows(struct installed_bank *b, const struct mapping *m, size_t rows)
{
    DEFER(buf_fini) struct buf text = {0}, file = {0};
    char                       path[FIXTURE_PATH];
    assert_ok(buf_add(&text, m->event_header));
    for (size_t i = 0; i < m->columns_n; i++)
        assert_ok(buf_addf(&text, "|%s", (const char *)m->columns[i].header.p));
    for (size_t row = 0; row < rows; row++) {
        assert_ok(buf_addf(&text, "\n%s-%zu", (const char *)m->file.p, row));
        for (size_t i = 0; i < m->columns_n; i++) {
            assert_ok(buf_add_byte(&text, '|'));
            add_value(&m->kind->fields[m->columns[i].field], row, &text);
        }
    }
    assert_ok(buf_add_byte(&text, '\n'));
    assert_ok(buf_add_byte(&text, 0));
    if (m->charset == CHARSET_GB18030) add_gb18030((const char *)text.p, &file);
    else assert_ok(buf_add_str(&file, (const char *)text.p));
    (void)snprintf(path, sizeof path, "batch/%s_1.txt", (const char *)m->file.p);
    assert_ok(file_replace(fixture_path(&b->f, path), buf_bytes(&file), 0600));
}

static void take_mapping(struct installed_bank *b, const struct mapping *m, size_t rows)
{
    struct fixture_result r;
    char                  path[FIXTURE_PATH];
    write_rows(b, m, rows);
    (void)snprintf(path, sizeof path, "batch/%s_1.txt", (const char *)m->file.p);
    assert_ok(fixture_submit(&b->f, path, &r));
    if (r.counts.accepted != rows)
        fail_msg("%s: %d of %zu: %s", path, (int)r.counts.accepted, rows, r.codes);
}

static bool is_before(const struct mapping *m)
{
    return bytes_eq(m->kind->name, BYTES_LIT("consent.grant")) ||
           bytes_eq(m->kind->name, BYTES_LIT("loan.contract"));
}

static void each_mapping_brings_accepted_rows(void **state)
{
    struct installed_bank *b = *state;
    size_t                 n = 0;
    fixture_write(&b->f, "batch/files/a.pdf", "%PDF-1.7 a");
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < catalog_count_mappings(b->f.catalog); i++) {
            const struct mapping *m = catalog_mapping_at(b->f.catalog, i);
            if (m->format != ROWS_DELIMITED || is_before(m) != (round == 0)) continue;
            const bool grants = bytes_eq(m->kind->name, BYTES_LIT("consent.grant"));
            take_mapping(b, m, grants ? AGREEMENTS - 1 : 1);
            n++;
        }
    assert_true(n >= 18);
}

/* --- the six facts ---------------------------------------------------------------------------- */

/* "name name …" of a record's disclosures. */
static void names_of(struct installed_bank *b, int64_t id, struct buf *out)
{
    DEFER(record_fini) struct record             r = {0};
    DEFER(record_parts_fini) struct record_parts parts = {0};
    static uint8_t                               memory[1 << 20];
    assert_ok(record_get_id(b->f.db, id, &r));
    assert_ok(record_parts_open(&b->f.bank, b->f.db, &r, &parts));
    for (size_t i = 0; i < SIDES; i++) {
        struct bytes rest = buf_bytes(&parts.plain[i]), line;
        while (bytes_take_line(&rest, &line)) {
            struct arena      arena = {memory, 0, sizeof memory};
            struct disclosure d;
            const char       *why;
            assert_ok(disclosure_decode(line, &arena, &d, &why));
            assert_ok(buf_addf(out, " %.*s=%.*s", (int)d.name.n, (const char *)d.name.p,
                               (int)d.value.n, (const char *)d.value.p));
        }
    }
    assert_ok(buf_add_byte(out, 0));
}

static void a_record_tells_its_facts(void **state)
{
    struct installed_bank     *b = *state;
    DEFER(buf_fini) struct buf names = {0};
    fixture_write(&b->f, "batch/files/a.pdf", "%PDF-1.7 a");
    take_mapping(b, catalog_mapping(b->f.catalog, "contract_1.txt"), 1);
    names_of(b, 1, &names);
    const char *text = (const char *)names.p;
    assert_non_null(strstr(text, " source_system=\"信贷核心系统\""));
    assert_non_null(strstr(text, " gen_mechanism=\"自动\""));
    assert_non_null(strstr(text, " storage=\"原件与字段经 SM4-GCM 加密"));
    assert_non_null(strstr(text, " signature.result=\"未签名\""));
    assert_null(strstr(text, " witness=")); /* this bank knows no consortium */
    assert_null(strstr(text, " notarisation="));
}

/* Whoever sends an item is its source, unless it names another system. */
static void an_item_is_of_the_system_that_sent_it(void **state)
{
    static const char party[] =
        "'role':'保证人','name':'某人','id_type':'居民身份证','id_number':'11010519491231002X',"
        "'occurred_at':'2026-01-01 08:00:00'";
    struct installed_bank     *b = *state;
    DEFER(buf_fini) struct buf first = {0}, second = {0};
    char                       fields[512];
    assert_string_equal(take(b, "E1", "loan.party", "L1", party, ""), "accepted");
    names_of(b, b->answer.record_id, &first);
    assert_non_null(strstr((const char *)first.p, " source_system=\"core\""));
    assert_string_equal(take(b, "E1", "loan.party", "L1", party, ""), "repeated");
    (void)snprintf(fields, sizeof fields, "%s,'source_system':'授信系统'", party);
    assert_string_equal(take(b, "E2", "loan.party", "L1", fields, ""), "accepted");
    names_of(b, b->answer.record_id, &second);
    assert_non_null(strstr((const char *)second.p, " source_system=\"授信系统\""));
    assert_null(strstr((const char *)second.p, "\"core\""));
}

/* The mapping's own words may change: the source has sent the same. */
static void a_changed_constant_makes_no_conflict(void **state)
{
    struct installed_bank *b = *state;
    struct fixture_result  r;
    fixture_write(&b->f, "batch/files/a.pdf", "%PDF-1.7 a");
    const struct mapping *m = catalog_mapping(b->f.catalog, "contract_1.txt");
    take_mapping(b, m, 1);
    struct mapping_constant *c = (struct mapping_constant *)(uintptr_t)&m->constants[0];
    c->text = BYTES_LIT("新核心系统");
    assert_ok(fixture_submit(&b->f, "batch/contract_1.txt", &r));
    assert_true(r.counts.repeated == 1 && r.counts.conflicts == 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        INSTALLED_TEST(each_field_is_protected),
        INSTALLED_TEST(what_needs_a_consent_names_whose),
        INSTALLED_TEST(kinds_of_a_loan_have_the_six_facts),
        cmocka_unit_test(a_file_with_what_authenticates_is_refused),
        INSTALLED_TEST(an_item_with_such_a_value_is_refused),
        INSTALLED_TEST(so_is_one_with_such_a_name),
        INSTALLED_TEST(a_choice_asks_for_other_fields),
        INSTALLED_TEST(each_mapping_brings_accepted_rows),
        INSTALLED_TEST(a_record_tells_its_facts),
        INSTALLED_TEST(an_item_is_of_the_system_that_sent_it),
        INSTALLED_TEST(a_changed_constant_makes_no_conflict),
    };
    assert(argc == 2);
    (void)snprintf(installed_data, sizeof installed_data, "%s/../../data", argv[1]);
    RUN_TESTS(tests);
}

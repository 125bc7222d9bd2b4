/* Kinds and mappings: the installed ones, and each defect of a file named with its line. The first
 * argument is the folder of the vectors, from which the installed files are found. */
#include "app/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/mapping_file.h"
#include "check.h"
#include "host/file.h"

static char data_folder[4096], temporary[] = "/tmp/guzheng-catalog-XXXXXX";

/* --- one file --------------------------------------------------------------------------------- */

static const char kind_text[] = "kind: loan.test\n"                                          /* 1 */
                                "label: 试验\n"                                              /* 2 */
                                "legal_ground: 法\n"                                         /* 3 */
                                "late_after: 60\n"                                           /* 4 */
                                "fields:\n"                                                  /* 5 */
                                "  - {name: no, label: 号, type: text, max: 40, class: C2, " /* 6 */
                                "mask: last6, required: true}\n"
                                "  - {name: a, label: 甲, type: enum, choices: [是, 否], " /* 7 */
                                "class: C1, mask: none, required: false}\n"
                                "  - {name: b, label: 乙, type: money, positive: true, " /* 8 */
                                "class: C2, mask: hidden, required: true}\n"
                                "  - {name: d1, label: 起, type: date, class: C2, " /* 9 */
                                "mask: none, required: false}\n"
                                "  - {name: d2, label: 止, type: date, not_before: d1, " /* 10 */
                                "class: C2, mask: none, required: false}\n"
                                "  - {name: file/1, label: 件, type: file, class: C2, " /* 11 */
                                "mask: hidden, required: false}\n"
                                "basis: contract\n"       /* 12 */
                                "consent: none\n"         /* 13 */
                                "retention_days: 3650\n"; /* 14 */

static const char mapping_text[] = "kind: loan.test\n"    /* 1 */
                                   "file: test\n"         /* 2 */
                                   "source: core\n"       /* 3 */
                                   "charset: gb18030\n"   /* 4 */
                                   "event_number: 编号\n" /* 5 */
                                   "matter: no\n"         /* 6 */
                                   "columns:\n"           /* 7 */
                                   "  号: no\n"           /* 8 */
                                   "  乙: b\n"            /* 9 */
                                   "  件: file/1\n";      /* 10 */

/* One place of a text is written otherwise; what must be told, and nothing else. */
struct change {
    const char *from, *to, *told;
};

static void change_text(const char *text, const struct change *c, struct buf *out)
{
    const char *at = strstr(text, c->from);
    if (at == NULL) fail_msg("no %s", c->from);
    assert_ok(buf_add(out, (struct bytes){(const uint8_t *)text, (size_t)(at - text)}));
    assert_ok(buf_add_str(out, c->to));
    assert_ok(buf_add_str(out, at + strlen(c->from)));
}

static void tells(struct buf *why, const char *told)
{
    assert_ok(buf_add_byte(why, 0));
    if (strcmp((const char *)why->p, told) != 0) fail_msg("%s instead of %s", why->p, told);
}

static void a_kind_that_is_right(void **state)
{
    (void)state;
    DEFER(kind_file_fini) struct kind_file k = {0};
    DEFER(buf_fini) struct buf             why = {0};
    assert_ok(kind_file_decode(bytes_str(kind_text), "x/loan.test.yaml", NULL, &k, &why));
    assert_int_equal(why.n, 0);
    assert_true(k.usable);
    assert_int_equal(k.kind.fields_n, 6);
    assert_int_equal(k.kind.late_after_s, 60);
    const struct kind_field *f = k.kind.fields;
    assert_true(f[0].type == FIELD_TEXT && f[0].max == 40 && f[0].required && !f[0].positive);
    assert_int_equal(f[1].choices_n, 2);
    assert_true(bytes_eq(f[1].choices[1], BYTES_LIT("否")));
    assert_true(f[2].positive && f[2].mask == MASK_HIDDEN);
    assert_int_equal(f[3].not_before, -1);
    assert_int_equal(f[4].not_before, 3);
    assert_int_equal(f[5].type, FIELD_FILE);
    assert_int_equal(kind_find(&k.kind, BYTES_LIT("d2")), 4);
    assert_int_equal(kind_find(&k.kind, BYTES_LIT("d")), 6);
}

static void each_defect_of_a_kind(void **state)
{
    (void)state;
    static const struct change all[] = {
        {"kind: loan.test\n", "\n", "k/loan.test.yaml:2: kind: is required\n"},
        {"loan.test", "loan", "k/loan.test.yaml:1: kind: must be a-z 0-9 _ in two or more parts\n"},
        {"loan.test", "Loan.test",
         "k/loan.test.yaml:1: kind: must be a-z 0-9 _ in two or more parts\n"},
        {"loan.test", "loan.other",
         "k/loan.test.yaml:1: kind: the file must be named <kind>.yaml\n"},
        {"label: 试验", "label: ''",
         "k/loan.test.yaml:2: label: empty, too long, or with control characters\n"},
        {"label: 试验", "label: [试验]", "k/loan.test.yaml:2: label: must be a text\n"},
        {"late_after: 60", "late_after: 0",
         "k/loan.test.yaml:4: late_after: not a whole number from 1 to 2592000\n"},
        {"late_after: 60", "late_after: soon",
         "k/loan.test.yaml:4: late_after: not a whole number from 1 to 2592000\n"},
        {"late_after: 60", "late_after: 60\ncolour: red",
         "k/loan.test.yaml:5: colour: unknown name\n"},
        {"late_after: 60", "late_after: 60\nlabel: x",
         "k/loan.test.yaml:5: label: stands here twice\n"},
        {"name: no,", "name: No,",
         "k/loan.test.yaml:6: name: must be a-z 0-9 _ in parts apart by dots\n"},
        {"name: no,", "name: prev,", "k/loan.test.yaml:6: name: is that of an entry member\n"},
        {"name: no,", "name: a,", "k/loan.test.yaml:7: name: stands here twice\n"},
        {"name: no,", "name: occurred_at,",
         "k/loan.test.yaml:6: name: occurred_at must be of type time\n"},
        {"name: no,", "", "k/loan.test.yaml:6: name: is required\n"},
        {"max: 40,", "", "k/loan.test.yaml:6: max: is required\n"},
        {"max: 40,", "max: 4097,", "k/loan.test.yaml:6: max: not a whole number from 1 to 4096\n"},
        {"type: text", "type: words",
         "k/loan.test.yaml:6: type: none of text enum money rate date time id_number "
         "credit_code phone account file\n"},
        {"type: text, max: 40", "type: phone, max: 40",
         "k/loan.test.yaml:6: max: has no meaning for this type\n"},
        {"name: no,", "name: card_cvv2,",
         "k/loan.test.yaml:6: name: is of what authenticates a person (C3): it may not be "
         "recorded\n"},
        {"mask: last6,", "mask: last6, store: cellar,",
         "k/loan.test.yaml:6: store: none of identity business\n"},
        {"mask: last6,", "mask: last6, derived: true,",
         "k/loan.test.yaml:6: derived: must be neither required nor a file\n"},
        {"retention_days: 3650", "", "k/loan.test.yaml:1: retention_days: is required\n"},
        {"retention_days: 3650", "retention_days: 36501",
         "k/loan.test.yaml:14: retention_days: not a whole number from 1 to 36500\n"},
        {"basis: contract", "", "k/loan.test.yaml:1: basis: is required\n"},
        {"basis: contract", "basis: habit",
         "k/loan.test.yaml:12: basis: none of none consent contract duty\n"},
        {"consent: none", "", "k/loan.test.yaml:1: consent: is required\n"},
        {"consent: none", "consent: all",
         "k/loan.test.yaml:13: consent: none of none business enterprise_credit personal_credit "
         "sensitive_info entity_info\n"},
        {"consent: none", "consent: business",
         "k/loan.test.yaml:1: consent: stands with basis consent, and only there\n"},
        {"basis: contract", "basis: consent",
         "k/loan.test.yaml:1: consent: stands with basis consent, and only there\n"},
        {"consent: none", "consent: none\nconsent_version: '1'",
         "k/loan.test.yaml:14: consent_version: of no consent\n"},
        {"consent: none", "consent: none\ncontract_carries: true",
         "k/loan.test.yaml:14: contract_carries: of no consent\n"},
        {"basis: contract\nconsent: none",
         "basis: consent\nconsent: business\n"
         "consent_version: 1.x",
         "k/loan.test.yaml:14: consent_version: must be numbers apart by points\n"
         "k/loan.test.yaml:13: consent: needs a required field subject.id_number or "
         "subject.credit_code\n"},
        {"mask: none, required: false}", "mask: none, required: false, required_when: a=是}",
         "k/loan.test.yaml:7: required_when: names no choice of another field\n"},
        {"hidden, required: true}", "hidden, required: false, required_when: a=或}",
         "k/loan.test.yaml:8: required_when: names no choice of another field\n"},
        {"hidden, required: true}", "hidden, required: true, required_when: a=是}",
         "k/loan.test.yaml:8: required_when: of a field that is required or derived anyway\n"},
        {"hidden, required: true}", "hidden, required: false, required_when: [a]}",
         "k/loan.test.yaml:8: required_when: must be field=choice\n"},
        {"hidden, required: true}", "hidden, required: false, required_when: a}",
         "k/loan.test.yaml:8: required_when: names no choice of another field\n"},
        {"consent: none", "consent: none\ncommon: true",
         "k/loan.test.yaml:14: common: there is no common.yaml\n"},
        {"class: C2", "class: C3", "k/loan.test.yaml:6: class: none of C1 C2\n"},
        {"mask: last6", "mask: all",
         "k/loan.test.yaml:6: mask: none of none hidden name id phone card last6 address email "
         "ip\n"},
        {"required: true", "required: yes", "k/loan.test.yaml:6: required: none of false true\n"},
        {", required: true", "", "k/loan.test.yaml:6: required: is required\n"},
        {"choices: [是, 否], ", "", "k/loan.test.yaml:7: choices: is required\n"},
        {"[是, 否]", "[]", "k/loan.test.yaml:7: choices: must be 1 to 64\n"},
        {"[是, 否]", "[是, 是]", "k/loan.test.yaml:7: choices: one stands here twice\n"},
        {"[是, 否]", "[是, [否]]", "k/loan.test.yaml:7: choices: must be texts\n"},
        {"[是, 否]", "是", "k/loan.test.yaml:7: choices: must be a list\n"},
        {"positive: true", "positive: 1", "k/loan.test.yaml:8: positive: none of false true\n"},
        {"not_before: d1", "not_before: d2",
         "k/loan.test.yaml:10: not_before: names no other field of type date\n"},
        {"not_before: d1", "not_before: no",
         "k/loan.test.yaml:10: not_before: names no other field of type date\n"},
        {"not_before: d1", "not_before: dx",
         "k/loan.test.yaml:10: not_before: names no other field of type date\n"},
        {"not_before: d1", "not_before: [d1]", "k/loan.test.yaml:10: not_before: no name\n"},
        {"file/1", "file/0", "k/loan.test.yaml:11: name: of a file must be file/1 to file/9999\n"},
        {"file/1", "scan", "k/loan.test.yaml:11: name: of a file must be file/1 to file/9999\n"},
        {"  - {name: no", "  - x\n  - {name: no", "k/loan.test.yaml:6: fields: must be maps\n"},
        {"kind: ", "&a kind: ", "k/loan.test.yaml:1: anchors, aliases and tags are refused\n"},
        {"label: 试验", "label: \xff", "k/loan.test.yaml:1: not UTF-8\n"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(kind_file_fini) struct kind_file k = {0};
        DEFER(buf_fini) struct buf             text = {0}, why = {0};
        change_text(kind_text, &all[i], &text);
        assert_ok(kind_file_decode(buf_bytes(&text), "k/loan.test.yaml", NULL, &k, &why));
        tells(&why, all[i].told);
        assert_false(k.usable);
    }
}

static void what_the_ground_says(void **state)
{
    (void)state;
    static const char to[] = "basis: consent\nconsent: sensitive_info\nconsent_version: '2024.1'\n"
                             "consent_purpose: 身份核验\ncontract_carries: true\n";
    static const char subject[] =
        "fields:\n  - {name: subject.id_number, label: 主, type: id_number, "
        "class: C2, mask: id, required: true}\n";
    static const struct change             c = {"basis: contract\nconsent: none\n", to, ""};
    DEFER(kind_file_fini) struct kind_file k = {0};
    DEFER(buf_fini) struct buf             half = {0}, text = {0}, why = {0};
    change_text(kind_text, &c, &half);
    assert_ok(buf_add_byte(&half, 0));
    change_text((const char *)half.p, &(struct change){"fields:\n", subject, ""}, &text);
    assert_ok(kind_file_decode(buf_bytes(&text), "loan.test.yaml", NULL, &k, &why));
    assert_int_equal(why.n, 0);
    assert_int_equal(k.kind.basis, BASIS_CONSENT);
    assert_int_equal(k.kind.consent.agreement, AGREEMENT_SENSITIVE_INFO);
    assert_true(bytes_eq(k.kind.consent.version, BYTES_LIT("2024.1")));
    assert_true(bytes_eq(k.kind.consent.purpose, BYTES_LIT("身份核验")));
    assert_true(k.kind.consent.contract_carries);
    assert_int_equal(k.kind.retention_days, 3650);
}

static const char common_text[] =
    "fields:\n" /* 1 */
    "  - {name: c1, label: 起, type: date, class: C1, mask: none, required: false}\n"
    "  - {name: c2, label: 止, type: date, not_before: c1, class: C1, mask: none, "
    "store: identity, required: false}\n"
    "  - {name: made, label: 自, type: enum, choices: [有], class: C2, mask: none, "
    "store: business, derived: true, required: false}\n";

static void the_common_part_stands_behind(void **state)
{
    (void)state;
    static const struct change             c = {"consent: none", "consent: none\ncommon: true", ""};
    DEFER(kind_file_fini) struct kind_file common = {0}, k = {0};
    DEFER(buf_fini) struct buf             text = {0}, why = {0};
    assert_ok(kind_common_decode(bytes_str(common_text), "x/common.yaml", &common, &why));
    assert_true(kind_file_is_common("x/common.yaml") && !kind_file_is_common("uncommon.yaml"));
    change_text(kind_text, &c, &text);
    assert_ok(kind_file_decode(buf_bytes(&text), "loan.test.yaml", &common, &k, &why));
    assert_int_equal(why.n, 0);
    assert_true(k.usable);
    assert_int_equal(k.kind.fields_n, 9);
    const struct kind_field *f = k.kind.fields;
    assert_int_equal(f[4].not_before, 3);
    assert_int_equal(f[7].not_before, 6);
    assert_true(f[8].derived && f[8].choices_n == 1 && !f[7].derived);
    assert_true(f[0].store == STORE_IDENTITY && f[1].store == STORE_BUSINESS); /* by class */
    assert_true(f[7].store == STORE_IDENTITY && f[8].store == STORE_BUSINESS); /* as told */
    assert_true(f[0].field_class == CLASS_C2 && f[1].field_class == CLASS_C1);
}

static void a_common_part_that_does_not_fit(void **state)
{
    (void)state;
    static const struct change all[] = {
        {"name: made", "name: no", "loan.test.yaml:14: common: has a field that stands here too\n"},
        {"type: date", "type: dates", NULL}, /* told of its own file alone */
        {"name: c1, label: 起, type: date", "name: file/2, label: 起, type: file", NULL},
        {"fields:", "kind: a.b\nfields:", NULL},
    };
    static const struct change wants = {"consent: none", "consent: none\ncommon: true", ""};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(kind_file_fini) struct kind_file common = {0}, k = {0};
        DEFER(buf_fini) struct buf             text = {0}, its = {0}, why = {0}, none = {0};
        change_text(common_text, &all[i], &text);
        assert_ok(kind_common_decode(buf_bytes(&text), "common.yaml", &common, &none));
        assert_int_equal(common.usable, all[i].told != NULL);
        assert_int_equal(none.n == 0, all[i].told != NULL);
        change_text(kind_text, &wants, &its);
        assert_ok(kind_file_decode(buf_bytes(&its), "loan.test.yaml", &common, &k, &why));
        tells(&why, all[i].told == NULL ? "" : all[i].told);
    }
}

static void files_without_form(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "- a\n", "x", "fields: [1\n",
                                        "kind: [a]\nfields: {}\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        DEFER(kind_file_fini) struct kind_file       k = {0};
        DEFER(mapping_file_fini) struct mapping_file m = {0};
        DEFER(buf_fini) struct buf                   why = {0};
        assert_ok(kind_file_decode(bytes_str(texts[i]), "f.yaml", NULL, &k, &why));
        assert_true(!k.usable && why.n > 0);
        why.n = 0;
        assert_ok(mapping_file_decode(bytes_str(texts[i]), "f.yaml", NULL, 0, &m, &why));
        assert_true(!m.usable && why.n > 0);
    }
}

static void each_defect_of_a_mapping(void **state)
{
    (void)state;
    static const struct change all[] = {
        {"kind: loan.test", "kind: loan.none", "m.yaml:1: kind: unknown\n"},
        {"file: test", "file: a/b", "m.yaml:2: file: must be letters, digits, '.', '-' or '_'\n"},
        {"file: test", "file: ../b", "m.yaml:2: file: must be letters, digits, '.', '-' or '_'\n"},
        {"source: core\n", "\n", "m.yaml:1: source: is required\n"},
        {"source: core", "source: 核心",
         "m.yaml:3: source: must be letters, digits, '.', '-' or '_'\n"},
        {"gb18030", "gbk", "m.yaml:4: charset: none of gb18030 utf-8\n"},
        {"编号", "编|号", "m.yaml:5: event_number: cannot be a header: blanks or the delimiter\n"},
        {"编号", "号",
         "m.yaml:8: 号: is the header of the event number\n"
         "m.yaml:7: no: is required by the kind and has no column\n"},
        {"matter: no", "matter: x", "m.yaml:6: matter: the kind has no such field\n"},
        {"matter: no", "matter: b", "m.yaml:6: matter: must be a required field of type text\n"},
        {"乙: b", "乙: no",
         "m.yaml:9: 乙: the field has a column already\n"
         "m.yaml:7: b: is required by the kind and has no column\n"},
        {"件: file/1", "件: file/2", "m.yaml:10: 件: the kind has no such field\n"},
        {"件: file/1", "号: file/1", "m.yaml:10: 号: stands here twice\n"},
        {"乙: b\n", "乙: b\n  自: made\n",
         "m.yaml:10: 自: is made at intake: no column may bring it\n"},
        {"件: file/1", "件: [a]", "m.yaml:10: 件: must be the name of a field\n"},
        {"乙: b\n", "登录密码: b\n",
         "m.yaml:9: 登录密码: is of what authenticates a person (C3): it may not be taken\n"
         "m.yaml:7: b: is required by the kind and has no column\n"},
        {"件: file/1", "'件|': file/1",
         "m.yaml:10: 件|: cannot be a header: too long, blanks, the delimiter or controls\n"},
        {"  乙: b\n", "", "m.yaml:7: b: is required by the kind and has no column\n"},
        {"kind:", "colour: red\nkind:", "m.yaml:1: colour: unknown name\n"},
    };
    static const struct change             c = {"consent: none", "consent: none\ncommon: true", ""};
    DEFER(kind_file_fini) struct kind_file common = {0}, k = {0};
    DEFER(buf_fini) struct buf             with = {0}, none = {0};
    assert_ok(kind_common_decode(bytes_str(common_text), "common.yaml", &common, &none));
    change_text(kind_text, &c, &with);
    assert_ok(kind_file_decode(buf_bytes(&with), "loan.test.yaml", &common, &k, &none));
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(mapping_file_fini) struct mapping_file m = {0};
        DEFER(buf_fini) struct buf                   text = {0}, why = {0};
        change_text(mapping_text, &all[i], &text);
        assert_ok(mapping_file_decode(buf_bytes(&text), "m.yaml", &k, 1, &m, &why));
        tells(&why, all[i].told);
        assert_false(m.usable);
    }
}

/* What a mapping states itself: only of fields that may be stated so. */
static void each_defect_of_a_constant(void **state)
{
    (void)state;
    static const struct change all[] = {
        {"", "constants: [a]\n", "m.yaml:1: constants: must be a map\n"},
        {"", "constants:\n  x: y\n", "m.yaml:2: x: the kind has no such field\n"},
        {"", "constants:\n  no: L1\n",
         "m.yaml:2: no: is told by each row: it must have a column\n"},
        {"", "constants:\n  a: 也许\n", "m.yaml:2: a: is none of its choices\n"},
        {"", "constants:\n  a: [是]\n", "m.yaml:2: a: must be a text\n"},
        {"", "constants:\n  a: 是\n  a: 否\n", "m.yaml:3: a: stands here twice\n"},
        {"", "constants:\n  made: 有\n",
         "m.yaml:2: made: is made at intake: no constant may bring it\n"},
        {"", "constants:\n  d1: '2026-01-01'\n",
         "m.yaml:2: d1: only a text or an enum can be constant\n"},
    };
    static const struct change             c = {"consent: none", "consent: none\ncommon: true", ""};
    DEFER(kind_file_fini) struct kind_file common = {0}, k = {0};
    DEFER(buf_fini) struct buf             with = {0}, none = {0};
    assert_ok(kind_common_decode(bytes_str(common_text), "common.yaml", &common, &none));
    change_text(kind_text, &c, &with);
    assert_ok(kind_file_decode(buf_bytes(&with), "loan.test.yaml", &common, &k, &none));
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(mapping_file_fini) struct mapping_file m = {0};
        DEFER(buf_fini) struct buf                   text = {0}, why = {0};
        assert_ok(buf_add_str(&text, all[i].to));
        assert_ok(buf_add_str(&text, mapping_text));
        assert_ok(mapping_file_decode(buf_bytes(&text), "m.yaml", &k, 1, &m, &why));
        tells(&why, all[i].told);
        assert_false(m.usable);
    }
}

static void a_constant_stands_for_a_column(void **state)
{
    (void)state;
    static const struct change             required = {"class: C1, mask: none, required: false",
                                                       "class: C1, mask: none, required: true", ""};
    DEFER(kind_file_fini) struct kind_file k = {0};
    DEFER(mapping_file_fini) struct mapping_file m = {0};
    DEFER(buf_fini) struct buf                   kind = {0}, text = {0}, why = {0};
    change_text(kind_text, &required, &kind);
    assert_ok(kind_file_decode(buf_bytes(&kind), "loan.test.yaml", NULL, &k, &why));
    assert_ok(buf_add_str(&text, "constants:\n  a: 是\n"));
    assert_ok(buf_add_str(&text, mapping_text));
    assert_ok(mapping_file_decode(buf_bytes(&text), "m.yaml", &k, 1, &m, &why));
    assert_int_equal(why.n, 0);
    assert_int_equal(m.mapping.constants_n, 1);
    assert_int_equal(m.mapping.constants[0].field, 1);
    assert_true(bytes_eq(m.mapping.constants[0].text, BYTES_LIT("是")));
}

static void all_defects_are_told_at_once(void **state)
{
    (void)state;
    DEFER(kind_file_fini) struct kind_file k = {0};
    DEFER(buf_fini) struct buf             why = {0};
    assert_ok(kind_file_decode(BYTES_LIT("kind: x\nlate_after: -1\nhue: 1\nfields:\n"
                                         "  - {name: A, type: text, class: C9}\n"),
                               "f.yaml", NULL, &k, &why));
    tells(&why, "f.yaml:3: hue: unknown name\n"
                "f.yaml:1: label: is required\n"
                "f.yaml:1: legal_ground: is required\n"
                "f.yaml:1: basis: is required\n"
                "f.yaml:1: consent: is required\n"
                "f.yaml:2: late_after: not a whole number from 1 to 2592000\n"
                "f.yaml:1: retention_days: is required\n"
                "f.yaml:5: label: is required\n"
                "f.yaml:5: class: none of C1 C2\n"
                "f.yaml:5: mask: is required\n"
                "f.yaml:5: max: is required\n"
                "f.yaml:5: required: is required\n"
                "f.yaml:5: name: must be a-z 0-9 _ in parts apart by dots\n"
                "f.yaml:1: kind: must be a-z 0-9 _ in two or more parts\n");
}

/* --- folders ---------------------------------------------------------------------------------- */

static void path_of(const char *part, char out[4096])
{
    assert_ok(path_join(temporary, part, out, 4096));
}

static void put(const char *part, const char *text)
{
    char path[4096];
    path_of(part, path);
    assert_ok(file_replace(path, bytes_str(text), 0600));
}

static enum gz_err open_temporary(struct catalog **c, struct buf *why)
{
    char kinds[4096], mappings[4096];
    path_of("kinds", kinds);
    path_of("mappings", mappings);
    const enum gz_err e = catalog_open(kinds, mappings, c, why);
    assert_ok(buf_add_byte(why, 0));
    return e;
}

static int make_folders(void **state)
{
    char path[4096];
    (void)state;
    if (mkdtemp(temporary) == NULL) return 1;
    path_of("kinds", path);
    if (folder_make(path, 0700) != GZ_OK) return 1;
    path_of("mappings", path);
    if (folder_make(path, 0700) != GZ_OK) return 1;
    put("kinds/loan.test.yaml", kind_text);
    put("mappings/a.yaml", mapping_text);
    return 0;
}

static int remove_folders(void **state)
{
    static const char *const parts[] = {
        "kinds/loan.test.yaml", "mappings/a.yaml", "mappings/b.yaml", "kinds/x.yaml",
        "kinds/.hidden.yaml",   "kinds",           "mappings",        ""};
    char path[4096];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        path_of(parts[i], path);
        (void)remove(path);
    }
    memcpy(temporary + strlen(temporary) - 6, "XXXXXX", 6);
    return 0;
}

static void the_installed_files_are_right(void **state)
{
    (void)state;
    DEFER(catalog_close) struct catalog *c = NULL;
    DEFER(buf_fini) struct buf           why = {0};
    char                                 kinds[4096], mappings[4096];
    assert_ok(path_join(data_folder, "kinds", kinds, sizeof kinds));
    assert_ok(path_join(data_folder, "mappings", mappings, sizeof mappings));
    assert_ok(catalog_open(kinds, mappings, &c, &why));
    assert_int_equal(why.n, 0);
    assert_null(catalog_kind(c, BYTES_LIT("loan.none")));
    const struct kind *contract = catalog_kind(c, BYTES_LIT("loan.contract"));
    assert_non_null(contract);
    static const char *const names[] = {"contract_20261125_1.txt", "loan.contract_x"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct mapping *m = catalog_mapping(c, names[i]);
        assert_non_null(m);
        assert_ptr_equal(m->kind, contract);
        assert_true(bytes_eq(m->event_header, BYTES_LIT("事件编号")));
        assert_int_equal(m->columns_n, 20);
    }
    static const char *const others[] = {"",  "contract",     "contract.txt",     "contracts_1.txt",
                                         "_", "x_contract_1", "loan.contractx_1", "/contract_1"};
    for (size_t i = 0; i < COUNT_OF(others); i++) assert_null(catalog_mapping(c, others[i]));
}

static void two_mappings_may_not_take_one_file(void **state)
{
    (void)state;
    struct catalog            *c = NULL;
    DEFER(buf_fini) struct buf why = {0}, text = {0};
    put("mappings/b.yaml", mapping_text);
    assert_err(open_temporary(&c, &why), GZ_MALFORMED);
    assert_non_null(strstr((const char *)why.p, "b.yaml:1: file: another mapping takes files"));
    why.n = 0;
    change_text(mapping_text, &(struct change){"file: test", "file: loan.test", ""}, &text);
    assert_ok(buf_add_byte(&text, 0));
    put("mappings/b.yaml", (const char *)text.p);
    assert_err(open_temporary(&c, &why), GZ_MALFORMED);
    assert_null(c);
}

/* Two sources of one kind: each has its own beginning, the kind's name is neither's. */
static void two_mappings_of_one_kind(void **state)
{
    (void)state;
    DEFER(catalog_close) struct catalog *c = NULL;
    DEFER(buf_fini) struct buf           why = {0}, text = {0};
    change_text(mapping_text, &(struct change){"file: test", "file: test_b", ""}, &text);
    assert_ok(buf_add_byte(&text, 0));
    put("mappings/b.yaml", (const char *)text.p);
    assert_ok(open_temporary(&c, &why));
    const struct mapping *a = catalog_mapping(c, "test_1.txt");
    const struct mapping *b = catalog_mapping(c, "test_b_1.txt");
    assert_true(a != NULL && b != NULL && a != b);
    assert_true(bytes_eq(b->file, BYTES_LIT("test_b")));
    assert_null(catalog_mapping(c, "loan.test_1.txt"));
}

static void defects_of_all_files_are_told(void **state)
{
    (void)state;
    struct catalog            *c = NULL;
    DEFER(buf_fini) struct buf why = {0};
    put("kinds/loan.test.yaml", "kind: loan.test\n");
    put("kinds/x.yaml", "- 1\n");
    put("kinds/.hidden.yaml", "- 1\n");
    put("mappings/b.yaml", "kind: loan.none\n");
    assert_err(open_temporary(&c, &why), GZ_MALFORMED);
    assert_null(c);
    const char *text = (const char *)why.p;
    assert_non_null(strstr(text, "/kinds/loan.test.yaml:1: label: is required\n"));
    assert_non_null(strstr(text, "/kinds/x.yaml:1: file: must be a map\n"));
    assert_non_null(strstr(text, "/mappings/b.yaml:1: kind: unknown\n"));
    assert_null(strstr(text, "hidden"));
    /* The mapping is right; that its kind is not, its kind's file says. */
    assert_null(strstr(text, "a.yaml"));
}

static void folders_that_are_missing_or_empty(void **state)
{
    (void)state;
    struct catalog            *c = NULL;
    DEFER(buf_fini) struct buf why = {0};
    char                       path[4096], none[4096];
    path_of("kinds", path);
    path_of("none", none);
    assert_err(catalog_open(none, path, &c, &why), GZ_MISSING);
    assert_true(why.n > 0);
    why.n = 0;
    assert_err(catalog_open(path, none, &c, &why), GZ_MISSING);
    assert_true(why.n > 0);
    why.n = 0;
    path_of("mappings/a.yaml", none);
    assert_int_equal(unlink(none), 0);
    assert_err(open_temporary(&c, &why), GZ_MALFORMED);
    assert_non_null(strstr((const char *)why.p, "holds no file *.yaml"));
    assert_null(c);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_that_is_right),
        cmocka_unit_test(each_defect_of_a_kind),
        cmocka_unit_test(what_the_ground_says),
        cmocka_unit_test(the_common_part_stands_behind),
        cmocka_unit_test(a_common_part_that_does_not_fit),
        cmocka_unit_test(files_without_form),
        cmocka_unit_test(each_defect_of_a_mapping),
        cmocka_unit_test(each_defect_of_a_constant),
        cmocka_unit_test(a_constant_stands_for_a_column),
        cmocka_unit_test(all_defects_are_told_at_once),
        cmocka_unit_test(the_installed_files_are_right),
        cmocka_unit_test_setup_teardown(two_mappings_may_not_take_one_file, make_folders,
                                        remove_folders),
        cmocka_unit_test_setup_teardown(two_mappings_of_one_kind, make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(defects_of_all_files_are_told, make_folders,
                                        remove_folders),
        cmocka_unit_test_setup_teardown(folders_that_are_missing_or_empty, make_folders,
                                        remove_folders),
    };
    assert(argc == 2);
    (void)snprintf(data_folder, sizeof data_folder, "%s/../../data", argv[1]);
    RUN_TESTS(tests);
}

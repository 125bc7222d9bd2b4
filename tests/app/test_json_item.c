/* JSON items: what is taken, and all that is refused at once, each with its JSON pointer. */
#include "app/json_item.h"

#include <string.h>

#include "catalog_fixture.h"

static const struct time        batch_now = {1795594800, 0}; /* 2026-11-25 16:20 +08:00 */
static struct catalog          *catalog;
static struct json_item_reader *reader;

#define HEAD "\"event_number\":\"E1\",\"source\":\"core\",\"kind\":\"test.kind\",\"matter\":\"L1\""
#define FIELDS                                                                                     \
    "\"contract_no\":\"L1\",\"note_no\":\"N1\",\"amount\":\"5000.00\",\"occurred_at\":\""          \
    "2026-03-05T09:30:00+08:00\",\"payee.account\":\"6217000010000000001\",\"rate\":\"4.35\","     \
    "\"term.end\":\"2027-03-05\""
static const char kind[] =
    "kind: test.kind\nlabel: 放款\nlegal_ground: 合同\nlate_after: 3600\n"
    "basis: contract\nconsent: none\nretention_days: 3650\nfields:\n"
    "  - {name: contract_no, label: 一, type: text, max: 40, class: C2, mask: last6, "
    "required: true}\n"
    "  - {name: note_no, label: 二, type: text, max: 40, class: C2, mask: last6, required: true}\n"
    "  - {name: amount, label: 三, type: money, positive: true, class: C2, mask: hidden, "
    "required: true}\n"
    "  - {name: occurred_at, label: 四, type: time, class: C2, mask: none, required: true}\n"
    "  - {name: payee.account, label: 五, type: account, class: C2, mask: card, required: true}\n"
    "  - {name: rate, label: 六, type: rate, class: C2, mask: none, required: true}\n"
    "  - {name: term.end, label: 七, type: date, class: C2, mask: none, required: true}\n"
    "  - {name: file/1, label: 八, type: file, class: C2, mask: hidden, required: false}\n"
    "  - {name: file/2, label: 九, type: file, class: C2, mask: hidden, required: false}\n";
static const char mapping[] =
    "kind: test.kind\nfile: m\nsource: test\ncharset: utf-8\nevent_number: e\n"
    "matter: contract_no\ncolumns:\n  a: contract_no\n  b: note_no\n  c: amount\n"
    "  d: occurred_at\n  e1: payee.account\n  f: rate\n  g: term.end\n";

static bool part(void *ctx, struct bytes name, struct bytes *content)
{
    (void)ctx;
    if (!bytes_eq(name, BYTES_LIT("p1"))) return false;
    *content = BYTES_LIT("%PDF-1.4 of a part");
    return true;
}
static const struct json_item_parts parts = {NULL, part};

static struct intake_item read_item(const char *text)
{
    struct intake_item item;
    assert_ok(json_item_read(reader, bytes_str(text), 7, batch_now, &parts, &item));
    assert_int_equal(item.line, 7);
    return item;
}

/* "code:column " of each. */
static void expect(const char *text, const char *want)
{
    DEFER(buf_fini) struct buf got = {0};
    const struct intake_item   item = read_item(text);
    for (size_t i = 0; i < item.defects_n; i++) {
        const struct intake_defect *d = &item.defects[i];
        assert_int_equal(d->line, 7);
        assert_true(strlen(d->hint) > 0);
        assert_ok(buf_addf(&got, "%s:%.*s ", d->code, (int)d->column.n, (const char *)d->column.p));
    }
    assert_ok(buf_add_byte(&got, 0));
    if (strcmp((const char *)got.p, want) != 0)
        fail_msg("%s\n%s\ninstead of\n%s", text, got.p, want);
}

static void an_item_has_the_values_of_a_row(void **state)
{
    (void)state;
    const struct intake_item item = read_item("{" HEAD ",\"fields\":{" FIELDS "}}");
    assert_int_equal(item.defects_n, 0);
    assert_true(bytes_eq(item.event_number, BYTES_LIT("E1")));
    assert_true(bytes_eq(item.source, BYTES_LIT("core")));
    assert_true(bytes_eq(item.matter, BYTES_LIT("L1")));
    assert_ptr_equal(item.kind, catalog_kind(catalog, BYTES_LIT("test.kind")));
    assert_int_equal(item.values_n, 7);
    for (size_t i = 0; i < item.values_n; i++)
        assert_ptr_equal(item.values[i].field, &item.kind->fields[i]);
    assert_true(bytes_eq(item.values[2].json, BYTES_LIT("\"5000.00\"")));
    assert_true(bytes_eq(item.values[3].json, BYTES_LIT("\"2026-03-05T09:30:00+08:00\"")));
}

static void every_defect_of_the_frame(void **state)
{
    (void)state;
    expect("", "json: ");
    expect("{\"a\":1", "json: ");
    expect("[]", "type: ");
    expect("{}", "required:/event_number required:/source required:/matter required:/kind ");
    expect("{\"event_number\":1,\"source\":\"\",\"kind\":[],\"matter\":null,\"x~/y\":1,\"kind\":2}",
           "unknown_member:/x~0~1y duplicate_member:/kind type:/event_number required:/source "
           "type:/matter type:/kind ");
    expect("{\"event_number\":\"a b\\u0001\",\"source\":\"a b\",\"kind\":\"no.kind\",\"matter\":\" "
           "L\"}",
           "event_number:/event_number source:/source blanks:/matter kind:/kind ");
    /* A name that could deceive is not repeated. */
    expect("{" HEAD ",\"fields\":{" FIELDS "},\"\\u202e\":1}", "unknown_member: ");
}

static const char correction_kind[] =
    "kind: test.correction\nlabel: 更正\nlegal_ground: 法\nlate_after: 3600\n"
    "basis: duty\nconsent: none\nretention_days: 3650\nfields:\n"
    "  - {name: corrects, label: 一, type: text, max: 64, class: C1, mask: none, required: true}\n"
    "  - {name: reason, label: 二, type: text, max: 40, class: C2, mask: none, required: true}\n";
#define CORRECTION(members)                                                                        \
    "{\"event_number\":\"E2\",\"source\":\"core\",\"kind\":\"test.correction\",\"matter\":"        \
    "\"L1\"" members ",\"fields\":{\"corrects\":\"E1\",\"reason\":\"r\"}}"

static const char correction_mapping[] =
    "kind: test.correction\nfile: m\nsource: test\ncharset: utf-8\nevent_number: e\n"
    "matter: reason\ncorrects: corrects\ncolumns:\n  a: corrects\n  b: reason\n";

static void a_correction_says_what_it_corrects(void **state)
{
    DEFER(buf_fini) struct buf why = {0};
    struct json_item_reader   *before = reader;
    struct catalog            *corrections;
    (void)state;
    expect("{" HEAD ",\"corrects\":\"E0\",\"fields\":{" FIELDS "}}", "corrects:/corrects ");
    expect("{" HEAD ",\"corrects\":\"\",\"fields\":{" FIELDS "}}", "");
    assert_ok(
        catalog_of("test.correction", correction_kind, correction_mapping, &corrections, &why));
    assert_ok(json_item_open(corrections, &reader));
    const struct intake_item item = read_item(CORRECTION(",\"corrects\":\"E1\""));
    assert_int_equal(item.defects_n, 0);
    assert_true(bytes_eq(item.corrects, BYTES_LIT("E1")));
    expect(CORRECTION(""), "required:/corrects ");
    expect(CORRECTION(",\"corrects\":\"E9\""), "corrects:/corrects ");
    expect(CORRECTION(",\"corrects\":1"), "type:/corrects ");
    expect(CORRECTION(",\"corrects\":\" E1\""), "event_number:/corrects ");
    json_item_close(&reader);
    catalog_close(&corrections);
    reader = before;
}

static void every_defect_of_the_fields(void **state)
{
    (void)state;
    expect("{" HEAD "}", "required:/fields ");
    expect("{" HEAD ",\"fields\":[]}", "type:/fields ");
    expect("{" HEAD ",\"fields\":{\"contract_no\":\"L1\",\"contract_no\":\"L2\",\"note_no\":\"\","
           "\"amount\":5000,\"rate\":\"4,35\",\"nothing\":\"x\",\"term.end\":null}}",
           "duplicate_member:/fields/contract_no required:/fields/note_no type:/fields/amount "
           "rate:/fields/rate unknown_member:/fields/nothing type:/fields/term.end "
           "required:/fields/occurred_at required:/fields/payee.account ");
    expect("{" HEAD ",\"fields\":{" FIELDS "},\"files\":{}}", "type:/files ");
    expect("{" HEAD ",\"fields\":{" FIELDS "},\"files\":[1,{\"field\":\"rate\",\"x\":1}]}",
           "type:/files/0 unknown_member:/files/1/x file_field:/files/1/field "
           "required:/files/1/name ");
}

#define WITH_FILE(text) "{" HEAD ",\"fields\":{" FIELDS "},\"files\":[" text "]}"
#define NAMED           "{\"field\":\"file/1\",\"name\":\"a.pdf\","
#define PDF             "\"content_base64\":\"JVBERi0xLjQ=\""

static void originals(void **state)
{
    (void)state;
    const struct intake_item item = read_item(
        WITH_FILE("{\"field\":\"file/2\",\"name\":\"b.pdf\",\"part\":\"p1\"}," NAMED PDF "}"));
    assert_int_equal(item.defects_n, 0);
    assert_int_equal(item.values_n, 9);
    assert_true(bytes_eq(item.values[7].original, BYTES_LIT("%PDF-1.4")));
    assert_true(bytes_eq(item.values[7].file_name, BYTES_LIT("a.pdf")));
    assert_string_equal(item.values[7].media_type, "application/pdf");
    assert_true(bytes_eq(item.values[8].original, BYTES_LIT("%PDF-1.4 of a part")));
    expect(WITH_FILE(NAMED "\"media_type\":\"application/pdf\"," PDF "}"), "");
}

static void originals_that_are_none(void **state)
{
    (void)state;
    expect(WITH_FILE(NAMED "\"media_type\":\"image/png\"," PDF "}"), "media_type:/files/0 ");
    expect(WITH_FILE(NAMED "\"part\":\"p2\"}"), "file_part:/files/0 ");
    expect(WITH_FILE(NAMED "\"part\":7}"), "type:/files/0 ");
    expect(WITH_FILE(NAMED "\"part\":\"p1\"," PDF "}"), "file_content:/files/0 ");
    expect(WITH_FILE("{\"field\":\"file/1\",\"name\":\"a.pdf\"}"), "file_content:/files/0 ");
    expect(WITH_FILE(NAMED "\"content_base64\":\"JVBERi0xLjQ\"}"), "base64:/files/0 ");
    expect(WITH_FILE(NAMED "\"content_base64\":\"\"}"), "file_empty:/files/0 ");
    expect(WITH_FILE("{\"field\":\"file/1\",\"name\":\"a.png\"," PDF "}"), "media_type:/files/0 ");
    expect(WITH_FILE("{\"field\":\"file/1\",\"name\":\"../a.pdf\"," PDF "}"),
           "file_name:/files/0 ");
    expect(WITH_FILE("{\"field\":\"file/1\"," PDF "}"), "required:/files/0/name ");
    expect(WITH_FILE(NAMED PDF "}," NAMED PDF "}"), "file_field:/files/1/field ");
    expect("{" HEAD ",\"fields\":{" FIELDS ",\"file/1\":\"a.pdf\"}}",
           "file_field:/fields/file~11 ");
}

/* Whatever is cut off or flipped: no crash, a defect or a whole item. */
static void damaged_items(void **state)
{
    (void)state;
    static const char whole[] = WITH_FILE(NAMED PDF "}");
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        struct intake_item item;
        char               text[sizeof whole];
        const struct bytes cut = {(const uint8_t *)whole, n};
        assert_ok(json_item_read(reader, cut, 7, batch_now, NULL, &item));
        assert_true(item.defects_n > 0);
        memcpy(text, whole, sizeof whole);
        text[n] ^= 1;
        assert_ok(json_item_read(reader, bytes_str(text), 7, batch_now, NULL, &item));
        assert_true(item.defects_n > 0 || item.values_n == 8);
    }
}

static int set_up(void **state)
{
    DEFER(buf_fini) struct buf why = {0};
    (void)state;
    assert_ok(catalog_of("test.kind", kind, mapping, &catalog, &why));
    return json_item_open(catalog, &reader) != GZ_OK;
}

static int tear_down(void **state)
{
    (void)state;
    json_item_close(&reader);
    catalog_close(&catalog);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_has_the_values_of_a_row),
        cmocka_unit_test(every_defect_of_the_frame),
        cmocka_unit_test(a_correction_says_what_it_corrects),
        cmocka_unit_test(every_defect_of_the_fields),
        cmocka_unit_test(originals),
        cmocka_unit_test(originals_that_are_none),
        cmocka_unit_test(damaged_items),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}

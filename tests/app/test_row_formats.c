/* The formats of batch files: the same rows give the same values whatever the format, and each
 * format's own defects. */
#include "batch_fixture.h"
#include "catalog_fixture.h"

static const char kind[] =
    "kind: loan.test\nlabel: 试验\nlegal_ground: 法\nlate_after: 60\nbasis: contract\n"
    "consent: none\nretention_days: 3650\nfields:\n"
    "  - {name: no, label: 号, type: text, max: 40, class: C2, mask: last6, required: true}\n"
    "  - {name: who.name, label: 名, type: text, max: 40, class: C2, mask: name, required: true}\n"
    "  - {name: who.kind, label: 类, type: enum, choices: [企业, 个人], class: C1, mask: none, "
    "required: false}\n"
    "  - {name: amount, label: 额, type: money, class: C2, mask: hidden, required: true}\n"
    "  - {name: day, label: 日, type: date, class: C2, mask: none, required: false}\n"
    "  - {name: unit, label: 币, type: text, max: 8, class: C1, mask: none, required: true}\n";

#define HEAD "kind: loan.test\nfile: test\nsource: core\nmatter: no\n"
#define PLAIN                                                                                      \
    "event_number: 编号\ncolumns:\n  号: no\n  名: who.name\n  类: who.kind\n  额: amount\n" \
    "  日: day\nconstants:\n  unit: 人民币\n"
#define CONVERTED                                                                                  \
    "event_number: 编号\ncolumns:\n  号: {field: no, trim: true}\n  名: who.name\n"            \
    "  类: {field: who.kind, codes: {'01': 企业, '02': 个人}}\n"                              \
    "  额: {field: amount, fen: true, thousands: true, half_width: true}\n"                       \
    "  日: {field: day, date: YYYYMMDD}\nconstants:\n  unit: 人民币\n"
#define IN_JSON                                                                                    \
    "event_number: id\ncolumns:\n  no: no\n  who/name: who.name\n  who/kind: who.kind\n"           \
    "  amount: amount\n  day: day\nconstants:\n  unit: 人民币\n"
#define IN_XML                                                                                     \
    "row: /batch/rows/row\nevent_number: '@id'\ncolumns:\n  no: no\n  who/name: who.name\n"        \
    "  who/@kind: who.kind\n  amount: amount\n  day: day\nconstants:\n  unit: 人民币\n"

static struct catalog *catalog_with(const char *mapping)
{
    DEFER(buf_fini) struct buf why = {0};
    struct catalog            *c = NULL;
    if (catalog_of("loan.test", kind, mapping, &c, &why) != GZ_OK)
        fail_msg("%.*s", (int)why.n, (const char *)why.p);
    return c;
}

/* name=value of each value of each row. */
static void add_values(const struct intake_item *r, struct buf *out)
{
    assert_ok(buf_add(out, r->event_number));
    assert_ok(buf_addf(out, " %.*s", (int)r->matter.n, (const char *)r->matter.p));
    for (size_t i = 0; i < r->values_n; i++) {
        const struct intake_value *v = &r->values[i];
        assert_ok(buf_addf(out, " %.*s=%.*s", (int)v->field->name.n, (const char *)v->field->name.p,
                           (int)v->json.n, (const char *)v->json.p));
    }
    for (size_t i = 0; i < r->defects_n; i++)
        assert_ok(buf_addf(out, " %s:%.*s", r->defects[i].code, (int)r->defects[i].column.n,
                           (const char *)r->defects[i].column.p));
    assert_ok(buf_add_byte(out, '\n'));
}

static void read_values(const char *mapping, struct bytes content, struct buf *out)
{
    DEFER(catalog_close) struct catalog       *c = catalog_with(mapping);
    DEFER(batch_file_close) struct batch_file *f = NULL;
    struct intake_defect                       d = {0};
    struct intake_item                         r;
    enum gz_err                                e;
    const struct mapping                      *m = catalog_mapping(c, "test_1.txt");
    const enum gz_err opened = batch_file_open(m, content, "/nonexistent", batch_now, &f, &d);
    if (opened != GZ_OK) {
        assert_ok(buf_addf(out, "%u %s %s:%.*s\n", d.line, err_name(opened), d.code,
                           (int)d.column.n, (const char *)d.column.p));
        return;
    }
    while ((e = batch_file_next(f, &r)) == GZ_OK) {
        assert_ok(buf_addf(out, "%u ", r.line));
        add_values(&r, out);
    }
    assert_err(e, GZ_MISSING);
}

static void expect(const char *mapping, struct bytes content, const char *want)
{
    DEFER(buf_fini) struct buf out = {0};
    read_values(mapping, content, &out);
    assert_ok(buf_add_byte(&out, 0));
    if (strcmp((const char *)out.p, want) != 0) fail_msg("%s\ninstead of\n%s", out.p, want);
}
#define EXPECT(mapping, text, want) expect(mapping, BYTES_LIT(text), want)

#define VALUES(no, name, kind, amount, day)                                                        \
    " no=\"" no "\" who.name=\"" name "\" who.kind=\"" kind "\" amount=\"" amount "\" day=\"" day  \
    "\" unit=\"人民币\"\n"

/* --- the same rows ---------------------------------------------------------------------------- */

enum { ROWS = 1000 };
struct source_row {
    unsigned    n;
    const char *name;
    bool        firm;
};

static struct source_row source_row(unsigned i)
{
    static const char *const names[] = {"甲\"乙\"", "永𠮷䶮", "a,b|c", "古丽·买买提", "<x> & y"};
    return (struct source_row){i, names[i % COUNT_OF(names)], i % 3 == 0};
}

static void add_escaped(const char *name, bool xml, struct buf *out)
{
    for (const char *p = name; *p != 0; p++) {
        if (!xml && *p == '"') assert_ok(buf_add_str(out, "\\\""));
        else if (xml && *p == '<') assert_ok(buf_add_str(out, "&lt;"));
        else if (xml && *p == '&') assert_ok(buf_add_str(out, "&amp;"));
        else assert_ok(buf_add_byte(out, (uint8_t)*p));
    }
}

static void add_csv(const struct source_row *r, struct buf *out)
{
    assert_ok(buf_addf(out, "E%u,L%u,\"", r->n, r->n));
    for (const char *p = r->name; *p != 0; p++) {
        if (*p == '"') assert_ok(buf_add_byte(out, '"'));
        assert_ok(buf_add_byte(out, (uint8_t)*p));
    }
    assert_ok(buf_addf(out, "\",%s,\"%u.05\",2026-11-25\r\n", r->firm ? "企业" : "个人", r->n));
}

static void add_delimited(const struct source_row *r, struct buf *out)
{
    assert_ok(buf_addf(out, "E%u|@| L%u |@|%s|@|%s|@|%u0５|@|20261125\n", r->n, r->n, r->name,
                       r->firm ? "01" : "02", r->n));
}

static void add_json(const struct source_row *r, struct buf *out)
{
    assert_ok(buf_addf(out, "{\"no\":\"L%u\",\"who\":{\"kind\":\"%s\",\"name\":\"", r->n,
                       r->firm ? "企业" : "\\u4e2a\\u4eba"));
    add_escaped(r->name, false, out);
    assert_ok(buf_addf(out, "\"},\"amount\":\"%u.05\",\"day\":\"2026-11-25\",\"id\":\"E%u\"}\n",
                       r->n, r->n));
}

static void add_xml(const struct source_row *r, struct buf *out)
{
    assert_ok(buf_addf(out, "<row id=\"E%u\"><no>L%u</no><who kind=\"%s\">\n <name>", r->n, r->n,
                       r->firm ? "企业" : "个&#x4eba;"));
    add_escaped(r->name, true, out);
    assert_ok(buf_addf(out,
                       "</name>\n</who><amount>%u.<![CDATA[05]]></amount>"
                       "<day>2026-11-25</day></row>\n",
                       r->n));
}

static void all_formats_give_the_same_values(void **state)
{
    (void)state;
    static const char json_head[] = "", xml_head[] = "<?xml version='1.0' encoding='utf-8'?>\n"
                                                     "<!-- a batch --><batch v='1'><rows>\n";
    static const struct {
        const char *mapping, *head, *tail;
        void (*add)(const struct source_row *r, struct buf *out);
    } formats[] = {
        {HEAD "charset: utf-8\nformat: csv\n" PLAIN, "\xef\xbb\xbf编号,号,名,类,额,日\r\n", "",
         add_csv},
        {HEAD "charset: utf-8\nformat: delimited\ndelimiter: '|@|'\n" CONVERTED,
         "编号|@|号|@|名|@|类|@|额|@|日\n", "", add_delimited},
        {HEAD "charset: utf-8\nformat: json_lines\n" IN_JSON, json_head, "", add_json},
        {HEAD "charset: utf-8\nformat: xml\n" IN_XML, xml_head, "</rows></batch>", add_xml},
    };
    DEFER(buf_fini) struct buf want = {0};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        DEFER(buf_fini) struct buf content = {0}, got = {0};
        assert_ok(buf_add_str(&content, formats[i].head));
        for (unsigned n = 1; n <= ROWS; n++) {
            const struct source_row r = source_row(n);
            formats[i].add(&r, &content);
        }
        assert_ok(buf_add_str(&content, formats[i].tail));
        read_values(formats[i].mapping, buf_bytes(&content), &got);
        struct bytes               rest = buf_bytes(&got), line;
        DEFER(buf_fini) struct buf values = {0};
        while (bytes_take_line(&rest, &line)) { /* without the number of the line */
            const size_t at = bytes_find(line, ' ');
            assert_ok(buf_add(&values, bytes_slice(line, at + 1, line.n)));
            assert_ok(buf_add_byte(&values, '\n'));
        }
        if (i == 0) assert_ok(buf_add(&want, buf_bytes(&values)));
        assert_true(bytes_eq(buf_bytes(&want), buf_bytes(&values)));
        assert_null(memmem(values.p, values.n, "money:", 6));
    }
    const char *last = "E1000 L1000 no=\"L1000\" who.name=\"甲\\\"乙\\\"\" who.kind=\"个人\" "
                       "amount=\"1000.05\" day=\"2026-11-25\" unit=\"人民币\"\n";
    assert_true(want.n > strlen(last));
    assert_memory_equal(want.p + want.n - strlen(last), last, strlen(last));
}

/* --- CSV -------------------------------------------------------------------------------------- */

#define CSV        HEAD "charset: utf-8\nformat: csv\n" PLAIN
#define CSV_HEADER "编号,号,名,类,额,日\n"

static void quotes_of_csv(void **state)
{
    (void)state;
    EXPECT(CSV, "\"编号\",\"号\",名,类,额,\"日\"\r\n\"E1\",L1,\"甲\",企业,1.00,2026-11-25\r\n",
           "2 E1 L1" VALUES("L1", "甲", "企业", "1.00", "2026-11-25"));
    EXPECT(CSV, CSV_HEADER "E1,L1,甲,\"\",1.00,\"\"\n",
           "2 E1 L1 no=\"L1\" who.name=\"甲\" amount=\"1.00\" unit=\"人民币\"\n");
    /* A quote inside, behind the end, and one that never closes: each its own row alone. */
    EXPECT(CSV,
           CSV_HEADER "E1,L1,5\"x,企业,1.00,2026-11-25\n"
                      "E2,L2,\"甲\"乙,企业,1.00,2026-11-25\n"
                      "E3,\"L3,甲,企业,1.00,2026-11-25\n"
                      "E4,L4,甲,企业,1.00,2026-11-25\n",
           "2 E1  quote:\n3 E2  quote:\n4 E3  quote:\n"
           "5 E4 L4" VALUES("L4", "甲", "企业", "1.00", "2026-11-25"));
    /* A line's end in quotes is part of the cell, which may not have it; the next row has its
     * line. */
    EXPECT(CSV, CSV_HEADER "E1,L1,\"甲\r\n乙\",企业,1.00,2026-11-25\nE2,L2,甲,企业,x,2026-11-25\n",
           "2 E1 L1 no=\"L1\" who.kind=\"企业\" amount=\"1.00\" day=\"2026-11-25\" "
           "unit=\"人民币\" text:名\n"
           "4 E2 L2 no=\"L2\" who.name=\"甲\" who.kind=\"企业\" day=\"2026-11-25\" "
           "unit=\"人民币\" money:额\n");
    EXPECT(CSV, CSV_HEADER "E1,L1,甲,企业,1,000.00,2026-11-25\n\nE3\n",
           "2 E1  columns:\n3   columns:\n4 E3  columns:\n");
    EXPECT(CSV, "编号,\"号,名,类,额,日\nE1,L1\n", "1 GZ_MALFORMED quote:\n");
    EXPECT(CSV, "编号;号;名;类;额;日\n", "1 GZ_MALFORMED header:编号\n");
    EXPECT(HEAD "charset: utf-8\nformat: csv\ndelimiter: \"\\t\"\n" PLAIN,
           "编号\t号\t名\t类\t额\t日\nE1\tL1\t甲\t企业\t1.00\t2026-11-25",
           "2 E1 L1" VALUES("L1", "甲", "企业", "1.00", "2026-11-25"));
}

/* --- what a spreadsheet loses ----------------------------------------------------------------- */

/* numbers: of the column 号; want: a letter each, x for one that is refused for its digits. */
static void expect_lost(const char *mapping, const char *const *numbers, const char *want)
{
    DEFER(buf_fini) struct buf content = {0}, out = {0};
    assert_ok(buf_add_str(&content, CSV_HEADER));
    for (size_t i = 0; want[i] != 0; i++)
        assert_ok(buf_addf(&content, "E%zu,%s,甲,企业,1.00,\n", i, numbers[i]));
    read_values(mapping, buf_bytes(&content), &out);
    struct bytes rest = buf_bytes(&out), line;
    for (size_t i = 0; want[i] != 0; i++) {
        assert_true(bytes_take_line(&rest, &line));
        const bool lost = memmem(line.p, line.n, "lost_digits:号", 15) != NULL;
        if (lost != (want[i] == 'x')) fail_msg("%s %s", numbers[i], want);
    }
}

static void numbers_that_lost_their_digits(void **state)
{
    (void)state;
    static const char *const spoilt[] = {"6217001234567890000", "6217001234567800000", "L1"};
    static const char *const sixteen[] = {"6217001234567890", "6217001234567800",
                                          "6217001234567810", "6217001234567820"};
    static const char *const chance[] = {"379999199001011234", "37999919900101300X",
                                         "379999199001013000", "379999199001012345"};
    static const char *const one[] = {"379999199001013000"};
    static const char *const short_or_zero[] = {"621700123450000", "0217001234567890000"};
    expect_lost(CSV, spoilt, "xx.");
    expect_lost(CSV, sixteen, "xxxx");
    expect_lost(CSV, sixteen, "..."); /* three of them may be so by chance */
    expect_lost(CSV, chance, "....");
    expect_lost(CSV, one, ".");
    expect_lost(CSV, short_or_zero, "..");
    expect_lost(HEAD "charset: utf-8\nformat: csv\nevent_number: 编号\ncolumns:\n"
                     "  号: {field: no, keep_zeros: true}\n  名: who.name\n  类: who.kind\n"
                     "  额: amount\n  日: day\nconstants:\n  unit: 人民币\n",
                spoilt, "...");
}

/* --- JSON Lines ------------------------------------------------------------------------------- */

#define JSON HEAD "charset: utf-8\nformat: json_lines\n" IN_JSON

static void defects_of_json_lines(void **state)
{
    (void)state;
    EXPECT(JSON, "", "");
    EXPECT(JSON, "{\"id\":\"E1\",\"no\":\"L1\",\"who\":{\"name\":\"甲\"},\"amount\":\"1.00\"}",
           "1 E1 L1 no=\"L1\" who.name=\"甲\" amount=\"1.00\" unit=\"人民币\"\n");
    EXPECT(
        JSON,
        "{\"id\":\"E1\",\"no\":7,\"who\":{\"name\":null,\"x\":\"\"},\"amount\":1.00,\"y\":[]}\n"
        "\n"
        "[]\n"
        "{\"id\":\"E4\",\"id\":\"E5\",\"no\":\"L1\",\"no\":\"L2\",\"who\":\"甲\"}\n"
        "{\"id\":\"E5\"\n"
        "{\"id\":\"E6\",\"no\":\"L1\",\"who/name\":\"甲\",\"amount\":\"1.00\",\"\\u200b\":\"\"}\n",
        "1 E1  unit=\"人民币\" unknown_member:who/x unknown_member:y type:no type:who/name "
        "type:amount\n"
        "2   columns:\n"
        "3   type:\n"
        "4   unit=\"人民币\" unknown_member:who duplicate_member:id duplicate_member:no "
        "required:who/name required:amount\n"
        "5   json:\n"
        "6 E6 L1 no=\"L1\" amount=\"1.00\" unit=\"人民币\" unknown_member: unknown_member: "
        "required:who/name\n");
    EXPECT(JSON, "\xff\n", "1   charset:\n");
}

/* --- XML -------------------------------------------------------------------------------------- */

#define XML HEAD "charset: utf-8\nformat: xml\n" IN_XML
#define GOOD                                                                                       \
    "<row id='E1'><no>L1</no><who kind='企业'><name>甲</name></who><amount>1.00</amount></row>"
#define IS_GOOD                                                                                    \
    " E1 L1 no=\"L1\" who.name=\"甲\" who.kind=\"企业\" amount=\"1.00\" unit=\"人民币\"\n"

static void rows_of_xml(void **state)
{
    (void)state;
    EXPECT(XML, "<batch><rows/></batch>", "");
    EXPECT(XML, "<batch>\n<rows>\n" GOOD "</rows><rows>" GOOD "</rows></batch>\n",
           "3" IS_GOOD "3" IS_GOOD);
    EXPECT(XML, "<batch xmlns='urn:x' xmlns:a='urn:y'><rows>" GOOD "</rows></batch>", "1" IS_GOOD);
    EXPECT(XML,
           "<batch><rows>\n"
           "<row id='E1' x='1'><no>L1</no><no>L2</no><who>甲</who><amount> 1.00</amount><y>"
           "<z>1</z></y></row>\n"
           "<row>text<no><b>L1</b></no><who kind='个人'><name>甲</name>more</who></row>\n"
           "</rows></batch>",
           "2 E1  unit=\"人民币\" unknown_member:@x unknown_member:who unknown_member:y/z "
           "duplicate_member:no required:who/name blanks:amount\n"
           "3   who.name=\"甲\" who.kind=\"个人\" unit=\"人民币\" xml: unknown_member:no/b xml:who "
           "event_number:@id required:no required:amount\n");
}

/* What is not one well-formed file of rows is refused before its first row. */
static void xml_that_is_refused_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } all[] = {
        {"", "1 GZ_MALFORMED empty:\n"},
        {"<batch><rows>" GOOD "</rows>", "1 GZ_MALFORMED xml:\n"},
        {"<batch><rows>\n" GOOD "\n<row></rows></batch>", "3 GZ_MALFORMED xml:\n"},
        {"<batch><rows>" GOOD "</rows></batch><batch/>", "1 GZ_MALFORMED xml:\n"},
        {"<batch><rows>" GOOD "<Row/></rows></batch>", "1 GZ_MALFORMED xml:\n"},
        {"<batch>\n<head/><rows>" GOOD "</rows></batch>", "2 GZ_MALFORMED xml:\n"},
        {"<batch>x<rows>" GOOD "</rows></batch>", "1 GZ_MALFORMED xml:\n"},
        {"<other/>", "1 GZ_MALFORMED xml:\n"},
        {"<batch><rows><row><no>&nbsp;</no></row></rows></batch>", "1 GZ_MALFORMED xml:\n"},
        {"<!DOCTYPE batch><batch><rows/></batch>", "1 GZ_MALFORMED xml:\n"},
        {"<!DOCTYPE batch [<!ENTITY a 'x'>]><batch><rows><row><no>&a;</no></row></rows></batch>",
         "1 GZ_MALFORMED xml:\n"},
        {"<!DOCTYPE batch SYSTEM 'http://127.0.0.1:1/x.dtd'><batch/>", "1 GZ_MALFORMED xml:\n"},
        {"<?xml version='1.0' encoding='GB18030'?><batch><rows/></batch>",
         "1 GZ_MALFORMED charset:\n"},
        {"<batch><rows><row><no>\xff</no></row></rows></batch>", "1 GZ_MALFORMED charset:\n"},
        {"<batch><rows><row><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a>"
         "</a></a></a></a></a></a></a></row></rows></batch>",
         "1 GZ_MALFORMED xml:\n"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) expect(XML, bytes_str(all[i].text), all[i].want);
}

static void xml_in_gb18030(void **state)
{
    (void)state;
    static const char        mapping[] = HEAD "charset: gb18030\nformat: xml\n" IN_XML;
    static const char *const declarations[] = {"", "<?xml version=\"1.0\"?>",
                                               "<?xml version=\"1.0\" encoding=\"gbk\" ?>",
                                               "<?xml version='1.0' encoding = 'GB18030'?>"};
    for (size_t i = 0; i < COUNT_OF(declarations); i++) {
        DEFER(buf_fini) struct buf content = {0};
        add_gb18030(declarations[i], &content);
        add_gb18030("<batch><rows>" GOOD "</rows></batch>", &content);
        expect(mapping, buf_bytes(&content), "1" IS_GOOD);
    }
    EXPECT(mapping, "<?xml version='1.0' encoding='utf-8'?><batch/>", "1 GZ_MALFORMED charset:\n");
}

static void a_row_of_xml_that_is_too_long(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf content = {0};
    assert_ok(buf_add_str(&content, "<batch><rows>\n<row><no>"));
    for (size_t i = 0; i < 70000; i++) assert_ok(buf_add_byte(&content, 'x'));
    assert_ok(buf_add_str(&content, "</no></row>\n" GOOD "</rows></batch>"));
    expect(XML, buf_bytes(&content), "2   size:\n3" IS_GOOD);
}

/* Whatever is cut off or turned: refused or read, and never a crash. */
static void damaged_files(void **state)
{
    (void)state;
    static const struct {
        const char *mapping, *text;
    } all[] = {
        {CSV, CSV_HEADER "E1,\"L\"\"1\",\"甲\n乙\",企业,1.00,2026-11-25\r\nE2,L2,甲,企业,1.00,\n"},
        {JSON,
         "{\"id\":\"E1\",\"no\":\"L1\",\"who\":{\"name\":\"\\u7532\"},\"amount\":\"1.00\"}\n"},
        {XML, "<batch><rows>" GOOD "</rows></batch>"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(catalog_close) struct catalog *c = catalog_with(all[i].mapping);
        DEFER(buf_fini) struct buf           copy = {0};
        const size_t                         n = strlen(all[i].text);
        assert_ok(buf_add_str(&copy, all[i].text));
        for (size_t bit = 0; bit < 9 * n; bit++) {
            DEFER(batch_file_close) struct batch_file *f = NULL;
            struct intake_defect                       d;
            struct intake_item                         r;
            if (bit < 8 * n) copy.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
            else copy.n = bit - 8 * n;
            if (batch_file_open(catalog_mapping(c, "test_1"), buf_bytes(&copy), "/nonexistent",
                                batch_now, &f, &d) == GZ_OK)
                while (batch_file_next(f, &r) == GZ_OK) check_row(catalog_mapping(c, "test_1"), &r);
            if (bit < 8 * n) copy.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

/* --- what is passed over ---------------------------------------------------------------------- */

static void ignored_columns(void **state)
{
    (void)state;
    EXPECT(CSV "ignored: [备注, 内部]\n",
           "编号,备注,号,名,类,额,日\nE1,\"a,b\",L1,甲,企业,1.00,2026-11-25\nE2,L1,甲,企业,1.00,\n",
           "2 E1 L1" VALUES("L1", "甲", "企业", "1.00", "2026-11-25") "3 E2  columns:\n");
    EXPECT(CSV "ignored: [备注]\n", "编号,备注,号,名,类,额,日,其他\n", "1 GZ_MALFORMED header:\n");
    EXPECT(CSV "ignored: [备注]\n", "备注,编号,号,名,类,额,日\n", "1 GZ_MALFORMED header:编号\n");
    EXPECT(JSON "ignored: [x, who/y]\n",
           "{\"id\":\"E1\",\"x\":[{\"a\":1}],\"no\":\"L1\",\"who\":{\"name\":\"甲\",\"y\":1.5},"
           "\"amount\":\"1.00\",\"z\":\"\"}",
           "1 E1 L1 no=\"L1\" who.name=\"甲\" amount=\"1.00\" unit=\"人民币\" unknown_member:z\n");
}

static void ignored_elements(void **state)
{
    (void)state;
    static const char mapping[] = XML "ignored: [/batch/head, more, who/x, '@y']\n";
    EXPECT(mapping,
           "<batch>\n<head>text<a><b c='1'/>more</a></head><rows>" GOOD
           "<row id='E1' y='2'><more>text<no>L9</no><b/></more><no>L1</no><who kind='企业'><x/>"
           "<name>甲</name></who><amount>1.00</amount></row></rows><head/></batch>",
           "2" IS_GOOD "2" IS_GOOD);
    EXPECT(mapping, "<batch><head/><foot/></batch>", "1 GZ_MALFORMED xml:\n");
    EXPECT(mapping, "<batch><rows><row>x<more/></row></rows></batch>",
           "1   unit=\"人民币\" xml: event_number:@id required:no required:who/name "
           "required:amount\n");
}

/* --- mappings --------------------------------------------------------------------------------- */

static void defects_of_mappings(void **state)
{
    (void)state;
    static const struct {
        const char *mapping, *told;
    } all[] = {
        {HEAD "charset: utf-8\nformat: excel\n" PLAIN,
         "format: none of delimited csv json_lines xml"},
        {HEAD "charset: utf-8\nformat: csv\ndelimiter: '||'\n" PLAIN, "delimiter: must be 1 to 4"},
        {HEAD "charset: utf-8\ndelimiter: a\n" PLAIN, "delimiter: must be 1 to 4"},
        {HEAD "charset: utf-8\nformat: json_lines\ndelimiter: ','\n" IN_JSON,
         "this format has none"},
        {HEAD "charset: utf-8\nrow: /a/b\n" PLAIN, "row: has a meaning in XML only"},
        {HEAD "charset: utf-8\nformat: xml\nrow: row\n" PLAIN, "row: must be like /root/row"},
        {HEAD "charset: utf-8\nformat: xml\n" PLAIN, "row: is required"},
        {HEAD "charset: utf-8\nignored: [号]\n" PLAIN, "ignored: has a column"},
        {HEAD "charset: utf-8\nignored: [编号]\n" PLAIN, "ignored: is the header of the event"},
        {HEAD "charset: utf-8\nignored: [a, [b]]\n" PLAIN, "ignored: must be a list of headers"},
        {HEAD "charset: utf-8\nignored: a\n" PLAIN, "ignored: must be a list"},
        {HEAD "charset: utf-8\nformat: xml\nignored: [/batch/rows]\n" IN_XML,
         "ignored: must be a list of headers or paths"},
        {HEAD "charset: utf-8\n" PLAIN "  who.name: 甲\n", "名: the field is constant"},
        {HEAD "charset: utf-8\nevent_number: 编号\ncolumns:\n  号: {field: no, fen: true}\n",
         "fen: the field is no money"},
        {HEAD "charset: utf-8\nevent_number: 编号\ncolumns:\n  号: {field: no, date: YYYYMMDD}\n",
         "date: the field is neither a date nor a time"},
        {HEAD "charset: utf-8\nevent_number: 编号\ncolumns:\n  日: {field: day, date: YYYY/M/D}\n",
         "date: must have YYYY, MM and DD once each"},
        {HEAD
         "charset: utf-8\nevent_number: 编号\ncolumns:\n  类: {field: who.kind, codes: {1: 厂}}\n",
         "1: is no value of the field"},
        {HEAD "charset: utf-8\nevent_number: 编号\ncolumns:\n  号: {field: no, colour: red}\n",
         "colour: unknown name"},
        {HEAD "charset: utf-8\nevent_number: 编号\ncolumns:\n  号: {trim: true}\n",
         "号: must be the name of a field"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(catalog_close) struct catalog *c = NULL;
        DEFER(buf_fini) struct buf           why = {0};
        assert_err(catalog_of("loan.test", kind, all[i].mapping, &c, &why), GZ_MALFORMED);
        assert_ok(buf_add_byte(&why, 0));
        if (strstr((const char *)why.p, all[i].told) == NULL)
            fail_msg("%s: %s", all[i].told, why.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_formats_give_the_same_values),
        cmocka_unit_test(quotes_of_csv),
        cmocka_unit_test(numbers_that_lost_their_digits),
        cmocka_unit_test(defects_of_json_lines),
        cmocka_unit_test(rows_of_xml),
        cmocka_unit_test(xml_that_is_refused_whole),
        cmocka_unit_test(xml_in_gb18030),
        cmocka_unit_test(a_row_of_xml_that_is_too_long),
        cmocka_unit_test(ignored_columns),
        cmocka_unit_test(ignored_elements),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(defects_of_mappings),
    };
    RUN_TESTS(tests);
}

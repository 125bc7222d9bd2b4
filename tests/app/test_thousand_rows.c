/* A thousand rows of which a tenth is spoilt, into a real database: exactly those are refused, each
 * with all its defects; the corrected file adds them alone; the same again, and the same in any
 * other format, adds nothing. */
#include "bank_fixture.h"

enum { ROWS = 1000 };

#define MAPPING(file, format)                                                                      \
    "kind: loan.contract\nfile: " file "\nsource: test\ncharset: utf-8\n" format                   \
    "matter: contract_no\n"
#define COLUMNS "event_number: e\ncolumns:\n  c: contract_no\n  n: borrower.name\n"

static const struct {
    const char *file, *mapping;
} mappings[] = {
    {"mappings/csv.yaml", MAPPING("csv", "format: csv\n") COLUMNS "  a: amount\n"},
    {"mappings/delimited.yaml", MAPPING("delimited", "delimiter: '|@|'\n") COLUMNS
     "  a: {field: amount, fen: true, trim: true}\n"},
    {"mappings/json.yaml", MAPPING("json", "format: json_lines\n") COLUMNS "  a: amount\n"},
    {"mappings/xml.yaml",
     MAPPING("xml",
             "format: xml\nrow: /b/r\n") "event_number: '@e'\ncolumns:\n"
                                         "  c: contract_no\n  n: borrower.name\n  m/a: amount\n"},
};

static int set_up(void **state)
{
    struct bank_fixture *f = malloc(sizeof *f);
    fixture_init(f);
    fixture_close(f);
    assert_int_equal(unlink(fixture_path(f, "mappings/contract.yaml")), 0);
    for (size_t i = 0; i < COUNT_OF(mappings); i++)
        fixture_write(f, mappings[i].file, mappings[i].mapping);
    fixture_open(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_fini(*state);
    free(*state);
    return 0;
}

/* --- the rows --------------------------------------------------------------------------------- */

static bool is_spoilt(unsigned i)
{
    return i % 10 == i / 10 % 10;
}

/* What stands behind the event number, and what must be said of it. */
static const struct {
    const char *rest, *codes;
} spoils[] = {
    {",,甲,1.00\n", "required:contract_no "},
    {",L1,,x\n", "required:borrower.name money:amount "},
    {",L1,\xe2\x80\x8b,0.00\n", "blanks:borrower.name positive:amount "},
    {",\"L\n1\", 甲,1E+5\n", "text:contract_no blanks:borrower.name scientific:amount "},
    {",L1,甲\n", "columns: "},
};

static size_t spoil_of(unsigned i)
{
    return i / 10 % COUNT_OF(spoils);
}

static void make_csv(const struct bank_fixture *f, bool spoilt)
{
    DEFER(buf_fini) struct buf text = {0};
    assert_ok(buf_add_str(&text, "e,c,n,a\n"));
    for (unsigned i = 0; i < ROWS; i++) {
        assert_ok(buf_addf(&text, "E%u", i));
        if (spoilt && is_spoilt(i)) assert_ok(buf_add_str(&text, spoils[spoil_of(i)].rest));
        else assert_ok(buf_addf(&text, ",L%u,\"甲\"\"%u\",%u.05\n", i / 7, i, i + 1));
    }
    assert_ok(buf_add_byte(&text, 0));
    fixture_write(f, "batch/csv_1.txt", (const char *)text.p);
}

static void make_others(const struct bank_fixture *f)
{
    DEFER(buf_fini) struct buf json = {0}, xml = {0}, delimited = {0};
    assert_ok(buf_add_str(&xml, "<b>"));
    assert_ok(buf_add_str(&delimited, "e|@|n|@|a|@|c\n"));
    for (unsigned i = 0; i < ROWS; i++) {
        assert_ok(buf_addf(
            &json, "{\"a\":\"%u.05\",\"n\":\"\\u7532\\\"%u\",\"c\":\"L%u\",\"e\":\"E%u\"}\n", i + 1,
            i, i / 7, i));
        assert_ok(buf_addf(&xml, "<r e='E%u'><c>L%u</c><m><a>%u.05</a></m><n>甲&quot;%u</n></r>\n",
                           i, i / 7, i + 1, i));
        assert_ok(buf_addf(&delimited, "E%u|@|甲\"%u|@| %u05|@|L%u\r\n", i, i, i + 1, i / 7));
    }
    assert_ok(buf_add_str(&xml, "</b>"));
    assert_ok(buf_add_byte(&json, 0));
    assert_ok(buf_add_byte(&xml, 0));
    assert_ok(buf_add_byte(&delimited, 0));
    fixture_write(f, "batch/json_1.txt", (const char *)json.p);
    fixture_write(f, "batch/xml_1.txt", (const char *)xml.p);
    fixture_write(f, "batch/delimited_1.txt", (const char *)delimited.p);
}

/* --- what became of them ---------------------------------------------------------------------- */

struct outcome {
    struct batch counts;
    struct buf   told; /* "line code:field code:field …" */
    unsigned     line;
};

static void take_defect(void *ctx, const struct intake_defect *d)
{
    struct outcome *o = ctx;
    if (d->line != o->line) assert_ok(buf_addf(&o->told, "\n%u ", d->line));
    o->line = d->line;
    assert_ok(buf_addf(&o->told, "%s:%.*s ", d->code, (int)d->field.n, (const char *)d->field.p));
}

static void take_file(void *ctx, const struct batch *b, enum submit_outcome outcome)
{
    struct outcome *o = ctx;
    assert_int_not_equal(outcome, SUBMIT_UNREADABLE);
    o->counts = *b;
}

static void submit(struct bank_fixture *f, const char *name, unsigned accepted, unsigned repeated,
                   struct buf *told)
{
    struct outcome               o = {0};
    const struct submit_listener l = {&o, take_defect, take_file};
    assert_ok(submit_batch(&f->bank, f->db, fixture_path(f, name), &l));
    assert_ok(buf_add_byte(&o.told, 0));
    if (o.counts.accepted != accepted || o.counts.repeated != repeated)
        fail_msg("%s: %.2000s", name, o.told.p);
    assert_int_equal(o.counts.rows, ROWS);
    assert_int_equal(o.counts.conflicts, 0);
    if (told == NULL) assert_string_equal((const char *)o.told.p, "");
    else assert_ok(buf_add(told, buf_bytes(&o.told)));
    buf_fini(&o.told);
}

static void a_tenth_is_spoilt(void **state)
{
    struct bank_fixture       *f = *state;
    DEFER(buf_fini) struct buf told = {0}, want = {0};
    unsigned                   line = 1;
    for (unsigned i = 0; i < ROWS; i++) {
        line++;
        if (!is_spoilt(i)) continue;
        assert_ok(buf_addf(&want, "\n%u %s", line, spoils[spoil_of(i)].codes));
        line += strchr(spoils[spoil_of(i)].rest, '"') != NULL; /* a row of two lines */
    }
    assert_ok(buf_add_byte(&want, 0));
    make_csv(f, true);
    submit(f, "batch/csv_1.txt", ROWS - ROWS / 10, 0, &told);
    assert_string_equal((const char *)told.p, (const char *)want.p);
    make_csv(f, false);
    submit(f, "batch/csv_1.txt", ROWS / 10, ROWS - ROWS / 10, NULL);
    submit(f, "batch/csv_1.txt", 0, ROWS, NULL);
}

static void every_format_is_the_same_content(void **state)
{
    struct bank_fixture *f = *state;
    make_csv(f, false);
    make_others(f);
    submit(f, "batch/xml_1.txt", ROWS, 0, NULL);
    submit(f, "batch/json_1.txt", 0, ROWS, NULL);
    submit(f, "batch/csv_1.txt", 0, ROWS, NULL);
    submit(f, "batch/delimited_1.txt", 0, ROWS, NULL);
    struct record_counts c;
    assert_ok(record_count(f->db, 0, &c));
    assert_int_equal(c.total, ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tenth_is_spoilt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_format_is_the_same_content, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

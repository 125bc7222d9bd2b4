/* Batch files of every installed mapping, in both charsets and every format: what is accepted is
 * whole, what is refused says why. Run from the root of the tree.
 * fuzz-with: src/app/batch_file.c src/app/batch_header.c src/app/catalog.c src/app/cell_defect.c
 * fuzz-with: src/app/charset.c src/app/check_digit.c src/app/field_value.c src/app/kind_field.c
 * fuzz-with: src/app/kind_file.c src/app/mapping_file.c src/app/mapping_column.c
 * fuzz-with: src/app/original.c src/app/item_maker.c src/app/yaml_form.c src/app/row_reader.c
 * fuzz-with: src/app/delimited_rows.c src/app/json_lines_rows.c src/app/xml_rows.c
 * fuzz-with: src/app/cell_split.c src/app/conversion.c src/app/lost_digits.c src/app/json_tree.c
 * fuzz-with: src/host/file.c src/host/host.c src/host/inside_file.c src/host/yaml.c -lyaml
 * fuzz-with: -I/usr/include/libxml2 -lxml2 */
#include "app/batch_file.h"
#include "core/json.h"
#include "fuzz.h"

static const char *const names[] = {"contract_1.txt", "drawdown_1.txt", "repayment_1.txt"};

static const struct catalog *installed(void)
{
    static struct catalog *c;
    struct buf             why = {0};
    if (c == NULL) require(catalog_open("data/kinds", "tests/app/mappings", &c, &why) == GZ_OK);
    buf_fini(&why);
    return c;
}

static void check_value(const struct intake_value *v)
{
    static uint8_t space[64 * 1024];
    struct arena   arena = {space, 0, sizeof space};
    struct json    j;
    struct bytes   text;
    if (v->field->type == FIELD_FILE) {
        require(v->original.n > 0 && v->file_name.n > 0 && v->media_type != NULL);
        return;
    }
    require(json_init(&j, v->json) == GZ_OK);
    require(json_text(&j, &arena, &text) == GZ_OK && json_end(&j) == GZ_OK);
    require(text.n > 0 && text.n <= CATALOG_TEXT_MAX);
}

static void check_row(const struct mapping *m, const struct intake_item *r)
{
    size_t missing = 0;
    for (size_t i = 0; i < r->defects_n; i++) {
        require(r->defects[i].line == r->line);
        require(r->defects[i].code[0] != 0 && r->defects[i].hint[0] != 0);
    }
    if (r->defects_n > 0) return;
    require(r->event_number.n > 0 && r->event_number.n <= INTAKE_EVENT_NUMBER_MAX);
    require(r->matter.n > 0);
    for (size_t i = 0; i < m->kind->fields_n; i++) missing += m->kind->fields[i].required;
    for (size_t i = 0; i < r->values_n; i++) {
        missing -= r->values[i].field->required;
        check_value(&r->values[i]);
    }
    require(missing == 0);
}

static void read_with(const struct mapping *m, struct bytes content)
{
    const struct time                          now = {1795594800, 0};
    DEFER(batch_file_close) struct batch_file *f = NULL;
    struct intake_defect                       d = {0};
    struct intake_item                         r;
    unsigned                                   line = 0;
    if (batch_file_open(m, content, "tests/fuzz", now, &f, &d) != GZ_OK) {
        require(d.line > 0 && d.code[0] != 0 && d.hint[0] != 0);
        return;
    }
    for (enum gz_err e; (e = batch_file_next(f, &r)) != GZ_MISSING;) {
        require(e == GZ_OK && r.line >= line);
        line = r.line;
        check_row(m, &r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct mapping m = *catalog_mapping(installed(), names[i]);
        m.row = BYTES_LIT("/batch/row");
        m.charset = CHARSET_GB18030;
        read_with(&m, (struct bytes){data, size});
        m.charset = CHARSET_UTF8;
        for (m.format = ROWS_DELIMITED; m.format <= ROWS_XML; m.format++)
            read_with(&m, (struct bytes){data, size});
    }
    return 0;
}

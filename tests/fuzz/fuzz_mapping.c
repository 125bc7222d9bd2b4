/* YAML of a kind or a mapping: it has defects, all told with the file's name, or is whole. Run from
 * the root of the tree.
 * fuzz-with: src/app/kind_field.c src/app/kind_file.c src/app/mapping_file.c src/app/yaml_form.c
 * fuzz-with: src/app/mapping_column.c src/app/conversion.c
 * fuzz-with: src/app/item_maker.c src/app/field_value.c src/app/cell_defect.c
 * fuzz-with: src/app/check_digit.c src/app/original.c src/host/file.c src/host/host.c
 * fuzz-with: src/host/inside_file.c src/host/yaml.c -lyaml */
#include <string.h>

#include "app/mapping_file.h"
#include "fuzz.h"

static const char kind_text[] =
    "kind: loan.contract\nlabel: 合同\nlegal_ground: 法\n"
    "basis: contract\nconsent: none\nlate_after: 60\n"
                                "retention_days: 3650\nfields:\n"
    "  - {name: contract_no, label: 号, type: text, max: 40, "
    "class: C2, mask: last6, required: true}\n"
    "  - {name: file/1, label: 件, type: file, class: C2, "
    "mask: hidden, required: false}\n";

/* Every line of why begins with the path and a number. */
static void check_why(bool usable, struct bytes why, const char *path)
{
    require(usable == (why.n == 0));
    for (struct bytes line; bytes_take_line(&why, &line);) {
        if (!bytes_starts(line, bytes_str(path))) continue; /* a key of two lines */
        require(line.n > strlen(path) + 3 && line.p[strlen(path)] == ':');
    }
}

static void read_kind(struct bytes text)
{
    static const char                      path[] = "kinds/loan.contract.yaml";
    DEFER(kind_file_fini) struct kind_file k = {0};
    DEFER(buf_fini) struct buf             why = {0};
    require(kind_file_decode(text, path, NULL, &k, &why) == GZ_OK);
    check_why(k.usable, buf_bytes(&why), path);
    if (!k.usable) return;
    require(k.kind.fields_n > 0 && k.kind.fields_n <= CATALOG_FIELDS_MAX);
    for (size_t i = 0; i < k.kind.fields_n; i++) {
        const struct kind_field *f = &k.kind.fields[i];
        require(kind_find(&k.kind, f->name) == i);
        require(f->not_before < (int)k.kind.fields_n);
        require(f->not_before < 0 || k.kind.fields[f->not_before].type == FIELD_DATE);
        require(f->when_field < (int)k.kind.fields_n && f->when_field != (int)i);
        require(f->when_field < 0 || (!f->required && !f->derived && f->when_choice.n > 0));
        require(f->when_field < 0 || k.kind.fields[f->when_field].type == FIELD_ENUM);
        require(f->type != FIELD_ENUM || f->choices_n > 0);
        require(f->type != FIELD_TEXT || (f->max > 0 && f->max <= CATALOG_TEXT_MAX));
    }
}

static void read_mapping(struct bytes text)
{
    static const char                            path[] = "mappings/m.yaml";
    DEFER(kind_file_fini) struct kind_file       k = {0};
    DEFER(mapping_file_fini) struct mapping_file m = {0};
    DEFER(buf_fini) struct buf                   why = {0};
    require(kind_file_decode(BYTES_LIT(kind_text), "loan.contract.yaml", NULL, &k, &why) == GZ_OK);
    require(k.usable && why.n == 0);
    require(mapping_file_decode(text, path, &k, 1, &m, &why) == GZ_OK);
    check_why(m.usable, buf_bytes(&why), path);
    if (!m.usable) return;
    require(m.mapping.kind == &k.kind && m.mapping.matter_field == 0);
    require(m.mapping.columns_n > 0 && m.mapping.file.n > 0 && m.mapping.source.n > 0);
    require(m.mapping.format != ROWS_XML || m.mapping.row.n > 3);
    require(m.mapping.control.from != CONTROL_TRAILER || m.mapping.control.mark.n > 0);
    for (size_t i = 0; i < m.mapping.columns_n; i++)
        require(m.mapping.columns[i].field < k.kind.fields_n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_kind((struct bytes){data, size});
    read_mapping((struct bytes){data, size});
    return 0;
}

/* Items as JSON, of every installed kind: what is accepted is whole, what is refused says where and
 * why. Run from the root of the tree.
 * fuzz-with: src/app/json_item.c src/app/json_tree.c src/app/item_maker.c src/app/catalog.c
 * fuzz-with: src/app/cell_defect.c src/app/check_digit.c src/app/field_value.c src/app/kind_field.c
 * fuzz-with: src/app/kind_file.c src/app/mapping_file.c src/app/original.c src/app/yaml_form.c
 * fuzz-with: src/app/mapping_column.c src/app/conversion.c src/host/file.c
 * fuzz-with: src/host/host.c src/host/inside_file.c src/host/yaml.c -lyaml */
#include "app/json_item.h"

#include "base/text.h"
#include "core/json.h"
#include "fuzz.h"

static struct json_item_reader *reader(void)
{
    static struct catalog          *catalog;
    static struct json_item_reader *r;
    struct buf                      why = {0};
    if (r != NULL) return r;
    require(catalog_open("data/kinds", "data/mappings", &catalog, &why) == GZ_OK);
    require(json_item_open(catalog, &r) == GZ_OK);
    buf_fini(&why);
    return r;
}

/* Any name that begins with p is there. */
static bool part(void *ctx, struct bytes name, struct bytes *content)
{
    (void)ctx;
    *content = BYTES_LIT("%PDF-1.4 of a part");
    return name.n > 0 && name.p[0] == 'p';
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

static void check_defects(const struct intake_item *item)
{
    for (size_t i = 0; i < item->defects_n; i++) {
        const struct intake_defect *d = &item->defects[i];
        require(d->line == 3 && d->code[0] != 0 && d->hint[0] != 0);
        require(text_is_utf8(d->column) && (d->column.n == 0 || d->column.p[0] == '/'));
    }
}

static void check_item(const struct intake_item *item)
{
    size_t missing = 0;
    require(item->kind != NULL && item->matter.n > 0 && item->source.n > 0);
    require(item->event_number.n > 0 && item->event_number.n <= INTAKE_EVENT_NUMBER_MAX);
    for (size_t i = 0; i < item->kind->fields_n; i++) missing += item->kind->fields[i].required;
    for (size_t i = 0; i < item->values_n; i++) {
        missing -= item->values[i].field->required;
        check_value(&item->values[i]);
    }
    require(missing == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct time            now = {1795594800, 0};
    const struct json_item_parts parts = {NULL, part};
    struct intake_item           item;
    const struct bytes           text = {data, size};
    require(json_item_read(reader(), text, 3, now, &parts, &item) == GZ_OK);
    check_defects(&item);
    if (item.defects_n == 0) check_item(&item);
    json_item_forget(reader());
    return 0;
}

#include "app/mapping_file.h"

#include <stdlib.h>
#include <string.h>

#include "app/item_maker.h"
#include "app/mapping_column.h"

static const char *const formats[] = {[ROWS_DELIMITED] = "delimited",
                                      [ROWS_CSV] = "csv",
                                      [ROWS_JSON_LINES] = "json_lines",
                                      [ROWS_XML] = "xml"};
static const char *const charsets[] = {[CHARSET_GB18030] = "gb18030", [CHARSET_UTF8] = "utf-8"};

/* Letters, digits, '.' and '-', and of a batch file's name also '_'. */
static bool is_word(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i] | 0x20;
        if (!(c >= 'a' && c <= 'z') && !(text.p[i] >= '0' && text.p[i] <= '9') &&
            text.p[i] != '.' && text.p[i] != '-' && text.p[i] != '_')
            return false;
    }
    return text.n > 0 && text.p[0] != '.' && text.p[0] != '-';
}

static const struct kind_file *find_kind(const struct kind_file *kinds, size_t n, struct bytes name)
{
    for (size_t i = 0; i < n; i++)
        if (bytes_eq(kinds[i].kind.name, name)) return &kinds[i];
    return NULL;
}

/* --- constants -------------------------------------------------------------------------------- */

static bool is_choice(const struct kind_field *field, struct bytes text)
{
    for (size_t i = 0; i < field->choices_n; i++)
        if (bytes_eq(field->choices[i], text)) return true;
    return false;
}

static const char *value_defect(const struct kind_field *field, struct bytes text)
{
    if (field->derived) return "is made at intake: no constant may bring it";
    if (field->type == FIELD_ENUM) return is_choice(field, text) ? NULL : "is none of its choices";
    if (field->type != FIELD_TEXT) return "only a text or an enum can be constant";
    const bool good = text.n > 0 && field_check_text(field, text) == CELL_NONE;
    return good ? NULL : "is empty, too long, or has blanks at its ends or controls";
}

static const char *constant_defect(const struct mapping *m, const struct yaml_node *node,
                                   size_t *field)
{
    if (node->kind != YAML_SCALAR) return "must be a text";
    *field = kind_find(m->kind, node->key);
    if (*field == m->kind->fields_n) return "the kind has no such field";
    if (*field == m->matter_field || (int)*field == m->corrects_field)
        return "is told by each row: it must have a column";
    return value_defect(&m->kind->fields[*field], node->text);
}

static enum gz_err read_constants(struct yaml_form *f, const struct yaml_node *root,
                                  struct mapping_file *out)
{
    struct mapping         *m = &out->mapping;
    const struct yaml_node *map = yaml_get(root, "constants");
    if (map == NULL) return GZ_OK;
    TRY(yaml_form_member(f, root, "constants", YAML_MAP, &map));
    if (map == NULL) return GZ_OK;
    if (map->count == 0 || map->count > CATALOG_FIELDS_MAX)
        return yaml_form_say(f, map->line, "constants", "must be 1 to 128");
    out->constants = calloc(map->count, sizeof out->constants[0]);
    if (out->constants == NULL) return GZ_MEMORY;
    m->constants = out->constants;
    for (const struct yaml_node *c = map->first; c != NULL; c = c->next) {
        size_t      field = 0;
        const char *name = (const char *)c->key.p;
        const char *defect = c->duplicate ? "stands here twice" : constant_defect(m, c, &field);
        if (defect != NULL) TRY(yaml_form_say(f, c->line, name, defect));
        else out->constants[m->constants_n++] = (struct mapping_constant){field, c->text};
    }
    return GZ_OK;
}

/* --- matter and correction -------------------------------------------------------------------- */

/* The field whose value names the loan: it must stand in every row. */
static enum gz_err read_matter(struct yaml_form *f, const struct yaml_node *root, struct mapping *m)
{
    struct bytes name = {0};
    TRY(yaml_form_text(f, root, "matter", DISCLOSURE_NAME_MAX, &name));
    if (name.n == 0) return GZ_OK;
    const unsigned line = yaml_get(root, "matter")->line;
    m->matter_field = kind_find(m->kind, name);
    if (m->matter_field == m->kind->fields_n)
        return yaml_form_say(f, line, "matter", "the kind has no such field");
    const struct kind_field *field = &m->kind->fields[m->matter_field];
    if (!field->required || field->type != FIELD_TEXT)
        return yaml_form_say(f, line, "matter", "must be a required field of type text");
    return GZ_OK;
}

/* The field whose value is the event number that a row corrects; its kind then asks for a reason.
 */
static enum gz_err read_corrects(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping *m)
{
    struct bytes            name = {0};
    const struct yaml_node *node = yaml_get(root, "corrects");
    m->corrects_field = -1;
    if (node == NULL) return GZ_OK;
    TRY(yaml_form_text(f, root, "corrects", DISCLOSURE_NAME_MAX, &name));
    if (name.n == 0) return GZ_OK;
    const size_t field = kind_find(m->kind, name), reason = kind_find(m->kind, BYTES_LIT("reason"));
    if (field == m->kind->fields_n || m->kind->fields[field].type != FIELD_TEXT ||
        !m->kind->fields[field].required)
        return yaml_form_say(f, node->line, "corrects", "must be a required field of type text");
    if (reason == m->kind->fields_n || !m->kind->fields[reason].required)
        return yaml_form_say(f, node->line, "corrects", "the kind must require the field reason");
    m->corrects_field = (int)field;
    return GZ_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* 1 to 4 marks or tabs, of CSV one: nothing that could stand in a number or a word. */
static bool is_delimiter(enum row_format format, struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i], letter = c | 0x20;
        if ((c <= ' ' && c != '\t') || c > '~' || c == '"' || (c >= '0' && c <= '9') ||
            (letter >= 'a' && letter <= 'z') || c == '.' || c == '-')
            return false;
    }
    return text.n > 0 && text.n <= (format == ROWS_CSV ? 1 : MAPPING_DELIMITER_MAX);
}

static enum gz_err read_delimiter(struct yaml_form *f, const struct yaml_node *root,
                                  struct mapping *m)
{
    const struct yaml_node *node = yaml_get(root, "delimiter");
    m->delimiter = m->format == ROWS_CSV ? BYTES_LIT(",") : BYTES_LIT("|");
    if (node == NULL) return GZ_OK;
    if (m->format != ROWS_DELIMITED && m->format != ROWS_CSV)
        return yaml_form_say(f, node->line, "delimiter", "this format has none");
    if (node->kind != YAML_SCALAR || !is_delimiter(m->format, node->text))
        return yaml_form_say(f, node->line, "delimiter",
                             "must be 1 to 4 marks of ASCII, of CSV one");
    m->delimiter = node->text;
    return GZ_OK;
}

/* /batch/rows/row: the elements from the root to a row. */
static enum gz_err read_row_path(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping *m)
{
    const struct yaml_node *node = yaml_get(root, "row");
    if (m->format != ROWS_XML && node == NULL) return GZ_OK;
    if (m->format != ROWS_XML)
        return yaml_form_say(f, node->line, "row", "has a meaning in XML only");
    TRY(yaml_form_text(f, root, "row", MAPPING_HEADER_MAX, &m->row));
    const struct bytes path = m->row;
    const bool         parts = path.n > 2 && path.p[0] == '/' && path.p[path.n - 1] != '/' &&
                       memmem(path.p, path.n, "//", 2) == NULL &&
                       memchr(path.p + 1, '/', path.n - 1) != NULL;
    if (path.n > 0 && !parts) return yaml_form_say(f, node->line, "row", "must be like /root/row");
    return GZ_OK;
}

static enum gz_err read_format(struct yaml_form *f, const struct yaml_node *root, struct mapping *m)
{
    size_t format = ROWS_DELIMITED;
    TRY(yaml_form_word(f, root, "format", formats, COUNT_OF(formats), YAML_OPTIONAL, &format));
    m->format = (enum row_format)format;
    TRY(read_delimiter(f, root, m));
    return read_row_path(f, root, m);
}

static enum gz_err read_head(struct yaml_form *f, const struct yaml_node *root, struct mapping *m)
{
    size_t charset = 0;
    TRY(yaml_form_text(f, root, "file", MAPPING_FILE_MAX, &m->file));
    TRY(yaml_form_text(f, root, "source", MAPPING_SOURCE_MAX, &m->source));
    TRY(yaml_form_text(f, root, "event_number", MAPPING_HEADER_MAX, &m->event_header));
    TRY(yaml_form_word(f, root, "charset", charsets, COUNT_OF(charsets), YAML_REQUIRED, &charset));
    m->charset = (enum charset)charset;
    TRY(read_format(f, root, m));
    static const char word[] = "must be letters, digits, '.', '-' or '_'";
    if (m->file.n > 0 && !is_word(m->file))
        TRY(yaml_form_say(f, yaml_get(root, "file")->line, "file", word));
    if (m->source.n > 0 && !item_is_source(m->source))
        TRY(yaml_form_say(f, yaml_get(root, "source")->line, "source", word));
    if (m->event_header.n > 0 && !mapping_is_header(m, m->event_header))
        TRY(yaml_form_say(f, yaml_get(root, "event_number")->line, "event_number",
                          "cannot be a header: blanks or the delimiter"));
    return GZ_OK;
}

enum gz_err mapping_file_decode(struct bytes text, const char *path, const struct kind_file *kinds,
                                size_t kinds_n, struct mapping_file *out, struct buf *why)
{
    static const char *const names[] = {
        "kind",    "file",         "source", "charset",  "format",    "delimiter", "row",
        "columns", "event_number", "matter", "corrects", "constants", "control",   "ignored"};
    struct yaml_form        f = {.path = path, .why = why};
    const struct yaml_node *root;
    struct bytes            name = {0};
    *out = (struct mapping_file){0};
    TRY(yaml_form_open(&f, text, &out->tree, &root));
    if (root == NULL) return GZ_OK;
    TRY(yaml_form_names(&f, root, names, COUNT_OF(names)));
    TRY(yaml_form_text(&f, root, "kind", KIND_NAME_MAX, &name));
    TRY(read_head(&f, root, &out->mapping));
    const struct kind_file *kind = find_kind(kinds, kinds_n, name);
    if (name.n == 0) return GZ_OK;
    if (kind == NULL) return yaml_form_say(&f, yaml_get(root, "kind")->line, "kind", "unknown");
    if (!kind->usable) return GZ_OK; /* its own defects are told already */
    out->mapping.kind = &kind->kind;
    TRY(read_matter(&f, root, &out->mapping));
    TRY(read_corrects(&f, root, &out->mapping));
    TRY(read_constants(&f, root, out));
    TRY(mapping_columns_read(&f, root, out));
    TRY(mapping_control_read(&f, root, &out->mapping));
    TRY(mapping_ignored_read(&f, root, out));
    out->usable = !f.refused;
    return GZ_OK;
}

void mapping_file_fini(struct mapping_file *m)
{
    free(m->columns);
    free(m->constants);
    free(m->codes);
    free(m->ignored);
    yaml_tree_free(&m->tree);
    *m = (struct mapping_file){0};
}

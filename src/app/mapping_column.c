#include "app/mapping_column.h"

#include <stdlib.h>
#include <string.h>

#include "compliance/tripwire.h"

bool mapping_is_header(const struct mapping *m, struct bytes text)
{
    if (!yaml_form_is_text(text, MAPPING_HEADER_MAX) || text.p[0] == ' ' ||
        text.p[text.n - 1] == ' ')
        return false;
    if (m->format == ROWS_CSV) return true;
    if (m->format == ROWS_DELIMITED)
        return memmem(text.p, text.n, m->delimiter.p, m->delimiter.n) == NULL;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '/' && (i == 0 || i + 1 == text.n || text.p[i - 1] == '/')) return false;
    return true;
}

/* --- conversions ------------------------------------------------------------------------------ */

static enum gz_err read_codes(struct yaml_form *f, const struct yaml_node *map,
                              const struct kind_field *field, struct mapping_file *out,
                              struct conversion *c)
{
    const struct yaml_node *codes = yaml_get(map, "codes");
    if (codes == NULL) return GZ_OK;
    if (codes->kind != YAML_MAP || codes->count == 0)
        return yaml_form_say(f, codes->line, "codes", "must be a map that is not empty");
    if (out->codes_n + codes->count > CONVERSION_CODES_MAX)
        return yaml_form_say(f, codes->line, "codes", "over 1024 in this mapping");
    c->codes = out->codes + out->codes_n;
    for (const struct yaml_node *n = codes->first; n != NULL; n = n->next) {
        bool known = field->type != FIELD_ENUM;
        for (size_t i = 0; !known && i < field->choices_n && n->kind == YAML_SCALAR; i++)
            known = bytes_eq(field->choices[i], n->text);
        if (n->duplicate || n->kind != YAML_SCALAR || n->text.n == 0 || !known)
            TRY(yaml_form_say(f, n->line, (const char *)n->key.p,
                              n->duplicate ? "stands here twice" : "is no value of the field"));
        else out->codes[out->codes_n++] = (struct code_pair){n->key, n->text};
    }
    c->codes_n = (size_t)(out->codes + out->codes_n - c->codes);
    return GZ_OK;
}

static enum gz_err read_date(struct yaml_form *f, const struct yaml_node *map,
                             const struct kind_field *field, struct conversion *c)
{
    const struct yaml_node *node = yaml_get(map, "date");
    if (node == NULL) return GZ_OK;
    const enum date_parts parts = field->type == FIELD_TIME ? DATE_DAY_AND_TIME : DATE_DAY;
    if (field->type != FIELD_DATE && field->type != FIELD_TIME)
        return yaml_form_say(f, node->line, "date", "the field is neither a date nor a time");
    if (node->kind != YAML_SCALAR || !conversion_is_date(node->text, parts))
        return yaml_form_say(f, node->line, "date",
                             parts == DATE_DAY ? "must have YYYY, MM and DD once each"
                                               : "must have YYYY, MM, DD, hh, mm and ss once each");
    c->date = node->text;
    return GZ_OK;
}

static enum gz_err check_conversion(struct yaml_form *f, const struct yaml_node *map,
                                    const struct kind_field *field, const struct conversion *c)
{
    const bool changes = c->codes_n > 0 || c->thousands || c->fen || c->date.n > 0;
    if ((c->thousands || c->fen) && field->type != FIELD_MONEY)
        TRY(yaml_form_say(f, map->line, c->fen ? "fen" : "thousands", "the field is no money"));
    if (c->codes_n > 0 && (c->thousands || c->fen || c->date.n > 0))
        TRY(yaml_form_say(f, map->line, "codes", "not together with other conversions"));
    if (c->digits > 0 && changes)
        TRY(yaml_form_say(f, map->line, "digits", "not together with other conversions"));
    if (field->type == FIELD_FILE && (changes || c->half_width || c->digits > 0))
        TRY(yaml_form_say(f, map->line, "field", "the name of a file is only trimmed"));
    return GZ_OK;
}

static enum gz_err read_conversion(struct yaml_form *f, const struct yaml_node *map,
                                   const struct kind_field *field, struct mapping_file *out,
                                   struct conversion *c)
{
    static const char *const names[] = {"field", "trim",       "half_width", "thousands", "fen",
                                        "date",  "keep_zeros", "digits",     "codes"};
    uint64_t                 digits = 0;
    TRY(yaml_form_names(f, map, names, COUNT_OF(names)));
    TRY(yaml_form_bool(f, map, "trim", YAML_OPTIONAL, &c->trim));
    TRY(yaml_form_bool(f, map, "half_width", YAML_OPTIONAL, &c->half_width));
    TRY(yaml_form_bool(f, map, "thousands", YAML_OPTIONAL, &c->thousands));
    TRY(yaml_form_bool(f, map, "fen", YAML_OPTIONAL, &c->fen));
    TRY(yaml_form_bool(f, map, "keep_zeros", YAML_OPTIONAL, &c->keep_zeros));
    TRY(read_date(f, map, field, c));
    TRY(read_codes(f, map, field, out, c));
    if (yaml_get(map, "digits") != NULL)
        TRY(yaml_form_integer(f, map, "digits", CONVERSION_DIGITS_MAX, &digits));
    c->digits = (unsigned)digits;
    return check_conversion(f, map, field, c);
}

/* --- columns ---------------------------------------------------------------------------------- */

static bool has_column(const struct mapping *m, size_t field)
{
    for (size_t i = 0; i < m->columns_n; i++)
        if (m->columns[i].field == field) return true;
    return false;
}

static bool has_constant(const struct mapping *m, size_t field)
{
    for (size_t i = 0; i < m->constants_n; i++)
        if (m->constants[i].field == field) return true;
    return false;
}

static const char *column_defect(const struct mapping *m, const struct yaml_node *node,
                                 size_t *field)
{
    const struct yaml_node *name = node->kind == YAML_MAP ? yaml_get(node, "field") : node;
    if (name == NULL || name->kind != YAML_SCALAR) return "must be the name of a field";
    if (!mapping_is_header(m, node->key))
        return "cannot be a header: too long, blanks, the delimiter or controls";
    if (bytes_eq(node->key, m->event_header)) return "is the header of the event number";
    if (tripwire_name(node->key) != TRIPWIRE_NONE)
        return "is of what authenticates a person (C3): it may not be taken";
    *field = kind_find(m->kind, name->text);
    if (*field == m->kind->fields_n) return "the kind has no such field";
    if (m->kind->fields[*field].derived) return "is made at intake: no column may bring it";
    if (has_constant(m, *field)) return "the field is constant";
    return has_column(m, *field) ? "the field has a column already" : NULL;
}

static enum gz_err read_column(struct yaml_form *f, const struct yaml_node *node,
                               struct mapping_file *out)
{
    struct mapping       *m = &out->mapping;
    struct mapping_column column = {.header = node->key};
    const char           *defect =
        node->duplicate ? "stands here twice" : column_defect(m, node, &column.field);
    if (defect != NULL) return yaml_form_say(f, node->line, (const char *)node->key.p, defect);
    if (node->kind == YAML_MAP)
        TRY(read_conversion(f, node, &m->kind->fields[column.field], out, &column.conversion));
    out->columns[m->columns_n++] = column;
    return GZ_OK;
}

static enum gz_err check_required(struct yaml_form *f, const struct yaml_node *map,
                                  const struct mapping *m)
{
    for (size_t i = 0; i < m->kind->fields_n; i++)
        if (m->kind->fields[i].required && !has_column(m, i) && !has_constant(m, i))
            TRY(yaml_form_say(f, map->line, (const char *)m->kind->fields[i].name.p,
                              "is required by the kind and has no column"));
    return GZ_OK;
}

enum gz_err mapping_columns_read(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping_file *out)
{
    struct mapping         *m = &out->mapping;
    const struct yaml_node *map;
    TRY(yaml_form_member(f, root, "columns", YAML_MAP, &map));
    if (map == NULL) return GZ_OK;
    if (map->count == 0 || map->count > CATALOG_COLUMNS_MAX)
        return yaml_form_say(f, map->line, "columns", "must be 1 to 256");
    out->columns = calloc(map->count, sizeof out->columns[0]);
    out->codes = calloc(CONVERSION_CODES_MAX, sizeof out->codes[0]);
    if (out->columns == NULL || out->codes == NULL) return GZ_MEMORY;
    m->columns = out->columns;
    for (const struct yaml_node *c = map->first; c != NULL; c = c->next)
        TRY(read_column(f, c, out));
    return check_required(f, map, m);
}

/* --- control totals --------------------------------------------------------------------------- */

static enum gz_err read_mark(struct yaml_form *f, const struct yaml_node *map, struct mapping *m)
{
    const struct yaml_node *node = yaml_get(map, "mark");
    const bool              trailer = m->control.from == CONTROL_TRAILER;
    if (!trailer)
        return node == NULL ? GZ_OK : yaml_form_say(f, node->line, "mark", "is of a trailer only");
    if (m->format != ROWS_DELIMITED && m->format != ROWS_CSV)
        return yaml_form_say(f, map->line, "from", "this format has no trailer: use file");
    return yaml_form_text(f, map, "mark", MAPPING_HEADER_MAX, &m->control.mark);
}

static enum gz_err read_sum(struct yaml_form *f, const struct yaml_node *map, struct mapping *m)
{
    struct bytes            header = {0};
    const struct yaml_node *node = yaml_get(map, "sum");
    m->control.sum_column = m->columns_n;
    if (node == NULL) return GZ_OK;
    TRY(yaml_form_text(f, map, "sum", MAPPING_HEADER_MAX, &header));
    size_t i = 0;
    while (i < m->columns_n && !bytes_eq(m->columns[i].header, header)) i++;
    if (i == m->columns_n || m->kind->fields[m->columns[i].field].type != FIELD_MONEY)
        return yaml_form_say(f, node->line, "sum", "must be the header of a column of money");
    m->control.sum_column = i;
    return GZ_OK;
}

enum gz_err mapping_control_read(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping *m)
{
    static const char *const names[] = {"from", "mark", "sum"};
    static const char *const places[] = {"trailer", "file"};
    const struct yaml_node  *map;
    size_t                   from = 0;
    if (yaml_get(root, "control") == NULL) return GZ_OK;
    TRY(yaml_form_member(f, root, "control", YAML_MAP, &map));
    if (map == NULL) return GZ_OK;
    TRY(yaml_form_names(f, map, names, COUNT_OF(names)));
    TRY(yaml_form_word(f, map, "from", places, COUNT_OF(places), YAML_REQUIRED, &from));
    m->control.from = from == 0 ? CONTROL_TRAILER : CONTROL_FILE;
    TRY(read_mark(f, map, m));
    return read_sum(f, map, m);
}

/* --- what is passed over ---------------------------------------------------------------------- */

/* Of XML, from the root, and neither the rows nor on the way to them. */
static bool is_beside_rows(const struct mapping *m, struct bytes path)
{
    if (m->format != ROWS_XML || path.n < 2 || path.p[0] != '/') return false;
    const bool on_way =
        bytes_starts(m->row, path) && (m->row.n == path.n || m->row.p[path.n] == '/');
    return !on_way && mapping_is_header(m, bytes_slice(path, 1, path.n));
}

static const char *ignored_defect(const struct mapping *m, const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR ||
        (!mapping_is_header(m, node->text) && !is_beside_rows(m, node->text)))
        return "must be a list of headers or paths";
    if (bytes_eq(node->text, m->event_header)) return "is the header of the event number";
    for (size_t i = 0; i < m->columns_n; i++)
        if (bytes_eq(node->text, m->columns[i].header)) return "has a column";
    return NULL;
}

enum gz_err mapping_ignored_read(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping_file *out)
{
    struct mapping         *m = &out->mapping;
    const struct yaml_node *list;
    if (yaml_get(root, "ignored") == NULL) return GZ_OK;
    TRY(yaml_form_member(f, root, "ignored", YAML_SEQUENCE, &list));
    if (list == NULL) return GZ_OK;
    if (list->count == 0 || list->count > CATALOG_COLUMNS_MAX)
        return yaml_form_say(f, list->line, "ignored", "must be 1 to 256");
    out->ignored = calloc(list->count, sizeof out->ignored[0]);
    if (out->ignored == NULL) return GZ_MEMORY;
    m->ignored = out->ignored;
    for (const struct yaml_node *n = list->first; n != NULL; n = n->next) {
        const char *defect = ignored_defect(m, n);
        if (defect != NULL) TRY(yaml_form_say(f, n->line, "ignored", defect));
        else out->ignored[m->ignored_n++] = n->text;
    }
    return GZ_OK;
}

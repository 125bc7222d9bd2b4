#include "app/kind_file.h"

#include <stdlib.h>
#include <string.h>

#include "app/yaml_form.h"
#include "base/text.h"

static const char *const type_names[] = {
    [FIELD_TEXT] = "text",           [FIELD_ENUM] = "enum",
    [FIELD_MONEY] = "money",         [FIELD_RATE] = "rate",
    [FIELD_DATE] = "date",           [FIELD_TIME] = "time",
    [FIELD_ID_NUMBER] = "id_number", [FIELD_CREDIT_CODE] = "credit_code",
    [FIELD_PHONE] = "phone",         [FIELD_ACCOUNT] = "account",
    [FIELD_FILE] = "file",
};
/* JR/T 0171; C3 (what authenticates a person) is never recorded. */
static const char *const classes[] = {"C1", "C2"};
static const char *const masks[] = {"none", "last6", "name", "id", "phone", "card", "hidden"};

static const struct bytes file_prefix = {(const uint8_t *)"file/", 5};

enum { FILE_NUMBER_MAX = 9999 };

/* [a-z][a-z0-9_]*, so many parts or more, apart by dots. */
static bool is_dotted(struct bytes name, size_t parts_min)
{
    size_t parts = 0;
    bool   starts = true;
    for (size_t i = 0; i < name.n; i++) {
        const uint8_t c = name.p[i];
        const bool    letter = c >= 'a' && c <= 'z';
        if (starts && !letter) return false;
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '.') return false;
        parts += starts;
        starts = c == '.';
    }
    return !starts && parts >= parts_min;
}

static bool is_file_name(struct bytes name)
{
    uint64_t n = 0;
    return bytes_starts(name, file_prefix) &&
           text_to_u64(bytes_slice(name, file_prefix.n, name.n), FILE_NUMBER_MAX, &n) == GZ_OK &&
           n > 0;
}

/* Is the file's name <kind>.yaml? */
static bool is_named(const char *path, struct bytes kind)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return strlen(name) == kind.n + 5 && memcmp(name, kind.p, kind.n) == 0 &&
           strcmp(name + kind.n, ".yaml") == 0;
}

size_t kind_find(const struct kind *k, struct bytes field)
{
    size_t i = 0;
    while (i < k->fields_n && !bytes_eq(k->fields[i].name, field)) i++;
    return i;
}

/* --- one field -------------------------------------------------------------------------------- */

static enum gz_err read_choices(struct yaml_form *f, const struct yaml_node *map,
                                struct bytes *room, struct kind_field *out)
{
    const struct yaml_node *list;
    TRY(yaml_form_member(f, map, "choices", YAML_SEQUENCE, &list));
    if (list == NULL) return GZ_OK;
    if (list->count == 0 || list->count > KIND_CHOICES_MAX)
        return yaml_form_say(f, list->line, "choices", "must be 1 to 64");
    for (const struct yaml_node *c = list->first; c != NULL; c = c->next) {
        if (c->kind != YAML_SCALAR || !yaml_form_is_text(c->text, KIND_LABEL_MAX))
            return yaml_form_say(f, c->line, "choices", "must be texts");
        for (size_t i = 0; i < out->choices_n; i++)
            if (bytes_eq(room[i], c->text))
                TRY(yaml_form_say(f, c->line, "choices", "one stands here twice"));
        room[out->choices_n++] = c->text;
    }
    out->choices = room;
    return GZ_OK;
}

/* What only some types have must not stand with the others: it would be believed and ignored. */
static enum gz_err refuse_strangers(struct yaml_form *f, const struct yaml_node *map,
                                    enum field_type type)
{
    static const struct {
        const char     *name;
        enum field_type type;
    } only[] = {{"max", FIELD_TEXT},
                {"choices", FIELD_ENUM},
                {"positive", FIELD_MONEY},
                {"not_before", FIELD_DATE}};
    for (size_t i = 0; i < COUNT_OF(only); i++) {
        const struct yaml_node *node = yaml_get(map, only[i].name);
        if (node != NULL && only[i].type != type)
            TRY(yaml_form_say(f, node->line, only[i].name, "has no meaning for this type"));
    }
    return GZ_OK;
}

static enum gz_err read_typed(struct yaml_form *f, const struct yaml_node *map,
                              struct bytes *choices, struct kind_field *out)
{
    size_t   type = COUNT_OF(type_names);
    uint64_t max = 0;
    TRY(yaml_form_word(f, map, "type", type_names, COUNT_OF(type_names), YAML_REQUIRED, &type));
    if (type == COUNT_OF(type_names)) return GZ_OK;
    out->type = (enum field_type)type;
    TRY(refuse_strangers(f, map, out->type));
    if (out->type == FIELD_TEXT) TRY(yaml_form_integer(f, map, "max", CATALOG_TEXT_MAX, &max));
    out->max = (size_t)max;
    if (out->type == FIELD_ENUM) TRY(read_choices(f, map, choices, out));
    if (out->type == FIELD_MONEY)
        TRY(yaml_form_bool(f, map, "positive", YAML_OPTIONAL, &out->positive));
    return GZ_OK;
}

static const char *name_defect(const struct kind_field *field)
{
    if (field->type == FIELD_FILE)
        return is_file_name(field->name) ? NULL : "of a file must be file/1 to file/9999";
    if (!is_dotted(field->name, 1)) return "must be a-z 0-9 _ in parts apart by dots";
    if (entry_is_member(field->name)) return "is that of an entry member";
    /* The verification judges it as a time (evidence format, check 6). */
    if (bytes_eq(field->name, BYTES_LIT("occurred_at")) && field->type != FIELD_TIME)
        return "occurred_at must be of type time";
    return NULL;
}

static enum gz_err read_field(struct yaml_form *f, const struct yaml_node *map,
                              struct bytes *choices, struct kind_field *out)
{
    static const char *const names[] = {"name",     "label",    "type",       "max",   "choices",
                                        "positive", "required", "not_before", "class", "mask"};
    size_t                   field_class = 0, mask = 0;
    out->not_before = -1;
    if (map->kind != YAML_MAP) return yaml_form_say(f, map->line, "fields", "must be maps");
    TRY(yaml_form_names(f, map, names, COUNT_OF(names)));
    TRY(yaml_form_text(f, map, "name", DISCLOSURE_NAME_MAX, &out->name));
    TRY(yaml_form_text(f, map, "label", KIND_LABEL_MAX, &out->label));
    TRY(yaml_form_bool(f, map, "required", YAML_REQUIRED, &out->required));
    TRY(yaml_form_word(f, map, "class", classes, COUNT_OF(classes), YAML_REQUIRED, &field_class));
    TRY(yaml_form_word(f, map, "mask", masks, COUNT_OF(masks), YAML_REQUIRED, &mask));
    TRY(read_typed(f, map, choices, out));
    out->field_class = bytes_str(classes[field_class]);
    out->mask = bytes_str(masks[mask]);
    const char *defect = out->name.n == 0 ? NULL : name_defect(out);
    return defect == NULL ? GZ_OK : yaml_form_say(f, map->line, "name", defect);
}

/* --- all of them ------------------------------------------------------------------------------ */

static enum gz_err resolve_not_before(struct yaml_form *f, const struct yaml_node *map,
                                      const struct kind *k, struct kind_field *field)
{
    const struct yaml_node *node = yaml_get(map, "not_before");
    if (node == NULL || field->type != FIELD_DATE) return GZ_OK;
    if (node->kind != YAML_SCALAR) return yaml_form_say(f, node->line, "not_before", "no name");
    const size_t i = kind_find(k, node->text);
    if (i == k->fields_n || &k->fields[i] == field || k->fields[i].type != FIELD_DATE)
        return yaml_form_say(f, node->line, "not_before", "names no other field of type date");
    field->not_before = (int)i;
    return GZ_OK;
}

static size_t count_choices(const struct yaml_node *list)
{
    size_t n = 0;
    for (const struct yaml_node *m = list->first; m != NULL; m = m->next) {
        const struct yaml_node *choices = yaml_get(m, "choices");
        if (choices != NULL && choices->count <= KIND_CHOICES_MAX) n += choices->count;
    }
    return n;
}

static enum gz_err check_together(struct yaml_form *f, const struct yaml_node *list,
                                  struct kind_file *out)
{
    const struct yaml_node *m = list->first;
    size_t                  files = 0;
    for (size_t i = 0; i < out->kind.fields_n; i++, m = m->next) {
        struct kind_field *field = &out->fields[i];
        if (field->name.n > 0 && kind_find(&out->kind, field->name) < i)
            TRY(yaml_form_say(f, m->line, "name", "stands here twice"));
        files += field->type == FIELD_FILE;
        TRY(resolve_not_before(f, m, &out->kind, field));
    }
    if (files > KIND_FILES_MAX) return yaml_form_say(f, list->line, "fields", "over 16 files");
    return GZ_OK;
}

static enum gz_err read_fields(struct yaml_form *f, const struct yaml_node *root,
                               struct kind_file *out)
{
    const struct yaml_node *list;
    TRY(yaml_form_member(f, root, "fields", YAML_SEQUENCE, &list));
    if (list == NULL) return GZ_OK;
    if (list->count == 0 || list->count > CATALOG_FIELDS_MAX)
        return yaml_form_say(f, list->line, "fields", "must be 1 to 128");
    out->fields = calloc(list->count, sizeof out->fields[0]);
    out->choices = calloc(count_choices(list) + 1, sizeof out->choices[0]);
    if (out->fields == NULL || out->choices == NULL) return GZ_MEMORY;
    out->kind.fields = out->fields;
    size_t choices = 0;
    for (const struct yaml_node *m = list->first; m != NULL; m = m->next) {
        struct kind_field *field = &out->fields[out->kind.fields_n++];
        TRY(read_field(f, m, out->choices + choices, field));
        choices += field->choices_n;
    }
    return check_together(f, list, out);
}

enum gz_err kind_file_decode(struct bytes text, const char *path, struct kind_file *out,
                             struct buf *why)
{
    static const char *const names[] = {"kind", "label", "legal_ground", "late_after", "fields"};
    struct yaml_form         f = {.path = path, .why = why};
    struct kind             *k = &out->kind;
    const struct yaml_node  *root;
    *out = (struct kind_file){0};
    TRY(yaml_form_open(&f, text, &out->tree, &root));
    if (root == NULL) return GZ_OK;
    TRY(yaml_form_names(&f, root, names, COUNT_OF(names)));
    TRY(yaml_form_text(&f, root, "kind", KIND_NAME_MAX, &k->name));
    TRY(yaml_form_text(&f, root, "label", KIND_LABEL_MAX, &k->label));
    TRY(yaml_form_text(&f, root, "legal_ground", KIND_GROUND_MAX, &k->legal_ground));
    TRY(yaml_form_integer(&f, root, "late_after", KIND_LATE_MAX_S, &k->late_after_s));
    TRY(read_fields(&f, root, out));
    const unsigned line = k->name.n > 0 ? yaml_get(root, "kind")->line : 0;
    if (k->name.n > 0 && !is_dotted(k->name, 2))
        TRY(yaml_form_say(&f, line, "kind", "must be a-z 0-9 _ in two or more parts"));
    else if (k->name.n > 0 && !is_named(path, k->name))
        TRY(yaml_form_say(&f, line, "kind", "the file must be named <kind>.yaml"));
    out->usable = !f.refused;
    return GZ_OK;
}

void kind_file_fini(struct kind_file *k)
{
    free(k->fields);
    free(k->choices);
    yaml_tree_free(&k->tree);
    *k = (struct kind_file){0};
}

#include "app/kind_field.h"

#include <stdlib.h>

#include "base/text.h"
#include "compliance/tripwire.h"

static const char *const type_names[] = {
    [FIELD_TEXT] = "text",           [FIELD_ENUM] = "enum",
    [FIELD_MONEY] = "money",         [FIELD_RATE] = "rate",
    [FIELD_DATE] = "date",           [FIELD_TIME] = "time",
    [FIELD_ID_NUMBER] = "id_number", [FIELD_CREDIT_CODE] = "credit_code",
    [FIELD_PHONE] = "phone",         [FIELD_ACCOUNT] = "account",
    [FIELD_FILE] = "file",
};
const char *field_type_name(enum field_type t)
{
    return type_names[t];
}

static const char *const      classes[] = {"C1", "C2"};
static const enum field_class class_values[] = {CLASS_C1, CLASS_C2};
static const char *const stores[] = {[STORE_IDENTITY] = "identity", [STORE_BUSINESS] = "business"};

static const struct bytes file_prefix = {(const uint8_t *)"file/", 5};

enum { FILE_NUMBER_MAX = 9999 };

bool kind_name_is_dotted(struct bytes name, size_t parts_min)
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
    if (!kind_name_is_dotted(field->name, 1)) return "must be a-z 0-9 _ in parts apart by dots";
    if (entry_is_member(field->name)) return "is that of an entry member";
    /* The verification judges it as a time (evidence format, check 6). */
    if (bytes_eq(field->name, BYTES_LIT("occurred_at")) && field->type != FIELD_TIME)
        return "occurred_at must be of type time";
    if (tripwire_name(field->name) != TRIPWIRE_NONE)
        return "is of what authenticates a person (C3): it may not be recorded";
    return NULL;
}

/* They show what was owed and when, and say of nobody that it was them. */
static bool is_amount_or_day(enum field_type t)
{
    return t == FIELD_MONEY || t == FIELD_RATE || t == FIELD_DATE || t == FIELD_TIME;
}

/* Who someone is stands apart from what they did, unless the file says otherwise. */
static enum gz_err read_protection(struct yaml_form *f, const struct yaml_node *map,
                                   struct kind_field *out)
{
    size_t field_class = COUNT_OF(classes), mask = MASK_HIDDEN, store = COUNT_OF(stores);
    TRY(yaml_form_word(f, map, "class", classes, COUNT_OF(classes), YAML_REQUIRED, &field_class));
    TRY(yaml_form_word(f, map, "mask", mask_words, MASKS, YAML_REQUIRED, &mask));
    TRY(yaml_form_word(f, map, "store", stores, COUNT_OF(stores), YAML_OPTIONAL, &store));
    out->field_class = field_class < COUNT_OF(classes) ? class_values[field_class] : CLASS_C2;
    out->mask = (enum mask)mask;
    out->store = out->field_class == CLASS_C2 && !is_amount_or_day(out->type) ? STORE_IDENTITY
                                                                              : STORE_BUSINESS;
    if (store < COUNT_OF(stores)) out->store = (enum field_store)store;
    return GZ_OK;
}

/* Nobody can be asked for what intake makes itself. */
static enum gz_err read_presence(struct yaml_form *f, const struct yaml_node *map,
                                 struct kind_field *out)
{
    TRY(yaml_form_bool(f, map, "required", YAML_REQUIRED, &out->required));
    TRY(yaml_form_bool(f, map, "derived", YAML_OPTIONAL, &out->derived));
    if (!out->derived || (!out->required && out->type != FIELD_FILE)) return GZ_OK;
    return yaml_form_say(f, map->line, "derived", "must be neither required nor a file");
}

static enum gz_err read_field(struct yaml_form *f, const struct yaml_node *map,
                              struct bytes *choices, struct kind_field *out)
{
    static const char *const names[] = {"name",     "label",    "type",         "max",   "choices",
                                        "positive", "required", "not_before",   "class", "mask",
                                        "store",    "derived",  "required_when"};
    out->not_before = out->when_field = -1;
    if (map->kind != YAML_MAP) return yaml_form_say(f, map->line, "fields", "must be maps");
    TRY(yaml_form_names(f, map, names, COUNT_OF(names)));
    TRY(yaml_form_text(f, map, "name", DISCLOSURE_NAME_MAX, &out->name));
    TRY(yaml_form_text(f, map, "label", KIND_LABEL_MAX, &out->label));
    TRY(read_protection(f, map, out));
    TRY(read_typed(f, map, choices, out));
    TRY(read_presence(f, map, out));
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

static bool has_choice(const struct kind_field *field, struct bytes text)
{
    for (size_t i = 0; i < field->choices_n; i++)
        if (bytes_eq(field->choices[i], text)) return true;
    return false;
}

/* required_when: method=人脸比对 */
static enum gz_err resolve_when(struct yaml_form *f, const struct yaml_node *map,
                                const struct kind *k, struct kind_field *field)
{
    static const char       name[] = "required_when";
    const struct yaml_node *node = yaml_get(map, name);
    if (node == NULL) return GZ_OK;
    if (node->kind != YAML_SCALAR)
        return yaml_form_say(f, node->line, name, "must be field=choice");
    const size_t       sign = bytes_find(node->text, '=');
    const size_t       i = kind_find(k, bytes_slice(node->text, 0, sign));
    const size_t       from = sign < node->text.n ? sign + 1 : sign;
    const struct bytes choice = bytes_slice(node->text, from, node->text.n);
    if (i == k->fields_n || &k->fields[i] == field || !has_choice(&k->fields[i], choice))
        return yaml_form_say(f, node->line, name, "names no choice of another field");
    if (field->required || field->derived)
        return yaml_form_say(f, node->line, name, "of a field that is required or derived anyway");
    field->when_field = (int)i;
    field->when_choice = choice;
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
        TRY(resolve_when(f, m, &out->kind, field));
    }
    if (files > KIND_FILES_MAX) return yaml_form_say(f, list->line, "fields", "over 16 files");
    return GZ_OK;
}

enum gz_err kind_fields_read(struct yaml_form *f, const struct yaml_node *root,
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

/* --- the common part -------------------------------------------------------------------------- */

enum gz_err kind_fields_join(struct yaml_form *f, unsigned line, const struct kind_file *common,
                             struct kind_file *out)
{
    const size_t       own = out->kind.fields_n, more = common->kind.fields_n;
    struct kind_field *all = reallocarray(out->fields, own + more + 1, sizeof all[0]);
    if (all == NULL) return GZ_MEMORY;
    out->fields = all;
    out->kind.fields = all;
    if (own + more > CATALOG_FIELDS_MAX)
        return yaml_form_say(f, line, "common", "over 128 fields together");
    for (size_t i = 0; i < more; i++) {
        struct kind_field *field = &all[own + i];
        *field = common->fields[i];
        if (field->not_before >= 0) field->not_before += (int)own;
        if (field->when_field >= 0) field->when_field += (int)own;
        if (kind_find(&out->kind, field->name) < own)
            TRY(yaml_form_say(f, line, "common", "has a field that stands here too"));
    }
    out->kind.fields_n = own + more;
    return GZ_OK;
}

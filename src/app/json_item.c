#include "app/json_item.h"

#include <stdlib.h>
#include <string.h>

#include "app/item_maker.h"
#include "app/json_tree.h"
#include "app/kind_file.h"
#include "base/text.h"
#include "core/base64.h"

enum {
    POINTER_MAX = 512, /* bytes of a JSON pointer; a longer one names what it stands in */
    POINTER_NAME_MAX = 128,
    /* A pointer a node at most, and sentences and slack of the values. */
    ITEM_MEMORY = JSON_TREE_MEMORY + JSON_TREE_NODES_MAX * POINTER_MAX + CATALOG_FIELDS_MAX * 2048,
};

struct json_item_reader {
    const struct catalog         *catalog;
    const struct json_item_parts *parts;
    struct arena                  arena;
    struct item_maker             maker;
    size_t                        files_n;
    struct buf                    files[KIND_FILES_MAX]; /* decoded */
};

/* --- JSON pointers ---------------------------------------------------------------------------- */

/* A member of another making may be called anything: what could deceive on a terminal, or is very
 * long, is told by where it stands. */
static bool is_presentable(struct bytes name)
{
    return name.n <= POINTER_NAME_MAX && !field_has_hidden(name);
}

static size_t add_token(char *p, struct bytes name)
{
    size_t n = 0;
    p[n++] = '/';
    for (size_t i = 0; i < name.n; i++) {
        const bool escape = name.p[i] == '~' || name.p[i] == '/';
        p[n++] = escape ? '~' : (char)name.p[i];
        if (escape) p[n++] = name.p[i] == '~' ? '0' : '1';
    }
    return n;
}

/* parent/name; parent itself where there is no room. */
static struct bytes pointer(struct json_item_reader *r, struct bytes parent, struct bytes name)
{
    if (!is_presentable(name) || parent.n + 2 * name.n + 1 > POINTER_MAX) return parent;
    char *p = arena_alloc(&r->arena, parent.n + 2 * name.n + 1);
    if (p == NULL) return parent;
    if (parent.n > 0) memcpy(p, parent.p, parent.n);
    return (struct bytes){(const uint8_t *)p, parent.n + add_token(p + parent.n, name)};
}

static struct bytes pointer_at(struct json_item_reader *r, struct bytes parent, size_t at)
{
    char digits[TEXT_U64_SIZE];
    return pointer(r, parent, bytes_str(text_of_u64(at, digits)));
}

/* --- members ---------------------------------------------------------------------------------- */

/* Those that are unknown or stand there twice. */
static void check_members(struct json_item_reader *r, const struct json_node *object,
                          struct bytes at, const char *const *names, size_t n)
{
    for (const struct json_node *m = object->first; m != NULL; m = m->next) {
        bool known = false;
        for (size_t i = 0; i < n; i++) known = known || bytes_eq(m->key, bytes_str(names[i]));
        if (known && !m->duplicate) continue;
        item_maker_refuse(&r->maker, pointer(r, at, m->key),
                          known ? CELL_JSON_DUPLICATE : CELL_JSON_UNKNOWN);
    }
}

/* The text of a required member; empty where it has a defect. */
static struct bytes text_member(struct json_item_reader *r, const struct json_node *object,
                                struct bytes at, const char *name, struct bytes *column)
{
    const struct json_node *m = json_tree_get(object, bytes_str(name));
    *column = pointer(r, at, bytes_str(name));
    if (m != NULL && m->kind == JSON_STRING && m->text.n > 0) return m->text;
    item_maker_refuse(&r->maker, *column,
                      m == NULL || m->kind == JSON_STRING ? CELL_REQUIRED : CELL_JSON_STRING);
    return (struct bytes){0};
}

/* --- files ------------------------------------------------------------------------------------ */

static enum gz_err decode_content(struct json_item_reader *r, struct bytes text, struct bytes *out,
                                  bool *good)
{
    struct buf *content = &r->files[r->files_n++];
    size_t      n = 0;
    if (text.n == 0) return GZ_OK;
    TRY(buf_reserve(content, base64_decoded_max(text.n)));
    *good = base64_decode(BASE64_STD_PADDED, text, content->p, content->cap, &n) == GZ_OK;
    content->n = n;
    *out = buf_bytes(content);
    return GZ_OK;
}

/* From content_base64 or a part; *what: why there is none. */
static enum gz_err find_content(struct json_item_reader *r, const struct json_node *file,
                                struct bytes *out, enum cell_defect *what)
{
    const struct json_node *text = json_tree_get(file, BYTES_LIT("content_base64"));
    const struct json_node *part = json_tree_get(file, BYTES_LIT("part"));
    const struct json_node *given = text != NULL ? text : part;
    bool                    good = true;
    *what = (text == NULL) == (part == NULL) ? CELL_FILE_SOURCE : CELL_NONE;
    if (*what != CELL_NONE) return GZ_OK;
    if (given->kind != JSON_STRING) {
        *what = CELL_JSON_STRING;
        return GZ_OK;
    }
    if (text != NULL) {
        TRY(decode_content(r, text->text, out, &good));
        *what = good ? CELL_NONE : CELL_FILE_BASE64;
        return GZ_OK;
    }
    good = r->parts != NULL && r->parts->part(r->parts->ctx, part->text, out);
    *what = good ? CELL_NONE : CELL_FILE_PART;
    return GZ_OK;
}

/* The field that a file names; fields_n where that is a defect. */
static size_t file_field(struct json_item_reader *r, const struct json_node *file, struct bytes at)
{
    const struct kind *k = r->maker.kind;
    struct bytes       column;
    const struct bytes name = text_member(r, file, at, "field", &column);
    if (name.n == 0) return k->fields_n;
    const size_t field = kind_find(k, name);
    if (field < k->fields_n && k->fields[field].type == FIELD_FILE && !r->maker.given[field])
        return field;
    item_maker_refuse(&r->maker, column, CELL_FILE_FIELD);
    return k->fields_n;
}

static bool agrees(const struct json_node *media_type, const struct original *o)
{
    return media_type == NULL || (media_type->kind == JSON_STRING &&
                                  bytes_eq(media_type->text, bytes_str(o->media_type)));
}

static enum gz_err take_file(struct json_item_reader *r, const struct json_node *file,
                             struct bytes at)
{
    static const char *const names[] = {"field", "name", "media_type", "content_base64", "part"};
    struct bytes             content = {0}, column;
    struct original          o = {0};
    if (file->kind != JSON_OBJECT) {
        item_maker_refuse(&r->maker, at, CELL_JSON_OBJECT);
        return GZ_OK;
    }
    check_members(r, file, at, names, COUNT_OF(names));
    const size_t       field = file_field(r, file, at);
    const struct bytes name = text_member(r, file, at, "name", &column);
    enum cell_defect   what;
    if (field == r->maker.kind->fields_n) return GZ_OK;
    TRY(find_content(r, file, &content, &what));
    if (what == CELL_NONE && name.n > 0) original_check(name, content, &o);
    if (what == CELL_NONE && name.n > 0 && o.defect == CELL_NONE &&
        !agrees(json_tree_get(file, BYTES_LIT("media_type")), &o))
        what = CELL_FILE_MEDIA_TYPE;
    if (name.n == 0 || what != CELL_NONE) item_maker_spoilt(&r->maker, field, at, what);
    else item_maker_original(&r->maker, field, at, &o, content);
    return GZ_OK;
}

static enum gz_err take_files(struct json_item_reader *r, const struct json_node *files)
{
    const struct bytes at = BYTES_LIT("/files");
    size_t             n = 0;
    if (files == NULL) return GZ_OK;
    if (files->kind != JSON_ARRAY || files->count > COUNT_OF(r->files)) {
        item_maker_refuse(&r->maker, at,
                          files->kind != JSON_ARRAY ? CELL_JSON_ARRAY : CELL_FILES_LIMIT);
        return GZ_OK;
    }
    for (const struct json_node *f = files->first; f != NULL; f = f->next, n++)
        TRY(take_file(r, f, pointer_at(r, at, n)));
    return GZ_OK;
}

/* --- fields ----------------------------------------------------------------------------------- */

static enum gz_err take_field(struct json_item_reader *r, const struct json_node *m)
{
    const struct kind *k = r->maker.kind;
    const struct bytes column = pointer(r, BYTES_LIT("/fields"), m->key);
    const size_t       field = kind_find(k, m->key);
    enum cell_defect   what = CELL_NONE;
    if (field == k->fields_n) what = CELL_JSON_UNKNOWN;
    else if (m->duplicate) what = CELL_JSON_DUPLICATE;
    else if (k->fields[field].type == FIELD_FILE) what = CELL_FILE_IN_FIELDS;
    if (what != CELL_NONE) {
        item_maker_refuse(&r->maker, column, what);
        item_maker_name(&r->maker, column, m->key);
        return GZ_OK;
    }
    if (m->kind == JSON_STRING) return item_maker_text(&r->maker, field, column, m->text);
    item_maker_spoilt(&r->maker, field, column, CELL_JSON_STRING);
    return GZ_OK;
}

/* What the kind requires and nobody has given. */
static enum gz_err take_absent(struct json_item_reader *r)
{
    const struct kind *k = r->maker.kind;
    for (size_t i = 0; i < k->fields_n; i++) {
        if (r->maker.given[i]) continue;
        const struct bytes parent =
            k->fields[i].type == FIELD_FILE ? BYTES_LIT("/files") : BYTES_LIT("/fields");
        const struct bytes column =
            k->fields[i].type == FIELD_FILE ? parent : pointer(r, parent, k->fields[i].name);
        TRY(item_maker_text(&r->maker, i, column, (struct bytes){0}));
    }
    return GZ_OK;
}

static enum gz_err take_fields(struct json_item_reader *r, const struct json_node *root)
{
    const struct json_node *fields = json_tree_get(root, BYTES_LIT("fields"));
    if (fields == NULL || fields->kind != JSON_OBJECT) {
        item_maker_refuse(&r->maker, BYTES_LIT("/fields"),
                          fields == NULL ? CELL_REQUIRED : CELL_JSON_OBJECT);
        fields = NULL;
    }
    for (const struct json_node *m = fields == NULL ? NULL : fields->first; m != NULL; m = m->next)
        TRY(take_field(r, m));
    TRY(take_files(r, json_tree_get(root, BYTES_LIT("files"))));
    return fields == NULL ? GZ_OK : take_absent(r);
}

/* --- the item --------------------------------------------------------------------------------- */

static struct bytes take_source(struct json_item_reader *r, const struct json_node *root)
{
    struct bytes       column;
    const struct bytes text = text_member(r, root, (struct bytes){0}, "source", &column);
    if (text.n == 0 || item_is_source(text)) return text;
    item_maker_refuse(&r->maker, column, CELL_SOURCE);
    return (struct bytes){0};
}

static struct bytes take_matter(struct json_item_reader *r, const struct json_node *root)
{
    struct bytes       column;
    const struct bytes text = text_member(r, root, (struct bytes){0}, "matter", &column);
    if (text.n == 0) return text;
    const struct kind_field any = {.type = FIELD_TEXT, .max = INTAKE_MATTER_MAX};
    const enum cell_defect  what = field_check_text(&any, text);
    if (what == CELL_NONE) return item_maker_look(&r->maker, column, text);
    item_maker_refuse(&r->maker, column, what == CELL_LENGTH ? CELL_MATTER : what);
    return (struct bytes){0};
}

static void take_kind(struct json_item_reader *r, const struct json_node *root)
{
    struct bytes       column;
    const struct bytes name = text_member(r, root, (struct bytes){0}, "kind", &column);
    if (name.n == 0) return;
    r->maker.kind = catalog_kind(r->catalog, name);
    if (r->maker.kind == NULL) item_maker_refuse(&r->maker, column, CELL_KIND);
}

static bool requires(const struct kind *k, const char *name)
{
    const size_t field = kind_find(k, bytes_str(name));
    return field < k->fields_n && k->fields[field].required;
}

/* Only a kind that asks for a reason corrects anything; where it also says in a field what it
 * corrects, both say the same. That there is such an item is the use case's to find. */
static struct bytes take_corrects(struct json_item_reader *r, const struct json_node *root)
{
    const struct kind      *k = r->maker.kind;
    const struct bytes      none = {0}, column = BYTES_LIT("/corrects");
    const struct json_node *m = json_tree_get(root, BYTES_LIT("corrects"));
    const struct json_node *said =
        json_tree_get(json_tree_get(root, BYTES_LIT("fields")), BYTES_LIT("corrects"));
    const bool       is_empty = m == NULL || (m->kind == JSON_STRING && m->text.n == 0);
    enum cell_defect what = CELL_NONE;
    if (is_empty && !requires(k, "corrects")) return none;
    if (is_empty) what = CELL_REQUIRED;
    else if (m->kind != JSON_STRING) what = CELL_JSON_STRING;
    else if (!item_is_event_number(m->text)) what = CELL_EVENT_NUMBER;
    else if (!requires(k, "reason")) what = CELL_CORRECTS_KIND;
    else if (said != NULL && said->kind == JSON_STRING && !bytes_eq(said->text, m->text))
        what = CELL_CORRECTS_OTHER;
    if (what == CELL_NONE) return m->text;
    item_maker_refuse(&r->maker, column, what);
    return none;
}

static enum gz_err take_item(struct json_item_reader *r, const struct json_node *root,
                             struct intake_item *out)
{
    static const char *const names[] = {"event_number", "source", "kind", "matter",
                                        "corrects",     "fields", "files"};
    const struct bytes       whole = {0};
    struct bytes             column;
    if (root->kind != JSON_OBJECT) {
        item_maker_refuse(&r->maker, whole, CELL_JSON_OBJECT);
        return GZ_OK;
    }
    check_members(r, root, whole, names, COUNT_OF(names));
    const struct bytes number = text_member(r, root, whole, "event_number", &column);
    if (number.n > 0) out->event_number = item_maker_event_number(&r->maker, column, number);
    out->source = take_source(r, root);
    out->matter = take_matter(r, root);
    take_kind(r, root);
    if (r->maker.kind == NULL) return GZ_OK;
    out->corrects = take_corrects(r, root);
    return take_fields(r, root);
}

void json_item_forget(struct json_item_reader *r)
{
    for (size_t i = 0; i < r->files_n; i++) {
        if (r->files[i].p != NULL) explicit_bzero(r->files[i].p, r->files[i].n);
        buf_fini(&r->files[i]);
    }
    r->files_n = 0;
    if (r->arena.n > 0) explicit_bzero(r->arena.p, r->arena.n);
    r->arena.n = 0;
}

/* Unescaped texts are no longer than they were, and their values at most twice that. */
static enum gz_err make_room(struct json_item_reader *r, size_t text_n)
{
    const size_t want = ITEM_MEMORY + 3 * text_n;
    if (want <= r->arena.cap) return GZ_OK;
    uint8_t *p = malloc(want);
    if (p == NULL) return GZ_MEMORY;
    free(r->arena.p);
    r->arena = (struct arena){.p = p, .cap = want};
    return GZ_OK;
}

enum gz_err json_item_read(struct json_item_reader *r, struct bytes text, unsigned line,
                           struct time now, const struct json_item_parts *parts,
                           struct intake_item *out)
{
    const struct json_node *root;
    struct intake_item      item = {0};
    json_item_forget(r);
    r->parts = parts;
    item_maker_start(&r->maker, line, now, &r->arena);
    if (text.n <= JSON_ITEM_MAX) TRY(make_room(r, text.n));
    const enum gz_err e =
        text.n > JSON_ITEM_MAX ? GZ_LIMIT : json_tree_read(text, &r->arena, &root);
    if (e == GZ_MALFORMED || e == GZ_LIMIT)
        item_maker_refuse(&r->maker, (struct bytes){0}, CELL_JSON);
    else TRY(e);
    if (e == GZ_OK) TRY(take_item(r, root, &item));
    item_maker_end(&r->maker, &item);
    *out = item;
    return GZ_OK;
}

enum gz_err json_item_open(const struct catalog *catalog, struct json_item_reader **out)
{
    struct json_item_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return GZ_MEMORY;
    r->catalog = catalog;
    *out = r;
    return GZ_OK;
}

void json_item_close(struct json_item_reader **r)
{
    if (*r == NULL) return;
    json_item_forget(*r);
    free((*r)->arena.p);
    free(*r);
    *r = NULL;
}

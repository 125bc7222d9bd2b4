#include "host/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/file.h"
#include "host/yaml.h"

enum { LINE_NONE = 0, PATH_SIZE = 4096 };

struct value {
    int64_t         integer;
    size_t          n;     /* of a list */
    char          **texts; /* one, or those of STRINGS */
    struct config **maps;
};
struct config {
    const struct config_row *rows;
    size_t                   rows_n;
    struct value             values[];
};
/* What is being read, and where defects go. */
struct reading {
    const char *path, *folder;
    struct buf *defects;
    bool        refused;
};

static enum gz_err say(struct reading *r, unsigned line, const char *name, const char *what)
{
    r->refused = true;
    if (line == LINE_NONE) return buf_addf(r->defects, "%s: %s: %s\n", r->path, name, what);
    return buf_addf(r->defects, "%s:%u: %s: %s\n", r->path, line, name, what);
}

/* --- one value ------------------------------------------------------------------------------- */
static bool to_integer(struct bytes text, int64_t *out)
{
    const bool   minus = text.n > 0 && text.p[0] == '-';
    uint64_t     v;
    struct bytes digits = minus ? bytes_slice(text, 1, text.n) : text;
    if (text_to_u64(digits, INT64_MAX, &v) != GZ_OK) return false;
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

static bool to_duration(struct bytes text, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t     ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t   n = 0;
    uint64_t v;
    while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9') n++;
    if (text_to_u64(bytes_slice(text, 0, n), INT32_MAX, &v) != GZ_OK) return false;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (bytes_eq(bytes_slice(text, n, text.n), bytes_str(units[i].unit))) {
            *ms = (int64_t)v * units[i].ms;
            return true;
        }
    return false;
}

static bool is_choice(const char *choices, struct bytes text)
{
    struct bytes rest = bytes_str(choices);
    for (;;) {
        const size_t at = bytes_find(rest, '|');
        if (bytes_eq(bytes_slice(rest, 0, at), text)) return true;
        if (at == rest.n) return false;
        rest = bytes_slice(rest, at + 1, rest.n);
    }
}

static char *copy(struct reading *r, const struct config_row *row, struct bytes text)
{
    char path[PATH_SIZE];
    if (row->type == CONFIG_PATH && text.n > 0 && text.p[0] != '/') {
        const int n =
            snprintf(path, sizeof path, "%s/%.*s", r->folder, (int)text.n, (const char *)text.p);
        if (n < 0 || (size_t)n >= sizeof path) return NULL;
        text = bytes_str(path);
    }
    return strndup((const char *)text.p, text.n);
}

static const char *scalar_defect(const struct config_row *row, struct bytes text, int64_t *v)
{
    *v = (int64_t)text.n;
    if (row->type == CONFIG_INTEGER && !to_integer(text, v)) return "not a whole number";
    if (row->type == CONFIG_DURATION && !to_duration(text, v))
        return "not a duration such as 500ms, 10s, 5m, 2h, 1d";
    if (row->type == CONFIG_CHOICE) return is_choice(row->choices, text) ? NULL : "not a choice";
    return *v < row->min || *v > row->max ? "out of bounds" : NULL;
}

static enum gz_err bounds_of(const struct config_row *row, struct buf *out);

static enum gz_err take_scalar(struct reading *r, const struct config_row *row, unsigned line,
                               struct bytes text, struct value *out)
{
    const char *defect = scalar_defect(row, text, &out->integer);
    if (defect != NULL) {
        DEFER(buf_fini) struct buf what = {0};
        TRY(buf_addf(&what, "%s, expected ", defect));
        TRY(bounds_of(row, &what));
        TRY(buf_add_byte(&what, 0));
        return say(r, line, row->name, (const char *)what.p);
    }
    out->texts = calloc(1, sizeof *out->texts);
    if (out->texts == NULL) return GZ_MEMORY;
    out->n = 1;
    out->texts[0] = copy(r, row, text);
    return out->texts[0] == NULL ? GZ_MEMORY : GZ_OK;
}

/* --- lists and maps -------------------------------------------------------------------------- */
static enum gz_err take_map(struct reading *r, const struct yaml_node *map,
                            const struct config_row *rows, size_t rows_n, unsigned line,
                            struct config **out);

static enum gz_err take_item(struct reading *r, const struct config_row *row,
                             const struct yaml_node *item, struct value *out)
{
    const size_t i = out->n;
    if (row->type == CONFIG_MAPS) {
        if (item->kind != YAML_MAP) return say(r, item->line, row->name, "must hold maps");
        out->n++;
        return take_map(r, item, row->fields, row->fields_n, item->line, &out->maps[i]);
    }
    if (item->kind != YAML_SCALAR) return say(r, item->line, row->name, "must hold texts");
    out->texts[i] = strndup((const char *)item->text.p, item->text.n);
    out->n++;
    return out->texts[i] == NULL ? GZ_MEMORY : GZ_OK;
}

static enum gz_err take_list(struct reading *r, const struct config_row *row,
                             const struct yaml_node *list, struct value *out)
{
    if (list->kind != YAML_SEQUENCE) return say(r, list->line, row->name, "must be a list");
    if ((int64_t)list->count < row->min || (int64_t)list->count > row->max)
        return say(r, list->line, row->name, "too few or too many items");
    out->texts = calloc(list->count + 1, sizeof *out->texts);
    out->maps = calloc(list->count + 1, sizeof(struct config *));
    if (out->texts == NULL || out->maps == NULL) return GZ_MEMORY;
    for (const struct yaml_node *i = list->first; i != NULL; i = i->next)
        TRY(take_item(r, row, i, out));
    return GZ_OK;
}

static bool is_list(const struct config_row *row)
{
    return row->type == CONFIG_STRINGS || row->type == CONFIG_MAPS;
}

static enum gz_err take_row(struct reading *r, const struct config_row *row,
                            const struct yaml_node *node, unsigned line, struct value *out)
{
    if (node != NULL && is_list(row)) return take_list(r, row, node, out);
    if (node != NULL && node->kind != YAML_SCALAR) return say(r, node->line, row->name, "no value");
    if (node != NULL) return take_scalar(r, row, node->line, node->text, out);
    if (row->preset == NULL) return say(r, line, row->name, "is required");
    if (is_list(row)) return GZ_OK;
    if (row->preset[0] != 0) return take_scalar(r, row, LINE_NONE, bytes_str(row->preset), out);
    out->texts = calloc(1, sizeof *out->texts);
    return out->texts == NULL ? GZ_MEMORY : GZ_OK;
}

static const struct config_row *row_of(const struct config_row *rows, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    return NULL;
}

static enum gz_err take_map(struct reading *r, const struct yaml_node *map,
                            const struct config_row *rows, size_t rows_n, unsigned line,
                            struct config **out)
{
    DEFER(config_free)
    struct config *c = calloc(1, sizeof *c + rows_n * sizeof c->values[0]);
    if (c == NULL) return GZ_MEMORY;
    c->rows = rows;
    c->rows_n = rows_n;
    for (const struct yaml_node *n = map == NULL ? NULL : map->first; n != NULL; n = n->next) {
        const char *name = (const char *)n->key.p;
        if (n->duplicate) TRY(say(r, n->line, name, "stands here twice"));
        if (row_of(rows, rows_n, name) == NULL) TRY(say(r, n->line, name, "unknown name"));
    }
    for (size_t i = 0; i < rows_n; i++)
        TRY(take_row(r, &rows[i], yaml_get(map, rows[i].name), line, &c->values[i]));
    *out = c;
    c = NULL;
    return GZ_OK;
}

/* --- doors ----------------------------------------------------------------------------------- */
/* yaml.h says "line N: what"; here a defect begins with the file. */
static enum gz_err retell(const char *path, struct bytes why, struct buf *defects)
{
    for (struct bytes line; bytes_take_line(&why, &line);)
        TRY(buf_addf(defects, "%s: %.*s\n", path, (int)line.n, (const char *)line.p));
    return GZ_OK;
}

enum gz_err config_decode(struct bytes text, const char *path, const char *folder,
                          const struct config_row *rows, size_t rows_n, struct config **out,
                          struct buf *defects)
{
    DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    DEFER(buf_fini) struct buf              why = {0};
    DEFER(config_free) struct config       *c = NULL;
    struct reading                          r = {path, folder, defects, false};
    const enum gz_err e = yaml_tree_new(text, YAML_MARK_DUPLICATES, &tree, &why);
    TRY(retell(path, buf_bytes(&why), defects));
    if (e != GZ_OK) return e;
    const struct yaml_node *root = yaml_tree_root(tree);
    if (root != NULL && root->kind != YAML_MAP) {
        TRY(say(&r, 1, "file", "must be a map"));
        return GZ_MALFORMED;
    }
    TRY(take_map(&r, root, rows, rows_n, LINE_NONE, &c));
    if (r.refused) return GZ_MALFORMED;
    *out = c;
    c = NULL;
    return GZ_OK;
}

enum gz_err config_read(const char *path, const struct config_row *rows, size_t rows_n,
                        struct config **out, struct buf *defects)
{
    DEFER(buf_fini) struct buf text = {0};
    char                       folder[PATH_SIZE];
    const char                *slash = strrchr(path, '/');
    const enum gz_err          e = file_read(path, CONFIG_FILE_MAX, &text);
    if (e != GZ_OK) {
        TRY(buf_addf(defects, "%s: %s\n", path, err_sentence(e)));
        return e;
    }
    if (strlen(path) >= sizeof folder) return GZ_LIMIT;
    (void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path),
                   slash == NULL ? "." : path);
    return config_decode(buf_bytes(&text), path, folder, rows, rows_n, out, defects);
}

void config_free(struct config **c)
{
    if (*c == NULL) return;
    for (size_t i = 0; i < (*c)->rows_n; i++) {
        struct value *v = &(*c)->values[i];
        for (size_t k = 0; k < v->n; k++) {
            if (v->texts != NULL) free(v->texts[k]);
            if (v->maps != NULL) config_free(&v->maps[k]);
        }
        free(v->texts);
        free(v->maps);
    }
    free(*c);
    *c = NULL;
}

static const struct value *value_of(const struct config *c, const char *name, unsigned types)
{
    const struct config_row *row = row_of(c->rows, c->rows_n, name);
    assert(row != NULL && (types >> row->type & 1));
    (void)types;
    return &c->values[row - c->rows];
}

const char *config_text(const struct config *c, const char *name)
{
    const struct value *v =
        value_of(c, name, 1u << CONFIG_STRING | 1u << CONFIG_PATH | 1u << CONFIG_CHOICE);
    return v->n == 0 ? "" : v->texts[0];
}

int64_t config_integer(const struct config *c, const char *name)
{
    return value_of(c, name, 1u << CONFIG_INTEGER | 1u << CONFIG_DURATION)->integer;
}

size_t config_count(const struct config *c, const char *name)
{
    return value_of(c, name, 1u << CONFIG_STRINGS | 1u << CONFIG_MAPS)->n;
}

const char *config_text_at(const struct config *c, const char *name, size_t i)
{
    const struct value *v = value_of(c, name, 1u << CONFIG_STRINGS);
    assert(i < v->n);
    return v->texts[i];
}

const struct config *config_map_at(const struct config *c, const char *name, size_t i)
{
    const struct value *v = value_of(c, name, 1u << CONFIG_MAPS);
    assert(i < v->n);
    return v->maps[i];
}

/* --- help ------------------------------------------------------------------------------------ */
static enum gz_err bounds_of(const struct config_row *row, struct buf *out)
{
    const char *const words[] = {[CONFIG_STRING] = "text of %lld to %lld bytes",
                                 [CONFIG_INTEGER] = "%lld to %lld",
                                 [CONFIG_DURATION] = "duration, %lld to %lld ms",
                                 [CONFIG_PATH] = "path of %lld to %lld bytes",
                                 [CONFIG_STRINGS] = "list of %lld to %lld texts",
                                 [CONFIG_MAPS] = "list of %lld to %lld maps"};
    char              text[96];
    if (row->type == CONFIG_CHOICE) return buf_add_str(out, row->choices);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(text, sizeof text, words[row->type], (long long)row->min, (long long)row->max);
#pragma GCC diagnostic pop
    return buf_add_str(out, text);
}

static enum gz_err help_rows(const struct config_row *rows, size_t n, const char *before,
                             struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct config_row *row = &rows[i];
        TRY(buf_addf(out, "%s%s: ", before, row->name));
        TRY(bounds_of(row, out));
        if (row->unit != NULL) TRY(buf_addf(out, " %s", row->unit));
        if (row->preset == NULL) TRY(buf_add_str(out, "; required"));
        else if (row->preset[0] != 0) TRY(buf_addf(out, "; default %s", row->preset));
        TRY(buf_addf(out, "\n%s    %s\n", before, row->sentence));
        if (row->type == CONFIG_MAPS) TRY(help_rows(row->fields, row->fields_n, "    - ", out));
    }
    return GZ_OK;
}

enum gz_err config_help(const struct config_row *rows, size_t rows_n, struct buf *out)
{
    return help_rows(rows, rows_n, "", out);
}

/* JSON Lines: an object a row, whose members are the columns; members of an object in it have the
 * path "outer/inner". Every value is a string: a number would lose digits and zeros on its way. */
#include <stdlib.h>
#include <string.h>

#include "app/charset.h"
#include "app/field_value.h"
#include "app/json_tree.h"
#include "app/mapping_file.h"
#include "app/row_reader.h"

struct json_lines_reader {
    struct row_reader       base;
    struct bytes            rest;
    unsigned                line; /* the next row's */
    struct charset_decoder *decoder;
};

struct walk {
    const struct mapping *m;
    struct arena         *arena;
    struct row           *row;
};

/* parent/name; false: longer than any path of a mapping, or nothing to be shown on a terminal. */
static bool join(const struct walk *w, struct bytes parent, struct bytes name, struct bytes *out)
{
    const size_t n = parent.n + (parent.n > 0) + name.n;
    if (name.n == 0 || n > MAPPING_HEADER_MAX || field_has_hidden(name) ||
        bytes_find(name, '/') < name.n)
        return false;
    uint8_t *p = arena_alloc(w->arena, n);
    if (p == NULL) return false;
    if (parent.n > 0) memcpy(p, parent.p, parent.n);
    if (parent.n > 0) p[parent.n] = '/';
    memcpy(p + n - name.n, name.p, name.n);
    *out = (struct bytes){p, n};
    return true;
}

static void take_members(const struct walk *w, const struct json_node *object, struct bytes at);

static void take_member(const struct walk *w, const struct json_node *member, struct bytes parent)
{
    struct bytes path = parent;
    if (!join(w, parent, member->key, &path)) {
        row_refuse(w->row, parent, CELL_ROW_UNKNOWN);
        return;
    }
    if (row_is_ignored(w->m, path)) return;
    struct row_cell *cell = row_cell_of(w->m, w->row, path);
    if (cell == NULL && member->kind == JSON_OBJECT && row_has_below(w->m, path)) {
        if (member->duplicate) row_refuse(w->row, path, CELL_ROW_DUPLICATE);
        else take_members(w, member, path);
        return;
    }
    if (cell == NULL) row_refuse(w->row, path, CELL_ROW_UNKNOWN);
    else if (member->duplicate) cell->defect = CELL_ROW_DUPLICATE;
    else if (member->kind == JSON_STRING) cell->text = member->text;
    else cell->defect = CELL_JSON_STRING;
}

/* Recursion is bounded by JSON_DEPTH_MAX. */
static void take_members(const struct walk *w, const struct json_node *object, struct bytes at)
{
    for (const struct json_node *n = object->first; n != NULL; n = n->next) take_member(w, n, at);
}

static enum gz_err read_row(struct json_lines_reader *r, struct bytes line, struct arena *arena,
                            struct row *out)
{
    const struct bytes      whole = {0};
    const struct walk       w = {r->base.m, arena, out};
    const struct json_node *root;
    struct bytes            text;
    if (line.n > ROW_SIZE_MAX || line.n == 0) {
        row_refuse(out, whole, line.n == 0 ? CELL_EMPTY_ROW : CELL_ROW_SIZE);
        return GZ_OK;
    }
    enum gz_err e = charset_decode(r->decoder, line, arena, &text);
    if (e == GZ_OK) e = json_tree_read(text, arena, &root);
    else if (e == GZ_MALFORMED) {
        row_refuse(out, whole, CELL_CHARSET);
        return GZ_OK;
    }
    if (e != GZ_OK && e != GZ_MALFORMED && e != GZ_LIMIT) return e;
    out->has_cells = e == GZ_OK && root->kind == JSON_OBJECT;
    if (out->has_cells) take_members(&w, root, whole);
    else row_refuse(out, whole, e == GZ_OK ? CELL_JSON_OBJECT : CELL_JSON);
    return GZ_OK;
}

static enum gz_err next(struct row_reader *base, struct arena *arena, struct row *out)
{
    struct json_lines_reader *r = (struct json_lines_reader *)base;
    struct bytes              line;
    if (!row_take_line(&r->rest, &line)) return GZ_MISSING;
    row_start(base->m, r->line++, out);
    return read_row(r, line, arena, out);
}

static void close(struct row_reader *base)
{
    struct json_lines_reader *r = (struct json_lines_reader *)base;
    charset_close(&r->decoder);
    free(r);
}

static enum gz_err open(const struct mapping *m, struct bytes content, struct row_reader **out,
                        struct row_defect *why)
{
    struct json_lines_reader *r = calloc(1, sizeof *r);
    (void)why; /* there is no header that could be wrong */
    if (r == NULL) return GZ_MEMORY;
    r->base = (struct row_reader){&json_lines_rows, m};
    r->rest = row_skip_mark(m, content);
    r->line = 1;
    const enum gz_err e = charset_open(m->charset, &r->decoder);
    if (e != GZ_OK) free(r);
    else *out = &r->base;
    return e;
}

const struct row_format_ops json_lines_rows = {open, next, close};

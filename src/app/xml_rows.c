/* XML: each element at the mapping's path is a row; elements without elements in them and
 * attributes are its cells. Neither DTD nor entities nor anything from outside. The file is read
 * whole when it is opened, so that one that breaks off is refused before its first row is taken. */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/charset.h"
#include "app/field_value.h"
#include "app/row_reader.h"
#include "base/buf.h"
#include "base/text.h"

enum {
    PATH_SIZE = 1024, /* bytes from the root to an element */
    DECLARATION_MAX = 256,
    OF_EVENT = UINT16_MAX, /* in place of a column */
    OF_ROW = UINT16_MAX - 1,
};

/* What was read of a row: this, then its items, each with its text behind it. */
struct stored_row {
    uint32_t line, items_n;
};
struct stored_item {
    uint16_t column, defect;
    uint32_t n;
};
struct xml_reader {
    struct row_reader base;
    struct buf        rows;
    struct bytes      rest; /* of them */
};

/* The parser at work. */
struct load {
    const struct mapping *m;
    xmlParserCtxtPtr      parser;
    struct buf           *rows;
    enum gz_err           e;
    struct row_defect     why;                                   /* the whole file */
    size_t                depth, path_n, end[ROW_DEPTH_MAX + 1]; /* of the path at each depth */
    char                  path[PATH_SIZE];
    size_t                skipped; /* depth of the element that is passed over, 0: none */
    bool                  in_row, has_elements[ROW_DEPTH_MAX + 1];
    struct buf            text; /* of the innermost element */
    struct stored_row     row;
    size_t                row_at, texts_n;
};

/* --- while parsing ---------------------------------------------------------------------------- */

static void refuse(struct load *l, enum gz_err e, enum cell_defect what)
{
    if (l->e != GZ_OK) return;
    l->e = e;
    l->why = (struct row_defect){.what = what, .line = (unsigned)xmlSAX2GetLineNumber(l->parser)};
    xmlStopParser(l->parser);
}

static void add_item(struct load *l, uint16_t column, enum cell_defect what, struct bytes text)
{
    const struct stored_item item = {column, (uint16_t)what, (uint32_t)text.n};
    l->row.items_n++;
    if (buf_add(l->rows, (struct bytes){(const uint8_t *)&item, sizeof item}) != GZ_OK ||
        buf_add(l->rows, text) != GZ_OK)
        refuse(l, GZ_MEMORY, CELL_XML);
}

static struct bytes path_in_row(const struct load *l)
{
    const size_t       from = l->m->row.n + 1;
    const struct bytes path = {(const uint8_t *)l->path, l->path_n};
    return l->path_n > from ? bytes_slice(path, from, path.n) : (struct bytes){0};
}

/* Its path is told, unless it could deceive on a terminal. */
static void add_defect(struct load *l, struct bytes path, enum cell_defect what)
{
    add_item(l, OF_ROW, what, field_has_hidden(path) ? (struct bytes){0} : path);
}

static void add_cell(struct load *l, struct bytes path, struct bytes text)
{
    const struct mapping *m = l->m;
    size_t                column = 0;
    l->texts_n += text.n;
    while (column < m->columns_n && !bytes_eq(path, m->columns[column].header)) column++;
    if (bytes_eq(path, m->event_header)) add_item(l, OF_EVENT, CELL_NONE, text);
    else if (column < m->columns_n) add_item(l, (uint16_t)column, CELL_NONE, text);
    else if (!row_has_below(m, path) || text.n > 0) add_defect(l, path, CELL_ROW_UNKNOWN);
}

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && text.p[i] != '\t' && text.p[i] != '\n' && text.p[i] != '\r')
            return false;
    return true;
}

/* The text before an element, or behind the last, may only lay it out. */
static void drop_layout(struct load *l)
{
    if (!is_blank(buf_bytes(&l->text))) add_defect(l, path_in_row(l), CELL_XML_MIXED);
    l->text.n = 0;
}

static bool add_name(struct load *l, const char *before, struct bytes name)
{
    const size_t n = strlen(before);
    if (l->path_n + n + name.n > PATH_SIZE) return false;
    memcpy(l->path + l->path_n, before, n);
    memcpy(l->path + l->path_n + n, name.p, name.n);
    l->path_n += n + name.n;
    return true;
}

static void take_attributes(struct load *l, const xmlChar **attributes)
{
    for (; attributes != NULL && attributes[0] != NULL; attributes += 2) {
        const struct bytes name = bytes_str((const char *)attributes[0]);
        const size_t       before = l->path_n;
        if (bytes_eq(name, BYTES_LIT("xmlns")) || bytes_starts(name, BYTES_LIT("xmlns:"))) continue;
        if (!add_name(l, "/@", name)) refuse(l, GZ_MALFORMED, CELL_XML);
        else if (!row_is_ignored(l->m, path_in_row(l)))
            add_cell(l, path_in_row(l), bytes_str((const char *)attributes[1]));
        l->path_n = before;
    }
}

static void begin_row(struct load *l)
{
    l->in_row = true;
    l->texts_n = 0;
    l->row_at = l->rows->n;
    l->row = (struct stored_row){.line = (uint32_t)xmlSAX2GetLineNumber(l->parser)};
    const struct bytes head = {(const uint8_t *)&l->row, sizeof l->row};
    if (buf_add(l->rows, head) != GZ_OK) refuse(l, GZ_MEMORY, CELL_XML);
}

static void end_row(struct load *l)
{
    l->in_row = false;
    if (l->texts_n > ROW_SIZE_MAX) { /* what was read of it is of no use */
        l->rows->n = l->row_at + sizeof l->row;
        l->row.items_n = 0;
        add_item(l, OF_ROW, CELL_ROW_SIZE, (struct bytes){0});
    }
    memcpy(l->rows->p + l->row_at, &l->row, sizeof l->row);
}

/* On the way to a row, a row, or in one. */
static void enter_element(struct load *l, struct bytes path, const xmlChar **attributes)
{
    const bool outer = !l->in_row && bytes_starts(l->m->row, path) && l->m->row.n > path.n &&
                       l->m->row.p[path.n] == '/';
    if (outer) return;
    if (!l->in_row && !bytes_eq(path, l->m->row)) {
        refuse(l, GZ_MALFORMED, CELL_XML_OTHER);
        return;
    }
    if (!l->in_row) begin_row(l);
    take_attributes(l, attributes);
}

static void start_element(void *ctx, const xmlChar *name, const xmlChar **attributes)
{
    struct load *l = ctx;
    if (l->e != GZ_OK) return;
    if (l->in_row && l->skipped == 0) drop_layout(l);
    l->has_elements[l->depth] = true;
    if (l->depth == ROW_DEPTH_MAX || !add_name(l, "/", bytes_str((const char *)name))) {
        refuse(l, GZ_MALFORMED, CELL_XML);
        return;
    }
    l->end[++l->depth] = l->path_n;
    l->has_elements[l->depth] = false;
    const struct bytes path = {(const uint8_t *)l->path, l->path_n};
    if (l->skipped == 0 && row_is_ignored(l->m, l->in_row ? path_in_row(l) : path))
        l->skipped = l->depth;
    if (l->skipped == 0) enter_element(l, path, attributes);
}

static void leave_element(struct load *l)
{
    l->text.n = 0;
    l->depth--;
    l->path_n = l->end[l->depth];
}

static void end_element(void *ctx, const xmlChar *name)
{
    struct load *l = ctx;
    (void)name; /* well-formed, so it is the innermost */
    if (l->e != GZ_OK) return;
    if (l->skipped > 0) {
        if (l->depth == l->skipped) l->skipped = 0;
        leave_element(l);
        return;
    }
    const bool is_row = l->in_row && l->path_n == l->m->row.n;
    if (l->in_row && (is_row || l->has_elements[l->depth])) drop_layout(l);
    else if (l->in_row) add_cell(l, path_in_row(l), buf_bytes(&l->text));
    if (is_row) end_row(l);
    leave_element(l);
}

static void characters(void *ctx, const xmlChar *text, int n)
{
    struct load       *l = ctx;
    const struct bytes piece = {text, (size_t)n};
    if (l->e != GZ_OK || l->skipped > 0) return;
    if (!l->in_row && !is_blank(piece)) refuse(l, GZ_MALFORMED, CELL_XML_OTHER);
    if (!l->in_row) return;
    if (l->text.n + l->texts_n + piece.n > ROW_SIZE_MAX) l->texts_n = ROW_SIZE_MAX + 1;
    else if (buf_add(&l->text, piece) != GZ_OK) refuse(l, GZ_MEMORY, CELL_XML);
}

/* --- the file --------------------------------------------------------------------------------- */

/* Does <?xml … encoding="…"?> name another charset than the mapping? Of a file in GB 18030 it may
 * say GBK or GB2312, which are parts of it. */
static bool declares_other(const struct mapping *m, struct bytes text)
{
    static const char *const names[2][3] = {[CHARSET_GB18030] = {"GB18030", "GBK", "GB2312"},
                                            [CHARSET_UTF8] = {"UTF-8", "UTF8", "UTF-8"}};
    static const char        word[] = "encoding";
    if (!bytes_starts(text, BYTES_LIT("<?xml"))) return false;
    text = bytes_slice(text, 0, text.n < DECLARATION_MAX ? text.n : DECLARATION_MAX);
    text = bytes_slice(text, 0, bytes_find(text, '>'));
    const uint8_t *at = memmem(text.p, text.n, word, strlen(word));
    if (at == NULL) return false;
    text = bytes_slice(text, (size_t)(at - text.p) + strlen(word), text.n);
    size_t n = 0;
    while (text.n > 0 && (is_blank(bytes_slice(text, 0, 1)) || text.p[0] == '=' ||
                          text.p[0] == '"' || text.p[0] == '\''))
        text = bytes_slice(text, 1, text.n);
    while (n < text.n && text.p[n] != '"' && text.p[n] != '\'') n++;
    for (size_t i = 0; i < COUNT_OF(names[0]); i++) {
        const char *name = names[m->charset][i];
        if (strlen(name) == n && strncasecmp(name, (const char *)text.p, n) == 0) return false;
    }
    return true;
}

static enum gz_err parse(struct load *l, struct bytes text)
{
    static const xmlSAXHandler handler = {.startElement = start_element,
                                          .endElement = end_element,
                                          .characters = characters,
                                          .ignorableWhitespace = characters,
                                          .cdataBlock = characters};
    static const int           options =
        XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    static_assert(2 * (long long)64 * 1024 * 1024 < INT_MAX);
    xmlInitParser();
    l->parser = xmlCreateMemoryParserCtxt((const char *)text.p, (int)text.n);
    if (l->parser == NULL) return GZ_MEMORY;
    *l->parser->sax = handler;
    l->parser->userData = l;
    (void)xmlCtxtUseOptions(l->parser, options);
    (void)xmlParseDocument(l->parser);
    if (l->parser->wellFormed != 1) refuse(l, GZ_MALFORMED, CELL_XML);
    xmlFreeDoc(l->parser->myDoc);
    xmlFreeParserCtxt(l->parser);
    return l->e;
}

static enum gz_err load(struct xml_reader *r, struct bytes text, struct row_defect *why)
{
    static const char dtd[] = "<!DOCTYPE";
    *why = (struct row_defect){.what = CELL_XML};
    if (text.n == 0) return GZ_MALFORMED;
    if (declares_other(r->base.m, text)) why->what = CELL_HEADER_CHARSET;
    else if (memmem(text.p, text.n, dtd, strlen(dtd)) != NULL) why->what = CELL_XML_DTD;
    if (why->what != CELL_XML) return GZ_MALFORMED;
    struct load *l = calloc(1, sizeof *l);
    if (l == NULL) return GZ_MEMORY;
    l->m = r->base.m;
    l->rows = &r->rows;
    const enum gz_err e = parse(l, text);
    *why = l->why;
    buf_fini(&l->text);
    free(l);
    return e;
}

static void close(struct row_reader *base)
{
    struct xml_reader *r = (struct xml_reader *)base;
    if (r->rows.p != NULL) explicit_bzero(r->rows.p, r->rows.n);
    buf_fini(&r->rows);
    free(r);
}

static void xml_reader_free(struct xml_reader **r)
{
    if (*r != NULL) close(&(*r)->base);
    *r = NULL;
}

static enum gz_err decode(const struct mapping *m, struct bytes content, struct buf *room,
                          struct bytes *out)
{
    DEFER(charset_close) struct charset_decoder *decoder = NULL;
    TRY(charset_open(m->charset, &decoder));
    if (m->charset != CHARSET_UTF8) TRY(buf_reserve(room, 2 * content.n + 8));
    struct arena arena = {.p = room->p, .cap = room->cap};
    return charset_decode(decoder, row_skip_mark(m, content), &arena, out);
}

static enum gz_err open(const struct mapping *m, struct bytes content, struct row_reader **out,
                        struct row_defect *why)
{
    DEFER(xml_reader_free) struct xml_reader *r = calloc(1, sizeof *r);
    DEFER(buf_fini) struct buf                room = {0};
    struct bytes                              text = {0};
    if (r == NULL) return GZ_MEMORY;
    r->base = (struct row_reader){&xml_rows, m};
    *why = (struct row_defect){.what = CELL_HEADER_CHARSET};
    TRY(decode(m, content, &room, &text));
    TRY(load(r, text, why));
    r->rest = buf_bytes(&r->rows);
    *out = &r->base;
    r = NULL;
    return GZ_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct bytes take(struct bytes *rest, size_t n)
{
    const struct bytes part = bytes_slice(*rest, 0, n);
    *rest = bytes_slice(*rest, n, rest->n);
    return part;
}

static void take_item(struct xml_reader *r, bool given[CATALOG_COLUMNS_MAX + 1], struct row *out)
{
    struct stored_item item;
    memcpy(&item, take(&r->rest, sizeof item).p, sizeof item);
    const struct bytes text = take(&r->rest, item.n);
    if (item.column == OF_ROW) {
        row_refuse(out, text, (enum cell_defect)item.defect);
        if (item.defect == CELL_ROW_SIZE) out->has_cells = false;
        return;
    }
    const size_t     at = item.column == OF_EVENT ? CATALOG_COLUMNS_MAX : item.column;
    struct row_cell *cell = item.column == OF_EVENT ? &out->event : &out->cells[at];
    *cell = given[at] ? (struct row_cell){.defect = CELL_ROW_DUPLICATE}
                      : (struct row_cell){.text = text};
    given[at] = true;
}

static enum gz_err next(struct row_reader *base, struct arena *arena, struct row *out)
{
    struct xml_reader *r = (struct xml_reader *)base;
    struct stored_row  row;
    bool               given[CATALOG_COLUMNS_MAX + 1] = {false};
    (void)arena; /* the texts stand in r->rows */
    if (r->rest.n == 0) return GZ_MISSING;
    memcpy(&row, take(&r->rest, sizeof row).p, sizeof row);
    row_start(base->m, row.line, out);
    out->has_cells = true;
    for (uint32_t i = 0; i < row.items_n; i++) take_item(r, given, out);
    return GZ_OK;
}

const struct row_format_ops xml_rows = {open, next, close};

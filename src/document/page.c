/* Laying out: cells become Pango layouts, rows become slices of pages. */
#include <stdlib.h>
#include <string.h>

#include "document/page_internal.h"

enum { TEXT_TOP = PAGE_TOP_PT * PANGO_SCALE };
enum { TEXT_BOTTOM = (PAGE_HEIGHT_PT - PAGE_BOTTOM_PT) * PANGO_SCALE };
enum { TAIL_MAX_LINES = 2 }; /* fewer lines than these are not left alone at a page's foot */

static const char *const descriptions[PAGE_STYLES] = {
    [PAGE_BODY] = "Noto Serif CJK SC 10",       [PAGE_STRONG] = "Noto Serif CJK SC Bold 10.5",
    [PAGE_LABEL] = "Noto Serif CJK SC 9.5",     [PAGE_SMALL] = "Noto Serif CJK SC 8.5",
    [PAGE_MONO] = "DejaVu Sans Mono 7.6",       [PAGE_TITLE] = "Noto Serif CJK SC Bold 26",
    [PAGE_SUBTITLE] = "Noto Serif CJK SC 10.5", [PAGE_HEADING] = "Noto Serif CJK SC Bold 12",
};

/* --- a sheet ---------------------------------------------------------------------------------- */

static PangoContext *make_context(const struct fonts *fonts)
{
    PangoContext *context = pango_font_map_create_context(fonts_map(fonts));
    if (context == NULL) return NULL;
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72); /* a point of the font is one of the page */
    pango_context_set_language(context, pango_language_from_string("zh-cn"));
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
    return context;
}

enum gz_err sheet_new(const struct fonts *fonts, struct bytes foot, struct sheet **out)
{
    DEFER(sheet_free) struct sheet *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    s->context = make_context(fonts);
    if (s->context == NULL) return GZ_MEMORY;
    TRY(buf_add(&s->foot, foot));
    *out = s;
    s = NULL;
    return GZ_OK;
}

void sheet_free(struct sheet **sheet)
{
    struct sheet *s = *sheet;
    if (s == NULL) return;
    for (size_t i = 0; i < s->rows_n; i++)
        for (size_t k = 0; k < s->rows[i].cells_n; k++) g_object_unref(s->rows[i].cells[k].layout);
    if (s->context != NULL) g_object_unref(s->context);
    buf_fini(&s->foot);
    free(s->qr);
    free(s->rows);
    free(s->slices);
    free(s);
    *sheet = NULL;
}

void sheet_set_qr(struct sheet *s, const struct qr *qr)
{
    if (s->qr == NULL) s->qr = malloc(sizeof *s->qr);
    if (s->qr != NULL) *s->qr = *qr;
}

/* --- cells ------------------------------------------------------------------------------------ */

PangoLayout *page_layout(PangoContext *context, enum page_style style, struct bytes text)
{
    PangoLayout *layout = pango_layout_new(context);
    if (layout == NULL) return NULL;
    PangoFontDescription *font = pango_font_description_from_string(descriptions[style]);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, text.n == 0 ? "" : (const char *)text.p, (int)text.n);
    if (style != PAGE_TITLE) return layout;
    PangoAttrList *wide = pango_attr_list_new();
    pango_attr_list_insert(wide, pango_attr_letter_spacing_new(9 * PANGO_SCALE));
    pango_layout_set_attributes(layout, wide);
    pango_attr_list_unref(wide);
    return layout;
}

int page_line_height(PangoLayout *layout, int i, int *baseline)
{
    PangoRectangle   logical;
    PangoLayoutLine *line = pango_layout_get_line_readonly(layout, i);
    pango_layout_line_get_extents(line, NULL, &logical);
    if (baseline != NULL) *baseline = -logical.y;
    return logical.height;
}

/* Width that each cell without one of its own gets, in points. */
static int shared_width(const struct page_row *row)
{
    int left = PAGE_TEXT_PT - row->inset_pt - PAGE_GAP_PT * ((int)row->cells_n - 1), open = 0;
    for (size_t i = 0; i < row->cells_n; i++) {
        left -= row->cells[i].width_pt;
        open += row->cells[i].width_pt == 0;
    }
    assert(left >= 0);
    return open == 0 ? 0 : left / open;
}

static enum gz_err add_cells(struct sheet *s, const struct page_row *row, struct sheet_row *to)
{
    int       x = PAGE_MARGIN_PT;
    const int shared = shared_width(row);
    for (size_t i = 0; i < row->cells_n; i++) {
        const struct page_cell *from = &row->cells[i];
        struct sheet_cell      *cell = &to->cells[i];
        const int               width = from->width_pt == 0 ? shared : from->width_pt;
        cell->layout = page_layout(s->context, from->style, from->text);
        if (cell->layout == NULL) return GZ_MEMORY;
        to->cells_n = i + 1;
        cell->x = x * PANGO_SCALE;
        cell->width = width * PANGO_SCALE;
        cell->align = from->align;
        cell->style = from->style;
        pango_layout_set_width(cell->layout, cell->width);
        cell->lines = pango_layout_get_line_count(cell->layout);
        to->barred |= from->style == PAGE_HEADING;
        x += width + PAGE_GAP_PT;
    }
    return GZ_OK;
}

static void align_baselines(struct sheet_row *row)
{
    int deepest = 0, baseline;
    for (size_t i = 0; i < row->cells_n; i++) {
        (void)page_line_height(row->cells[i].layout, 0, &baseline);
        if (baseline > deepest) deepest = baseline;
        row->cells[i].drop = -baseline;
    }
    for (size_t i = 0; i < row->cells_n; i++) row->cells[i].drop += deepest;
}

enum gz_err sheet_add(struct sheet *s, const struct page_row *row)
{
    assert(row->cells_n >= 1 && row->cells_n <= PAGE_CELLS_MAX);
    if (s->rows_n == s->rows_cap) {
        const size_t      cap = s->rows_cap == 0 ? 64 : 2 * s->rows_cap;
        struct sheet_row *rows = realloc(s->rows, cap * sizeof *rows);
        if (rows == NULL) return GZ_MEMORY;
        s->rows = rows;
        s->rows_cap = cap;
    }
    struct sheet_row *to = &s->rows[s->rows_n];
    *to = (struct sheet_row){.above = row->above_pt * PANGO_SCALE,
                             .pad = row->ruled || row->tinted ? PAGE_PAD_PT * PANGO_SCALE : 0,
                             .ruled = row->ruled,
                             .tinted = row->tinted,
                             .kept = row->kept,
                             .first = row->first,
                             .under = row->under};
    s->rows_n++; /* whatever happens, its layouts are freed with the sheet */
    TRY(add_cells(s, row, to));
    align_baselines(to);
    to->kept |= to->barred;
    return GZ_OK;
}

/* --- placing ---------------------------------------------------------------------------------- */

struct cursor {
    int page, y;
};

static enum gz_err add_slice(struct sheet *s, const struct sheet_slice *slice)
{
    if (s->slices_n == s->slices_cap) {
        const size_t        cap = s->slices_cap == 0 ? 64 : 2 * s->slices_cap;
        struct sheet_slice *slices = realloc(s->slices, cap * sizeof *slices);
        if (slices == NULL) return GZ_MEMORY;
        s->slices = slices;
        s->slices_cap = cap;
    }
    s->slices[s->slices_n++] = *slice;
    return GZ_OK;
}

/* Lines of each cell from from[i] on that fit into room; at least one where must is set. Returns
 * the height of the tallest cell. */
static int fit_lines(const struct sheet_row *row, const int from[], int room, bool must, int to[],
                     bool *is_last)
{
    int tallest = 0;
    *is_last = true;
    for (size_t i = 0; i < row->cells_n; i++) {
        int height = from[i] == 0 ? row->cells[i].drop : 0;
        for (to[i] = from[i]; to[i] < row->cells[i].lines; to[i]++) {
            const int more = page_line_height(row->cells[i].layout, to[i], NULL);
            if (height + more > room && !(must && to[i] == from[i])) break;
            height += more;
        }
        *is_last &= to[i] == row->cells[i].lines;
        if (height > tallest) tallest = height;
    }
    return tallest;
}

static int whole_height(const struct sheet_row *row, int lines_max)
{
    int tallest = 0;
    for (size_t i = 0; i < row->cells_n; i++) {
        int height = row->cells[i].drop;
        for (int k = 0; k < row->cells[i].lines && k < lines_max; k++)
            height += page_line_height(row->cells[i].layout, k, NULL);
        if (height > tallest) tallest = height;
    }
    return tallest + 2 * row->pad;
}

/* What must fit below each other before this row may begin here: itself where it is short, else its
 * first lines; with all that it is kept with. */
static int least_height(const struct sheet *s, size_t at)
{
    int height = 0;
    for (; at < s->rows_n; at++) {
        const struct sheet_row *row = &s->rows[at];
        height += whole_height(row, row->kept ? INT32_MAX : TAIL_MAX_LINES);
        if (!row->kept) break;
        height += at + 1 < s->rows_n ? s->rows[at + 1].above : 0;
    }
    return height;
}

static enum gz_err next_page(struct cursor *c)
{
    c->page++;
    c->y = TEXT_TOP;
    return c->page < PAGE_COUNT_MAX ? GZ_OK : GZ_LIMIT;
}

/* The head of the table that the row belongs to. */
static size_t head_of(const struct sheet *s, size_t at)
{
    while (at > 0 && s->rows[at].under) at--;
    return at;
}

/* A new page for the row: below the head of its table, where it has one. */
static enum gz_err begin_page(struct sheet *s, size_t at, struct cursor *c)
{
    TRY(next_page(c));
    if (!s->rows[at].under) return GZ_OK;
    const size_t            h = head_of(s, at);
    const struct sheet_row *head = &s->rows[h];
    struct sheet_slice      slice = {.row = h, .page = c->page, .y = c->y, .is_last = true};
    for (size_t i = 0; i < head->cells_n; i++) slice.to[i] = head->cells[i].lines;
    slice.height = whole_height(head, INT32_MAX);
    TRY(add_slice(s, &slice));
    c->y += slice.height;
    return GZ_OK;
}

static enum gz_err place_row(struct sheet *s, size_t at, struct cursor *c)
{
    const struct sheet_row *row = &s->rows[at];
    struct sheet_slice      slice = {.row = at};
    if (c->y > TEXT_TOP && row->first) TRY(next_page(c));
    bool is_top = c->y == TEXT_TOP;
    if (!is_top) c->y += row->above;
    if (!is_top && c->y + least_height(s, at) > TEXT_BOTTOM) {
        TRY(begin_page(s, at, c));
        is_top = true;
    }
    while (!slice.is_last) {
        const int room = TEXT_BOTTOM - c->y - 2 * row->pad;
        slice.height =
            fit_lines(row, slice.from, room, is_top, slice.to, &slice.is_last) + 2 * row->pad;
        slice.page = c->page;
        slice.y = c->y;
        TRY(add_slice(s, &slice));
        c->y += slice.height;
        memcpy(slice.from, slice.to, sizeof slice.from);
        if (!slice.is_last) TRY(begin_page(s, at, c));
        is_top = true;
    }
    return GZ_OK;
}

enum gz_err page_place(struct sheet *s)
{
    struct cursor c = {0, TEXT_TOP};
    s->slices_n = 0;
    for (size_t i = 0; i < s->rows_n; i++) TRY(place_row(s, i, &c));
    s->pages = c.page + 1;
    return GZ_OK;
}

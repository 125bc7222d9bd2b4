/* Drawing: the slices of each page, its frame and foot. */
#include <cairo-pdf.h>
#include <stdio.h>

#include "document/page_internal.h"

/* Of the frame around a page, from its edges. */
enum { OUTER_PT = 28, INNER_PT = 32, FOOT_Y_PT = PAGE_HEIGHT_PT - 58 };

enum ink { INK_TEXT, INK_NAVY, INK_GREY, INK_RULE, INK_TINT };
static const struct {
    int r, g, b;
} inks[] = {[INK_TEXT] = {24, 26, 30},
            [INK_NAVY] = {22, 51, 94},
            [INK_GREY] = {92, 98, 108},
            [INK_RULE] = {206, 211, 219},
            [INK_TINT] = {238, 242, 247}};
static const enum ink ink_of_style[PAGE_STYLES] = {
    [PAGE_BODY] = INK_TEXT,     [PAGE_STRONG] = INK_TEXT, [PAGE_LABEL] = INK_GREY,
    [PAGE_SMALL] = INK_GREY,    [PAGE_MONO] = INK_TEXT,   [PAGE_TITLE] = INK_NAVY,
    [PAGE_SUBTITLE] = INK_GREY, [PAGE_HEADING] = INK_NAVY};

/* Cairo counts in points here, everything of ours in Pango units, so the page is scaled down by a
 * power of two and each text up again: exact, and without fractions in our own code. */
static void set_ink(cairo_t *cr, enum ink ink)
{
    cairo_set_source_rgb(cr, inks[ink].r / 255.0, inks[ink].g / 255.0, inks[ink].b / 255.0);
}

static void fill(cairo_t *cr, enum ink ink, int x, int y, int width, int height)
{
    set_ink(cr, ink);
    cairo_rectangle(cr, x, y, width, height);
    cairo_fill(cr);
}

static void draw_line(cairo_t *cr, PangoLayout *layout, int i, int x, int baseline)
{
    cairo_save(cr);
    cairo_translate(cr, x, baseline);
    cairo_scale(cr, PANGO_SCALE, PANGO_SCALE);
    pango_cairo_show_layout_line(cr, pango_layout_get_line_readonly(layout, i));
    cairo_restore(cr);
}

static int aligned_x(const struct sheet_cell *cell, int i)
{
    PangoRectangle logical;
    if (cell->align == PAGE_LEFT) return cell->x;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(cell->layout, i), NULL, &logical);
    const int free = cell->width - logical.width;
    return cell->x + (cell->align == PAGE_CENTER ? free / 2 : free);
}

static void draw_slice(cairo_t *cr, const struct sheet_row *row, const struct sheet_slice *slice)
{
    const int left = PAGE_MARGIN_PT * PANGO_SCALE, width = PAGE_TEXT_PT * PANGO_SCALE;
    if (row->tinted)
        fill(cr, INK_TINT, left - 4 * PANGO_SCALE, slice->y, width + 8 * PANGO_SCALE,
             slice->height);
    if (row->ruled && slice->is_last)
        fill(cr, INK_RULE, left, slice->y + slice->height - PANGO_SCALE / 2, width,
             PANGO_SCALE / 2);
    if (row->barred)
        fill(cr, INK_NAVY, left - 9 * PANGO_SCALE, slice->y + 3 * PANGO_SCALE, 3 * PANGO_SCALE,
             slice->height - 6 * PANGO_SCALE);
    for (size_t c = 0; c < row->cells_n; c++) {
        int y = slice->y + row->pad + (slice->from[c] == 0 ? row->cells[c].drop : 0);
        set_ink(cr, ink_of_style[row->cells[c].style]);
        for (int i = slice->from[c]; i < slice->to[c]; i++) {
            int       baseline;
            const int height = page_line_height(row->cells[c].layout, i, &baseline);
            draw_line(cr, row->cells[c].layout, i, aligned_x(&row->cells[c], i), y + baseline);
            y += height;
        }
    }
}

static void draw_qr(cairo_t *cr, const struct qr *qr)
{
    const int side = PAGE_QR_PT * PANGO_SCALE / (int)qr->width;
    const int left = (PAGE_WIDTH_PT - PAGE_MARGIN_PT - PAGE_QR_PT) * PANGO_SCALE;
    const int top = (PAGE_TOP_PT + 4) * PANGO_SCALE;
    set_ink(cr, INK_TEXT);
    for (size_t y = 0; y < qr->width; y++)
        for (size_t x = 0; x < qr->width; x++)
            if (qr->dark[y * qr->width + x])
                cairo_rectangle(cr, left + (int)x * side, top + (int)y * side, side, side);
    cairo_fill(cr);
}

static void draw_frame(cairo_t *cr)
{
    static const struct {
        int from_edge_pt, width; /* of the line, in Pango units */
    } lines[] = {{OUTER_PT, PANGO_SCALE * 6 / 5}, {INNER_PT, PANGO_SCALE * 2 / 5}};
    set_ink(cr, INK_NAVY);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const int at = lines[i].from_edge_pt;
        cairo_set_line_width(cr, lines[i].width);
        cairo_rectangle(cr, at * PANGO_SCALE, at * PANGO_SCALE,
                        (PAGE_WIDTH_PT - 2 * at) * PANGO_SCALE,
                        (PAGE_HEIGHT_PT - 2 * at) * PANGO_SCALE);
        cairo_stroke(cr);
    }
}

static enum gz_err draw_foot_text(cairo_t *cr, const struct sheet *s, struct bytes text,
                                  enum page_align align)
{
    int               baseline;
    struct sheet_cell cell = {.layout = page_layout(s->context, PAGE_SMALL, text),
                              .x = PAGE_MARGIN_PT * PANGO_SCALE,
                              .width = PAGE_TEXT_PT * PANGO_SCALE,
                              .align = align};
    if (cell.layout == NULL) return GZ_MEMORY;
    (void)page_line_height(cell.layout, 0, &baseline);
    set_ink(cr, INK_GREY);
    draw_line(cr, cell.layout, 0, aligned_x(&cell, 0), (FOOT_Y_PT + 4) * PANGO_SCALE + baseline);
    g_object_unref(cell.layout);
    return GZ_OK;
}

static enum gz_err draw_page(cairo_t *cr, const struct sheet *s, int page, size_t *slice)
{
    char number[48];
    snprintf(number, sizeof number, "第 %d 页　共 %d 页", page + 1, s->pages);
    draw_frame(cr);
    if (page == 0 && s->qr != NULL) draw_qr(cr, s->qr);
    for (; *slice < s->slices_n && s->slices[*slice].page == page; ++*slice)
        draw_slice(cr, &s->rows[s->slices[*slice].row], &s->slices[*slice]);
    fill(cr, INK_RULE, PAGE_MARGIN_PT * PANGO_SCALE, FOOT_Y_PT * PANGO_SCALE,
         PAGE_TEXT_PT * PANGO_SCALE, PANGO_SCALE / 2);
    TRY(draw_foot_text(cr, s, buf_bytes(&s->foot), PAGE_LEFT));
    return draw_foot_text(cr, s, bytes_str(number), PAGE_RIGHT);
}

static cairo_status_t take(void *out, const unsigned char *data, unsigned n)
{
    return buf_add(out, (struct bytes){data, n}) == GZ_OK ? CAIRO_STATUS_SUCCESS
                                                          : CAIRO_STATUS_WRITE_ERROR;
}

static enum gz_err draw_pages(const struct sheet *s, cairo_surface_t *surface)
{
    enum gz_err e = GZ_OK;
    size_t      slice = 0;
    cairo_t    *cr = cairo_create(surface);
    cairo_scale(cr, 1.0 / PANGO_SCALE, 1.0 / PANGO_SCALE);
    for (int page = 0; page < s->pages && e == GZ_OK; page++) {
        e = draw_page(cr, s, page, &slice);
        cairo_show_page(cr);
    }
    if (e == GZ_OK && cairo_status(cr) != CAIRO_STATUS_SUCCESS) e = GZ_MEMORY;
    cairo_destroy(cr);
    return e;
}

enum gz_err sheet_draw(struct sheet *s, struct buf *out)
{
    DEFER(buf_fini) struct buf pdf = {0};
    TRY(page_place(s));
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take, &pdf, PAGE_WIDTH_PT, PAGE_HEIGHT_PT);
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
    enum gz_err e = draw_pages(s, surface);
    cairo_surface_finish(surface);
    if (e == GZ_OK && cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) e = GZ_MEMORY;
    cairo_surface_destroy(surface);
    TRY(e);
    return buf_add(out, buf_bytes(&pdf));
}

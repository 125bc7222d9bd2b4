/* What page.c lays out and page_draw.c draws. All in Pango units. */
#pragma once
#include <pango/pangocairo.h>

#include "document/page.h"

enum {
    PAGE_TOP_PT = 62,
    PAGE_BOTTOM_PT = 66, /* below the text, the foot in it */
    PAGE_PAD_PT = 3,     /* above and below the text of a ruled row */
    PAGE_GAP_PT = 8,     /* between cells */
};

struct sheet_cell {
    PangoLayout    *layout;
    int             x, width, lines;
    int             drop; /* so that the first lines of a row stand on one baseline */
    enum page_align align;
    enum page_style style;
};
struct sheet_row {
    size_t            cells_n;
    struct sheet_cell cells[PAGE_CELLS_MAX];
    int               above, pad;
    bool              ruled, tinted, kept, barred, first, under;
};
/* The lines from[i] to to[i] of a row's cells, on one page. */
struct sheet_slice {
    size_t row;
    int    page, y, height; /* height with its pads */
    int    from[PAGE_CELLS_MAX], to[PAGE_CELLS_MAX];
    bool   is_last;
};
struct sheet {
    PangoContext       *context;
    struct buf          foot;
    struct qr          *qr;
    size_t              rows_n, rows_cap, slices_n, slices_cap;
    struct sheet_row   *rows;
    struct sheet_slice *slices;
    int                 pages;
};

/* Height of line i of a layout, and where its baseline lies below its top. */
int          page_line_height(PangoLayout *layout, int i, int *baseline);
/* A layout in one of the styles, without a width. NULL: no memory. */
PangoLayout *page_layout(PangoContext *context, enum page_style style, struct bytes text);
/* Place all rows: fills slices and pages. */
enum gz_err  page_place(struct sheet *s);

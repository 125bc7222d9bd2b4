/* A4 pages: rows of text cells that flow down them, split between lines where a page ends. All is
 * laid out first and drawn last, so that each foot can say which page of how many it is. The bytes
 * depend on what was added and on the fonts only. Lengths are in points (1/72 inch). */
#pragma once
#include "document/font.h"
#include "document/qr.h"

enum {
    PAGE_WIDTH_PT = 595,
    PAGE_HEIGHT_PT = 842,
    PAGE_MARGIN_PT = 58, /* left and right of the text */
    PAGE_TEXT_PT = PAGE_WIDTH_PT - 2 * PAGE_MARGIN_PT,
    PAGE_QR_PT = 84,
    PAGE_CELLS_MAX = 8, /* of a row */
    PAGE_COUNT_MAX = 3000,
};

enum page_style {
    PAGE_BODY,
    PAGE_STRONG,
    PAGE_LABEL,
    PAGE_SMALL,
    PAGE_MONO,
    PAGE_TITLE,
    PAGE_SUBTITLE,
    PAGE_HEADING, /* a bar stands before it, and it stays with the next row */
    PAGE_STYLES
};
enum page_align { PAGE_LEFT, PAGE_CENTER, PAGE_RIGHT };

struct page_cell {
    struct bytes    text; /* safe to print (fonts_add_text), copied */
    enum page_style style;
    enum page_align align;
    int             width_pt; /* 0: what the others leave, shared evenly */
};
struct page_row {
    size_t           cells_n;
    struct page_cell cells[PAGE_CELLS_MAX];
    int              above_pt; /* empty space above it, but not at the top of a page */
    int              inset_pt; /* kept free at the right, for the QR code */
    bool             ruled;    /* a thin line below */
    bool             tinted;   /* a light ground, for the head of a table */
    bool             kept;     /* not parted from the next row */
    bool             first;    /* begins a page */
    bool             under; /* of a table: where a page begins with it, the row above the first such
                               one, its head, is repeated */
};

struct sheet;

/* foot: at the left of each page's foot, copied. */
enum gz_err sheet_new(const struct fonts *fonts, struct bytes foot, struct sheet **out);
void        sheet_free(struct sheet **s); /* for DEFER */
enum gz_err sheet_add(struct sheet *s, const struct page_row *row);
/* At the top right of the first page; copied. */
void        sheet_set_qr(struct sheet *s, const struct qr *qr);
/* Append the PDF, as Cairo writes it. GZ_LIMIT: more than PAGE_COUNT_MAX pages. */
enum gz_err sheet_draw(struct sheet *s, struct buf *out);

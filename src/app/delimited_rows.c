/* Rows of text with a header row before them: delimited and CSV. */
#include <stdlib.h>

#include "app/batch_header.h"
#include "app/cell_split.h"
#include "app/charset.h"
#include "app/item_maker.h"
#include "app/row_reader.h"

struct delimited_reader {
    struct row_reader       base;
    struct bytes            rest; /* rows not yet read */
    unsigned                line; /* the next row's */
    struct charset_decoder *decoder;
    struct batch_header     header;
    struct bytes            cells[BATCH_CELLS_MAX];
};

static void close(struct row_reader *base)
{
    struct delimited_reader *r = (struct delimited_reader *)base;
    charset_close(&r->decoder);
    free(r);
}

static void delimited_reader_free(struct delimited_reader **r)
{
    if (*r != NULL) close(&(*r)->base);
    *r = NULL;
}

static enum gz_err read_header(struct delimited_reader *r, struct row_defect *why)
{
    const struct mapping      *m = r->base.m;
    struct batch_header_defect wrong = {CELL_NONE};
    struct bytes               line = {0};
    unsigned                   lines = 1;
    (void)cell_take_row(m, ROW_SIZE_MAX, &r->rest, &line, &lines);
    r->line = 1 + lines;
    if (line.n > ROW_SIZE_MAX) wrong.what = CELL_HEADER_SIZE;
    else TRY(batch_header_read(m, line, &r->header, &wrong));
    if (wrong.what == CELL_NONE) return GZ_OK;
    *why = (struct row_defect){.what = wrong.what, .column = wrong.column};
    return GZ_MALFORMED;
}

static enum gz_err open(const struct mapping *m, struct bytes content, struct row_reader **out,
                        struct row_defect *why)
{
    DEFER(delimited_reader_free) struct delimited_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return GZ_MEMORY;
    r->base = (struct row_reader){&delimited_rows, m};
    r->rest = row_skip_mark(m, content);
    TRY(read_header(r, why));
    TRY(charset_open(m->charset, &r->decoder));
    *out = &r->base;
    r = NULL;
    return GZ_OK;
}

static void take_cells(struct delimited_reader *r, struct row *out)
{
    out->has_cells = true;
    for (size_t i = 0; i < r->base.m->columns_n; i++)
        out->cells[i].text = r->cells[r->header.cell[i]];
}

static enum gz_err read_row(struct delimited_reader *r, struct bytes line, struct arena *arena,
                            struct row *out)
{
    const struct bytes whole_row = {0};
    struct bytes       text;
    size_t             n = 0;
    if (line.n > ROW_SIZE_MAX) {
        row_refuse(out, whole_row, CELL_ROW_SIZE);
        return GZ_OK;
    }
    const enum gz_err e = charset_decode(r->decoder, line, arena, &text);
    if (e == GZ_MALFORMED) {
        row_refuse(out, whole_row, CELL_CHARSET);
        return GZ_OK;
    }
    TRY(e);
    const enum gz_err split = cell_split(r->base.m, text, arena, r->cells, COUNT_OF(r->cells), &n);
    if (split != GZ_OK && split != GZ_MALFORMED) return split;
    if (n > 0) out->event.text = r->cells[0];
    if (split == GZ_MALFORMED) row_refuse(out, whole_row, CELL_CSV_QUOTE);
    else if (n == r->header.cells_n) take_cells(r, out);
    else row_refuse(out, whole_row, text.n == 0 ? CELL_EMPTY_ROW : CELL_COLUMNS);
    return GZ_OK;
}

static enum gz_err next(struct row_reader *base, struct arena *arena, struct row *out)
{
    struct delimited_reader *r = (struct delimited_reader *)base;
    struct bytes             line;
    unsigned                 lines;
    if (!cell_take_row(base->m, ROW_SIZE_MAX, &r->rest, &line, &lines)) return GZ_MISSING;
    row_start(base->m, r->line, out);
    r->line += lines;
    return read_row(r, line, arena, out);
}

const struct row_format_ops delimited_rows = {open, next, close};

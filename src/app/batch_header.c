#include "app/batch_header.h"

#include "app/cell_split.h"
#include "app/charset.h"
#include "app/row_reader.h"

static size_t find_column(const struct mapping *m, struct bytes header)
{
    size_t i = 0;
    while (i < m->columns_n && !bytes_eq(m->columns[i].header, header)) i++;
    return i;
}

static struct batch_header_defect missing_column(const struct mapping      *m,
                                                 const struct batch_header *h)
{
    for (size_t i = 0; i < m->columns_n; i++)
        if (h->cell[i] == 0)
            return (struct batch_header_defect){CELL_HEADER_MISSING, m->columns[i].header};
    return (struct batch_header_defect){CELL_NONE};
}

/* Takes the header of a cell; false: no column has it, or one had it before. */
static bool take_header(const struct mapping *m, struct bytes header, size_t cell,
                        struct batch_header *out)
{
    const size_t column = find_column(m, header);
    if (column == m->columns_n) return row_is_ignored(m, header);
    const bool is_first = out->cell[column] == 0;
    out->cell[column] = cell;
    return is_first;
}

static struct batch_header_defect match(const struct mapping *m, const struct bytes *cells,
                                        size_t n, struct batch_header *out)
{
    bool good = n <= BATCH_CELLS_MAX;
    *out = (struct batch_header){.cells_n = n};
    if (n == 0 || !bytes_eq(cells[0], m->event_header))
        return (struct batch_header_defect){CELL_HEADER_FIRST, m->event_header};
    for (size_t cell = 1; cell < n && cell < BATCH_CELLS_MAX; cell++)
        good = take_header(m, cells[cell], cell, out) && good;
    const struct batch_header_defect missing = missing_column(m, out);
    if (missing.what != CELL_NONE || good) return missing;
    return (struct batch_header_defect){CELL_HEADER_OTHER, {0}};
}

/* GZ_MALFORMED: not in this charset. */
static enum gz_err read_as(enum charset charset, const struct mapping *m, struct bytes line,
                           struct batch_header *out, struct batch_header_defect *defect)
{
    DEFER(charset_close) struct charset_decoder *decoder = NULL;
    DEFER(buf_fini) struct buf                   room = {0};
    struct bytes                                 text, cells[BATCH_CELLS_MAX];
    size_t                                       n = 0;
    TRY(charset_open(charset, &decoder));
    TRY(buf_reserve(&room, 6 * line.n + 64));
    struct arena arena = {.p = room.p, .cap = room.cap};
    TRY(charset_decode(decoder, line, &arena, &text));
    const enum gz_err e = cell_split(m, text, &arena, cells, COUNT_OF(cells), &n);
    if (e == GZ_MALFORMED) *defect = (struct batch_header_defect){CELL_CSV_QUOTE, {0}};
    else if (e == GZ_OK) *defect = match(m, cells, n, out);
    return e == GZ_MALFORMED ? GZ_OK : e;
}

enum gz_err batch_header_read(const struct mapping *m, struct bytes line, struct batch_header *out,
                              struct batch_header_defect *defect)
{
    const enum charset         other = m->charset == CHARSET_UTF8 ? CHARSET_GB18030 : CHARSET_UTF8;
    struct batch_header        unused;
    struct batch_header_defect elsewhere = {CELL_NONE};
    const enum gz_err          e = read_as(m->charset, m, line, out, defect);
    if (e == GZ_OK && defect->what == CELL_NONE) return GZ_OK;
    if (e == GZ_MALFORMED) *defect = (struct batch_header_defect){CELL_HEADER_CHARSET, {0}};
    else TRY(e);
    /* Right in the other charset? Then that is what to say, whatever it looks like in this one. */
    const enum gz_err again = read_as(other, m, line, &unused, &elsewhere);
    if (again == GZ_OK && elsewhere.what == CELL_NONE)
        *defect = (struct batch_header_defect){CELL_HEADER_CHARSET, {0}};
    return again == GZ_MALFORMED ? GZ_OK : again;
}

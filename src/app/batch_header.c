#include "app/batch_header.h"

#include "app/charset.h"

static size_t find_column(const struct mapping *m, struct bytes header)
{
    size_t i = 0;
    while (i < m->columns_n && !bytes_eq(m->columns[i].header, header)) i++;
    return i;
}

static struct bytes take_cell(struct bytes *rest)
{
    const size_t       at = bytes_find(*rest, '|');
    const struct bytes cell = bytes_slice(*rest, 0, at);
    *rest = bytes_slice(*rest, at < rest->n ? at + 1 : at, rest->n);
    return cell;
}

static struct batch_header_defect missing_column(const struct mapping      *m,
                                                 const struct batch_header *h)
{
    for (size_t i = 0; i < m->columns_n; i++)
        if (h->cell[m->columns[i].field] == 0)
            return (struct batch_header_defect){CELL_HEADER_MISSING, m->columns[i].header};
    return (struct batch_header_defect){CELL_NONE};
}

static struct batch_header_defect match(const struct mapping *m, struct bytes text,
                                        struct batch_header *out)
{
    bool other = text.n > 0 && text.p[text.n - 1] == '|'; /* an empty name at the end */
    *out = (struct batch_header){0};
    if (!bytes_eq(take_cell(&text), m->event_header))
        return (struct batch_header_defect){CELL_HEADER_FIRST, m->event_header};
    for (size_t cell = 1; text.n > 0; cell++) {
        const size_t column = find_column(m, take_cell(&text));
        const size_t field = column < m->columns_n ? m->columns[column].field : 0;
        other = other || column == m->columns_n || out->cell[field] != 0;
        if (column == m->columns_n) continue;
        out->cell[field] = cell;
        out->column[field] = column;
    }
    const struct batch_header_defect missing = missing_column(m, out);
    if (missing.what != CELL_NONE || !other) return missing;
    return (struct batch_header_defect){CELL_HEADER_OTHER, {0}};
}

/* GZ_MALFORMED: not in this charset. */
static enum gz_err read_as(enum charset charset, const struct mapping *m, struct bytes line,
                           struct batch_header *out, struct batch_header_defect *defect)
{
    DEFER(charset_close) struct charset_decoder *decoder = NULL;
    DEFER(buf_fini) struct buf                   room = {0};
    struct bytes                                 text;
    TRY(charset_open(charset, &decoder));
    TRY(buf_reserve(&room, 2 * line.n + 8));
    struct arena arena = {.p = room.p, .cap = room.cap};
    TRY(charset_decode(decoder, line, &arena, &text));
    *defect = match(m, text, out);
    return GZ_OK;
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

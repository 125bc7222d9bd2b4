#include "app/cell_split.h"

#include <string.h>

#include "app/row_reader.h"

/* --- delimited -------------------------------------------------------------------------------- */

static size_t find(struct bytes text, struct bytes delimiter)
{
    if (delimiter.n == 1) return bytes_find(text, delimiter.p[0]);
    const uint8_t *at = text.n == 0 ? NULL : memmem(text.p, text.n, delimiter.p, delimiter.n);
    return at == NULL ? text.n : (size_t)(at - text.p);
}

static void split_delimited(struct bytes delimiter, struct bytes text, struct bytes *cells,
                            size_t cells_max, size_t *n)
{
    for (size_t from = 0, at; from <= text.n; from = at + delimiter.n, ++*n) {
        at = from + find(bytes_slice(text, from, text.n), delimiter);
        if (*n < cells_max) cells[*n] = bytes_slice(text, from, at);
    }
}

/* --- CSV -------------------------------------------------------------------------------------- */

/* A quoted cell at the front of *rest, which then begins behind its closing quote. */
static enum gz_err take_quoted(struct bytes *rest, struct arena *arena, struct bytes *out)
{
    size_t at = 1, twice = 0;
    for (;; at++) {
        if (at >= rest->n) return GZ_MALFORMED;
        if (rest->p[at] != '"') continue;
        if (at + 1 >= rest->n || rest->p[at + 1] != '"') break;
        twice++;
        at++;
    }
    const struct bytes body = bytes_slice(*rest, 1, at);
    *rest = bytes_slice(*rest, at + 1, rest->n);
    *out = body;
    if (twice == 0) return GZ_OK;
    uint8_t *p = arena_alloc(arena, body.n - twice);
    size_t   n = 0;
    if (p == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < body.n; i++) {
        p[n++] = body.p[i];
        if (body.p[i] == '"') i++;
    }
    *out = (struct bytes){p, n};
    return GZ_OK;
}

static enum gz_err take_csv_cell(uint8_t delimiter, struct bytes *rest, struct arena *arena,
                                 struct bytes *out)
{
    if (rest->n > 0 && rest->p[0] == '"') {
        TRY(take_quoted(rest, arena, out));
        return rest->n == 0 || rest->p[0] == delimiter ? GZ_OK : GZ_MALFORMED;
    }
    const size_t at = bytes_find(*rest, delimiter);
    *out = bytes_slice(*rest, 0, at);
    *rest = bytes_slice(*rest, at, rest->n);
    return bytes_find(*out, '"') == out->n ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err split_csv(uint8_t delimiter, struct bytes text, struct arena *arena,
                             struct bytes *cells, size_t cells_max, size_t *n)
{
    for (bool more = true; more;) {
        struct bytes      cell = {0};
        const enum gz_err e = take_csv_cell(delimiter, &text, arena, &cell);
        if (e == GZ_MALFORMED) *n = *n > 0;
        TRY(e);
        if (*n < cells_max) cells[*n] = cell;
        ++*n;
        more = text.n > 0; /* a delimiter, behind which a cell stands, be it empty */
        if (more) text = bytes_slice(text, 1, text.n);
    }
    return GZ_OK;
}

enum gz_err cell_split(const struct mapping *m, struct bytes text, struct arena *arena,
                       struct bytes *cells, size_t cells_max, size_t *n)
{
    *n = 0;
    if (m->format == ROWS_CSV)
        return split_csv(m->delimiter.p[0], text, arena, cells, cells_max, n);
    split_delimited(m->delimiter, text, cells, cells_max, n);
    return GZ_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

enum place { AT_BEGIN, IN_CELL, IN_QUOTES, BEHIND_QUOTE };

static enum place step(enum place place, uint8_t delimiter, uint8_t c)
{
    static const enum place behind_quote[] = {[AT_BEGIN] = IN_QUOTES,
                                              [IN_CELL] = IN_CELL,
                                              [IN_QUOTES] = BEHIND_QUOTE,
                                              [BEHIND_QUOTE] = IN_QUOTES};
    if (c == '"') return behind_quote[place];
    if (place == IN_QUOTES) return IN_QUOTES;
    return c == delimiter ? AT_BEGIN : IN_CELL;
}

/* Where the row's LF stands, or the end; text.n + 1: the quotes do not close. Neither a quote nor a
 * line's end is ever part of a character of GB 18030, as a delimiter may be: a quote that then only
 * seems to open a cell is wrong in any case. */
static size_t find_end(uint8_t delimiter, struct bytes text, size_t *breaks)
{
    enum place place = AT_BEGIN;
    *breaks = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' && place != IN_QUOTES) return i;
        *breaks += text.p[i] == '\n';
        place = step(place, delimiter, text.p[i]);
    }
    return place == IN_QUOTES ? text.n + 1 : text.n;
}

bool cell_take_row(const struct mapping *m, size_t size_max, struct bytes *rest, struct bytes *row,
                   unsigned *lines)
{
    size_t             breaks = 0;
    const struct bytes all = *rest;
    *lines = 1;
    if (!row_take_line(rest, row)) return false;
    if (m->format != ROWS_CSV || bytes_find(*row, '"') == row->n) return true;
    const struct bytes window = bytes_slice(all, 0, all.n < size_max ? all.n : size_max);
    const size_t       end = find_end(m->delimiter.p[0], window, &breaks);
    if (end > window.n || breaks == 0) return true;
    if (end == window.n && window.n < all.n) return true; /* longer than a row may be */
    *rest = bytes_slice(all, end < all.n ? end + 1 : end, all.n);
    *row = bytes_slice(all, 0, end);
    if (row->n > 0 && row->p[row->n - 1] == '\r') row->n--;
    *lines = (unsigned)breaks + 1;
    return true;
}

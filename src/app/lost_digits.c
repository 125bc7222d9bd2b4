#include "app/lost_digits.h"

#include <stdlib.h>
#include <string.h>

#include "app/row_reader.h"

struct column {
    uint64_t long_n, zeroed_n, zeros;
};
struct scan {
    const struct mapping *m;
    struct arena          arena;
    struct row            row;
    struct column         columns[CATALOG_COLUMNS_MAX];
};

static bool is_long_number(struct bytes text)
{
    if (text.n <= LOST_DIGITS_EXACT || text.p[0] == '0') return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9') return false;
    return true;
}

bool lost_digits_suspects(struct bytes text)
{
    if (!is_long_number(text)) return false;
    for (size_t i = LOST_DIGITS_EXACT; i < text.n; i++)
        if (text.p[i] != '0') return false;
    return true;
}

static enum gz_err count_cell(struct scan *s, size_t i)
{
    struct column         *c = &s->columns[i];
    const struct row_cell *cell = &s->row.cells[i];
    struct bytes           text = {0};
    enum cell_defect       what = cell->defect;
    if (what == CELL_NONE)
        TRY(conversion_apply(&s->m->columns[i].conversion, cell->text, &s->arena, &text, &what));
    if (what != CELL_NONE || !is_long_number(text)) return GZ_OK;
    c->long_n++;
    if (!lost_digits_suspects(text)) return GZ_OK;
    c->zeroed_n++;
    c->zeros += text.n - LOST_DIGITS_EXACT;
    return GZ_OK;
}

static enum gz_err count_rows(struct scan *s, struct row_reader *r)
{
    for (;;) {
        s->arena.n = 0;
        const enum gz_err e = row_reader_next(r, &s->arena, &s->row);
        if (e == GZ_MISSING) return GZ_OK;
        TRY(e);
        for (size_t i = 0; s->row.has_cells && i < s->m->columns_n; i++) TRY(count_cell(s, i));
    }
}

static void scan_free(struct scan **s)
{
    if (*s == NULL) return;
    if ((*s)->arena.n > 0) explicit_bzero((*s)->arena.p, (*s)->arena.n);
    free((*s)->arena.p);
    free(*s);
    *s = NULL;
}

enum gz_err lost_digits_find(const struct mapping *m, struct bytes content, struct lost_digits *out)
{
    DEFER(row_reader_close) struct row_reader *r = NULL;
    DEFER(scan_free) struct scan              *s = calloc(1, sizeof *s);
    struct row_defect                          why = {0};
    *out = (struct lost_digits){0};
    if (s == NULL) return GZ_MEMORY;
    s->m = m;
    s->arena = (struct arena){.p = malloc(ROW_MEMORY), .cap = ROW_MEMORY};
    if (s->arena.p == NULL) return GZ_MEMORY;
    const enum gz_err e = row_reader_open(m, content, &r, &why);
    if (e == GZ_MALFORMED) return GZ_OK;
    TRY(e);
    TRY(count_rows(s, r));
    for (size_t i = 0; i < m->columns_n; i++) {
        const struct column *c = &s->columns[i];
        out->is_spoilt[i] = 2 * c->zeroed_n > c->long_n && c->zeros >= LOST_DIGITS_ZEROS_MIN;
    }
    return GZ_OK;
}

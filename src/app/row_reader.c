#include "app/row_reader.h"

static const struct row_format_ops *const formats[] = {
    [ROWS_DELIMITED] = &delimited_rows,
    [ROWS_CSV] = &delimited_rows,
    [ROWS_JSON_LINES] = &json_lines_rows,
    [ROWS_XML] = &xml_rows,
};

enum gz_err row_reader_open(const struct mapping *m, struct bytes content, struct row_reader **out,
                            struct row_defect *why)
{
    return formats[m->format]->open(m, content, out, why);
}

enum gz_err row_reader_next(struct row_reader *r, struct arena *arena, struct row *out)
{
    return r->ops->next(r, arena, out);
}

void row_reader_close(struct row_reader **r)
{
    if (*r == NULL) return;
    (*r)->ops->close(*r);
    *r = NULL;
}

void row_start(const struct mapping *m, unsigned line, struct row *row)
{
    row->line = line;
    row->has_cells = false;
    row->event = (struct row_cell){0};
    row->defects_n = 0;
    for (size_t i = 0; i < m->columns_n; i++) row->cells[i] = (struct row_cell){0};
}

void row_refuse(struct row *row, struct bytes column, enum cell_defect what)
{
    if (row->defects_n < ROW_DEFECTS_MAX)
        row->defects[row->defects_n++] = (struct row_defect){.what = what, .column = column};
}

struct row_cell *row_cell_of(const struct mapping *m, struct row *row, struct bytes path)
{
    if (bytes_eq(path, m->event_header)) return &row->event;
    for (size_t i = 0; i < m->columns_n; i++)
        if (bytes_eq(path, m->columns[i].header)) return &row->cells[i];
    return NULL;
}

static bool is_below(struct bytes header, struct bytes path)
{
    return header.n > path.n && bytes_starts(header, path) && header.p[path.n] == '/';
}

bool row_has_below(const struct mapping *m, struct bytes path)
{
    bool has = is_below(m->event_header, path);
    for (size_t i = 0; !has && i < m->columns_n; i++) has = is_below(m->columns[i].header, path);
    return has;
}

bool row_is_ignored(const struct mapping *m, struct bytes path)
{
    for (size_t i = 0; i < m->ignored_n; i++)
        if (bytes_eq(m->ignored[i], path)) return true;
    return false;
}

bool row_take_line(struct bytes *rest, struct bytes *line)
{
    if (rest->n == 0) return false;
    if (!bytes_take_line(rest, line)) {
        *line = *rest;
        *rest = bytes_slice(*rest, rest->n, rest->n);
    }
    if (line->n > 0 && line->p[line->n - 1] == '\r') line->n--;
    return true;
}

struct bytes row_skip_mark(const struct mapping *m, struct bytes content)
{
    const struct bytes mark = BYTES_LIT("\xef\xbb\xbf");
    return m->charset == CHARSET_UTF8 && bytes_starts(content, mark)
               ? bytes_slice(content, mark.n, content.n)
               : content;
}

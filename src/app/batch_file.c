#include "app/batch_file.h"

#include <stdlib.h>
#include <string.h>

#include "app/batch_header.h"
#include "app/charset.h"
#include "app/item_maker.h"
#include "app/kind_file.h"

/* A row decoded (twice its bytes at most), quoted (twice that), and sentences made for its defects.
 */
enum { ROW_MEMORY = 8 * BATCH_ROW_MAX + INTAKE_DEFECTS_MAX * 1024 };

static const struct bytes whole_row = {0};

static_assert(FIELD_FUTURE_MAX_S == 5 * 60); /* as batch_file.h says */

struct batch_file {
    const struct mapping   *m;
    char                   *folder;
    struct time             now;
    struct bytes            rest; /* rows not yet read */
    unsigned                line; /* of the row that was read last */
    struct charset_decoder *decoder;
    struct batch_header     header;
    struct arena            arena; /* of the row */
    struct bytes            cells[CATALOG_COLUMNS_MAX + 1];
    struct item_maker       maker;
    size_t                  originals_n;
    struct buf              originals[KIND_FILES_MAX];
};

/* --- rows and cells --------------------------------------------------------------------------- */

/* The next line without its end: LF or CR LF, which the last may lack. */
static bool take_row(struct bytes *rest, struct bytes *row)
{
    if (rest->n == 0) return false;
    if (!bytes_take_line(rest, row)) {
        *row = *rest;
        *rest = bytes_slice(*rest, rest->n, rest->n);
    }
    if (row->n > 0 && row->p[row->n - 1] == '\r') row->n--;
    return true;
}

/* How many cells there are; the first of them stand in f->cells. */
static size_t split(struct batch_file *f, struct bytes text)
{
    size_t n = 0;
    for (size_t from = 0, at; from <= text.n; from = at + 1, n++) {
        at = from + bytes_find(bytes_slice(text, from, text.n), '|');
        if (n < COUNT_OF(f->cells)) f->cells[n] = bytes_slice(text, from, at);
    }
    return n;
}

/* --- the fields of a row ---------------------------------------------------------------------- */

static enum gz_err take_original(struct batch_file *f, size_t field, struct bytes column,
                                 struct bytes cell)
{
    struct buf     *content = &f->originals[f->originals_n];
    struct original o;
    assert(f->originals_n < COUNT_OF(f->originals)); /* the kind has no more */
    f->originals_n++;
    TRY(original_read(f->folder, cell, content, &o));
    item_maker_original(&f->maker, field, column, &o, buf_bytes(content));
    return GZ_OK;
}

static enum gz_err take_cell(struct batch_file *f, size_t field, struct bytes cell)
{
    const struct bytes column = f->m->columns[f->header.column[field]].header;
    if (f->m->kind->fields[field].type == FIELD_FILE && cell.n > 0)
        return take_original(f, field, column, cell);
    return item_maker_text(&f->maker, field, column, cell);
}

static enum gz_err take_fields(struct batch_file *f, struct intake_item *out)
{
    for (size_t i = 0; i < f->m->kind->fields_n; i++)
        if (f->header.cell[i] != 0) TRY(take_cell(f, i, f->cells[f->header.cell[i]]));
    TRY(item_maker_constants(&f->maker, f->m));
    const size_t matter = f->m->matter_field;
    if (item_maker_has(&f->maker, matter)) out->matter = f->cells[f->header.cell[matter]];
    if (f->m->corrects_field >= 0 && item_maker_has(&f->maker, (size_t)f->m->corrects_field))
        out->corrects = f->cells[f->header.cell[f->m->corrects_field]];
    return GZ_OK;
}

static enum gz_err read_row(struct batch_file *f, struct bytes line, struct intake_item *out)
{
    struct bytes text;
    if (line.n > BATCH_ROW_MAX) {
        item_maker_refuse(&f->maker, whole_row, CELL_ROW_SIZE);
        return GZ_OK;
    }
    const enum gz_err e = charset_decode(f->decoder, line, &f->arena, &text);
    if (e == GZ_MALFORMED) {
        item_maker_refuse(&f->maker, whole_row, CELL_CHARSET);
        return GZ_OK;
    }
    TRY(e);
    if (split(f, text) == f->m->columns_n + 1) {
        out->event_number = item_maker_event_number(&f->maker, f->m->event_header, f->cells[0]);
        return take_fields(f, out);
    }
    /* The number is told where it can be: it helps to find the row in the source. */
    if (item_is_event_number(f->cells[0])) out->event_number = f->cells[0];
    item_maker_refuse(&f->maker, whole_row, text.n == 0 ? CELL_EMPTY_ROW : CELL_COLUMNS);
    return GZ_OK;
}

static void forget_row(struct batch_file *f)
{
    for (size_t i = 0; i < f->originals_n; i++) buf_fini(&f->originals[i]);
    f->originals_n = 0;
    if (f->arena.n > 0) explicit_bzero(f->arena.p, f->arena.n);
    f->arena.n = 0;
}

enum gz_err batch_file_next(struct batch_file *f, struct intake_item *out)
{
    struct bytes line;
    forget_row(f);
    if (!take_row(&f->rest, &line)) return GZ_MISSING;
    struct intake_item row = {.source = f->m->source};
    item_maker_start(&f->maker, ++f->line, f->now, &f->arena);
    f->maker.kind = f->m->kind;
    TRY(read_row(f, line, &row));
    item_maker_end(&f->maker, &row);
    *out = row;
    return GZ_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

static enum gz_err refuse_file(enum gz_err e, enum cell_defect what, struct bytes column,
                               struct intake_defect *defect)
{
    *defect = (struct intake_defect){.line = 1,
                                     .column = column,
                                     .code = cell_defect_code(what),
                                     .hint = cell_defect_hint(what)};
    return e;
}

static enum gz_err read_header(struct batch_file *f, struct intake_defect *defect)
{
    static const struct bytes  mark = {(const uint8_t *)"\xef\xbb\xbf", 3};
    struct batch_header_defect wrong = {CELL_NONE};
    struct bytes               line = {0};
    /* What Windows writes before UTF-8. */
    if (f->m->charset == CHARSET_UTF8 && bytes_starts(f->rest, mark))
        f->rest = bytes_slice(f->rest, mark.n, f->rest.n);
    (void)take_row(&f->rest, &line);
    f->line = 1;
    if (line.n > BATCH_ROW_MAX)
        return refuse_file(GZ_MALFORMED, CELL_HEADER_SIZE, (struct bytes){0}, defect);
    TRY(batch_header_read(f->m, line, &f->header, &wrong));
    if (wrong.what == CELL_NONE) return GZ_OK;
    return refuse_file(GZ_MALFORMED, wrong.what, wrong.column, defect);
}

enum gz_err batch_file_open(const struct mapping *m, struct bytes content, const char *folder,
                            struct time now, struct batch_file **out, struct intake_defect *defect)
{
    if (content.n > BATCH_FILE_MAX)
        return refuse_file(GZ_LIMIT, CELL_FILE_SIZE, (struct bytes){0}, defect);
    DEFER(batch_file_close) struct batch_file *f = calloc(1, sizeof *f);
    if (f == NULL) return GZ_MEMORY;
    f->m = m;
    f->now = now;
    f->rest = content;
    f->folder = strdup(folder);
    f->arena = (struct arena){.p = malloc(ROW_MEMORY), .cap = ROW_MEMORY};
    if (f->folder == NULL || f->arena.p == NULL) return GZ_MEMORY;
    TRY(read_header(f, defect));
    TRY(charset_open(m->charset, &f->decoder));
    *out = f;
    f = NULL;
    return GZ_OK;
}

void batch_file_close(struct batch_file **f)
{
    if (*f == NULL) return;
    forget_row(*f);
    free((*f)->arena.p);
    charset_close(&(*f)->decoder);
    free((*f)->folder);
    free(*f);
    *f = NULL;
}

#include "app/batch_file.h"

#include <stdlib.h>
#include <string.h>

#include "app/batch_header.h"
#include "app/charset.h"
#include "app/field_value.h"
#include "app/kind_file.h"
#include "app/original.h"

/* A row decoded (twice its bytes at most), quoted (twice that), and sentences made for its defects.
 */
enum { ROW_MEMORY = 8 * BATCH_ROW_MAX + INTAKE_DEFECTS_MAX * 1024 };

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
    size_t                  cells_n;
    struct bytes            cells[CATALOG_COLUMNS_MAX + 1];
    struct field_value      made[CATALOG_FIELDS_MAX];
    size_t                  values_n;
    struct intake_value     values[CATALOG_FIELDS_MAX];
    size_t                  defects_n;
    struct intake_defect    defects[INTAKE_DEFECTS_MAX];
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

static void add_defect(struct batch_file *f, const struct intake_defect *d)
{
    if (f->defects_n < INTAKE_DEFECTS_MAX) f->defects[f->defects_n++] = *d;
}

static void refuse_row(struct batch_file *f, enum cell_defect what)
{
    add_defect(f, &(struct intake_defect){.line = f->line,
                                          .code = cell_defect_code(what),
                                          .hint = cell_defect_hint(what)});
}

static void refuse_cell(struct batch_file *f, size_t field, enum cell_defect what, const char *hint)
{
    add_defect(f, &(struct intake_defect){.line = f->line,
                                          .column = f->m->columns[f->header.column[field]].header,
                                          .field = f->m->kind->fields[field].name,
                                          .code = cell_defect_code(what),
                                          .hint = hint});
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

static bool is_event_number(struct bytes cell)
{
    if (cell.n == 0 || cell.n > INTAKE_EVENT_NUMBER_MAX) return false;
    for (size_t i = 0; i < cell.n; i++)
        if (cell.p[i] < 0x20 || cell.p[i] > 0x7e) return false;
    return cell.p[0] != ' ' && cell.p[cell.n - 1] != ' ';
}

/* --- the fields of a row ---------------------------------------------------------------------- */

static enum gz_err take_original(struct batch_file *f, size_t field, struct bytes cell,
                                 struct intake_value *value)
{
    struct buf     *content = &f->originals[f->originals_n];
    struct original o;
    assert(f->originals_n < COUNT_OF(f->originals)); /* the kind has no more */
    f->originals_n++;
    TRY(original_read(f->folder, cell, content, &o));
    if (o.defect != CELL_NONE) {
        refuse_cell(f, field, o.defect, cell_defect_hint(o.defect));
        return GZ_OK;
    }
    value->file_name = o.name;
    value->media_type = o.media_type;
    value->original = buf_bytes(content);
    return GZ_OK;
}

static enum gz_err take_value(struct batch_file *f, size_t field, struct bytes cell,
                              struct intake_value *value)
{
    struct field_value *made = &f->made[field];
    TRY(field_value_make(value->field, cell, f->now, &f->arena, made));
    if (made->defect != CELL_NONE) refuse_cell(f, field, made->defect, made->hint);
    value->json = made->json;
    return GZ_OK;
}

static enum gz_err take_cell(struct batch_file *f, size_t field, struct bytes cell)
{
    const struct kind_field *about = &f->m->kind->fields[field];
    if (cell.n == 0 && about->required)
        refuse_cell(f, field, CELL_REQUIRED, cell_defect_hint(CELL_REQUIRED));
    if (cell.n == 0) return GZ_OK;
    struct intake_value *value = &f->values[f->values_n++];
    *value = (struct intake_value){.field = about};
    return about->type == FIELD_FILE ? take_original(f, field, cell, value)
                                     : take_value(f, field, cell, value);
}

/* Dates that may not precede another, where both stand there and are right. */
static void check_order(struct batch_file *f)
{
    const struct kind *k = f->m->kind;
    for (size_t i = 0; i < k->fields_n; i++) {
        const int first = k->fields[i].not_before;
        if (first < 0 || f->made[i].json.n == 0 || f->made[first].json.n == 0) continue;
        if (date_to_days(f->made[i].date) < date_to_days(f->made[first].date))
            refuse_cell(f, i, CELL_ORDER, cell_defect_hint(CELL_ORDER));
    }
}

static void take_event_number(struct batch_file *f, struct intake_item *out)
{
    if (is_event_number(f->cells[0]) && field_check_typing(FIELD_TEXT, f->cells[0]) == CELL_NONE) {
        out->event_number = f->cells[0];
        return;
    }
    const enum cell_defect typing =
        f->cells[0].n == 0 ? CELL_EVENT_NUMBER : field_check_typing(FIELD_TEXT, f->cells[0]);
    const enum cell_defect what = typing == CELL_SCIENTIFIC ? typing : CELL_EVENT_NUMBER;
    add_defect(f, &(struct intake_defect){.line = f->line,
                                          .column = f->m->event_header,
                                          .code = cell_defect_code(what),
                                          .hint = cell_defect_hint(what)});
}

static enum gz_err take_fields(struct batch_file *f, struct intake_item *out)
{
    for (size_t i = 0; i < f->m->kind->fields_n; i++) {
        f->made[i] = (struct field_value){0};
        if (f->header.cell[i] == 0) continue;
        TRY(take_cell(f, i, f->cells[f->header.cell[i]]));
    }
    check_order(f);
    const size_t matter = f->m->matter_field;
    if (f->made[matter].json.n > 0) out->matter = f->cells[f->header.cell[matter]];
    if (f->m->corrects_field >= 0 && f->made[f->m->corrects_field].json.n > 0)
        out->corrects = f->cells[f->header.cell[f->m->corrects_field]];
    return GZ_OK;
}

static enum gz_err read_row(struct batch_file *f, struct bytes line, struct intake_item *out)
{
    struct bytes text;
    if (line.n > BATCH_ROW_MAX) {
        refuse_row(f, CELL_ROW_SIZE);
        return GZ_OK;
    }
    const enum gz_err e = charset_decode(f->decoder, line, &f->arena, &text);
    if (e == GZ_MALFORMED) {
        refuse_row(f, CELL_CHARSET);
        return GZ_OK;
    }
    TRY(e);
    if (split(f, text) == f->m->columns_n + 1) {
        take_event_number(f, out);
        return take_fields(f, out);
    }
    /* The number is told where it can be: it helps to find the row in the source. */
    if (is_event_number(f->cells[0])) out->event_number = f->cells[0];
    refuse_row(f, text.n == 0 ? CELL_EMPTY_ROW : CELL_COLUMNS);
    return GZ_OK;
}

static void forget_row(struct batch_file *f)
{
    for (size_t i = 0; i < f->originals_n; i++) buf_fini(&f->originals[i]);
    f->originals_n = f->values_n = f->defects_n = 0;
    if (f->arena.n > 0) explicit_bzero(f->arena.p, f->arena.n);
    f->arena.n = 0;
}

enum gz_err batch_file_next(struct batch_file *f, struct intake_item *out)
{
    struct bytes line;
    forget_row(f);
    if (!take_row(&f->rest, &line)) return GZ_MISSING;
    struct intake_item row = {.line = ++f->line, .source = f->m->source, .kind = f->m->kind};
    TRY(read_row(f, line, &row));
    row.values_n = f->values_n;
    row.values = f->values;
    row.defects_n = f->defects_n;
    row.defects = f->defects;
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

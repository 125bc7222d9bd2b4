#include "app/batch_file.h"

#include <stdlib.h>
#include <string.h>

#include "app/item_maker.h"
#include "app/json_tree.h"
#include "app/kind_file.h"
#include "app/lost_digits.h"
#include "app/mapping_file.h"
#include "app/row_reader.h"

enum { NO_COLUMN = CATALOG_COLUMNS_MAX };

/* Read (eight times its bytes at most) and of JSON its nodes with their paths, converted and quoted
 * (five times), and sentences made for its defects. */
static_assert(13 * ROW_SIZE_MAX + JSON_TREE_MEMORY +
                  JSON_TREE_NODES_MAX * (MAPPING_HEADER_MAX + 8) + INTAKE_DEFECTS_MAX * 1024 <=
              ROW_MEMORY);
static_assert(FIELD_FUTURE_MAX_S == 5 * 60); /* as batch_file.h says */
static_assert((int)ROW_SIZE_MAX == (int)BATCH_ROW_MAX);

struct batch_file {
    const struct mapping *m;
    char                 *folder;
    struct time           now;
    struct bytes          content;
    struct row_reader    *rows;
    bool                  lost_is_known;
    struct lost_digits    lost;                       /* found when the first number is suspected */
    size_t                column[CATALOG_FIELDS_MAX]; /* of a field, NO_COLUMN: none */
    struct arena          arena;                      /* of the row */
    struct row            row;
    struct bytes          texts[CATALOG_FIELDS_MAX]; /* converted */
    struct item_maker     maker;
    size_t                originals_n;
    struct buf            originals[KIND_FILES_MAX];
};

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

static enum gz_err take_text(struct batch_file *f, size_t field, struct bytes column,
                             struct bytes text)
{
    f->texts[field] = text;
    if (f->m->kind->fields[field].type == FIELD_FILE && text.n > 0)
        return take_original(f, field, column, text);
    return item_maker_text(&f->maker, field, column, text);
}

static enum gz_err check_digits(struct batch_file *f, size_t column, struct bytes text,
                                enum cell_defect *what)
{
    if (f->m->columns[column].conversion.keep_zeros || !lost_digits_suspects(text)) return GZ_OK;
    if (!f->lost_is_known) TRY(lost_digits_find(f->m, f->content, &f->lost));
    f->lost_is_known = true;
    if (f->lost.is_spoilt[column]) *what = CELL_LOST_DIGITS;
    return GZ_OK;
}

static enum gz_err take_cell(struct batch_file *f, size_t field)
{
    const struct mapping_column *column = &f->m->columns[f->column[field]];
    const struct row_cell       *cell = &f->row.cells[f->column[field]];
    struct bytes                 text = {0};
    enum cell_defect             what = cell->defect;
    if (what == CELL_NONE)
        TRY(conversion_apply(&column->conversion, cell->text, &f->arena, &text, &what));
    if (what == CELL_NONE) TRY(check_digits(f, f->column[field], text, &what));
    if (what == CELL_NONE) return take_text(f, field, column->header, text);
    item_maker_spoilt(&f->maker, field, column->header, what);
    return GZ_OK;
}

static enum gz_err take_fields(struct batch_file *f, struct intake_item *out)
{
    const struct mapping *m = f->m;
    for (size_t i = 0; i < m->kind->fields_n; i++)
        if (f->column[i] != NO_COLUMN) TRY(take_cell(f, i));
    TRY(item_maker_constants(&f->maker, m));
    if (item_maker_has(&f->maker, m->matter_field)) out->matter = f->texts[m->matter_field];
    if (m->corrects_field >= 0 && item_maker_has(&f->maker, (size_t)m->corrects_field))
        out->corrects = f->texts[m->corrects_field];
    return GZ_OK;
}

static enum gz_err take_row(struct batch_file *f, struct intake_item *out)
{
    const struct row *r = &f->row;
    for (size_t i = 0; i < r->defects_n; i++)
        item_maker_refuse(&f->maker, r->defects[i].column, r->defects[i].what);
    if (!r->has_cells) {
        /* The number is told where it can be: it helps to find the row in the source. */
        if (item_is_event_number(r->event.text)) out->event_number = r->event.text;
        return GZ_OK;
    }
    if (r->event.defect != CELL_NONE)
        item_maker_refuse(&f->maker, f->m->event_header, r->event.defect);
    else out->event_number = item_maker_event_number(&f->maker, f->m->event_header, r->event.text);
    return take_fields(f, out);
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
    forget_row(f);
    TRY(row_reader_next(f->rows, &f->arena, &f->row));
    struct intake_item item = {.source = f->m->source};
    item_maker_start(&f->maker, f->row.line, f->now, &f->arena);
    f->maker.kind = f->m->kind;
    TRY(take_row(f, &item));
    item_maker_end(&f->maker, &item);
    *out = item;
    return GZ_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

static enum gz_err refuse_file(enum gz_err e, const struct row_defect *why,
                               struct intake_defect *defect)
{
    *defect = (struct intake_defect){.line = why->line > 0 ? why->line : 1,
                                     .column = why->column,
                                     .code = cell_defect_code(why->what),
                                     .hint = cell_defect_hint(why->what)};
    return e;
}

static void place_columns(struct batch_file *f)
{
    for (size_t i = 0; i < COUNT_OF(f->column); i++) f->column[i] = NO_COLUMN;
    for (size_t i = 0; i < f->m->columns_n; i++) f->column[f->m->columns[i].field] = i;
}

/* What is no batch file of any format, whatever it is called: to complain of its header or charset
 * would send people to look for the wrong thing. */
static enum cell_defect not_a_batch(const struct mapping *m, struct bytes content)
{
    static const struct bytes starts[] = {
        BYTES_LIT("PK\x03\x04"),       /* ZIP, and with it xlsx, docx, ofd */
        BYTES_LIT("\xd0\xcf\x11\xe0"), /* xls, doc */
        BYTES_LIT("\x1f\x8b"),         /* gzip */
        BYTES_LIT("Rar!"),
        BYTES_LIT("7z\xbc\xaf"),
        BYTES_LIT("%PDF-"),
    };
    const bool is_empty = content.n == 0 || bytes_eq(content, BYTES_LIT("\xef\xbb\xbf"));
    /* JSON Lines have no header: a day without events is an empty file. */
    if (is_empty && m->format != ROWS_JSON_LINES) return CELL_BATCH_EMPTY;
    for (size_t i = 0; i < COUNT_OF(starts); i++)
        if (bytes_starts(content, starts[i])) return CELL_BATCH_BINARY;
    return CELL_NONE;
}

enum gz_err batch_file_open(const struct mapping *m, struct bytes content, const char *folder,
                            struct time now, struct batch_file **out, struct intake_defect *defect)
{
    struct row_defect why = {.what = CELL_FILE_SIZE};
    if (content.n > BATCH_FILE_MAX) return refuse_file(GZ_LIMIT, &why, defect);
    why.what = not_a_batch(m, content);
    if (why.what != CELL_NONE) return refuse_file(GZ_MALFORMED, &why, defect);
    DEFER(batch_file_close) struct batch_file *f = calloc(1, sizeof *f);
    if (f == NULL) return GZ_MEMORY;
    f->m = m;
    f->now = now;
    f->content = content;
    f->folder = strdup(folder);
    f->arena = (struct arena){.p = malloc(ROW_MEMORY), .cap = ROW_MEMORY};
    if (f->folder == NULL || f->arena.p == NULL) return GZ_MEMORY;
    place_columns(f);
    const enum gz_err e = row_reader_open(m, content, &f->rows, &why);
    if (e == GZ_MALFORMED) return refuse_file(e, &why, defect);
    TRY(e);
    *out = f;
    f = NULL;
    return GZ_OK;
}

void batch_file_close(struct batch_file **f)
{
    if (*f == NULL) return;
    forget_row(*f);
    free((*f)->arena.p);
    row_reader_close(&(*f)->rows);
    free((*f)->folder);
    free(*f);
    *f = NULL;
}

/* Rows of every format with every conversion, and control totals: cells are text, or say why not,
 * and the same bytes give the same rows twice. First byte: format, charset and control.
 * fuzz-with: src/app/row_reader.c src/app/delimited_rows.c src/app/json_lines_rows.c
 * fuzz-with: src/app/xml_rows.c src/app/cell_split.c src/app/batch_header.c src/app/charset.c
 * fuzz-with: src/app/conversion.c src/app/control_total.c src/app/lost_digits.c
 * fuzz-with: src/app/json_tree.c src/app/field_value.c src/app/cell_defect.c
 * fuzz-with: src/app/check_digit.c src/host/host.c -I/usr/include/libxml2 -lxml2 */
#include <stdlib.h>

#include "app/control_total.h"
#include "app/field_value.h"
#include "app/lost_digits.h"
#include "app/row_reader.h"
#include "base/text.h"
#include "fuzz.h"

#define LIT(s)                                                                                     \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }

static const struct code_pair codes[] = {{LIT("01"), LIT("企业")}, {LIT("2"), LIT("个人")}};
static const struct mapping_column columns[] = {
    {LIT("a"), 0, {.trim = true, .half_width = true}},
    {LIT("b"), 1, {.thousands = true, .fen = true}},
    {LIT("c/d"), 2, {.date = LIT("YYYYMMDD")}},
    {LIT("c/@e"), 3, {.codes = codes, .codes_n = 2}},
    {LIT("f"), 4, {.digits = 4}},
};

static const struct bytes ignored[] = {LIT("g"), LIT("/r/head")};

static struct mapping mapping_of(uint8_t first)
{
    static const struct bytes delimiters[] = {[ROWS_DELIMITED] = LIT("|@"),
                                              [ROWS_CSV] = LIT(","),
                                              [ROWS_JSON_LINES] = LIT(","),
                                              [ROWS_XML] = LIT(",")};
    const enum row_format     format = first & 3;
    struct mapping            m = {.event_header = LIT("id"),
                                   .format = format,
                                   .delimiter = delimiters[format],
                                   .row = LIT("/r/row"),
                                   .charset = (first & 4) != 0 ? CHARSET_GB18030 : CHARSET_UTF8,
                                   .columns_n = COUNT_OF(columns),
                                   .columns = columns,
                                   .ignored_n = COUNT_OF(ignored),
                                   .ignored = ignored};
    m.control.mark = BYTES_LIT("T");
    m.control.sum_column = (first & 8) != 0 ? 1 : m.columns_n;
    m.control.from = (first & 16) == 0    ? CONTROL_NONE
                     : format <= ROWS_CSV ? CONTROL_TRAILER
                                          : CONTROL_FILE;
    return m;
}

static void check_row(const struct mapping *m, const struct row *row, struct arena *arena)
{
    require(row->line > 0 && (row->has_cells || row->defects_n > 0));
    require(row->defects_n <= ROW_DEFECTS_MAX);
    for (size_t i = 0; i < row->defects_n; i++) {
        require(row->defects[i].what > CELL_NONE && row->defects[i].what < CELL_DEFECTS);
        require(!field_has_hidden(row->defects[i].column));
    }
    for (size_t i = 0; row->has_cells && i < m->columns_n; i++) {
        struct bytes     out = {0};
        enum cell_defect what = row->cells[i].defect;
        if (what != CELL_NONE) continue;
        require(text_is_utf8(row->cells[i].text));
        require(conversion_apply(&columns[i].conversion, row->cells[i].text, arena, &out, &what) ==
                GZ_OK);
        require(what != CELL_NONE || text_is_utf8(out));
        require(columns[i].conversion.digits == 0 || what != CELL_NONE || out.n == 0 ||
                out.n == columns[i].conversion.digits);
    }
}

static size_t read_all(const struct mapping *m, struct bytes content, struct arena *arena)
{
    static struct row  row;
    struct row_reader *r = NULL;
    struct row_defect  why = {0};
    size_t             n = 0;
    if (row_reader_open(m, content, &r, &why) != GZ_OK) {
        require(r == NULL && why.what > CELL_NONE && why.what < CELL_DEFECTS);
        return 0;
    }
    for (enum gz_err e; arena->n = 0, (e = row_reader_next(r, arena, &row)) != GZ_MISSING; n++) {
        require(e == GZ_OK);
        check_row(m, &row, arena);
    }
    require(row_reader_next(r, arena, &row) == GZ_MISSING);
    row_reader_close(&r);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const struct mapping  m = mapping_of(data[0]);
    struct bytes          content = {data + 1, size - 1}, rows = content;
    struct arena          arena = {.p = malloc(ROW_MEMORY), .cap = ROW_MEMORY};
    struct control_defect differs;
    struct lost_digits    lost;
    require(control_total_check(&m, content, &rows, &differs) == GZ_OK);
    require(differs.code == NULL || differs.hint[0] != 0);
    require(rows.n <= content.n);
    require(lost_digits_find(&m, content, &lost) == GZ_OK);
    require(read_all(&m, content, &arena) == read_all(&m, content, &arena));
    free(arena.p);
    return 0;
}

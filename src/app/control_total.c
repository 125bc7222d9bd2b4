#include "app/control_total.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cell_split.h"
#include "app/charset.h"
#include "app/row_reader.h"
#include "base/text.h"

enum { CELLS = 3 /* mark, rows, sum */ };

static enum gz_err refuse(struct control_defect *out, const char *hint)
{
    out->code = "control_total";
    (void)snprintf(out->hint, sizeof out->hint, "%s", hint);
    return GZ_OK;
}

/* --- what is stated --------------------------------------------------------------------------- */

static bool wants_sum(const struct mapping *m)
{
    return m->control.sum_column < m->columns_n;
}

/* A cell of the column of money; false: it is none. */
static enum gz_err read_money(const struct mapping *m, struct bytes cell, struct arena *arena,
                              struct money *out, bool *good)
{
    enum cell_defect what;
    struct bytes     text = {0};
    TRY(conversion_apply(&m->columns[m->control.sum_column].conversion, cell, arena, &text, &what));
    *good = what == CELL_NONE && money_decode(text, out) == GZ_OK;
    return GZ_OK;
}

static enum gz_err read_total(const struct mapping *m, struct bytes rows, struct bytes sum,
                              struct arena *arena, struct control_total *out, bool *good)
{
    *good = text_to_u64(rows, INT64_MAX, &out->rows) == GZ_OK;
    if (!*good || !wants_sum(m)) return GZ_OK;
    out->has_sum = true;
    return read_money(m, sum, arena, &out->sum, good);
}

/* The last line; *rest: what stands before it. */
static struct bytes last_line(struct bytes content, struct bytes *rest)
{
    size_t to = content.n;
    if (to > 0 && content.p[to - 1] == '\n') to--;
    size_t from = to;
    while (from > 0 && content.p[from - 1] != '\n') from--;
    *rest = bytes_slice(content, 0, from);
    if (to > from && content.p[to - 1] == '\r') to--;
    return bytes_slice(content, from, to);
}

static enum gz_err read_trailer(const struct mapping *m, struct bytes *content, struct arena *arena,
                                struct control_total *out, bool *good)
{
    DEFER(charset_close) struct charset_decoder *decoder = NULL;
    struct bytes                                 rest, text, cells[CELLS] = {0};
    size_t                                       n = 0;
    const struct bytes                           line = last_line(*content, &rest);
    *good = false;
    if (line.n == 0 || line.n > ROW_SIZE_MAX) return GZ_OK;
    TRY(charset_open(m->charset, &decoder));
    enum gz_err e = charset_decode(decoder, line, arena, &text);
    if (e == GZ_OK) e = cell_split(m, text, arena, cells, COUNT_OF(cells), &n);
    if (e == GZ_MALFORMED) return GZ_OK;
    TRY(e);
    if (n != (wants_sum(m) ? CELLS : CELLS - 1) || !bytes_eq(cells[0], m->control.mark))
        return GZ_OK;
    *content = rest;
    return read_total(m, cells[1], cells[2], arena, out, good);
}

/* Lines rows=… and, where the mapping wants it, sum=…, each once. */
static enum gz_err read_file(const struct mapping *m, struct bytes file, struct arena *arena,
                             struct control_total *out, bool *good)
{
    const struct bytes rows_name = BYTES_LIT("rows="), sum_name = BYTES_LIT("sum=");
    struct bytes       line, rows = {0}, sum = {0};
    *good = file.n <= CONTROL_FILE_MAX && text_is_utf8(file);
    while (*good && row_take_line(&file, &line)) {
        const bool    is_rows = bytes_starts(line, rows_name);
        struct bytes *into = is_rows ? &rows : &sum;
        *good = into->n == 0 && (is_rows || (wants_sum(m) && bytes_starts(line, sum_name)));
        if (*good) *into = bytes_slice(line, is_rows ? rows_name.n : sum_name.n, line.n);
    }
    return *good ? read_total(m, rows, sum, arena, out, good) : GZ_OK;
}

/* --- what there is ---------------------------------------------------------------------------- */

struct count {
    struct control_total total;
    uint64_t             unreadable; /* rows whose cell is no amount */
    bool                 over;       /* the sum is more than money can be */
};

static enum gz_err count_row(const struct mapping *m, const struct row *row, struct arena *arena,
                             struct count *c)
{
    struct money money;
    bool         good = false;
    c->total.rows++;
    if (!wants_sum(m)) return GZ_OK;
    if (row->has_cells && row->cells[m->control.sum_column].defect == CELL_NONE)
        TRY(read_money(m, row->cells[m->control.sum_column].text, arena, &money, &good));
    if (!good) c->unreadable++;
    else if (money_add(c->total.sum, money, &c->total.sum) != GZ_OK) c->over = true;
    return GZ_OK;
}

/* GZ_MALFORMED: it cannot be read as rows. */
static enum gz_err count_rows(const struct mapping *m, struct bytes content, struct arena *arena,
                              struct count *c)
{
    DEFER(row_reader_close) struct row_reader *r = NULL;
    struct row_defect                          why = {0};
    struct row                                 row;
    TRY(row_reader_open(m, content, &r, &why));
    for (;;) {
        arena->n = 0;
        const enum gz_err e = row_reader_next(r, arena, &row);
        if (e == GZ_MISSING) return GZ_OK;
        TRY(e);
        TRY(count_row(m, &row, arena, c));
    }
}

static enum gz_err compare(const struct control_total *want, const struct count *got,
                           struct control_defect *out)
{
    char hint[CONTROL_HINT_SIZE];
    if (want->rows != got->total.rows) {
        (void)snprintf(hint, sizeof hint,
                       "控制总数为 %" PRIu64 " 行，文件实有 %" PRIu64
                       " 行：整个文件未读，请核对是否传完，或重新导出",
                       want->rows, got->total.rows);
        return refuse(out, hint);
    }
    if (!want->has_sum) return GZ_OK;
    if (got->unreadable > 0) {
        (void)snprintf(hint, sizeof hint,
                       "合计列有 %" PRIu64 " 行不是金额，无法与控制合计核对：整个文件未读，请改正",
                       got->unreadable);
        return refuse(out, hint);
    }
    if (got->over || money_cmp(want->sum, got->total.sum) != 0)
        return refuse(out, "控制合计与文件中合计列的总和不符：整个文件未读，请核对后重新导出");
    return GZ_OK;
}

static enum gz_err check(const struct mapping *m, struct bytes file, struct bytes *content,
                         struct arena *arena, struct control_defect *out)
{
    struct control_total want = {0};
    struct count         got = {0};
    bool                 good = false;
    if (m->control.from == CONTROL_TRAILER) TRY(read_trailer(m, content, arena, &want, &good));
    else TRY(read_file(m, file, arena, &want, &good));
    if (!good)
        return refuse(out, m->control.from == CONTROL_TRAILER
                               ? "末行不是映射规定的合计行，文件可能没有传完：整个文件未读"
                               : "缺少映射规定的控制文件 .ctl，或其内容不符：整个文件未读");
    const enum gz_err e = count_rows(m, *content, arena, &got);
    if (e == GZ_MALFORMED) return GZ_OK;
    return e == GZ_OK ? compare(&want, &got, out) : e;
}

enum gz_err control_total_check(const struct mapping *m, struct bytes file, struct bytes *content,
                                struct control_defect *out)
{
    out->code = NULL;
    if (m->control.from == CONTROL_NONE) return GZ_OK;
    struct arena arena = {.p = malloc(ROW_MEMORY), .cap = ROW_MEMORY};
    if (arena.p == NULL) return GZ_MEMORY;
    const enum gz_err e = check(m, file, content, &arena, out);
    explicit_bzero(arena.p, arena.n);
    free(arena.p);
    return e;
}

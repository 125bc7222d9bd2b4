#include "app/result_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/file.h"

static const char head[] = "\xef\xbb\xbf行号,列名,字段,代码,说明\r\n";

/* Always quoted. What a spreadsheet would take for a formula gets the mark of a text. */
static enum gz_err add_cell(struct buf *out, struct bytes cell, const char *end)
{
    const bool formula = cell.n > 0 && strchr("=+-@\t\r", cell.p[0]) != NULL;
    TRY(buf_add_str(out, formula ? "\"'" : "\""));
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"') TRY(buf_add_byte(out, '"'));
        TRY(buf_add_byte(out, cell.p[i]));
    }
    TRY(buf_add_byte(out, '"'));
    return buf_add_str(out, end);
}

static enum gz_err add_defect(struct result_file *r, const struct intake_defect *d)
{
    if (r->text.n == 0) TRY(buf_add_str(&r->text, head));
    if (r->defects_n++ >= RESULT_DEFECTS_MAX) return GZ_OK;
    if (d->line > 0) TRY(buf_addf(&r->text, "%u", d->line));
    TRY(buf_add_byte(&r->text, ','));
    TRY(add_cell(&r->text, d->column, ","));
    TRY(add_cell(&r->text, d->field, ","));
    TRY(add_cell(&r->text, bytes_str(d->code), ","));
    return add_cell(&r->text, bytes_str(d->hint), "\r\n");
}

static enum gz_err add_count(struct buf *out, const char *code, const char *label, uint64_t n)
{
    return buf_addf(out, "合计,,,%s,%s %llu\r\n", code, label, (unsigned long long)n);
}

static enum gz_err add_counts(struct result_file *r, const struct batch *b,
                              enum submit_outcome outcome)
{
    static const char *const outcomes[] = {"已读，每行都有结果",
                                           "已读，每行都有结果；此文件以前收过", "整个文件未读"};
    struct buf              *out = &r->text;
    if (out->n == 0) TRY(buf_add_str(out, head));
    if (r->defects_n > RESULT_DEFECTS_MAX)
        TRY(add_count(out, "not_listed", "另有未列出的错误", r->defects_n - RESULT_DEFECTS_MAX));
    TRY(buf_addf(out, "合计,,,outcome,%s\r\n", outcomes[outcome]));
    TRY(add_count(out, "rows", "行数", b->rows));
    TRY(add_count(out, "accepted", "接收", b->accepted));
    TRY(add_count(out, "repeated", "已有", b->repeated));
    TRY(add_count(out, "conflicts", "冲突", b->conflicts));
    return add_count(out, "refused", "拒绝", b->refused);
}

static void fail(struct result_file *r, enum gz_err e)
{
    if (r->error == GZ_OK) r->error = e;
}

static void take_defect(void *ctx, const struct intake_defect *d)
{
    struct result_file *r = ctx;
    fail(r, add_defect(r, d));
    if (r->next != NULL) r->next->defect(r->next->ctx, d);
}

static enum gz_err write_result(struct result_file *r, const struct batch *b,
                                enum submit_outcome outcome)
{
    char name[NAME_MAX + 1], path[PATH_MAX];
    TRY(add_counts(r, b, outcome));
    if (snprintf(name, sizeof name, "%s.result.csv", r->name != NULL ? r->name : b->name) >=
        (int)sizeof name)
        return GZ_LIMIT;
    TRY(path_join(r->folder, name, path, sizeof path));
    return file_replace(path, buf_bytes(&r->text), RESULT_MODE);
}

static void take_file(void *ctx, const struct batch *b, enum submit_outcome outcome)
{
    struct result_file *r = ctx;
    fail(r, write_result(r, b, outcome));
    r->finished = true;
    r->text.n = 0;
    r->defects_n = 0;
    if (r->next != NULL) r->next->file(r->next->ctx, b, outcome);
}

struct submit_listener result_file_listener(struct result_file *r)
{
    return (struct submit_listener){r, take_defect, take_file};
}

void result_file_fini(struct result_file *r)
{
    buf_fini(&r->text);
}

#include "document/voucher_table.h"

enum { TIME_SHOWN = 19 }; /* "2026-11-25 10:00:00" */

struct column {
    const char       *head, *name;
    enum voucher_show show;
    enum page_align   align;
    int               width_pt;
};

/* --- values ----------------------------------------------------------------------------------- */

static enum gz_err add_time(const struct voucher_writer *x, struct bytes text, struct buf *out)
{
    char plain[TIME_SHOWN + 1];
    if (text.n < TIME_SHOWN || text.p[10] != 'T') return fonts_add_text(x->w.fonts, text, out);
    for (size_t i = 0; i < TIME_SHOWN; i++) plain[i] = text.p[i] == 'T' ? ' ' : (char)text.p[i];
    return fonts_add_text(x->w.fonts, (struct bytes){(uint8_t *)plain, TIME_SHOWN}, out);
}

static enum gz_err add_text(const struct voucher_writer *x, struct bytes text,
                            enum voucher_show show, struct buf *out)
{
    struct money m;
    const bool   is_amount =
        (show == SHOW_AMOUNT || show == SHOW_CAPITALS) && money_decode(text, &m) == GZ_OK;
    if (is_amount && show == SHOW_AMOUNT) return money_add_grouped(m, out);
    if (is_amount) return money_add_capitals(m, out);
    if (show == SHOW_TIME) return add_time(x, text, out);
    TRY(fonts_add_text(x->w.fonts, text, out));
    return show == SHOW_PERCENT ? buf_add_str(out, "%") : GZ_OK;
}

enum gz_err voucher_add_value(const struct voucher_writer *x, const struct voucher_record *r,
                              const char *name, enum voucher_show show, struct buf *out)
{
    const struct voucher_text value = voucher_value(x->v, r, name);
    TRY(add_text(x, value.text, show, out));
    if (value.by == NULL) return GZ_OK;
    TRY(buf_add_str(out, "（已更正；原登记："));
    TRY(add_text(x, value.original, show, out));
    return buf_add_str(out, "）");
}

/* --- where a record is found ------------------------------------------------------------------ */

static enum gz_err add_source(const struct voucher_writer *x, const struct voucher_record *r,
                              const char *between, struct buf *out)
{
    TRY(buf_add_str(out, "证据编号 "));
    TRY(fonts_add_text(x->w.fonts, r->id, out));
    TRY(buf_addf(out, "%s指纹 ", between));
    return fonts_add_text(x->w.fonts, r->fingerprint, out);
}

/* "更正：还息金额，原登记 0.00" */
static enum gz_err add_correction(const struct voucher_writer *x, const struct voucher_record *c,
                                  const struct voucher_record *r, const char *between,
                                  struct buf *out)
{
    const struct bytes field = voucher_value(x->v, c, "field").text;
    TRY(buf_add_str(out, field.n > 0 ? "\n更正：" : "\n更正"));
    if (field.n > 0) {
        TRY(fonts_add_text(x->w.fonts, field, out));
        TRY(buf_add_str(out, "，原登记 "));
        TRY(fonts_add_text(x->w.fonts, voucher_recorded(r, field), out));
    }
    TRY(buf_add_str(out, "\n"));
    return add_source(x, c, between, out);
}

/* And what corrected it. */
static enum gz_err add_sources(const struct voucher_writer *x, const struct voucher_record *r,
                               const char *between, struct buf *out)
{
    TRY(add_source(x, r, between, out));
    for (size_t i = 0; i < x->v->records_n; i++)
        if (bytes_eq(x->v->records[i].corrects, r->id))
            TRY(add_correction(x, &x->v->records[i], r, between, out));
    return GZ_OK;
}

enum gz_err voucher_write_source(struct voucher_writer *x, const struct voucher_record *r,
                                 const char *label)
{
    DEFER(buf_fini) struct buf text = {0};
    TRY(add_sources(x, r, "\n", &text));
    return write_value(&x->w, label, buf_bytes(&text), PAGE_SMALL);
}

static enum gz_err write_row_source(struct voucher_writer *x, const struct voucher_record *r)
{
    DEFER(buf_fini) struct buf text = {0};
    TRY(add_sources(x, r, "　", &text));
    const struct page_row row = {.cells_n = 1,
                                 .cells = {{buf_bytes(&text), PAGE_SMALL, PAGE_LEFT, 0}},
                                 .ruled = true,
                                 .under = true};
    return sheet_add(x->w.sheet, &row);
}

/* --- tables ----------------------------------------------------------------------------------- */

static enum gz_err write_head(struct voucher_writer *x, const struct column *columns, size_t n)
{
    struct page_row row = {.cells_n = n, .above_pt = 4, .tinted = true, .kept = true};
    for (size_t i = 0; i < n; i++)
        row.cells[i] = (struct page_cell){bytes_str(columns[i].head), PAGE_LABEL, columns[i].align,
                                          columns[i].width_pt};
    return sheet_add(x->w.sheet, &row);
}

static enum gz_err write_cells(struct voucher_writer *x, const struct column *columns, size_t n,
                               const struct voucher_record *r, struct buf *texts)
{
    struct page_row row = {.cells_n = n, .above_pt = 3, .kept = true, .under = true};
    for (size_t i = 0; i < n; i++) {
        TRY(add_text(x, voucher_value(x->v, r, columns[i].name).text, columns[i].show, &texts[i]));
        row.cells[i] = (struct page_cell){buf_bytes(&texts[i]), PAGE_BODY, columns[i].align,
                                          columns[i].width_pt};
    }
    return sheet_add(x->w.sheet, &row);
}

static enum gz_err write_row(struct voucher_writer *x, const struct column *columns, size_t n,
                             const struct voucher_record *r)
{
    struct buf        texts[PAGE_CELLS_MAX] = {0};
    const enum gz_err e = write_cells(x, columns, n, r, texts);
    for (size_t i = 0; i < n; i++) buf_fini(&texts[i]);
    TRY(e);
    return write_row_source(x, r);
}

static enum gz_err write_rows(struct voucher_writer *x, const struct column *columns, size_t n,
                              size_t rows_n)
{
    TRY(write_head(x, columns, n));
    for (size_t i = 0; i < rows_n; i++) TRY(write_row(x, columns, n, x->rows[i]));
    return GZ_OK;
}

enum gz_err voucher_write_plan(struct voucher_writer *x, uint64_t note)
{
    static const struct column columns[] = {
        {"期次", "instalment", SHOW_TEXT, PAGE_LEFT, 50},
        {"应还日期", "due_date", SHOW_TEXT, PAGE_LEFT, 100},
        {"应还本金（元）", "principal", SHOW_AMOUNT, PAGE_RIGHT, 110},
        {"应还利息（元）", "interest", SHOW_AMOUNT, PAGE_RIGHT, 110},
        {"计划版本", "plan_version", SHOW_TEXT, PAGE_RIGHT, 0}};
    const size_t n = voucher_list(x->v, "loan.repayment_plan", note, "due_date", x->rows);
    TRY(write_heading(&x->w, "还款计划"));
    if (n == 0) return write_paragraph(&x->w, PAGE_BODY, "没有已固证的还款计划。");
    return write_rows(x, columns, COUNT_OF(columns), n);
}

/* --- repayments and their sums ---------------------------------------------------------------- */

static const char *const parts[] = {"principal", "interest", "penalty", "compound"};
struct sums {
    struct money of[COUNT_OF(parts)];
};

static enum gz_err add_up(const struct voucher_writer *x, size_t n, struct sums *out)
{
    *out = (struct sums){0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < COUNT_OF(parts); k++) {
            struct money one;
            TRY(voucher_amount(x->v, x->rows[i], parts[k], &one));
            TRY(money_add(out->of[k], one, &out->of[k]));
        }
    return GZ_OK;
}

static enum gz_err write_sum(struct voucher_writer *x, const char *label, struct money m)
{
    DEFER(buf_fini) struct buf text = {0};
    TRY(money_add_grouped(m, &text));
    TRY(buf_add_str(&text, " 元"));
    return write_value(&x->w, label, buf_bytes(&text), PAGE_STRONG);
}

/* What is left by this list, against what the bank recorded with the last repayment. */
static enum gz_err write_balance(struct voucher_writer *x, const struct voucher_record *drawdown,
                                 const struct voucher_record *last, struct money repaid)
{
    struct money drawn, left, stated;
    TRY(voucher_amount(x->v, drawdown, "amount", &drawn));
    if (money_subtract(drawn, repaid, &left) != GZ_OK)
        return write_paragraph(&x->w, PAGE_STRONG, "还本合计超过放款金额：请核对各条记录。");
    TRY(write_sum(x, "按本明细的本金余额", left));
    TRY(voucher_amount(x->v, last, "balance", &stated));
    TRY(write_sum(x, "最后一次登记的余额", stated));
    if (money_cmp(left, stated) == 0) return GZ_OK;
    return write_paragraph(
        &x->w, PAGE_STRONG,
        "以上两个余额不同：可能有还款尚未登记或固证，或余额包含本金以外的款项。");
}

static enum gz_err write_sums(struct voucher_writer *x, const struct voucher_record *drawdown,
                              size_t n)
{
    static const char *const labels[] = {"还本合计", "还息合计", "罚息合计", "复利合计"};
    struct sums              sums;
    const enum gz_err        e = add_up(x, n, &sums);
    TRY(write_heading(&x->w, "合计"));
    if (e == GZ_MALFORMED)
        return write_paragraph(&x->w, PAGE_BODY, "有金额被遮盖或不是数额，不作合计。");
    TRY(e);
    for (size_t k = 0; k < COUNT_OF(labels); k++)
        if (k < 3 || money_cmp(sums.of[k], (struct money){0}) > 0)
            TRY(write_sum(x, labels[k], sums.of[k]));
    const enum gz_err b = write_balance(x, drawdown, x->rows[n - 1], sums.of[0]);
    return b == GZ_MALFORMED ? GZ_OK : b;
}

/* With a column more where compound interest was paid on any of them. */
static enum gz_err write_repayment_rows(struct voucher_writer *x, size_t n)
{
    static const struct column plain[] = {{"还款时间", "occurred_at", SHOW_TIME, PAGE_LEFT, 116},
                                          {"还本（元）", "principal", SHOW_AMOUNT, PAGE_RIGHT, 0},
                                          {"还息（元）", "interest", SHOW_AMOUNT, PAGE_RIGHT, 0},
                                          {"罚息（元）", "penalty", SHOW_AMOUNT, PAGE_RIGHT, 0},
                                          {"余额（元）", "balance", SHOW_AMOUNT, PAGE_RIGHT, 0}};
    static const struct column compound[] = {
        {"还款时间", "occurred_at", SHOW_TIME, PAGE_LEFT, 110},
        {"还本（元）", "principal", SHOW_AMOUNT, PAGE_RIGHT, 0},
        {"还息（元）", "interest", SHOW_AMOUNT, PAGE_RIGHT, 0},
        {"罚息（元）", "penalty", SHOW_AMOUNT, PAGE_RIGHT, 58},
        {"复利（元）", "compound", SHOW_AMOUNT, PAGE_RIGHT, 58},
        {"余额（元）", "balance", SHOW_AMOUNT, PAGE_RIGHT, 0}};
    struct money one;
    bool         is_compound = false;
    for (size_t i = 0; i < n && !is_compound; i++)
        is_compound = voucher_amount(x->v, x->rows[i], "compound", &one) == GZ_OK &&
                      money_cmp(one, (struct money){0}) > 0;
    return is_compound ? write_rows(x, compound, COUNT_OF(compound), n)
                       : write_rows(x, plain, COUNT_OF(plain), n);
}

enum gz_err voucher_write_repayments(struct voucher_writer       *x,
                                     const struct voucher_record *drawdown)
{
    const size_t n = voucher_list(x->v, "loan.repayment", drawdown->note, "occurred_at", x->rows);
    TRY(write_heading(&x->w, "还款明细"));
    if (n == 0) return write_paragraph(&x->w, PAGE_BODY, "没有已固证的还款。");
    TRY(write_repayment_rows(x, n));
    return write_sums(x, drawdown, n);
}

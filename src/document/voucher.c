#include "document/voucher.h"

#include <stdlib.h>

#include "document/pdf_archive.h"
#include "document/voucher_table.h"

static const char *title_of(const struct voucher *v)
{
    return v->form == VOUCHER_NOTE ? "借据" : "还款明细";
}

/* --- head ------------------------------------------------------------------------------------- */

static enum gz_err write_title(struct voucher_writer *x)
{
    const struct page_row title = {
        .cells_n = 1,
        .cells = {{bytes_str(title_of(x->v)), PAGE_TITLE, PAGE_CENTER, 0}},
        .first = true,
        .kept = true};
    const struct page_row under = {
        .cells_n = 1,
        .cells = {{BYTES_LIT("由本系统依据已固证的数据生成"), PAGE_SUBTITLE, PAGE_CENTER, 0}}};
    const struct page_row space = {.cells_n = 1, .cells = {{.text = BYTES_LIT(" ")}}};
    const struct page_row masked = {
        .cells_n = 1,
        .cells = {{BYTES_LIT("遮盖视图：个人信息已按类别的展示规则遮盖；* 处不是原来的内容"),
                   PAGE_STRONG, PAGE_CENTER, 0}},
        .above_pt = 8,
        .tinted = true};
    TRY(sheet_add(x->w.sheet, &title));
    TRY(sheet_add(x->w.sheet, &under));
    if (x->v->masked) TRY(sheet_add(x->w.sheet, &masked));
    return sheet_add(x->w.sheet, &space);
}

static enum gz_err write_sources(struct voucher_writer *x, const struct voucher_record *contract,
                                 const struct voucher_record *drawdown)
{
    DEFER(buf_fini) struct buf about = {0};
    TRY(fonts_add_text(x->w.fonts, x->v->organisation, &about));
    TRY(buf_add_str(&about, " 的账本 "));
    TRY(fonts_add_text(x->w.fonts, x->v->origin, &about));
    TRY(buf_addf(&about, "，截至第 %llu 条", (unsigned long long)x->v->log_size));
    TRY(write_value(&x->w, "数据来源", buf_bytes(&about), PAGE_BODY));
    TRY(write_value(&x->w, "事项", x->v->matter, PAGE_BODY));
    TRY(voucher_write_source(x, contract, "合同记录"));
    return voucher_write_source(x, drawdown, "放款记录");
}

static enum gz_err write_unpublished(struct voucher_writer *x)
{
    DEFER(buf_fini) struct buf text = {0};
    if (x->v->unpublished == 0) return GZ_OK;
    TRY(buf_addf(&text, "本笔贷款另有 %llu 条记录尚未固证，没有列入。%c",
                 (unsigned long long)x->v->unpublished, 0));
    return write_paragraph(&x->w, PAGE_STRONG, (const char *)text.p);
}

/* --- what the note says ----------------------------------------------------------------------- */

enum from { FROM_CONTRACT, FROM_DRAWDOWN };
struct line {
    enum from         from;
    const char       *name, *label; /* label NULL: the field's own */
    enum voucher_show show;
    bool              in_short; /* also at the head of the list of repayments */
};
static const struct line lines[] = {
    {FROM_DRAWDOWN, "note_no", NULL, SHOW_TEXT, true},
    {FROM_CONTRACT, "contract_no", NULL, SHOW_TEXT, true},
    {FROM_CONTRACT, "borrower.name", NULL, SHOW_TEXT, true},
    {FROM_CONTRACT, "borrower.kind", NULL, SHOW_TEXT, false},
    {FROM_CONTRACT, "borrower.id_type", NULL, SHOW_TEXT, false},
    {FROM_CONTRACT, "borrower.id_number", NULL, SHOW_TEXT, false},
    {FROM_CONTRACT, "borrower.credit_code", NULL, SHOW_TEXT, false},
    {FROM_DRAWDOWN, "amount", "借款金额（元）", SHOW_AMOUNT, true},
    {FROM_DRAWDOWN, "amount", "人民币（大写）", SHOW_CAPITALS, false},
    {FROM_DRAWDOWN, "rate", NULL, SHOW_PERCENT, true},
    {FROM_DRAWDOWN, "occurred_at", NULL, SHOW_TIME, true},
    {FROM_DRAWDOWN, "term.end", NULL, SHOW_TEXT, true},
    {FROM_CONTRACT, "repayment_method", NULL, SHOW_TEXT, false},
    {FROM_CONTRACT, "purpose", NULL, SHOW_TEXT, false},
    {FROM_DRAWDOWN, "pay_mode", NULL, SHOW_TEXT, false},
    {FROM_DRAWDOWN, "payee.name", NULL, SHOW_TEXT, false},
    {FROM_DRAWDOWN, "payee.account", NULL, SHOW_TEXT, false},
    {FROM_DRAWDOWN, "transaction_no", NULL, SHOW_TEXT, false},
};

static enum gz_err write_line(struct voucher_writer *x, const struct voucher_record *r,
                              const struct line *line)
{
    DEFER(buf_fini) struct buf value = {0}, label = {0};
    if (voucher_value(x->v, r, line->name).text.n == 0) return GZ_OK;
    if (line->label != NULL) TRY(buf_add_str(&label, line->label));
    else TRY(fonts_add_text(x->w.fonts, voucher_label(r, line->name), &label));
    TRY(buf_add_byte(&label, 0));
    TRY(voucher_add_value(x, r, line->name, line->show, &value));
    return write_value(&x->w, (const char *)label.p, buf_bytes(&value), PAGE_BODY);
}

static enum gz_err write_lines(struct voucher_writer *x, const struct voucher_record *contract,
                               const struct voucher_record *drawdown)
{
    TRY(write_heading(&x->w, "借款"));
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        if (x->v->form != VOUCHER_NOTE && !lines[i].in_short) continue;
        TRY(write_line(x, lines[i].from == FROM_CONTRACT ? contract : drawdown, &lines[i]));
    }
    return GZ_OK;
}

/* --- how to verify ---------------------------------------------------------------------------- */

/* All of it on one page. */
static enum gz_err write_how(struct voucher_writer *x)
{
    static const char *const before[] = {
        "1. 本件是把已固证的数据排成便于阅读的样子，不是当时签署的原件；页面可以另印，"
        "本身不证明任何事。",
        "2. 每条内容以其证据编号的存证证书为准：向银行取得证书，证书的指纹须与本件所印的相同。",
        "3. 信任策略向法院或其公告取得，用核验程序核验证书与原件，不联网、不需要账号：",
    };
    TRY(write_heading(&x->w, "怎样核验"));
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        const struct page_row row = {.cells_n = 1,
                                     .cells = {{bytes_str(before[i]), PAGE_BODY, PAGE_LEFT, 0}},
                                     .above_pt = 2,
                                     .kept = true};
        TRY(sheet_add(x->w.sheet, &row));
    }
    const struct page_row command = {
        .cells_n = 1,
        .cells = {{BYTES_LIT("guzheng verify --policy POLICY certificate.gzcert [original ...]"),
                   PAGE_MONO, PAGE_LEFT, 0}},
        .above_pt = 3,
        .tinted = true};
    return sheet_add(x->w.sheet, &command);
}

static enum gz_err write_note(struct voucher_writer *x, const struct voucher_record *contract,
                              const struct voucher_record *drawdown)
{
    TRY(write_title(x));
    TRY(write_sources(x, contract, drawdown));
    TRY(write_unpublished(x));
    TRY(write_lines(x, contract, drawdown));
    if (x->v->form == VOUCHER_NOTE) TRY(voucher_write_plan(x, drawdown->note));
    else TRY(voucher_write_repayments(x, drawdown));
    return write_how(x);
}

static void free_rows(const struct voucher_record ***rows)
{
    free(*rows);
}

static enum gz_err write_all(struct voucher_writer *x)
{
    DEFER(free_rows)
    const struct voucher_record **drawdowns = calloc(x->v->records_n + 1, sizeof *drawdowns);
    const struct voucher_record  *contract = voucher_find(x->v, "loan.contract", 0);
    if (drawdowns == NULL) return GZ_MEMORY;
    const size_t n = voucher_list(x->v, "loan.drawdown", 0, "occurred_at", drawdowns);
    if (contract == NULL || n == 0) return GZ_MISSING;
    for (size_t i = 0; i < n; i++) TRY(write_note(x, contract, drawdowns[i]));
    return GZ_OK;
}

enum gz_err voucher_pdf(struct fonts *fonts, const struct voucher *v, struct buf *out)
{
    DEFER(sheet_free) struct sheet *sheet = NULL;
    DEFER(buf_fini) struct buf      title = {0}, drawn = {0};
    DEFER(free_rows)
    const struct voucher_record **rows = calloc(v->records_n + 1, sizeof *rows);
    if (rows == NULL) return GZ_MEMORY;
    TRY(buf_addf(&title, "%s ", title_of(v)));
    TRY(fonts_add_text(fonts, v->matter, &title));
    TRY(sheet_new(fonts, buf_bytes(&title), &sheet));
    struct voucher_writer x = {{fonts, sheet}, v, rows};
    TRY(write_all(&x));
    TRY(sheet_draw(sheet, &drawn));
    return pdf_archive(buf_bytes(&drawn), buf_bytes(&title), NULL, out);
}

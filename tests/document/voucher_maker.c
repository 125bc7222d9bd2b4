/* Vouchers of an invented loan, for the scripts: `voucher_maker OUT.pdf note|repayments REPAYMENTS
 * [masked]`. Two loan notes; the second has no rows of its own, and a drawdown that was replaced by
 * a later one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/voucher.h"
#include "host/file.h"

enum { RECORDS_MAX = 6000, FIELDS = 6 };

static struct voucher_record records[RECORDS_MAX];
static struct voucher_field  fields[RECORDS_MAX][FIELDS];
static char                  texts[RECORDS_MAX][4][64];

static void set(struct voucher_record *r, const char *name, const char *label, const char *text)
{
    r->fields[r->fields_n++] =
        (struct voucher_field){bytes_str(name), bytes_str(label), bytes_str(text)};
}

static struct voucher_record *add(struct voucher *v, const char *kind, uint64_t note)
{
    struct voucher_record *r = &records[v->records_n];
    char                  *id = texts[v->records_n][0];
    snprintf(id, 64, "01990000-0000-7000-8000-%012zu", v->records_n);
    *r = (struct voucher_record){.id = bytes_str(id),
                                 .kind = bytes_str(kind),
                                 .fingerprint =
                                     BYTES_LIT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                                 .seq = v->records_n + 1,
                                 .note = note,
                                 .fields = fields[v->records_n]};
    v->records_n++;
    return r;
}

static struct voucher_record *add_drawdown(struct voucher *v, uint64_t note, const char *amount)
{
    struct voucher_record *r = add(v, "loan.drawdown", note);
    set(r, "note_no", "借据编号", note == 1 ? "JJ1" : "JJ2");
    set(r, "amount", "放款金额", amount);
    set(r, "occurred_at", "放款时间",
        note == 1 ? "2026-01-02T10:00:00.000+08:00" : "2026-02-02T10:00:00.000+08:00");
    return r;
}

/* From the last to the first, so that their order is that of their times. */
static void add_repayment(struct voucher *v, int n, int of)
{
    struct voucher_record *r = add(v, "loan.repayment", 1);
    char(*text)[64] = texts[v->records_n - 1];
    snprintf(text[1], 64, "2026-%02d-%02dT10:00:00.000+08:00", 1 + n / 28 % 12, 1 + n % 28);
    snprintf(text[2], 64, "%d.00", 100 * (of - n));
    set(r, "occurred_at", "还款时间", text[1]);
    set(r, "principal", "还本金额", "100.00");
    set(r, "interest", "还息金额", "1.05");
    set(r, "penalty", "罚息金额", "0.00");
    set(r, "balance", "余额", text[2]);
}

static void fill(struct voucher *v, int repayments)
{
    char(*text)[64] = texts[RECORDS_MAX - 1];
    struct voucher_record *contract = add(v, "loan.contract", 0);
    set(contract, "contract_no", "合同编号", "LS1");
    set(contract, "borrower.name", "借款人名称", "𠮷野·测试");
    snprintf(text[0], 64, "%d.00", 100 * (repayments + 1));
    (void)add_drawdown(v, 1, text[0]);
    struct voucher_record *wrong = add_drawdown(v, 2, "999.00"),
                          *right = add_drawdown(v, 2, "555.00");
    right->corrects = wrong->id;
    wrong->corrected_by = right->id;
    for (int n = repayments; n > 0; n--) add_repayment(v, n, repayments + 1);
}

int main(int argc, char **argv)
{
    DEFER(fonts_close) struct fonts *fonts = NULL;
    DEFER(buf_fini) struct buf       pdf = {0}, why = {0};
    struct voucher                   v = {.organisation = BYTES_LIT("bank.test"),
                                          .origin = BYTES_LIT("guzheng/test"),
                                          .matter = BYTES_LIT("AAAAAAAAAAAAAAAAAAAAAA"),
                                          .log_size = 7,
                                          .records = records};
    if (argc < 4 || fonts_open(getenv("GUZHENG_FONTS"), &fonts, &why) != GZ_OK) return 2;
    const int n = atoi(argv[3]);
    if (n < 0 || n > RECORDS_MAX - 8) return 2;
    v.form = strcmp(argv[2], "note") == 0 ? VOUCHER_NOTE : VOUCHER_REPAYMENTS;
    v.masked = argc > 4;
    fill(&v, n);
    if (strcmp(argv[2], "empty") == 0) v.records_n = 1;
    const enum gz_err e = voucher_pdf(fonts, &v, &pdf);
    if (e != GZ_OK) printf("%s\n", err_name(e));
    return e == GZ_OK && file_replace(argv[1], buf_bytes(&pdf), 0644) == GZ_OK ? 0 : 1;
}

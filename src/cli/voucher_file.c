#include "cli/voucher_file.h"

#include <stdio.h>

#include "api/json_ref.h"
#include "cli/error_text.h"
#include "cli/voucher_read.h"
#include "host/file.h"

enum { VOUCHER_PATH = 1024, VOUCHER_MODE = 0600 };

const char *voucher_word(enum voucher_form form)
{
    return form == VOUCHER_NOTE ? "note" : "repayments";
}

static enum gz_err ask(struct bank_client *bank, const struct voucher_order *o, json_t **answer)
{
    DEFER(json_unref)
    json_t *request =
        json_pack("{s:s, s:s, s:b}", "by", o->by, "value", o->loan, "masked", o->masked);
    if (o->source != NULL) json_object_set_new(request, "source", json_string(o->source));
    return bank_client_call(bank, "/control/vouchers", request, answer);
}

static enum gz_err say(const char *what, enum gz_err e)
{
    if (e == GZ_MISSING)
        fprintf(stderr, "guzheng: %s：合同或放款还没有已固证的记录，没有生成\n", what);
    else if (e != GZ_OK) fprintf(stderr, "guzheng: %s：%s\n", what, error_text(e));
    return e;
}

enum gz_err voucher_file_write(struct bank_client *bank, struct fonts *fonts,
                               const struct voucher_order *o, const char *path, const char *folder)
{
    DEFER(json_unref) json_t                        *answer = NULL;
    DEFER(voucher_answer_fini) struct voucher_answer a = {0};
    DEFER(buf_fini) struct buf                       pdf = {0};
    char                                             made[VOUCHER_PATH];
    const char *const label = o->form == VOUCHER_NOTE ? "借据" : "还款明细";
    TRY(ask(bank, o, &answer));
    TRY(say("银行进程的应答", voucher_answer_read(answer, &a)));
    a.voucher.form = o->form;
    a.voucher.masked = o->masked;
    TRY(say(label, voucher_pdf(fonts, &a.voucher, &pdf)));
    if (path == NULL &&
        snprintf(made, sizeof made, "%s/%.*s-%s.pdf", folder, (int)a.voucher.matter.n,
                 (const char *)a.voucher.matter.p, voucher_word(o->form)) >= VOUCHER_PATH)
        return say(folder, GZ_LIMIT);
    const char *to = path != NULL ? path : made;
    TRY(say(to, file_replace(to, buf_bytes(&pdf), VOUCHER_MODE)));
    printf("%s：%s\n", label, to);
    return GZ_OK;
}

enum gz_err voucher_files_of_record(struct bank_client *bank, struct fonts *fonts, const char *id,
                                    bool masked, const char *path)
{
    DEFER(json_unref) json_t *request = json_pack("{s:s, s:s}", "by", "id", "value", id);
    DEFER(json_unref) json_t *answer = NULL;
    TRY(bank_client_call(bank, "/control/find", request, &answer));
    const json_t *record = json_array_get(json_object_get(answer, "records"), 0);
    const char   *matter = json_string_value(json_object_get(record, "matter"));
    if (matter == NULL) return say(id, GZ_MISSING);
    for (int form = VOUCHER_NOTE; form <= VOUCHER_REPAYMENTS; form++) {
        const struct voucher_order o = {
            .form = (enum voucher_form)form, .masked = masked, .by = "matter", .loan = matter};
        char to[VOUCHER_PATH];
        if (snprintf(to, sizeof to, "%s.%s.pdf", path, voucher_word(o.form)) >= VOUCHER_PATH)
            return say(path, GZ_LIMIT);
        const enum gz_err e = voucher_file_write(bank, fonts, &o, to, NULL);
        if (e != GZ_MISSING) TRY(e);
    }
    return GZ_OK;
}

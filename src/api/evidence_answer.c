#include "api/evidence_answer.h"

#include "app/issue_receipt.h"
#include "core/base64.h"
#include "core/json.h"

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, BEIJING_OFFSET_MINUTES = 8 * 60 };

enum problem_kind evidence_problem(const struct bank *bank, const struct intake_request *r)
{
    if (r->error == GZ_BUSY && !witness_clock_is_trusted(bank->clock)) return PROBLEM_CLOCK;
    if (r->error != GZ_OK) return problem_of(r->error);
    if (r->key_is_taken) return PROBLEM_KEY_TAKEN;
    if (r->answer.result == INTAKE_CONFLICT) return PROBLEM_CONFLICT;
    return r->answer.result == INTAKE_REFUSED ? PROBLEM_REFUSED : PROBLEM_KINDS;
}

static enum gz_err add_moment(const char *name, struct time t, struct buf *out)
{
    char text[TIME_TEXT_SIZE];
    return buf_addf(out, "\"%s\":\"%s\"", name, time_encode(t, BEIJING_OFFSET_MINUTES, text));
}

enum gz_err evidence_add_time(const char *name, int64_t ms, struct buf *out)
{
    const struct time t = {ms / MS_PER_S, (int32_t)(ms % MS_PER_S) * NS_PER_MS};
    return add_moment(name, t, out);
}

enum gz_err evidence_add_record(const struct bank *bank, const struct intake_request *r,
                                struct buf *out)
{
    char fingerprint[2 * HASH_SIZE] = {0};
    base64_encode(BASE64_URL_BARE, BYTES_OF(r->record.fingerprint.b), fingerprint);
    TRY(buf_addf(out, "\"result\":\"%s\",\"id\":\"%s\",\"fingerprint\":\"%s\",",
                 r->answer.result == INTAKE_ACCEPTED ? "accepted" : "repeated", r->record.uuid,
                 fingerprint));
    TRY(evidence_add_time("received_at", r->record.received_ms, out));
    TRY(buf_add_byte(out, ','));
    return add_moment("publish_by", receipt_publish_by(bank, r->record.received_ms), out);
}

enum gz_err evidence_add_receipt(const struct bank *bank, struct hash fingerprint,
                                 int64_t received_ms, struct buf *out)
{
    DEFER(buf_fini) struct buf note = {0};
    TRY(sign_receipt(bank, fingerprint, received_ms, &note));
    TRY(buf_add_str(out, ",\"receipt\":"));
    return json_add_string(buf_bytes(&note), out);
}

/* --- lines of a batch ------------------------------------------------------------------------- */

static const char *result_word(enum problem_kind k)
{
    if (k == PROBLEM_CONFLICT) return "conflict";
    return problem_status(k) >= 500 ? "failed" : "refused";
}

static enum gz_err add_refusal(enum problem_kind k, const char *code, const char *detail,
                               struct buf *out)
{
    TRY(buf_addf(out, ",\"status\":%d,\"result\":\"%s\",\"code\":\"%s\",\"detail\":",
                 problem_status(k), result_word(k), code != NULL ? code : problem_code(k)));
    return json_add_string(bytes_str(detail != NULL ? detail : problem_title(k)), out);
}

static enum gz_err add_defects(const struct intake_item *item, struct buf *out)
{
    TRY(add_refusal(PROBLEM_DEFECTS, NULL, NULL, out));
    TRY(buf_add_str(out, ",\"errors\":"));
    return problem_add_errors(item->defects, item->defects_n, out);
}

static enum gz_err add_recorded(const struct bank *bank, const struct evidence_line *l,
                                struct buf *out)
{
    const struct intake_request *r = l->request;
    TRY(buf_addf(out, ",\"status\":%d,", r->answer.result == INTAKE_ACCEPTED ? 201 : 200));
    TRY(evidence_add_record(bank, r, out));
    if (!l->with_receipt) return GZ_OK;
    return evidence_add_receipt(bank, r->record.fingerprint, r->record.received_ms, out);
}

static enum gz_err add_answer(const struct bank *bank, const struct evidence_line *l,
                              struct buf *out)
{
    if (l->request == NULL) return add_defects(l->item, out);
    const enum problem_kind k = evidence_problem(bank, l->request);
    if (k == PROBLEM_KINDS) return add_recorded(bank, l, out);
    if (k != PROBLEM_CONFLICT && k != PROBLEM_REFUSED) return add_refusal(k, NULL, NULL, out);
    return add_refusal(k, l->request->answer.code, l->request->answer.hint, out);
}

enum gz_err evidence_add_line(const struct bank *bank, const struct evidence_line *l,
                              struct buf *out)
{
    TRY(buf_addf(out, "{\"line\":%u", l->number));
    if (l->item->event_number.n > 0) {
        TRY(buf_add_str(out, ",\"event_number\":"));
        TRY(json_add_string(l->item->event_number, out));
    }
    TRY(add_answer(bank, l, out));
    return buf_add_str(out, "}\n");
}

enum gz_err evidence_add_long_line(unsigned number, struct buf *out)
{
    TRY(buf_addf(out, "{\"line\":%u", number));
    TRY(add_refusal(PROBLEM_TOO_LARGE, NULL,
                    "一行至多 8 MiB：原件较大时请单笔提交，或用 multipart/form-data 另附", out));
    return buf_add_str(out, "}\n");
}

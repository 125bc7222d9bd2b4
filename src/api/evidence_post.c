/* POST /v1/evidence: one item, answered when it is durable. */
#include <stdio.h>
#include <string.h>

#include "api/evidence_answer.h"
#include "api/evidence_site.h"
#include "api/evidence_body.h"
#include "api/problem.h"
#include "base/text.h"
#include "host/host.h"

static const struct evidence_form form = {
    "application/json", "item",
    "须为 application/json，UTF-8，不压缩；或 multipart/form-data，其中 item 部分为 JSON"};

/* One request on its way. */
struct post {
    struct evidence_site      *site;
    const struct http_request *r;
    struct json_item_reader   *reader;
    bool                       has_key, is_entered;
    struct request_key         key;
    struct evidence_body       body;
};

static void post_fini(struct post *p)
{
    evidence_give_reader(p->site, p->reader, p->r->body.n);
    evidence_body_fini(&p->body);
    if (p->is_entered) evidence_key_leave(p->site, p->key.key);
}

static enum gz_err refuse(const struct post *p, enum problem_kind kind, const char *detail,
                          struct http_reply *reply)
{
    const struct problem problem = {.kind = kind, .detail = detail, .request_id = p->r->id};
    return problem_reply(&problem, reply);
}

/* --- the key ---------------------------------------------------------------------------------- */

static bool is_key(const char *text)
{
    const size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~') return false;
    return n > 0 && n <= EVIDENCE_KEY_MAX;
}

static enum gz_err take_key(struct post *p, struct http_reply *reply)
{
    struct vault *vault = p->site->o.bank->identity;
    const char   *text = http_header(p->r, "Idempotency-Key");
    if (text == NULL) return GZ_OK;
    if (!is_key(text))
        return refuse(p, PROBLEM_PARAMETER, "Idempotency-Key 须为 1 至 255 个可见的半角字符",
                      reply);
    TRY(vault_keyed_hash(vault, "idempotency-key", bytes_str(text), p->key.key));
    p->has_key = true;
    p->is_entered = evidence_key_enter(p->site, p->key.key);
    return p->is_entered ? GZ_OK : refuse(p, PROBLEM_KEY_IN_FLIGHT, NULL, reply);
}

/* --- the answer ------------------------------------------------------------------------------- */

static enum gz_err refuse_item(const struct post *p, const struct intake_item *item,
                               struct http_reply *reply)
{
    const bool is_json = item->defects_n > 1 || strcmp(item->defects[0].code, "json") != 0;
    const struct problem problem = {.kind = is_json ? PROBLEM_DEFECTS : PROBLEM_JSON,
                                    .request_id = p->r->id,
                                    .defects_n = item->defects_n,
                                    .defects = item->defects};
    return problem_reply(&problem, reply);
}

static enum gz_err answer(const struct post *p, const struct intake_request *request,
                          struct http_reply *reply)
{
    const struct bank      *bank = p->site->o.bank;
    const enum problem_kind kind = evidence_problem(bank, request);
    if (kind == PROBLEM_REFUSED || kind == PROBLEM_CONFLICT) {
        const struct problem problem = {.kind = kind,
                                        .code = request->answer.code,
                                        .detail = request->answer.hint,
                                        .request_id = p->r->id};
        return problem_reply(&problem, reply);
    }
    if (kind != PROBLEM_KINDS) return refuse(p, kind, NULL, reply);
    reply->status = request->answer.result == INTAKE_ACCEPTED ? 201 : 200;
    reply->content_type = "application/json";
    (void)snprintf(reply->location, sizeof reply->location, "/v1/evidence/%s",
                   request->record.uuid);
    TRY(buf_add_byte(&reply->body, '{'));
    TRY(evidence_add_record(bank, request, &reply->body));
    TRY(evidence_add_receipt(bank, request->record.fingerprint, request->record.received_ms,
                             &reply->body));
    return buf_add_str(&reply->body, "}\n");
}

/* --- the request ------------------------------------------------------------------------------ */

static enum gz_err record(struct post *p, struct http_reply *reply)
{
    struct intake_item item;
    TRY(evidence_take_reader(p->site, &p->reader));
    TRY(json_item_read(p->reader, p->body.text, 0, clock_now(), evidence_body_parts(&p->body),
                       &item));
    if (item.defects_n > 0) return refuse_item(p, &item, reply);
    if (p->body.multipart != NULL && !multipart_is_all_used(p->body.multipart))
        return refuse(p, PROBLEM_MULTIPART, "有 files 未引用的部分，请删去，或在 files 中写明",
                      reply);
    struct intake_request request = {.item = &item, .key = p->has_key ? &p->key : NULL};
    intake_queue_record(p->site->o.queue, &request, 1);
    return answer(p, &request, reply);
}

enum gz_err evidence_post(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    DEFER(post_fini) struct post p = {.site = ctx, .r = r};
    bool                         is_multipart;
    TRY(evidence_body_check(r, &form, &is_multipart, reply));
    if (reply->status == 0) TRY(evidence_body_read(r, &form, r->body, &p.body, reply));
    if (reply->status != 0) return GZ_OK;
    if (p.body.text.n > JSON_ITEM_MAX) return refuse(&p, PROBLEM_TOO_LARGE, NULL, reply);
    TRY(take_key(&p, reply));
    return reply->status != 0 ? GZ_OK : record(&p, reply);
}

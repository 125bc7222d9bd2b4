#include "app/check_consent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/item_value.h"
#include "app/running_contract.h"
#include "store/given_consent.h"

static const struct bytes grant_kind = {(const uint8_t *)"consent.grant", 13};
static const struct bytes withdrawal_kind = {(const uint8_t *)"consent.withdrawal", 18};

static_assert((int)CONSENT_HINT_SIZE <= (int)INTAKE_HINT_SIZE);

static void free_list(struct given_consent **list)
{
    free(*list);
}

static enum gz_err refuse(struct consent_refusal *out, const char *code, const char *hint)
{
    out->code = code;
    (void)snprintf(out->hint, sizeof out->hint, "%s", hint);
    return GZ_OK;
}

/* --- keyed hashes ----------------------------------------------------------------------------- */

/* Under the matter's own identity key: nobody tests guesses who has the database alone. *has: is
 * there such a value? */
static enum gz_err hash_value(const struct consent_place *p, const struct intake_item *item,
                              const char *field, const char *purpose, bool *has,
                              uint8_t out[HASH_SIZE])
{
    const struct intake_value *v = item_value(item, field);
    *has = v != NULL;
    return v == NULL ? GZ_OK : vault_key_hash(&p->keys->key[SIDE_IDENTITY], purpose, v->json, out);
}

struct subject {
    bool    has_person, has_entity;
    uint8_t person[HASH_SIZE], entity[HASH_SIZE];
};

static enum gz_err hash_subject(const struct consent_place *p, const struct intake_item *item,
                                struct subject *out)
{
    TRY(hash_value(p, item, "subject.id_number", "consent person", &out->has_person, out->person));
    return hash_value(p, item, "subject.credit_code", "consent entity", &out->has_entity,
                      out->entity);
}

static bool has_keys(const struct consent_place *p)
{
    return p->matter_id != 0 && p->keys->has_identity && p->keys->state[SIDE_IDENTITY] == GZ_OK;
}

/* The consent of this item's number. GZ_MISSING: the matter has none such. */
static enum gz_err find_numbered(const struct consent_place *p, const struct intake_item *item,
                                 struct given_consent *out)
{
    uint8_t number[HASH_SIZE];
    bool    has;
    if (!has_keys(p)) return GZ_MISSING;
    TRY(hash_value(p, item, "consent_no", "consent number", &has, number));
    return has ? given_consent_get(p->db, p->matter_id, number, out) : GZ_MISSING;
}

/* --- a grant ---------------------------------------------------------------------------------- */

static enum gz_err read_agreement(const struct intake_item *item, enum agreement *out)
{
    char label[ITEM_TEXT_SIZE];
    return agreement_of_label(bytes_str(item_text(item, "agreement", label)), out);
}

/* From the signature, or from a later day that it names, to the end of the last day. */
static enum gz_err read_period(const struct intake_item *item, int64_t *from, int64_t *until)
{
    int64_t     day;
    enum gz_err e;
    TRY(item_time_ms(item, "occurred_at", from));
    e = item_day_ms(item, "valid_from", &day);
    if (e == GZ_OK && day > *from) *from = day;
    if (e != GZ_OK && e != GZ_MISSING) return e;
    e = item_day_ms(item, "valid_until", &day);
    *until = e == GZ_OK ? day + ITEM_DAY_MS : CONSENT_NO_END;
    return e == GZ_MISSING ? GZ_OK : e;
}

static bool fits(const struct intake_item *item, const char *field, size_t size)
{
    char         text[ITEM_TEXT_SIZE];
    const size_t n = strlen(item_text(item, field, text));
    return n > 0 && n < size;
}

static enum gz_err admit_grant(const struct consent_place *p, const struct intake_item *item,
                               struct consent_refusal *out)
{
    struct given_consent there;
    enum agreement       agreement;
    int64_t              from, until;
    char                 text[ITEM_TEXT_SIZE];
    if (item_value(item, "subject.id_number") == NULL &&
        item_value(item, "subject.credit_code") == NULL)
        return refuse(out, "consent_subject",
                      "授权须写明信息主体：请填写其证件号码或统一社会信用代码");
    if (read_agreement(item, &agreement) != GZ_OK || item_value(item, "consent_no") == NULL ||
        read_period(item, &from, &until) != GZ_OK ||
        !fits(item, "version", GIVEN_CONSENT_VERSION_SIZE) ||
        !fits(item, "purposes", GIVEN_CONSENT_PURPOSES_SIZE))
        return refuse(
            out, "consent_form",
            "授权须写明授权书编号、授权协议及其版本、处理目的（至多约 300 字）和授权时间");
    /* LAW 个人信息保护法#29 */
    if (agreement == AGREEMENT_SENSITIVE_INFO &&
        strcmp(item_text(item, "separate_consent", text), "是") != 0)
        return refuse(out, "separate_consent",
                      "敏感个人信息须取得单独同意：未单独同意的授权不能作为依据，请勿登记");
    if (until <= from) return refuse(out, "order", "授权在生效前已经到期，请核对授权时间和有效期");
    const enum gz_err e = find_numbered(p, item, &there);
    if (e == GZ_OK)
        return refuse(out, "consent_number",
                      "这笔贷款已登记过同一编号的授权书：重新授权须用新的授权书编号");
    return e == GZ_MISSING ? GZ_OK : e;
}

static enum gz_err note_grant(const struct consent_place *p, const struct intake_item *item,
                              int64_t record_id)
{
    struct given_consent c = {.matter_id = p->matter_id, .record_id = record_id};
    struct subject       subject;
    char                 version[ITEM_TEXT_SIZE], purposes[ITEM_TEXT_SIZE];
    bool                 has;
    TRY(read_agreement(item, &c.agreement));
    TRY(read_period(item, &c.from_ms, &c.until_ms));
    TRY(hash_value(p, item, "consent_no", "consent number", &has, c.number));
    TRY(hash_subject(p, item, &subject));
    c.has_person = subject.has_person, c.has_entity = subject.has_entity;
    if (c.has_person) memcpy(c.person, subject.person, HASH_SIZE);
    if (c.has_entity) memcpy(c.entity, subject.entity, HASH_SIZE);
    (void)item_text(item, "version", version);
    (void)item_text(item, "purposes", purposes);
    if (strlen(version) >= sizeof c.version || strlen(purposes) >= sizeof c.purposes)
        return GZ_LIMIT;
    memcpy(c.version, version, strlen(version) + 1);
    memcpy(c.purposes, purposes, strlen(purposes) + 1);
    return given_consent_add(p->db, &c);
}

/* --- a withdrawal ----------------------------------------------------------------------------- */

/* Does the item name whom the consent is not of? */
static enum gz_err names_other(const struct consent_place *p, const struct intake_item *item,
                               const struct given_consent *c, bool *other)
{
    struct subject s;
    TRY(hash_subject(p, item, &s));
    const bool person =
        s.has_person && !(c->has_person && memcmp(s.person, c->person, HASH_SIZE) == 0);
    const bool entity =
        s.has_entity && !(c->has_entity && memcmp(s.entity, c->entity, HASH_SIZE) == 0);
    *other = person || entity;
    return GZ_OK;
}

static enum gz_err admit_withdrawal(const struct consent_place *p, const struct intake_item *item,
                                    struct consent_refusal *out)
{
    struct given_consent c;
    enum agreement       agreement;
    int64_t              at;
    bool                 other;
    const enum gz_err    e = find_numbered(p, item, &c);
    if (e == GZ_MISSING)
        return refuse(out, "consent_number",
                      "这笔贷款没有登记过这个编号的授权书：请核对授权书编号，或先登记授权");
    TRY(e);
    TRY(names_other(p, item, &c, &other));
    if (read_agreement(item, &agreement) != GZ_OK || agreement != c.agreement || other)
        return refuse(out, "consent_number", "与这个编号的授权书不符：请核对授权协议和信息主体");
    if (c.withdrawn_ms != CONSENT_NO_END)
        return refuse(out, "consent_withdrawn", "这份授权已经撤回，不必再次登记");
    if (item_time_ms(item, "occurred_at", &at) != GZ_OK || at < c.from_ms)
        return refuse(out, "order", "撤回早于授权，请核对撤回时间");
    return GZ_OK;
}

static enum gz_err note_withdrawal(const struct consent_place *p, const struct intake_item *item,
                                   int64_t record_id)
{
    struct given_consent c;
    int64_t              at;
    TRY(find_numbered(p, item, &c));
    TRY(item_time_ms(item, "occurred_at", &at));
    return given_consent_withdraw(p->db, c.id, record_id, at);
}

/* --- what needs one --------------------------------------------------------------------------- */

/* Those that are of the item's subject and agreement. */
static enum gz_err list_given(const struct consent_place *p, const struct intake_item *item,
                              struct given_consent *out, size_t *n)
{
    struct subject s = {0};
    *n = 0;
    if (!has_keys(p)) return GZ_OK;
    TRY(hash_subject(p, item, &s));
    const struct given_consent_question q = {.matter_id = p->matter_id,
                                             .agreement = item->kind->consent.agreement,
                                             .person = s.has_person ? s.person : NULL,
                                             .entity = s.has_entity ? s.entity : NULL};
    return given_consent_list(p->db, &q, out, n);
}

static enum consent_answer judge(const struct consent_need *need, const struct given_consent *given,
                                 size_t n, bool runs, int64_t at_ms)
{
    struct consent c[GIVEN_CONSENT_LIST_MAX];
    for (size_t i = 0; i < n; i++)
        c[i] = (struct consent){.agreement = given[i].agreement,
                                .version = bytes_str(given[i].version),
                                .purposes = bytes_str(given[i].purposes),
                                .from_ms = given[i].from_ms,
                                .until_ms = given[i].until_ms,
                                .withdrawn_ms = given[i].withdrawn_ms};
    return consent_check(need, c, n, runs, at_ms);
}

/* An inquiry says itself what for: its purpose must be among those agreed (LAW 征信业管理条例#20).
 */
static struct consent_need need_of(const struct intake_item *item, char purpose[ITEM_TEXT_SIZE])
{
    struct consent_need need = item->kind->consent;
    if (item_text(item, "query_purpose", purpose)[0] != 0) need.purpose = bytes_str(purpose);
    return need;
}

static enum gz_err admit_under_consent(const struct consent_place *p,
                                       const struct intake_item *item, struct time now,
                                       struct consent_refusal *out)
{
    DEFER(free_list) struct given_consent *given = calloc(GIVEN_CONSENT_LIST_MAX, sizeof *given);
    char                                   purpose[ITEM_TEXT_SIZE];
    const struct consent_need              need = need_of(item, purpose);
    int64_t                                at = now.s * 1000;
    size_t                                 n = 0;
    bool                                   runs = false;
    if (given == NULL) return GZ_MEMORY;
    const enum gz_err e = item_time_ms(item, "occurred_at", &at);
    if (e != GZ_MISSING) TRY(e);
    TRY(list_given(p, item, given, &n));
    enum consent_answer a = judge(&need, given, n, false, at);
    if (consent_refuses(a) && need.contract_carries && has_keys(p)) {
        TRY(contract_runs(p->db, p->matter_id, p->keys, at, &runs));
        a = judge(&need, given, n, runs, at);
    }
    if (!consent_refuses(a)) return GZ_OK;
    out->code = "consent";
    (void)consent_hint(a, need.agreement, out->hint);
    return GZ_OK;
}

enum gz_err consent_admit(const struct consent_place *p, const struct intake_item *item,
                          struct time now, struct consent_refusal *out)
{
    out->code = NULL;
    if (bytes_eq(item->kind->name, grant_kind)) return admit_grant(p, item, out);
    if (bytes_eq(item->kind->name, withdrawal_kind)) return admit_withdrawal(p, item, out);
    if (item->kind->consent.agreement == AGREEMENT_NONE) return GZ_OK;
    return admit_under_consent(p, item, now, out);
}

enum gz_err consent_note(const struct consent_place *p, const struct intake_item *item,
                         int64_t record_id)
{
    if (bytes_eq(item->kind->name, grant_kind)) return note_grant(p, item, record_id);
    if (bytes_eq(item->kind->name, withdrawal_kind)) return note_withdrawal(p, item, record_id);
    return GZ_OK;
}

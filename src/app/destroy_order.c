#include "app/destroy_order.h"

#include <string.h>

#include "core/json.h"

enum member {
    TYPE,
    ORGANISATION,
    MATTER,
    RECORD,
    REASON,
    GROUND,
    RETENTION_UNTIL,
    NO_LEGAL_HOLD,
    NO_OPEN_GRIEVANCE,
    MEMBERS
};
static const char *const names[MEMBERS] = {
    "type",   "organisation",    "matter",        "record",           "reason",
    "ground", "retention_until", "no_legal_hold", "no_open_grievance"};

static enum gz_err refuse(enum gz_err e, const char **why, const char *what)
{
    *why = what;
    return e;
}

static enum gz_err read_type(struct json *j, struct arena *arena)
{
    struct bytes type;
    TRY(json_text(j, arena, &type));
    return bytes_eq(type, BYTES_LIT("guzheng/destroy-order/v1")) ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err read_date(struct json *j, struct arena *arena, struct date *out)
{
    struct bytes text;
    TRY(json_text(j, arena, &text));
    return date_decode(text, out);
}

static enum gz_err read_member(struct json *j, struct arena *arena, enum member which,
                               struct destroy_order *o)
{
    switch (which) {
    case TYPE: return read_type(j, arena);
    case ORGANISATION: return json_text(j, arena, &o->organisation);
    case MATTER: return json_text(j, arena, &o->matter);
    case RECORD: return json_text(j, arena, &o->record);
    case REASON: return json_text(j, arena, &o->reason);
    case GROUND: return json_text(j, arena, &o->ground);
    case RETENTION_UNTIL: return read_date(j, arena, &o->retention_until);
    case NO_LEGAL_HOLD: return json_take_bool(j, &o->no_legal_hold) ? GZ_OK : GZ_MALFORMED;
    case NO_OPEN_GRIEVANCE: return json_take_bool(j, &o->no_open_grievance) ? GZ_OK : GZ_MALFORMED;
    case MEMBERS: break;
    }
    return GZ_MALFORMED;
}

static enum gz_err read_members(struct bytes text, struct arena *arena, struct destroy_order *o,
                                uint32_t *seen)
{
    struct json j;
    size_t      which;
    bool        more = true;
    TRY(json_init(&j, text));
    TRY(json_enter_object(&j));
    for (;;) {
        TRY(json_next_member(&j, names, MEMBERS, seen, &which, &more));
        if (!more) return json_end(&j);
        TRY(read_member(&j, arena, (enum member)which, o));
    }
}

enum gz_err destroy_order_decode(struct bytes text, struct arena *arena, struct destroy_order *out,
                                 const char **why)
{
    const uint32_t       all = (1u << MEMBERS) - 1, one_of = 1u << MATTER | 1u << RECORD;
    struct destroy_order o = {0};
    uint32_t             seen = 0;
    if (text.n > DESTROY_ORDER_MAX) return refuse(GZ_LIMIT, why, "指令文件过大");
    if (read_members(text, arena, &o, &seen) != GZ_OK)
        return refuse(GZ_MALFORMED, why, "指令不是规定格式的 JSON，或有未知、重复的项");
    if ((seen | one_of) != all || (seen & one_of) == 0 || (seen & one_of) == one_of)
        return refuse(GZ_MALFORMED, why, "指令缺项，或没有在 matter 与 record 中恰好给出一项");
    if (o.reason.n == 0 || o.ground.n == 0)
        return refuse(GZ_MALFORMED, why, "须写明销毁理由 reason 与法定依据 ground");
    if (o.reason.n > DESTROY_ORDER_TEXT_MAX || o.ground.n > DESTROY_ORDER_TEXT_MAX)
        return refuse(GZ_LIMIT, why, "理由或依据过长");
    *out = o;
    return GZ_OK;
}

/* --- signatures ------------------------------------------------------------------------------- */

static bool signed_by(const struct note *note, const struct key *k)
{
    struct bytes     lines = note->lines;
    struct note_line line;
    uint64_t         time;
    while (note_next_line(&lines, &line))
        if (note_verify_line(&line, k, note->text, &time) == GZ_OK) return true;
    return false;
}

/* A person who is listed with two keys, or a key with two names, counts once. */
static bool is_same_person(const struct key *a, const struct key *b)
{
    return strcmp(a->name, b->name) == 0 ||
           (a->public_n == b->public_n && memcmp(a->public_key, b->public_key, a->public_n) == 0);
}

enum gz_err destroy_order_verify(const struct note *note, const struct key *operators, size_t n,
                                 struct buf *who, const char **why)
{
    const struct key *signers[DESTROY_OPERATORS_MAX];
    size_t            count = 0;
    for (size_t i = 0; i < n && count < DESTROY_OPERATORS_MAX; i++) {
        bool is_new = operators[i].purpose == KEY_OPERATOR && signed_by(note, &operators[i]);
        for (size_t k = 0; k < count; k++)
            is_new = is_new && !is_same_person(signers[k], &operators[i]);
        if (!is_new) continue;
        TRY(buf_addf(who, "%s%s", count == 0 ? "" : ", ", operators[i].name));
        signers[count++] = &operators[i];
    }
    *why = "须由配置 operators 所列的两名不同经办人签名 (guzheng sign-order)";
    return count >= DESTROY_OPERATORS ? GZ_OK : GZ_DENIED;
}

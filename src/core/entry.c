#include "core/entry.h"

#include <string.h>

#include "base/text.h"
#include "core/base64.h"
#include "core/json.h"

enum { DIGEST_TEXT = 43 }; /* base64url of 32 bytes */

static enum gz_err refuse(const char **why, const char *text)
{
    *why = text;
    return GZ_MALFORMED;
}

/* --- members ---------------------------------------------------------------------------------- */

static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* UUIDv7 in lower case: 8-4-4-4-12, version 7, variant 8 to b (RFC 9562). */
static bool is_uuid(struct bytes id)
{
    if (id.n != ENTRY_ID_SIZE) return false;
    for (size_t i = 0; i < id.n; i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? id.p[i] != '-' : text_hex_digit(id.p[i]) < 0) return false;
    }
    return id.p[14] == '7' &&
           (id.p[19] == '8' || id.p[19] == '9' || id.p[19] == 'a' || id.p[19] == 'b');
}

static bool is_org(struct bytes org)
{
    if (org.n == 0 || org.n > ENTRY_ORG_MAX) return false;
    for (size_t i = 0; i < org.n; i++)
        if (!is_lower(org.p[i]) && !is_digit(org.p[i]) && org.p[i] != '.' && org.p[i] != '-')
            return false;
    return true;
}

/* [a-z][a-z0-9_]* twice or more, with dots between. */
static bool is_kind(struct bytes kind)
{
    size_t words = 1;
    if (kind.n == 0 || kind.n > ENTRY_KIND_MAX) return false;
    for (size_t i = 0; i < kind.n; i++) {
        const uint8_t c = kind.p[i];
        const bool    first = i == 0 || kind.p[i - 1] == '.';
        if (first ? !is_lower(c) : !is_lower(c) && !is_digit(c) && c != '_' && c != '.')
            return false;
        words += c == '.';
    }
    return words >= 2 && kind.p[kind.n - 1] != '.';
}

static bool is_matter(struct bytes matter)
{
    uint8_t raw[DISCLOSURE_SALT_SIZE];
    return base64_decode_exact(BASE64_URL_BARE, matter, raw, sizeof raw) == GZ_OK;
}

/* YYYY-MM-DDThh:mm:ss.sss with Z or an offset: exactly three fraction digits. */
static enum gz_err decode_recorded_at(struct bytes text, struct time *out)
{
    if (text.n != 24 && text.n != 29) return GZ_MALFORMED;
    if (text.p[19] != '.' || is_digit(text.p[23])) return GZ_MALFORMED;
    return time_decode(text, out);
}

/* --- decode ----------------------------------------------------------------------------------- */

enum {
    M_V,
    M_ID,
    M_ORG,
    M_KIND,
    M_MATTER,
    M_SEQ,
    M_PREV,
    M_RECORDED_AT,
    M_SUPERSEDES,
    M_SD_ALG,
    M_SD,
    MEMBERS
};

static const char *const member_names[MEMBERS + 1] = {
    "v",    "id",          "org",        "kind",    "matter", "seq",
    "prev", "recorded_at", "supersedes", "_sd_alg", "_sd",    NULL};

/* What is said where a member's value has not its JSON form. */
static const char *const member_defects[MEMBERS] = {
    "v is not 1",
    "id is no UUIDv7 in lower case",
    "org has another form than a-z 0-9 . -",
    "kind is not dotted lower-case words",
    "matter is not base64url of 16 bytes",
    "seq is no integer from 1 to 2^53-1",
    "prev is not base64url of 32 bytes",
    "recorded_at is no time with milliseconds and offset",
    "supersedes is no UUIDv7 in lower case",
    "_sd_alg is neither sm3 nor sha-256",
    "_sd is not 1 to 1,000 digests in strictly ascending order"};

struct reading {
    struct json   j;
    struct arena *arena;
    struct entry  e;
    struct bytes  alg;
    uint64_t      v;
    const char   *why;
};

static enum gz_err read_hash(struct reading *r, struct hash *out)
{
    struct bytes text;
    TRY(json_text(&r->j, r->arena, &text));
    return base64_decode_exact(BASE64_URL_BARE, text, out->b, HASH_SIZE);
}

/* Strictly ascending by the ASCII bytes of the strings, which base64url's alphabet does not order
 * as the bytes that it stands for. */
static enum gz_err read_digests(struct reading *r)
{
    size_t       n = 0;
    struct bytes before = {0}, text;
    struct hash *list = arena_array(r->arena, ENTRY_DISCLOSURES_MAX, sizeof *list);
    if (list == NULL) return GZ_MEMORY;
    TRY(json_enter_array(&r->j));
    for (bool more = true;;) {
        TRY(json_next_element(&r->j, &n, &more));
        if (!more) break;
        if (n > ENTRY_DISCLOSURES_MAX) return GZ_MALFORMED;
        TRY(json_text(&r->j, r->arena, &text));
        TRY(base64_decode_exact(BASE64_URL_BARE, text, list[n - 1].b, HASH_SIZE));
        if (n > 1 && bytes_cmp(before, text) >= 0) return GZ_MALFORMED;
        before = text;
    }
    if (n == 0) return GZ_MALFORMED;
    r->e.digests_n = n;
    r->e.digests = list;
    return GZ_OK;
}

static enum gz_err read_member(struct reading *r, size_t which)
{
    struct entry *e = &r->e;
    switch (which) {
    case M_V: return json_uint(&r->j, &r->v);
    case M_ID: return json_text(&r->j, r->arena, &e->id);
    case M_ORG: return json_text(&r->j, r->arena, &e->org);
    case M_KIND: return json_text(&r->j, r->arena, &e->kind);
    case M_MATTER: return json_text(&r->j, r->arena, &e->matter);
    case M_SEQ: return json_uint(&r->j, &e->seq);
    case M_PREV: e->has_prev = true; return read_hash(r, &e->prev);
    case M_RECORDED_AT: return json_text(&r->j, r->arena, &e->recorded_at_text);
    case M_SUPERSEDES: return json_text(&r->j, r->arena, &e->supersedes);
    case M_SD_ALG: return json_text(&r->j, r->arena, &r->alg);
    default: return read_digests(r);
    }
}

static enum gz_err read_members(struct reading *r, uint32_t *seen)
{
    size_t which = 0;
    *seen = 0;
    TRY(json_enter_object(&r->j));
    for (bool more = true;;) {
        TRY(json_next_member(&r->j, member_names, MEMBERS, seen, &which, &more));
        if (!more) return json_end(&r->j);
        const enum gz_err e = read_member(r, which);
        if (e == GZ_MALFORMED) r->why = member_defects[which];
        TRY(e);
    }
}

/* The rules on the values, one for each member, in their order. */
static enum gz_err check_values(struct entry *e, const char **why)
{
    if (!is_uuid(e->id)) return refuse(why, "id is no UUIDv7 in lower case");
    if (!is_org(e->org)) return refuse(why, "org has another form than a-z 0-9 . -");
    if (!is_kind(e->kind)) return refuse(why, "kind is not dotted lower-case words");
    if (!is_matter(e->matter)) return refuse(why, "matter is not base64url of 16 bytes");
    if (e->seq == 0) return refuse(why, "seq is no integer from 1 to 2^53-1");
    if (e->has_prev != (e->seq > 1)) return refuse(why, "prev goes with every seq above 1 only");
    if (decode_recorded_at(e->recorded_at_text, &e->recorded_at) != GZ_OK)
        return refuse(why, "recorded_at is no time with milliseconds and offset");
    if (e->supersedes.n != 0 && !is_uuid(e->supersedes))
        return refuse(why, "supersedes is no UUIDv7 in lower case");
    return GZ_OK;
}

enum gz_err entry_decode(struct bytes wire, struct arena *arena, struct entry *out,
                         const char **why)
{
    struct reading r = {.arena = arena,
                        .why = "the entry is no strict JSON, or has an unknown or repeated member"};
    const uint32_t optional = 1u << M_PREV | 1u << M_SUPERSEDES, all = (1u << MEMBERS) - 1;
    uint32_t       seen = 0;
    if (wire.n > ENTRY_SIZE_MAX) return refuse(why, "an entry of more than 64 KiB");
    if (wire.n < 2 || wire.p[0] != '{' || wire.p[wire.n - 1] != '}')
        return refuse(why, "an entry begins with { and ends with }");
    enum gz_err e = json_init(&r.j, wire);
    if (e == GZ_OK) e = read_members(&r, &seen);
    if (e == GZ_MALFORMED) return refuse(why, r.why);
    TRY(e);
    if ((seen | optional) != all) return refuse(why, "a member of the entry is missing");
    if (r.v != 1) return refuse(why, "v is not 1");
    if ((seen >> M_SUPERSEDES & 1) != 0 && r.e.supersedes.n == 0)
        return refuse(why, "supersedes is no UUIDv7 in lower case");
    if (bytes_eq(r.alg, BYTES_LIT("sm3"))) r.e.suite = SUITE_GM;
    else if (bytes_eq(r.alg, BYTES_LIT("sha-256"))) r.e.suite = SUITE_INTL;
    else return refuse(why, "_sd_alg is neither sm3 nor sha-256");
    TRY(check_values(&r.e, why));
    *out = r.e;
    return GZ_OK;
}

/* --- encode ----------------------------------------------------------------------------------- */

struct digest_text {
    char c[DIGEST_TEXT + 1];
};

static int digest_cmp(const struct digest_text *a, const struct digest_text *b)
{
    return memcmp(a->c, b->c, DIGEST_TEXT);
}

/* Insertion sort: an entry has tens of digests, and this needs no more memory. */
static void sort_digests(struct digest_text *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct digest_text held = list[i];
        size_t                   at = i;
        for (; at > 0 && digest_cmp(&list[at - 1], &held) > 0; at--) list[at] = list[at - 1];
        list[at] = held;
    }
}

static enum gz_err add_digests(const struct entry *e, struct arena *arena, struct buf *out)
{
    struct digest_text *list = arena_array(arena, e->digests_n, sizeof *list);
    if (list == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < e->digests_n; i++)
        base64_encode(BASE64_URL_BARE, BYTES_OF(e->digests[i].b), list[i].c);
    sort_digests(list, e->digests_n);
    for (size_t i = 0; i < e->digests_n; i++) {
        if (i > 0 && digest_cmp(&list[i - 1], &list[i]) == 0) return GZ_MALFORMED;
        TRY(buf_add_str(out, i == 0 ? "\"" : ",\""));
        TRY(buf_add(out, (struct bytes){(const uint8_t *)list[i].c, DIGEST_TEXT}));
        TRY(buf_add_byte(out, '"'));
    }
    return GZ_OK;
}

static enum gz_err add_text_member(struct buf *out, const char *name, struct bytes value)
{
    return buf_addf(out, "\"%s\":\"%.*s\",", name, (int)value.n, (const char *)value.p);
}

static enum gz_err add_members(const struct entry *e, struct arena *arena, struct buf *out)
{
    TRY(buf_add_str(out, "{\"v\":1,"));
    TRY(add_text_member(out, "id", e->id));
    TRY(add_text_member(out, "org", e->org));
    TRY(add_text_member(out, "kind", e->kind));
    TRY(add_text_member(out, "matter", e->matter));
    TRY(buf_addf(out, "\"seq\":%llu,", (unsigned long long)e->seq));
    if (e->has_prev) {
        TRY(buf_add_str(out, "\"prev\":\""));
        TRY(base64_add(BASE64_URL_BARE, BYTES_OF(e->prev.b), out));
        TRY(buf_add_str(out, "\","));
    }
    TRY(add_text_member(out, "recorded_at", e->recorded_at_text));
    if (e->supersedes.n != 0) TRY(add_text_member(out, "supersedes", e->supersedes));
    TRY(buf_addf(out, "\"_sd_alg\":\"%s\",\"_sd\":[", suite_hash_name(e->suite)));
    TRY(add_digests(e, arena, out));
    return buf_add_str(out, "]}");
}

/* What was written is read back: no entry leaves here that a verifier would refuse. */
enum gz_err entry_encode(const struct entry *e, struct arena *arena, struct buf *out)
{
    DEFER(buf_fini) struct buf made = {0};
    struct entry               copy = *e, again;
    const char                *why = NULL;
    if (e->digests_n == 0 || e->digests_n > ENTRY_DISCLOSURES_MAX) return GZ_MALFORMED;
    TRY(check_values(&copy, &why));
    TRY(add_members(e, arena, &made));
    TRY(entry_decode(buf_bytes(&made), arena, &again, &why));
    return buf_add(out, buf_bytes(&made));
}

size_t entry_log_bytes(struct bytes org, struct hash fingerprint,
                       uint8_t out[ENTRY_ORG_MAX + 1 + HASH_SIZE])
{
    assert(org.n <= ENTRY_ORG_MAX);
    memcpy(out, org.p, org.n);
    out[org.n] = '\n';
    memcpy(out + org.n + 1, fingerprint.b, HASH_SIZE);
    return org.n + 1 + HASH_SIZE;
}

bool entry_is_member(struct bytes name)
{
    for (size_t i = 0; member_names[i] != NULL; i++)
        if (bytes_eq(name, bytes_str(member_names[i]))) return true;
    return false;
}

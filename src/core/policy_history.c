#include <string.h>

#include "core/json.h"
#include "core/policy.h"

static enum gz_err refuse(const char **why, const char *text)
{
    *why = text;
    return GZ_MALFORMED;
}

/* What one object of "versions" says, before it is judged. */
struct row {
    uint64_t     version, from_size, to_size;
    bool         has_to, has_closing, has_closed;
    struct bytes policy, closing, closed;
};

static enum gz_err read_size(struct json *j, bool *has, uint64_t *out)
{
    *has = !json_take_null(j);
    return *has ? json_uint(j, out) : GZ_OK;
}

static enum gz_err read_text(struct json *j, struct arena *arena, bool *has, struct bytes *out)
{
    *has = !json_take_null(j);
    return *has ? json_text(j, arena, out) : GZ_OK;
}

static enum gz_err read_row(struct json *j, struct arena *arena, struct row *r)
{
    enum { VERSION, POLICY, FROM, TO, CLOSING, CLOSED, ROW_MEMBERS };
    static const char *const names[] = {"version", "policy",  "from_size",
                                        "to_size", "closing", "closed"};
    uint32_t                 seen = 0;
    size_t                   which = 0;
    TRY(json_enter_object(j));
    for (bool more = true;;) {
        TRY(json_next_member(j, names, ROW_MEMBERS, &seen, &which, &more));
        if (!more) break;
        switch (which) {
        case VERSION: TRY(json_uint(j, &r->version)); break;
        case POLICY: TRY(json_text(j, arena, &r->policy)); break;
        case FROM: TRY(json_uint(j, &r->from_size)); break;
        case TO: TRY(read_size(j, &r->has_to, &r->to_size)); break;
        case CLOSING: TRY(read_text(j, arena, &r->has_closing, &r->closing)); break;
        default: TRY(read_text(j, arena, &r->has_closed, &r->closed)); break;
        }
    }
    return seen == (1u << ROW_MEMBERS) - 1 ? GZ_OK : GZ_MALFORMED;
}

/* closing: a checkpoint of the history's origin, of exactly to_size, with the version's own quorum.
 */
static enum gz_err judge_closing(const struct row *r, struct bytes origin, struct policy_version *v,
                                 const char **why)
{
    struct note          note;
    struct policy_quorum quorum;
    if (note_decode(r->closing, &note) != GZ_OK ||
        checkpoint_decode(note.text, &v->closing) != GZ_OK)
        return refuse(why, "a closing checkpoint is malformed");
    if (!bytes_eq(v->closing.origin, origin))
        return refuse(why, "a closing checkpoint is of another origin");
    if (v->closing.size != v->to_size)
        return refuse(why, "a closing checkpoint is of another size than to_size");
    if (policy_check_note(v->policy, &note, &quorum, NULL, why) != GZ_OK) return GZ_MALFORMED;
    v->closing_time = quorum.time;
    return GZ_OK;
}

static enum gz_err judge_row(const struct row *r, struct bytes origin,
                             const struct policy_version *before, struct arena *arena,
                             struct policy_version *v, const char **why)
{
    const uint64_t number = before == NULL ? 1 : before->version + 1;
    const uint64_t from = before == NULL ? 0 : before->to_size;
    if (before != NULL && before->closed == POLICY_OPEN)
        return refuse(why, "an open version that is not the last");
    if (r->version != number) return refuse(why, "versions do not count from 1");
    if (r->from_size != from) return refuse(why, "versions do not join");
    if (r->has_to != r->has_closing || r->has_to != r->has_closed)
        return refuse(why, "to_size, closing and closed go together");
    *v = (struct policy_version){.version = number, .from_size = from, .to_size = r->to_size};
    TRY(policy_decode(r->policy, arena, &v->policy, why));
    if (!r->has_to) return GZ_OK;
    if (r->to_size <= from) return refuse(why, "a version without a size");
    if (bytes_eq(r->closed, BYTES_LIT("rotated"))) v->closed = POLICY_ROTATED;
    else if (bytes_eq(r->closed, BYTES_LIT("compromised"))) v->closed = POLICY_COMPROMISED;
    else return refuse(why, "closed for an unknown reason");
    return judge_closing(r, origin, v, why);
}

/* The history as read: rows in the arena. */
struct rows {
    struct bytes origin;
    size_t       n;
    struct row  *list;
    const char  *why;
};

static enum gz_err read_rows(struct json *j, struct arena *arena, struct rows *rows)
{
    struct json ahead = *j; /* once to count, once to read */
    size_t      count = 0;
    TRY(json_enter_array(&ahead));
    for (bool more = true;;) {
        struct bytes raw;
        TRY(json_next_element(&ahead, &count, &more));
        if (!more) break;
        TRY(json_value(&ahead, arena, NULL, &raw));
    }
    if (count > POLICY_VERSIONS_MAX) return refuse(&rows->why, "more than 4,096 versions");
    rows->list = arena_array(arena, count, sizeof *rows->list);
    if (rows->list == NULL) return GZ_MEMORY;
    TRY(json_enter_array(j));
    for (bool more = true;;) {
        TRY(json_next_element(j, &rows->n, &more));
        if (!more) return GZ_OK;
        TRY(read_row(j, arena, &rows->list[rows->n - 1]));
    }
}

static enum gz_err read_history(struct bytes input, struct arena *arena, struct rows *rows)
{
    enum { TYPE, ORIGIN, VERSIONS, MEMBERS };
    static const char *const names[] = {"type", "origin", "versions"};
    struct json              j;
    struct bytes             type = {0};
    uint32_t                 seen = 0;
    size_t                   which = 0;
    TRY(json_init(&j, input));
    TRY(json_enter_object(&j));
    for (bool more = true;;) {
        TRY(json_next_member(&j, names, MEMBERS, &seen, &which, &more));
        if (!more) break;
        if (which == TYPE) TRY(json_text(&j, arena, &type));
        else if (which == ORIGIN) TRY(json_text(&j, arena, &rows->origin));
        else TRY(read_rows(&j, arena, rows));
    }
    TRY(json_end(&j));
    if (seen != (1u << MEMBERS) - 1) return GZ_MALFORMED;
    return bytes_eq(type, BYTES_LIT("guzheng/policy-history/v1")) ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err decode_history(struct bytes input, struct arena *arena,
                                  struct policy_history *out, const char **why)
{
    struct rows       rows = {.why = "the policy history is malformed"};
    const enum gz_err e = read_history(input, arena, &rows);
    if (e == GZ_MALFORMED) return refuse(why, rows.why);
    TRY(e);
    if (rows.n == 0 || rows.origin.n == 0)
        return refuse(why, "a history without versions or origin");
    struct policy_version *versions = arena_array(arena, rows.n, sizeof *versions);
    if (versions == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < rows.n; i++)
        TRY(judge_row(&rows.list[i], rows.origin, i == 0 ? NULL : &versions[i - 1], arena,
                      &versions[i], why));
    if (versions[rows.n - 1].closed != POLICY_OPEN)
        return refuse(why, "the last version is closed");
    *out = (struct policy_history){rows.origin, rows.n, versions};
    return GZ_OK;
}

/* For each byte of a usable input: its unescaped copy, at most 5 bytes of keys and members (the
 * shortest group's line has 14 bytes and takes 72, the shortest witness's 66 and 296), rows and
 * versions together less than once the history. Counting the versions takes 16 bytes for each name
 * of at least 5, before all that. What does not grow: rows before they are judged, and the keys of
 * one policy that then proves unusable. */
size_t policy_arena_size(size_t input_size)
{
    const size_t n = input_size < POLICY_HISTORY_MAX ? input_size : POLICY_HISTORY_MAX;
    return 8 * n + 1024 * 1024;
}

static bool begins_with_brace(struct bytes input)
{
    size_t i = 0;
    while (i < input.n && memchr(" \t\r\n", input.p[i], 4) != NULL) i++;
    return i < input.n && input.p[i] == '{';
}

enum gz_err policy_history_decode(struct bytes input, struct arena *arena,
                                  struct policy_history *out, const char **why)
{
    if (input.n > POLICY_HISTORY_MAX) return refuse(why, "a policy history of more than 4 MiB");
    if (begins_with_brace(input)) return decode_history(input, arena, out, why);
    struct policy_version *v = arena_alloc(arena, sizeof *v);
    if (v == NULL) return GZ_MEMORY;
    v->version = 1;
    TRY(policy_decode(input, arena, &v->policy, why));
    *out = (struct policy_history){.n = 1, .versions = v};
    return GZ_OK;
}

const struct policy_version *policy_history_at(const struct policy_history *h, uint64_t size)
{
    for (size_t i = 0; i < h->n; i++) {
        const struct policy_version *v = &h->versions[i];
        if (size > v->from_size && (v->closed == POLICY_OPEN || size <= v->to_size)) return v;
    }
    return NULL;
}

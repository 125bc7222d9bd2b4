#include "core/policy.h"

#include <string.h>

#include "base/text.h"

/* A witness or a group: what a group's line may name. */
struct member {
    struct bytes name;
    bool         is_group, is_used; /* used: it stands in a group already */
    size_t       witness;           /* a witness: its position */
    uint64_t     threshold;         /* a group */
    size_t       first, n;          /* a group: its part of policy.children */
};
struct policy {
    enum suite     suite;
    size_t         logs_n, witnesses_n, members_n, children_n;
    struct key    *logs, *witnesses;
    struct bytes  *urls; /* of the witnesses */
    struct member *members;
    size_t        *children; /* positions in members */
    bool           has_quorum;
    size_t         quorum;
};

struct parser {
    struct policy *policy;
    const char    *why;
};

static enum gz_err refuse(struct parser *p, const char *why)
{
    p->why = why;
    return GZ_MALFORMED;
}

/* Next item of a line; items stand apart by spaces and tabs. Empty at the end. */
static struct bytes next_item(struct bytes *line)
{
    size_t from = 0;
    while (from < line->n && (line->p[from] == ' ' || line->p[from] == '\t')) from++;
    size_t to = from;
    while (to < line->n && line->p[to] != ' ' && line->p[to] != '\t') to++;
    const struct bytes item = bytes_slice(*line, from, to);
    *line = bytes_slice(*line, to, line->n);
    return item;
}

static struct member *find_member(const struct policy *p, struct bytes name)
{
    for (size_t i = 0; i < p->members_n; i++)
        if (bytes_eq(p->members[i].name, name)) return &p->members[i];
    return NULL;
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool has_public_key(const struct key *list, size_t n, const struct key *k)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(list[i].public_key, k->public_key, KEY_PUBLIC_MAX) == 0) return true;
    return false;
}

/* A key for this purpose, of the one suite, whose public key is nowhere else in the policy. */
static enum gz_err take_key(struct parser *p, struct bytes vkey, enum key_purpose purpose,
                            struct key *out)
{
    struct policy *policy = p->policy;
    struct key     k = {0};
    if (key_decode(vkey, &k) != GZ_OK)
        return refuse(p,
                      "a key is malformed, its ID does not match, or it is no point of its curve");
    if (k.purpose != purpose) return refuse(p, "a key of a type that does not belong there");
    if (policy->suite != 0 && k.suite != policy->suite) return refuse(p, "keys of two suites");
    if (has_public_key(policy->logs, policy->logs_n, &k) ||
        has_public_key(policy->witnesses, policy->witnesses_n, &k))
        return refuse(p, "one public key stands twice");
    policy->suite = k.suite;
    *out = k;
    return GZ_OK;
}

static enum gz_err add_log(struct parser *p, struct bytes line)
{
    if (p->policy->logs_n == POLICY_MEMBERS_MAX) return refuse(p, "more than 256 logs");
    TRY(take_key(p, next_item(&line), KEY_LOG, &p->policy->logs[p->policy->logs_n]));
    (void)next_item(&line); /* the URL is for clients */
    if (next_item(&line).n != 0) return refuse(p, "too many items on a log line");
    p->policy->logs_n++;
    return GZ_OK;
}

static enum gz_err add_member(struct parser *p, struct member m)
{
    if (m.name.n == 0 || bytes_eq(m.name, BYTES_LIT("none")))
        return refuse(p, "a witness or group needs a name other than none");
    if (find_member(p->policy, m.name) != NULL) return refuse(p, "a name is defined twice");
    p->policy->members[p->policy->members_n++] = m;
    return GZ_OK;
}

static enum gz_err check_room(struct parser *p)
{
    if (p->policy->members_n < POLICY_MEMBERS_MAX) return GZ_OK;
    return refuse(p, "more than 256 witnesses and groups");
}

static enum gz_err add_witness(struct parser *p, struct bytes line)
{
    struct policy     *policy = p->policy;
    const struct bytes name = next_item(&line);
    struct key        *k = &policy->witnesses[policy->witnesses_n];
    TRY(check_room(p));
    TRY(take_key(p, next_item(&line), KEY_WITNESS, k));
    policy->urls[policy->witnesses_n] = next_item(&line);
    if (next_item(&line).n != 0) return refuse(p, "too many items on a witness line");
    for (size_t i = 0; i < policy->witnesses_n; i++)
        if (strcmp(policy->witnesses[i].name, k->name) == 0)
            return refuse(p, "two witnesses with one key name");
    TRY(add_member(p, (struct member){.name = name, .witness = policy->witnesses_n}));
    policy->witnesses_n++;
    return GZ_OK;
}

static enum gz_err decode_threshold(struct parser *p, struct bytes k, size_t n, uint64_t *out)
{
    if (bytes_eq(k, BYTES_LIT("any"))) *out = 1;
    else if (bytes_eq(k, BYTES_LIT("all"))) *out = n;
    else if (text_to_u64(k, n, out) != GZ_OK || *out == 0)
        return refuse(p, "a threshold is out of range");
    return n == 0 ? refuse(p, "a group without members") : GZ_OK;
}

static enum gz_err add_group(struct parser *p, struct bytes line)
{
    struct policy     *policy = p->policy;
    struct member      group = {.name = next_item(&line), .is_group = true};
    const struct bytes k = next_item(&line);
    TRY(check_room(p));
    group.first = policy->children_n;
    for (struct bytes name; (name = next_item(&line)).n != 0; group.n++) {
        struct member *m = find_member(policy, name);
        if (m == NULL) return refuse(p, "a group names a member that is not defined before it");
        if (m->is_used) return refuse(p, "a name stands in two groups");
        m->is_used = true;
        policy->children[policy->children_n++] = (size_t)(m - policy->members);
    }
    TRY(decode_threshold(p, k, group.n, &group.threshold));
    return add_member(p, group);
}

static enum gz_err set_quorum(struct parser *p, struct bytes line)
{
    const struct bytes   name = next_item(&line);
    const struct member *m = find_member(p->policy, name);
    if (p->policy->has_quorum) return refuse(p, "two quorum lines");
    if (bytes_eq(name, BYTES_LIT("none"))) return refuse(p, "quorum none proves nothing");
    if (m == NULL) return refuse(p, "the quorum names what is not defined before it");
    if (next_item(&line).n != 0) return refuse(p, "too many items on the quorum line");
    p->policy->has_quorum = true;
    p->policy->quorum = (size_t)(m - p->policy->members);
    return GZ_OK;
}

static enum gz_err take_line(struct parser *p, struct bytes line)
{
    static const struct {
        struct bytes keyword;
        enum gz_err (*take)(struct parser *, struct bytes);
    } rows[] = {
        {{(const uint8_t *)"log", 3}, add_log},
        {{(const uint8_t *)"witness", 7}, add_witness},
        {{(const uint8_t *)"group", 5}, add_group},
        {{(const uint8_t *)"quorum", 6}, set_quorum},
    };
    const struct bytes keyword = next_item(&line);
    if (keyword.n == 0 || keyword.p[0] == '#') return GZ_OK;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (bytes_eq(keyword, rows[i].keyword)) return rows[i].take(p, line);
    return refuse(p, "an unknown keyword");
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum gz_err check_text(struct parser *p, struct bytes text)
{
    if (text.n > POLICY_TEXT_MAX) return refuse(p, "a policy of more than 64 KiB");
    if (!text_is_utf8(text)) return refuse(p, "not UTF-8");
    for (size_t at = 0; at < text.n;) {
        const uint32_t rune = text_next_rune(text, &at);
        if (rune == 0xfeff) return refuse(p, "a byte order mark");
        if (rune != '\n' && rune != '\t' && (rune < 0x20 || (rune >= 0x7f && rune <= 0x9f)))
            return refuse(p, "a control character");
    }
    return GZ_OK;
}

/* The lines of this keyword, but no more than the limit. */
static size_t count_lines(struct bytes text, struct bytes keyword)
{
    struct bytes line;
    size_t       n = 0;
    for (bool more = true; more && n < POLICY_MEMBERS_MAX;) {
        more = bytes_take_line(&text, &line);
        if (!more) line = text;
        n += bytes_eq(next_item(&line), keyword);
    }
    return n;
}

/* A name stands in one group at most, so that there are no more children than members. */
static enum gz_err make_room(struct policy *p, struct bytes text, struct arena *arena)
{
    const size_t logs = count_lines(text, BYTES_LIT("log"));
    const size_t witnesses = count_lines(text, BYTES_LIT("witness"));
    const size_t members = witnesses + count_lines(text, BYTES_LIT("group"));
    p->logs = arena_array(arena, logs, sizeof *p->logs);
    p->witnesses = arena_array(arena, witnesses, sizeof *p->witnesses);
    p->urls = arena_array(arena, witnesses, sizeof *p->urls);
    p->members = arena_array(arena, members, sizeof *p->members);
    p->children = arena_array(arena, members, sizeof *p->children);
    return p->logs == NULL || p->witnesses == NULL || p->urls == NULL || p->members == NULL ||
                   p->children == NULL
               ? GZ_MEMORY
               : GZ_OK;
}

static enum gz_err take_text(struct parser *p, struct bytes text)
{
    struct bytes line;
    TRY(check_text(p, text));
    while (bytes_take_line(&text, &line)) TRY(take_line(p, line));
    TRY(take_line(p, text)); /* a last line without its LF */
    if (p->policy->logs_n == 0) return refuse(p, "no log");
    if (!p->policy->has_quorum) return refuse(p, "no quorum");
    return GZ_OK;
}

enum gz_err policy_decode(struct bytes text, struct arena *arena, const struct policy **out,
                          const char **why)
{
    struct policy *policy = arena_alloc(arena, sizeof *policy);
    struct parser  p = {.policy = policy};
    if (policy == NULL) return GZ_MEMORY;
    TRY(make_room(policy, text, arena));
    const enum gz_err e = take_text(&p, text);
    if (e != GZ_OK) *why = p.why;
    TRY(e);
    *out = policy;
    return GZ_OK;
}

enum suite policy_suite(const struct policy *p)
{
    return p->suite;
}

size_t policy_count_logs(const struct policy *p)
{
    return p->logs_n;
}

const struct key *policy_log(const struct policy *p, size_t i)
{
    assert(i < p->logs_n);
    return &p->logs[i];
}

size_t policy_count_witnesses(const struct policy *p)
{
    return p->witnesses_n;
}

const struct key *policy_witness(const struct policy *p, size_t i, struct bytes *url)
{
    assert(i < p->witnesses_n);
    if (url != NULL) *url = p->urls[i];
    return &p->witnesses[i];
}

/* --- judging a note --------------------------------------------------------------------------- */

/* Is the quorum met by the witnesses that signed (time not 0) by limit? Members come after what
 * they name, so one pass in order decides all of them; met holds a bit for each. */
static bool is_met_by(const struct policy *p, const uint64_t *times, uint64_t limit)
{
    uint64_t met[POLICY_MEMBERS_MAX / 64] = {0};
    for (size_t i = 0; i < p->members_n; i++) {
        const struct member *m = &p->members[i];
        uint64_t             have = 0;
        bool ok = !m->is_group && times[m->witness] != 0 && times[m->witness] <= limit;
        for (size_t c = m->first; m->is_group && c < m->first + m->n; c++)
            have += met[p->children[c] / 64] >> (p->children[c] % 64) & 1;
        if (m->is_group) ok = have >= m->threshold;
        if (ok) met[i / 64] |= UINT64_C(1) << (i % 64);
    }
    return (met[p->quorum / 64] >> (p->quorum % 64) & 1) != 0;
}

bool policy_is_met(const struct policy *p, const uint64_t *times)
{
    return is_met_by(p, times, UINT64_MAX);
}

/* The smallest of the witnesses' times by which the quorum is met; 0: never. */
static uint64_t quorum_time(const struct policy *p, const uint64_t *times)
{
    uint64_t best = 0;
    for (size_t i = 0; i < p->witnesses_n; i++)
        if (times[i] != 0 && (best == 0 || times[i] < best) && is_met_by(p, times, times[i]))
            best = times[i];
    return best;
}

struct tally {
    struct bytes origin;
    bool         has_log;
    uint64_t     times[POLICY_MEMBERS_MAX]; /* earliest of each witness; 0: absent */
};

/* One line against every known key: all that it names must hold. */
static enum gz_err count_line(const struct policy *p, const struct note_line *line,
                              struct bytes text, struct key_cache *cache, struct tally *tally)
{
    uint64_t time = 0;
    for (size_t i = 0; i < p->logs_n; i++) {
        const enum gz_err e = note_verify_known_line(line, &p->logs[i], text, cache, &time);
        if (e == GZ_MISMATCH) return e;
        if (e == GZ_OK && bytes_eq(bytes_str(p->logs[i].name), tally->origin))
            tally->has_log = true;
    }
    for (size_t i = 0; i < p->witnesses_n; i++) {
        const enum gz_err e = note_verify_known_line(line, &p->witnesses[i], text, cache, &time);
        if (e == GZ_MISMATCH) return e;
        if (e == GZ_OK && (tally->times[i] == 0 || time < tally->times[i])) tally->times[i] = time;
    }
    return GZ_OK;
}

enum gz_err policy_check_known_note(const struct policy *p, const struct note *note,
                                    struct key_cache *cache, struct policy_quorum *out,
                                    uint64_t *times, const char **why)
{
    struct tally         tally = {0};
    struct bytes         lines = note->lines, text = note->text;
    struct note_line     line;
    struct policy_quorum q = {0};
    *why = "the note has no first line";
    if (!bytes_take_line(&text, &tally.origin)) return GZ_MISMATCH;
    while (note_next_line(&lines, &line))
        if (count_line(p, &line, note->text, cache, &tally) != GZ_OK) {
            *why = "the signature of a known key is wrong";
            return GZ_MISMATCH;
        }
    for (size_t i = 0; i < p->witnesses_n; i++) q.witnesses += tally.times[i] != 0;
    q.time = quorum_time(p, tally.times);
    *why = "no log of this origin signed it";
    if (!tally.has_log) return GZ_MISMATCH;
    *why = "the quorum of witnesses is not met";
    if (q.time == 0) return GZ_MISMATCH;
    *why = NULL;
    *out = q;
    if (times != NULL) memcpy(times, tally.times, p->witnesses_n * sizeof *times);
    return GZ_OK;
}

enum gz_err policy_check_note(const struct policy *p, const struct note *note,
                              struct policy_quorum *out, uint64_t *times, const char **why)
{
    return policy_check_known_note(p, note, NULL, out, times, why);
}

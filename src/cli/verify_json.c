#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/verify_kinds.h"
#include "cli/verify_report.h"
#include "core/base64.h"

/* Into an object, or the process ends: half a report must never look like a whole one. */
static void set(json_t *object, const char *name, json_t *value)
{
    if (value != NULL && json_object_set_new(object, name, value) == 0) return;
    fputs("guzheng verify: 内存不足 (out of memory)\n", stderr);
    exit(2);
}

static void append(json_t *array, json_t *value)
{
    if (value != NULL && json_array_append_new(array, value) == 0) return;
    fputs("guzheng verify: 内存不足 (out of memory)\n", stderr);
    exit(2);
}

static json_t *text(struct bytes b)
{
    return json_stringn((const char *)b.p, b.n);
}

static json_t *text_or_null(const char *s)
{
    return s == NULL ? json_null() : json_string(s);
}

/* Names of files may be no UTF-8: such bytes become '?'. */
static json_t *path_text(const char *path)
{
    json_t *whole = json_string(path);
    if (whole != NULL) return whole;
    char *copy = strdup(path);
    if (copy == NULL) return NULL;
    for (char *c = copy; *c != 0; c++)
        if ((unsigned char)*c >= 0x80) *c = '?';
    whole = json_string(copy);
    free(copy);
    return whole;
}

static json_t *base64_text(enum base64_variant variant, struct hash h)
{
    char text_of_hash[64];
    base64_encode(variant, BYTES_OF(h.b), text_of_hash);
    return json_stringn(text_of_hash, base64_encoded_size(variant, HASH_SIZE));
}

static json_t *hex_text(struct hash h)
{
    char hex[2 * HASH_SIZE + 1];
    text_to_hex(BYTES_OF(h.b), hex);
    return json_string(hex);
}

/* 0: not established. */
static json_t *unix_time(uint64_t t)
{
    return t == 0 ? json_null() : json_integer((json_int_t)t);
}

static json_t *entry_json(const struct verify_report *r)
{
    const struct entry *e = &r->entry;
    if (!r->has_entry) return json_null();
    json_t *o = json_object();
    set(o, "id", text(e->id));
    set(o, "org", text(e->org));
    set(o, "kind", text(e->kind));
    set(o, "matter", text(e->matter));
    set(o, "seq", json_integer((json_int_t)e->seq));
    set(o, "prev", e->has_prev ? base64_text(BASE64_URL_BARE, e->prev) : json_null());
    set(o, "recorded_at", text(e->recorded_at_text));
    set(o, "supersedes", e->supersedes.n == 0 ? json_null() : text(e->supersedes));
    set(o, "suite", json_string(suite_name(e->suite)));
    set(o, "fingerprint", base64_text(BASE64_URL_BARE, r->fingerprint));
    return o;
}

static json_t *disclosed_json(const struct verify_report *r)
{
    json_t *o = json_object();
    for (size_t i = 0; i < r->disclosures_n; i++) {
        const struct disclosure *d = &r->disclosures[i];
        json_t                  *value = json_loadb((const char *)d->value.p, d->value.n,
                                                    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        char                    *name = strndup((const char *)d->name.p, d->name.n);
        if (name == NULL) exit(2);
        set(o, name, value != NULL ? value : text(d->value));
        free(name);
    }
    return o;
}

static json_t *check_json(enum lang lang, unsigned check, enum verify_outcome outcome,
                          const char *detail)
{
    json_t *o = json_object();
    set(o, "check", json_integer(check));
    set(o, "name", json_string(wording_check(LANG_EN, check)));
    set(o, "outcome", json_string(wording_outcome_word(outcome)));
    set(o, "detail", text_or_null(wording_reason(lang, detail)));
    return o;
}

static json_t *checks_json(enum lang lang, const struct verified *v)
{
    json_t *list = json_array();
    for (unsigned i = 1; i <= VERIFY_CHECKS; i++)
        append(list, check_json(lang, i, v->report.outcomes[i - 1], verify_detail(&v->report, i)));
    if (v->set_reason != NULL)
        append(list, check_json(lang, CHECK_SET, OUTCOME_FAILED, v->set_reason));
    return list;
}

static json_t *witnesses_json(const struct verify_report *r)
{
    json_t *o = json_object();
    if (r->version == NULL || r->quorum_time == 0) return o;
    for (size_t i = 0; i < policy_count_witnesses(r->version->policy); i++)
        if (r->witness_times[i] != 0)
            set(o, policy_witness(r->version->policy, i, NULL)->name,
                unix_time(r->witness_times[i]));
    return o;
}

static json_t *times_json(const struct verify_report *r)
{
    const struct time   quorum = {(int64_t)r->quorum_time, 0};
    const bool          has_lag = r->quorum_time != 0 && r->quorum_time <= TIME_SHOWN_MAX;
    char                occurred[TIME_TEXT_SIZE];
    uint64_t            late_after_s;
    const enum lateness lateness = report_lateness(r, &late_after_s);
    json_t             *o = json_object();
    set(o, "recorded_at", r->has_entry ? text(r->entry.recorded_at_text) : json_null());
    set(o, "occurred_at",
        r->has_occurred_at ? json_string(time_encode(r->occurred_at, BEIJING_MINUTES, occurred))
                           : json_null());
    set(o, "quorum_time", unix_time(r->quorum_time));
    set(o, "proven_time", unix_time(r->proven_time));
    set(o, "lag_recorded_ms",
        has_lag ? json_integer(time_diff_ms(quorum, r->entry.recorded_at)) : json_null());
    set(o, "lag_occurred_ms",
        has_lag && r->has_occurred_at ? json_integer(time_diff_ms(quorum, r->occurred_at))
                                      : json_null());
    set(o, "late",
        lateness == LATENESS_UNKNOWN ? json_null() : json_boolean(lateness == LATENESS_LATE));
    set(o, "witnesses", witnesses_json(r));
    return o;
}

static json_t *originals_json(const struct verified *v)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->originals_n; i++) {
        json_t *o = json_object();
        set(o, "path", path_text(v->original_paths[i]));
        set(o, "size", json_integer((json_int_t)v->originals[i].size));
        set(o, "sm3", hex_text(v->originals[i].sm3));
        set(o, "sha256", hex_text(v->originals[i].sha256));
        append(list, o);
    }
    return list;
}

/* Only after check 4 passed is the position more than a claim. */
static json_t *position_json(const struct verify_report *r)
{
    if (r->outcomes[3] != OUTCOME_PASSED || r->checkpoint.size == 0) return json_null();
    json_t *o = json_object();
    set(o, "origin", text(r->checkpoint.origin));
    set(o, "index", json_integer((json_int_t)r->index));
    set(o, "size", json_integer((json_int_t)r->checkpoint.size));
    set(o, "root", base64_text(BASE64_STD_PADDED, r->checkpoint.root));
    return o;
}

/* Indexes in the log of what the asked node says are notes of this record; null: it knows none. */
static json_t *notes_json(const struct node_notes *notes)
{
    if (!notes->is_known) return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < notes->n && i < NODE_NOTES_MAX; i++)
        append(list, json_integer((json_int_t)notes->indexes[i]));
    return list;
}

json_t *verify_report_json(enum lang lang, const struct verified *v)
{
    const struct verify_report *r = &v->report;
    const unsigned              check = verified_check(v);
    json_t                     *o = json_object();
    set(o, "certificate", path_text(v->path));
    set(o, "form", json_string(form_word(v->form)));
    set(o, "result", json_string(wording_result(LANG_EN, verified_result(v))));
    set(o, "check", check == 0 ? json_null() : json_integer(check));
    set(o, "reason", text_or_null(wording_reason(lang, verified_reason(v))));
    set(o, "checks", checks_json(lang, v));
    set(o, "entry", entry_json(r));
    set(o, "disclosed", disclosed_json(r));
    set(o, "originals", originals_json(v));
    set(o, "files_missing", json_integer((json_int_t)r->files_missing));
    set(o, "position", position_json(r));
    set(o, "quorum_time", unix_time(r->quorum_time));
    set(o, "proven_time", unix_time(r->proven_time));
    set(o, "times", times_json(r));
    set(o, "notes", notes_json(&v->notes));
    return o;
}

#include "core/verify.h"

#include <string.h>

#include "core/base64.h"
#include "core/json.h"

enum { TOLERANCE_S = 300 };

static const char no_original[] = "a disclosed original was not given";
static const char no_consistency[] =
    "the keys of that time are closed: a consistency proof to the closing checkpoint is needed";

struct verification {
    struct verify_given   given;
    struct arena         *arena;
    struct certificate    certificate;
    struct proof          proof;
    struct note           note;
    bool                  has_checkpoint;
    struct verify_report *report;
};

size_t verify_arena_size(size_t certificate_size)
{
    /* Unescaped copies and decoded disclosures (each at most the certificate again), scratch for
     * names (16 bytes for each 4 of one disclosure), the fixed arrays, the policy's times. */
    return 4 * certificate_size + 4 * DISCLOSURE_SIZE_MAX + 512 * 1024;
}

static enum gz_err fail(struct verification *v, const char *reason)
{
    v->report->reason = reason;
    return GZ_MISMATCH;
}

/* --- 1 form ----------------------------------------------------------------------------------- */

static enum gz_err check_form(struct verification *v, struct bytes wire)
{
    struct verify_report *r = v->report;
    const char           *why = NULL;
    enum gz_err           e = certificate_decode(wire, v->arena, &v->certificate, &why);
    if (e == GZ_OK) e = entry_decode(v->certificate.entry, v->arena, &r->entry, &why);
    if (e == GZ_MEMORY) return e;
    if (e != GZ_OK) return fail(v, why);
    if (r->entry.suite != v->certificate.suite)
        return fail(v, "suite and _sd_alg are of two suites");
    r->has_entry = true;
    r->fingerprint = hash_of(r->entry.suite, v->certificate.entry);
    return GZ_OK;
}

/* --- 2 disclosures ---------------------------------------------------------------------------- */

static bool stands_in_entry(const struct entry *e, struct hash digest)
{
    for (size_t i = 0; i < e->digests_n; i++)
        if (hash_eq(e->digests[i], digest)) return true;
    return false;
}

/* Neither this digest nor this name was there before. */
static bool is_repeated(const struct verify_report *r, const struct hash *digests, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (hash_eq(digests[k], digests[i]) ||
            bytes_eq(r->disclosures[k].name, r->disclosures[i].name))
            return true;
    return false;
}

static enum gz_err check_disclosures(struct verification *v, struct bytes wire)
{
    (void)wire;
    struct verify_report     *r = v->report;
    const struct certificate *c = &v->certificate;
    struct hash              *digests = arena_array(v->arena, c->disclosures_n, sizeof *digests);
    struct disclosure        *list = arena_array(v->arena, c->disclosures_n, sizeof *list);
    if (digests == NULL || list == NULL) return GZ_MEMORY;
    r->disclosures = list;
    for (size_t i = 0; i < c->disclosures_n; i++) {
        const char       *why = NULL;
        const enum gz_err e = disclosure_decode(c->disclosures[i], v->arena, &list[i], &why);
        if (e == GZ_MEMORY) return e;
        if (e != GZ_OK) return fail(v, why);
        digests[i] = disclosure_digest(r->entry.suite, c->disclosures[i]);
        if (!stands_in_entry(&r->entry, digests[i]))
            return fail(v, "a disclosure is not one of those that the entry commits to");
        if (is_repeated(r, digests, i)) return fail(v, "a disclosure or its name stands twice");
        r->disclosures_n = i + 1;
    }
    return GZ_OK;
}

/* --- 3 files ---------------------------------------------------------------------------------- */

static bool is_file(const struct disclosure *d, struct disclosed_file *out)
{
    return bytes_starts(d->name, BYTES_LIT("file/")) && disclosed_file_decode(d, out) == GZ_OK;
}

static bool file_matches(const struct disclosed_file *f, const struct verify_file *given)
{
    return f->size == given->size && hash_eq(f->sm3, given->sm3) &&
           hash_eq(f->sha256, given->sha256);
}

static enum gz_err check_files(struct verification *v, struct bytes wire)
{
    (void)wire;
    struct verify_report *r = v->report;
    struct disclosed_file f;
    for (size_t g = 0; g < v->given.files_n; g++) {
        bool found = false;
        for (size_t i = 0; i < r->disclosures_n && !found; i++)
            found = is_file(&r->disclosures[i], &f) && file_matches(&f, &v->given.files[g]);
        if (!found) return fail(v, "a given file is none of the disclosed originals");
    }
    for (size_t i = 0; i < r->disclosures_n; i++) {
        bool given = !is_file(&r->disclosures[i], &f);
        for (size_t g = 0; g < v->given.files_n && !given; g++)
            given = file_matches(&f, &v->given.files[g]);
        r->files_missing += !given;
    }
    if (r->files_missing == 0) return GZ_OK;
    r->reason = no_original;
    return GZ_MISSING;
}

/* --- 4 inclusion ------------------------------------------------------------------------------ */

/* The checkpoint's first three lines, whatever follows: check 5 judges the rest. */
static bool read_checkpoint(struct bytes note, struct checkpoint *out)
{
    struct bytes rest = note, line;
    for (unsigned i = 0; i < 3; i++)
        if (!bytes_take_line(&rest, &line)) return false;
    return checkpoint_decode(bytes_slice(note, 0, note.n - rest.n), out) == GZ_OK;
}

static enum gz_err check_inclusion(struct verification *v, struct bytes wire)
{
    (void)wire;
    struct verify_report *r = v->report;
    uint8_t               logged[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    if (proof_decode(v->certificate.proof, &v->proof) != GZ_OK)
        return fail(v, "the proof's text has not the form of tlog-proof");
    r->index = v->proof.index;
    v->has_checkpoint = read_checkpoint(v->proof.note, &r->checkpoint);
    if (!v->has_checkpoint) return GZ_OK; /* check 5 says so */
    const size_t      n = entry_log_bytes(r->entry.org, r->fingerprint, logged);
    const struct hash leaf = merkle_leaf(r->entry.suite, (struct bytes){logged, n});
    if (r->index >= r->checkpoint.size) return fail(v, "the index is not below the tree's size");
    if (merkle_verify_inclusion(r->entry.suite, leaf, r->index, r->checkpoint.size, &v->proof.path,
                                r->checkpoint.root) != GZ_OK)
        return fail(v, "the path does not lead from this entry to the checkpoint's root");
    return GZ_OK;
}

/* --- 5 checkpoint ----------------------------------------------------------------------------- */

static enum gz_err check_consistency(struct verification *v)
{
    struct verify_report        *r = v->report;
    const struct policy_version *version = r->version;
    struct merkle_path           path;
    if (consistency_decode(v->certificate.consistency, v->certificate.consistency_n, &path) !=
        GZ_OK)
        return fail(v, "the consistency proof is not at most 63 hashes");
    if (version->closed == POLICY_OPEN) return GZ_OK;
    if (!v->certificate.has_consistency) {
        r->reason = no_consistency;
        return GZ_MISSING;
    }
    if (merkle_verify_consistency(r->entry.suite, r->checkpoint.size, r->checkpoint.root,
                                  version->closing.size, version->closing.root, &path) != GZ_OK)
        return fail(v, "the closing checkpoint does not continue this tree");
    return GZ_OK;
}

static enum gz_err judge_signatures(struct verification *v)
{
    struct verify_report *r = v->report;
    struct policy_quorum  quorum;
    const char           *why = "the checkpoint cannot be read";
    const size_t          n = policy_count_witnesses(r->version->policy);
    r->witness_times = arena_array(v->arena, n, sizeof *r->witness_times);
    if (r->witness_times == NULL) return GZ_MEMORY;
    if (policy_suite(r->version->policy) != r->entry.suite)
        return fail(v, "the policy is of another suite than the certificate");
    if (verify_cache_check_note(v->given.cache, r->version->policy, v->proof.note, &v->note,
                                &quorum, r->witness_times, &why) != GZ_OK)
        return fail(v, why);
    r->quorum_time = quorum.time;
    r->proven_time =
        r->version->closed == POLICY_COMPROMISED ? r->version->closing_time : quorum.time;
    return GZ_OK;
}

static enum gz_err check_checkpoint(struct verification *v, struct bytes wire)
{
    (void)wire;
    struct verify_report *r = v->report;
    if (!v->has_checkpoint) return fail(v, "the checkpoint's three lines cannot be read");
    const enum gz_err e = note_decode(v->proof.note, &v->note);
    if (e == GZ_LIMIT) return fail(v, "more than 64 signature lines");
    if (e != GZ_OK) return fail(v, "the signed note is malformed");
    if (checkpoint_decode(v->note.text, &r->checkpoint) != GZ_OK)
        return fail(v, "the checkpoint has not exactly three lines");
    if (v->given.history->origin.n != 0 &&
        !bytes_eq(v->given.history->origin, r->checkpoint.origin))
        return fail(v, "the checkpoint is of another chain than the policy history");
    r->version = policy_history_at(v->given.history, r->checkpoint.size);
    if (r->version == NULL) return fail(v, "no policy version judges a tree of this size");
    TRY(judge_signatures(v));
    return check_consistency(v);
}

/* --- 6 times ---------------------------------------------------------------------------------- */

/* Is the stated time more than 300 s after the other? Compared exactly. A stated time has a year of
 * four digits, so that it bears the sum; a cosigned one may be any second. */
static bool is_later(struct time stated, struct time other)
{
    return time_cmp(time_add_s(stated, -TOLERANCE_S), other) > 0;
}

/* The disclosed occurred_at must be a JSON string that is a time. */
static enum gz_err read_occurred_at(struct verification *v)
{
    struct verify_report *r = v->report;
    for (size_t i = 0; i < r->disclosures_n; i++) {
        struct json  j;
        struct bytes text;
        if (!bytes_eq(r->disclosures[i].name, BYTES_LIT("occurred_at"))) continue;
        if (json_init(&j, r->disclosures[i].value) != GZ_OK || json_peek(&j) != '"' ||
            json_text(&j, v->arena, &text) != GZ_OK || time_decode(text, &r->occurred_at) != GZ_OK)
            return fail(v, "occurred_at is no time");
        r->has_occurred_at = true;
    }
    return GZ_OK;
}

static enum gz_err check_times(struct verification *v, struct bytes wire)
{
    (void)wire;
    struct verify_report *r = v->report;
    const struct time     proven = {(int64_t)r->proven_time, 0};
    TRY(read_occurred_at(v));
    if (is_later(r->entry.recorded_at, proven))
        return fail(v, "recorded_at is more than 300 s after the proven time");
    if (r->has_occurred_at && is_later(r->occurred_at, r->entry.recorded_at))
        return fail(v, "occurred_at is more than 300 s after recorded_at");
    return GZ_OK;
}

/* --- 7 timestamps ----------------------------------------------------------------------------- */

/* Exactly one DER element: a definite length in its shortest form, and nothing left over. */
static bool is_one_der_element(struct bytes d)
{
    if (d.n < 2 || (d.p[0] & 0x1f) == 0x1f) return false;
    if (d.p[1] < 0x80) return d.n == 2u + d.p[1];
    const size_t of_length = d.p[1] & 0x7f;
    size_t       length = 0;
    if (of_length == 0 || of_length > 4 || d.n < 2 + of_length || d.p[2] == 0) return false;
    for (size_t i = 0; i < of_length; i++) length = length << 8 | d.p[2 + i];
    return length >= 0x80 && d.n == 2 + of_length + length;
}

static enum gz_err check_timestamps(struct verification *v, struct bytes wire)
{
    (void)wire;
    const struct certificate *c = &v->certificate;
    for (size_t i = 0; i < c->timestamps_n; i++) {
        const size_t cap = base64_decoded_max(c->timestamps[i].n);
        uint8_t     *der = arena_alloc(v->arena, cap);
        size_t       n = 0;
        if (der == NULL) return GZ_MEMORY;
        if (base64_decode(BASE64_STD_PADDED, c->timestamps[i], der, cap, &n) != GZ_OK)
            return fail(v, "a timestamp is not base64");
        if (!is_one_der_element((struct bytes){der, n}))
            return fail(v, "a timestamp is not one DER element");
    }
    return GZ_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

static const struct check {
    enum gz_err (*run)(struct verification *v, struct bytes wire);
} checks[] = {{check_form},       {check_disclosures}, {check_files},     {check_inclusion},
              {check_checkpoint}, {check_times},       {check_timestamps}};

/* An incompleteness before is kept: its reason stays unless something fails. */
static enum gz_err run_check(struct verification *v, unsigned i, struct bytes wire)
{
    struct verify_report *r = v->report;
    const char           *before = r->reason;
    const enum gz_err     e = checks[i].run(v, wire);
    if (e == GZ_MEMORY) return e;
    if (e == GZ_OK) {
        r->outcomes[i] = OUTCOME_PASSED;
    } else if (e == GZ_MISSING) {
        r->outcomes[i] = OUTCOME_INCOMPLETE;
        r->result = VERIFY_INCOMPLETE;
        if (before != NULL) r->reason = before;
    } else {
        r->outcomes[i] = OUTCOME_FAILED;
        r->result = VERIFY_INVALID;
        r->check = i + 1;
        return GZ_MISMATCH;
    }
    return GZ_OK;
}

enum gz_err verify_with(struct bytes wire, const struct verify_given *given, struct arena *arena,
                        struct verify_report *out)
{
    struct verify_report r = {.result = VERIFY_VALID};
    struct verification  v = {.given = *given, .arena = arena, .report = &r};
    enum gz_err          e = GZ_OK;
    if (given->cache != NULL) verify_cache_serve(given->cache, given->history);
    for (unsigned i = 0; i < COUNT_OF(checks) && e == GZ_OK; i++) e = run_check(&v, i, wire);
    if (e == GZ_MEMORY) return e;
    if (e == GZ_OK) {
        r.outcomes[VERIFY_CHECKS - 1] = OUTCOME_NOT_CHECKED; /* no node is asked here */
        r.outcomes[6] = OUTCOME_NOT_CHECKED;                 /* none is attached, or no TSA given */
        r.timestamps_n = v.certificate.timestamps_n;
    }
    *out = r;
    return GZ_OK;
}

enum gz_err verify_certificate(struct bytes wire, const struct policy_history *history,
                               const struct verify_file *files, size_t files_n, struct arena *arena,
                               struct verify_report *out)
{
    const struct verify_given given = {history, files, files_n, NULL};
    return verify_with(wire, &given, arena, out);
}

void verify_judge_node(struct verify_report *r, enum verify_node says)
{
    static const struct {
        enum verify_outcome outcome;
        const char         *reason;
    } rows[] = {
        [NODE_SILENT] = {OUTCOME_INCOMPLETE, "the node does not answer"},
        [NODE_BEHIND] = {OUTCOME_INCOMPLETE, "the node's copy does not reach this entry yet"},
        [NODE_AGREES] = {OUTCOME_PASSED, NULL},
        [NODE_CORRECTED] = {OUTCOME_FAILED, "a later record of the organisation corrects this one"},
        [NODE_CONTRADICTS] = {OUTCOME_FAILED, "the node has another entry at this index"},
    };
    if (r->result == VERIFY_INVALID) return;
    r->outcomes[VERIFY_CHECKS - 1] = rows[says].outcome;
    r->node_detail = rows[says].reason;
    if (rows[says].outcome == OUTCOME_FAILED) {
        r->result = VERIFY_INVALID;
        r->check = VERIFY_CHECKS;
        r->reason = rows[says].reason;
    } else if (rows[says].outcome == OUTCOME_INCOMPLETE && r->result == VERIFY_VALID) {
        r->result = VERIFY_INCOMPLETE;
        r->reason = rows[says].reason;
    }
}

const char *verify_detail(const struct verify_report *r, unsigned check)
{
    assert(check >= 1 && check <= VERIFY_CHECKS);
    switch (r->outcomes[check - 1]) {
    case OUTCOME_FAILED: return r->reason;
    case OUTCOME_INCOMPLETE:
        if (check == VERIFY_CHECKS) return r->node_detail;
        return check == 3 ? no_original : no_consistency;
    case OUTCOME_NOT_CHECKED:
        if (check != 7) return "no node was asked";
        return r->timestamps_n == 0 ? "no timestamp is attached"
                                    : "no certificates of a time-stamping authority are given";
    default: return NULL;
    }
}

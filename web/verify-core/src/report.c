#include "report.h"

#include "core/base64.h"

enum { HASH_TEXT = 44 };

static void write_hash(struct writer *w, const char *name, enum base64_variant v, struct hash h)
{
    char text[HASH_TEXT];
    base64_encode(v, BYTES_OF(h.b), text);
    write_text(w, name, (struct bytes){(const uint8_t *)text, base64_encoded_size(v, HASH_SIZE)});
}

/* [outcome, detail] of each. */
static void write_checks(struct writer *w, const struct verify_report *r)
{
    write_open(w, "checks", "[");
    for (unsigned i = 1; i <= VERIFY_CHECKS; i++) {
        write_open(w, NULL, "[");
        write_number(w, NULL, r->outcomes[i - 1]);
        write_str(w, NULL, verify_detail(r, i));
        write_close(w, "]");
    }
    write_close(w, "]");
}

static void write_entry(struct writer *w, const struct verify_report *r)
{
    const struct entry *e = &r->entry;
    if (!r->has_entry) return;
    write_open(w, "entry", "{");
    write_text(w, "id", e->id);
    write_text(w, "org", e->org);
    write_text(w, "kind", e->kind);
    write_text(w, "matter", e->matter);
    write_number(w, "seq", (int64_t)e->seq);
    if (e->has_prev) write_hash(w, "prev", BASE64_URL_BARE, e->prev);
    else write_str(w, "prev", NULL);
    write_text(w, "recorded_at", e->recorded_at_text);
    if (e->supersedes.n > 0) write_text(w, "supersedes", e->supersedes);
    else write_str(w, "supersedes", NULL);
    write_str(w, "suite", suite_name(e->suite));
    write_hash(w, "fingerprint", BASE64_URL_BARE, r->fingerprint);
    write_close(w, "}");
}

/* Values are JSON already. */
static void write_disclosed(struct writer *w, const struct verify_report *r)
{
    write_open(w, "disclosed", "{");
    for (size_t i = 0; i < r->disclosures_n; i++) {
        write_name(w, r->disclosures[i].name);
        write_raw(w, r->disclosures[i].value);
    }
    write_close(w, "}");
}

/* Only after check 4 passed is the position more than a claim. */
static void write_position(struct writer *w, const struct verify_report *r)
{
    if (r->outcomes[3] != OUTCOME_PASSED || r->checkpoint.size == 0) return;
    write_open(w, "position", "{");
    write_text(w, "origin", r->checkpoint.origin);
    write_number(w, "index", (int64_t)r->index);
    write_number(w, "size", (int64_t)r->checkpoint.size);
    write_hash(w, "root", BASE64_STD_PADDED, r->checkpoint.root);
    write_close(w, "}");
}

static void write_witnesses(struct writer *w, const struct verify_report *r)
{
    const bool   has = r->version != NULL && r->quorum_time != 0;
    const size_t n = has ? policy_count_witnesses(r->version->policy) : 0;
    write_open(w, "witnesses", "{");
    for (size_t i = 0; i < n; i++)
        if (r->witness_times[i] != 0)
            write_number(w, policy_witness(r->version->policy, i, NULL)->name,
                         (int64_t)r->witness_times[i]);
    write_close(w, "}");
}

static void write_times(struct writer *w, const struct verify_report *r)
{
    const struct time quorum = {(int64_t)r->quorum_time, 0};
    write_number(w, "quorum_time", (int64_t)r->quorum_time);
    write_number(w, "proven_time", (int64_t)r->proven_time);
    if (r->has_entry && r->quorum_time != 0)
        write_number(w, "lag_recorded_ms", time_diff_ms(quorum, r->entry.recorded_at));
    if (r->has_occurred_at) {
        write_number(w, "occurred_s", r->occurred_at.s);
        write_number(w, "occurred_ns", r->occurred_at.ns);
        write_number(w, "lag_occurred_ms", time_diff_ms(quorum, r->occurred_at));
    }
    write_witnesses(w, r);
}

void report_write(struct writer *w, const struct verify_report *r)
{
    write_open(w, NULL, "{");
    write_number(w, "result", r->result);
    write_number(w, "check", r->check);
    write_str(w, "reason", r->reason);
    write_checks(w, r);
    write_entry(w, r);
    write_disclosed(w, r);
    write_number(w, "files_missing", (int64_t)r->files_missing);
    write_position(w, r);
    write_times(w, r);
    write_close(w, "}");
}

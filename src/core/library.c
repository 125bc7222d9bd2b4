/* libguzheng over verify.h: the structs of include/guzheng are filled from ours. */
#include "guzheng/verify.h"

#include <string.h>

#include "core/json.h"
#include "core/verify.h"

struct gz_policy {
    struct policy_history history;
};

_Static_assert(GZ_CHECKS == (int)VERIFY_CHECKS && GZ_HASH_SIZE == (int)HASH_SIZE, "one number");
_Static_assert(GZ_RESULT_VALID == (int)VERIFY_VALID && GZ_RESULT_INVALID == (int)VERIFY_INVALID &&
                   GZ_RESULT_INCOMPLETE == (int)VERIFY_INCOMPLETE,
               "results have one number");
_Static_assert(GZ_OUTCOME_NOT_REACHED == (int)OUTCOME_NOT_REACHED &&
                   GZ_OUTCOME_PASSED == (int)OUTCOME_PASSED &&
                   GZ_OUTCOME_FAILED == (int)OUTCOME_FAILED &&
                   GZ_OUTCOME_INCOMPLETE == (int)OUTCOME_INCOMPLETE &&
                   GZ_OUTCOME_NOT_CHECKED == (int)OUTCOME_NOT_CHECKED,
               "outcomes have one number");

static struct bytes bytes_of(struct gz_bytes b)
{
    return (struct bytes){b.p, b.n};
}

static struct gz_bytes public_bytes(struct bytes b)
{
    return (struct gz_bytes){b.p, b.n};
}

static struct arena arena_in(struct gz_memory memory)
{
    return (struct arena){.p = memory.p, .cap = memory.n};
}

/* --- originals -------------------------------------------------------------------------------- */

struct hashing {
    uint64_t      size;
    struct hasher sm3, sha256;
};
_Static_assert(sizeof(struct hashing) <= sizeof(struct gz_hashing),
               "the opaque state is too small");

void gz_hashing_begin(struct gz_hashing *h)
{
    struct hashing state = {0};
    hasher_init(&state.sm3, SUITE_GM);
    hasher_init(&state.sha256, SUITE_INTL);
    memcpy(h->state, &state, sizeof state);
}

void gz_hashing_add(struct gz_hashing *h, struct gz_bytes part)
{
    struct hashing state;
    memcpy(&state, h->state, sizeof state);
    state.size += part.n;
    hasher_add(&state.sm3, bytes_of(part));
    hasher_add(&state.sha256, bytes_of(part));
    memcpy(h->state, &state, sizeof state);
}

void gz_hashing_end(struct gz_hashing *h, struct gz_file *out)
{
    struct hashing state;
    memcpy(&state, h->state, sizeof state);
    const struct hash sm3 = hasher_end(&state.sm3), sha256 = hasher_end(&state.sha256);
    out->size = state.size;
    memcpy(out->sm3, sm3.b, HASH_SIZE);
    memcpy(out->sha256, sha256.b, HASH_SIZE);
}

void gz_file_of(struct gz_bytes content, struct gz_file *out)
{
    struct gz_hashing h;
    gz_hashing_begin(&h);
    gz_hashing_add(&h, content);
    gz_hashing_end(&h, out);
}

/* --- policy ----------------------------------------------------------------------------------- */

enum { ALIGN_SLACK = 64 }; /* a few bytes that the arena skips before its blocks */

size_t gz_policy_memory(size_t text_n)
{
    return policy_arena_size(text_n) + sizeof(struct gz_policy) + ALIGN_SLACK;
}

enum gz_err gz_policy_read(struct gz_bytes text, struct gz_memory memory,
                           const struct gz_policy **out, const char **why)
{
    struct arena      arena = arena_in(memory);
    struct gz_policy *made = arena_alloc(&arena, sizeof *made);
    if (made == NULL) return GZ_MEMORY;
    TRY(policy_history_decode(bytes_of(text), &arena, &made->history, why));
    *out = made;
    return GZ_OK;
}

/* --- verification ----------------------------------------------------------------------------- */

size_t gz_verify_memory(const struct gz_input *input)
{
    const size_t of_report =
        sizeof(struct gz_report) + ENTRY_DISCLOSURES_MAX * sizeof(struct gz_disclosed) +
        POLICY_MEMBERS_MAX * sizeof(struct gz_witness) + DISCLOSURE_SIZE_MAX + ALIGN_SLACK;
    const size_t n = input->certificate.n < CERTIFICATE_SIZE_MAX ? input->certificate.n
                                                                 : (size_t)CERTIFICATE_SIZE_MAX;
    /* The texts of the disclosed values are unescaped once more. */
    return verify_arena_size(n) + n + of_report + input->files_n * sizeof(struct verify_file);
}

static struct verify_file *files_of(const struct gz_input *input, struct arena *arena)
{
    struct verify_file *files = arena_array(arena, input->files_n, sizeof *files);
    for (size_t i = 0; files != NULL && i < input->files_n; i++) {
        files[i].size = input->files[i].size;
        memcpy(files[i].sm3.b, input->files[i].sm3, HASH_SIZE);
        memcpy(files[i].sha256.b, input->files[i].sha256, HASH_SIZE);
    }
    return files;
}

/* Only strings have another text than their JSON bytes. */
static enum gz_err text_of(struct bytes value, struct arena *arena, struct bytes *out)
{
    struct json j;
    *out = value;
    if (json_init(&j, value) != GZ_OK || json_peek(&j) != '"') return GZ_OK;
    return json_text(&j, arena, out);
}

static enum gz_err add_disclosed(const struct verify_report *r, struct arena *arena,
                                 struct gz_report *out)
{
    struct gz_disclosed *list = arena_array(arena, r->disclosures_n, sizeof *list);
    if (list == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < r->disclosures_n; i++) {
        struct bytes text;
        TRY(text_of(r->disclosures[i].value, arena, &text));
        list[i] = (struct gz_disclosed){public_bytes(r->disclosures[i].name),
                                        public_bytes(r->disclosures[i].value), public_bytes(text)};
    }
    out->disclosed = list;
    out->disclosed_n = r->disclosures_n;
    return GZ_OK;
}

static enum gz_err add_witnesses(const struct verify_report *r, struct arena *arena,
                                 struct gz_report *out)
{
    if (r->quorum_time == 0) return GZ_OK; /* nothing in witness_times was found good */
    const size_t       n = policy_count_witnesses(r->version->policy);
    struct gz_witness *list = arena_array(arena, n, sizeof *list);
    if (list == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (r->witness_times[i] != 0)
            list[out->witnesses_n++] = (struct gz_witness){
                policy_witness(r->version->policy, i, NULL)->name, r->witness_times[i]};
    out->witnesses = list;
    return GZ_OK;
}

static void add_entry(const struct verify_report *r, struct gz_report *out)
{
    const struct entry *e = &r->entry;
    out->has_entry = 1;
    memcpy(out->fingerprint, r->fingerprint.b, HASH_SIZE);
    out->id = public_bytes(e->id);
    out->org = public_bytes(e->org);
    out->kind = public_bytes(e->kind);
    out->matter = public_bytes(e->matter);
    out->recorded_at = public_bytes(e->recorded_at_text);
    out->supersedes = public_bytes(e->supersedes);
    out->seq = e->seq;
}

static enum gz_err report_of(const struct verify_report *r, struct arena *arena,
                             struct gz_report *out)
{
    out->result = (enum gz_result)r->result;
    out->check = r->check;
    out->reason = r->reason;
    for (unsigned i = 0; i < GZ_CHECKS; i++) {
        out->outcomes[i] = (enum gz_outcome)r->outcomes[i];
        out->details[i] = verify_detail(r, i + 1);
    }
    out->quorum_time = r->quorum_time;
    out->proven_time = r->proven_time;
    out->index = r->index;
    out->size = r->checkpoint.size;
    out->origin = public_bytes(r->checkpoint.origin);
    out->files_missing = r->files_missing;
    if (r->has_entry) add_entry(r, out);
    TRY(add_disclosed(r, arena, out));
    return add_witnesses(r, arena, out);
}

enum gz_err gz_verify(const struct gz_policy *policy, const struct gz_input *input,
                      struct gz_memory memory, const struct gz_report **out)
{
    struct arena         arena = arena_in(memory);
    struct verify_report r;
    struct gz_report    *made = arena_alloc(&arena, sizeof *made);
    struct verify_file  *files = files_of(input, &arena);
    if (made == NULL || files == NULL) return GZ_MEMORY;
    TRY(verify_certificate(bytes_of(input->certificate), &policy->history, files, input->files_n,
                           &arena, &r));
    TRY(report_of(&r, &arena, made));
    *out = made;
    return GZ_OK;
}

#include "ledger/cosign.h"

#include <string.h>

#include "base/text.h"
#include "core/base64.h"

static const struct {
    int         status;
    const char *sentence;
} reasons[] = {
#define COSIGN_ROW(name, status, text) [name] = {status, text},
    COSIGN_REASONS(COSIGN_ROW)
#undef COSIGN_ROW
};

int cosign_status(enum cosign_reason r)
{
    assert(r < COUNT_OF(reasons));
    return reasons[r].status;
}

const char *cosign_sentence(enum cosign_reason r)
{
    assert(r < COUNT_OF(reasons));
    return reasons[r].sentence;
}

/* --- the request ------------------------------------------------------------------------------ */

static enum gz_err take_proof(struct bytes *rest, struct merkle_path *out)
{
    struct bytes line;
    for (out->n = 0; bytes_take_line(rest, &line); out->n++) {
        if (line.n == 0) return GZ_OK;
        if (out->n == MERKLE_DEPTH_MAX) return GZ_LIMIT;
        TRY(base64_decode_exact(BASE64_STD_PADDED, line, out->path[out->n].b, HASH_SIZE));
    }
    return GZ_MALFORMED; /* no empty line */
}

enum gz_err cosign_request_decode(struct bytes body, struct cosign_request *out)
{
    struct cosign_request r = {0};
    struct bytes          line;
    if (body.n > COSIGN_BODY_MAX) return GZ_LIMIT;
    if (!bytes_take_line(&body, &line) || !bytes_starts(line, BYTES_LIT("old ")))
        return GZ_MALFORMED;
    TRY(text_to_u64(bytes_slice(line, 4, line.n), INT64_MAX, &r.old_size));
    TRY(take_proof(&body, &r.proof));
    r.wire = body;
    TRY(note_decode(body, &r.note));
    TRY(checkpoint_decode(r.note.text, &r.checkpoint));
    *out = r;
    return GZ_OK;
}

enum gz_err cosign_request_encode(uint64_t old_size, const struct merkle_path *proof,
                                  struct bytes note, struct buf *out)
{
    TRY(buf_addf(out, "old %llu\n", (unsigned long long)old_size));
    for (uint32_t i = 0; i < proof->n; i++) {
        TRY(base64_add(BASE64_STD_PADDED, BYTES_OF(proof->path[i].b), out));
        TRY(buf_add_byte(out, '\n'));
    }
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, note);
}

/* --- the decision ----------------------------------------------------------------------------- */

enum cosign_reason cosign_check_signature(const struct cosign_request *r, const struct key *logs,
                                          size_t logs_n)
{
    struct bytes     lines = r->note.lines;
    struct note_line line;
    bool             is_signed = false;
    if (logs_n == 0) return COSIGN_UNKNOWN_ORIGIN;
    while (note_next_line(&lines, &line)) {
        for (size_t i = 0; i < logs_n; i++) {
            uint64_t          time;
            const enum gz_err e = note_verify_line(&line, &logs[i], r->note.text, &time);
            if (e == GZ_OK) is_signed = true;
            if (e == GZ_MISMATCH) return COSIGN_BAD_SIGNATURE;
        }
    }
    return is_signed ? COSIGN_ACCEPTED : COSIGN_BAD_SIGNATURE;
}

static struct hash empty_root(enum suite suite)
{
    struct merkle m;
    merkle_init(&m, suite);
    return merkle_root(&m);
}

static enum cosign_reason check_proof(const struct cosign_request *r, const struct cosign_facts *f)
{
    const struct checkpoint *c = &r->checkpoint;
    const struct hash        old = r->old_size == 0 ? empty_root(f->suite) : f->state.root;
    if (c->size == r->old_size && !hash_eq(c->root, old)) return COSIGN_OTHER_ROOT;
    const enum gz_err e =
        merkle_verify_consistency(f->suite, r->old_size, old, c->size, c->root, &r->proof);
    return e == GZ_OK ? COSIGN_ACCEPTED : COSIGN_BAD_PROOF;
}

/* What C2SP asks of every witness. */
static enum cosign_reason check_request(const struct cosign_request *r,
                                        const struct cosign_facts   *f)
{
    if (r->old_size > r->checkpoint.size) return COSIGN_OLD_ABOVE_NEW;
    if (r->old_size != f->state.size) return COSIGN_OLD_IS_NOT_LAST;
    return check_proof(r, f);
}

/* What ours asks besides. */
static enum cosign_reason check_time(const struct cosign_facts *f)
{
    if (f->now < f->state.time || f->now == 0) return COSIGN_CLOCK_BACK;
    if (!f->clock_is_trusted) return COSIGN_CLOCK_UNTRUSTED;
    if (f->is_restored) return COSIGN_RESTORED;
    return f->mirror == COSIGN_MIRROR_BEHIND ? COSIGN_CATCHING_UP : COSIGN_ACCEPTED;
}

/* What the log has signed stands against it, whatever else is wrong with the request. */
static bool is_evidence(const struct cosign_request *r, const struct cosign_facts *f)
{
    const bool has_root = f->state.time > 0 && r->checkpoint.size == f->state.size;
    return f->mirror == COSIGN_MIRROR_OTHER || f->mirror == COSIGN_MIRROR_REFUSES ||
           (has_root && !hash_eq(r->checkpoint.root, f->state.root)) ||
           (r->checkpoint.size == 0 && !hash_eq(r->checkpoint.root, empty_root(f->suite)));
}

static enum cosign_reason evidence_reason(enum cosign_reason refusal, enum cosign_mirror mirror)
{
    if (refusal != COSIGN_ACCEPTED) return refusal;
    return mirror == COSIGN_MIRROR_REFUSES ? COSIGN_REFUSED_SUBMISSION : COSIGN_OTHER_ROOT;
}

struct cosign_decision cosign_decide(const struct cosign_request *r, const struct cosign_facts *f)
{
    struct cosign_decision d = {.reason = cosign_check_signature(r, f->logs, f->logs_n)};
    if (d.reason != COSIGN_ACCEPTED) return d;
    d.reason = check_request(r, f);
    if (is_evidence(r, f)) {
        d.reason = evidence_reason(d.reason, f->mirror);
        d.is_evidence = d.is_alarm = true;
        return d;
    }
    if (d.reason == COSIGN_ACCEPTED && f->is_stopped) d.reason = COSIGN_STOPPED;
    if (d.reason == COSIGN_ACCEPTED) d.reason = check_time(f);
    d.is_alarm = d.reason == COSIGN_BAD_PROOF || d.reason == COSIGN_OTHER_ROOT ||
                 d.reason == COSIGN_CLOCK_BACK;
    if (d.reason == COSIGN_ACCEPTED)
        d.next = (struct cosign_state){r->checkpoint.size, r->checkpoint.root, f->now};
    return d;
}

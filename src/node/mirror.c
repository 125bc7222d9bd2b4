#include "node/mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/entry.h"
#include "host/host.h"
#include "node/checkpoint_store.h"

enum { URL_SIZE = 1024, SUBMITTED_MAX = 256 * 1024 * 1024, ITEMS_ARENA = 4096 * 64 + 4096 };

void mirror_report_fini(struct mirror_report *r)
{
    buf_fini(&r->submission);
    buf_fini(&r->span);
    buf_fini(&r->on_the_way);
}

/* What has been fetched, with the tree that its entries give. */
struct span {
    struct buf    wire; /* as served: varint first index, varint length, bytes */
    struct merkle tree;
};
static void span_fini(struct span *s)
{
    buf_fini(&s->wire);
}

/* --- reading the served form ------------------------------------------------------------------ */

/* Form only: who may write what is the ledger's to say. */
static enum gz_err add_entries(struct merkle *tree, struct bytes wire, uint8_t *memory)
{
    struct arena      arena = {memory, 0, ITEMS_ARENA};
    struct submission s;
    uint8_t           entry[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    TRY(submission_decode(wire, &arena, &s));
    for (uint32_t i = 0; i < s.items_n; i++) {
        const size_t n = entry_log_bytes(s.org, s.items[i].fingerprint, entry);
        TRY(merkle_append(tree, merkle_leaf(tree->suite, (struct bytes){entry, n})));
    }
    return GZ_OK;
}

/* --- fetching --------------------------------------------------------------------------------- */

/* Take submissions up to exactly size. Malformed or out of order: GZ_MISMATCH. */
static enum gz_err take_answer(struct span *s, struct bytes answer, uint64_t size)
{
    DEFER(buf_fini) struct buf memory = {0};
    TRY(buf_reserve(&memory, ITEMS_ARENA));
    while (answer.n > 0 && s->tree.size < size) {
        const uint8_t *from = answer.p;
        struct bytes   wire;
        uint64_t       first;
        if (submission_take_served(&answer, &first, &wire) != GZ_OK) return GZ_MISMATCH;
        if (first != s->tree.size) return GZ_MISMATCH;
        const enum gz_err e = add_entries(&s->tree, wire, memory.p);
        if (e == GZ_MEMORY) return e;
        if (e != GZ_OK || s->tree.size > size) return GZ_MISMATCH;
        TRY(buf_add(&s->wire, (struct bytes){from, (size_t)(answer.p - from)}));
    }
    return GZ_OK;
}

/* GZ_BUSY: no answer, or not that far yet. */
static enum gz_err fetch_once(struct http_client *http, const char *url, struct span *s,
                              uint64_t size, size_t span_max)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       full[URL_SIZE];
    const uint64_t                             before = s->tree.size;
    const int n = snprintf(full, sizeof full, "%s/submissions?from_index=%llu&limit=%d", url,
                           (unsigned long long)before, MIRROR_FETCH_SUBMISSIONS);
    if (n < 0 || (size_t)n >= sizeof full) return GZ_LIMIT;
    if (http_get(http, full, MIRROR_FETCH_TIMEOUT_MS, MIRROR_FETCH_MAX, &a) != GZ_OK)
        return GZ_BUSY;
    if (a.status != 200) return GZ_BUSY;
    TRY(take_answer(s, buf_bytes(&a.body), size));
    if (s->wire.n > span_max) return GZ_LIMIT;
    return s->tree.size > before ? GZ_OK : GZ_BUSY;
}

/* --- judging ---------------------------------------------------------------------------------- */

/* The file `submitted`, read when the first entry in the own name comes: after the fetch, so that
 * it holds whatever was sent before. */
struct submitted {
    bool       is_read;
    struct buf lines, memory; /* memory: for the submission at hand */
};
static void submitted_fini(struct submitted *s)
{
    buf_fini(&s->memory);
    buf_fini(&s->lines);
}

static enum gz_err read_submitted(const char *path, struct submitted *s)
{
    if (s->is_read || path == NULL) return GZ_OK;
    const enum gz_err e = file_read(path, SUBMITTED_MAX, &s->lines);
    if (e != GZ_MISSING) TRY(e);
    s->is_read = true;
    return GZ_OK;
}

/* Is H(body) a line of it? */
static bool is_submitted(const struct submitted *s, enum suite suite, struct bytes body)
{
    const struct hash h = hash_of(suite, body);
    struct bytes      rest = buf_bytes(&s->lines), line;
    char              hex[2 * HASH_SIZE + 1];
    text_to_hex(BYTES_OF(h.b), hex);
    while (bytes_take_line(&rest, &line))
        if (bytes_eq(line, bytes_str(hex))) return true;
    return false;
}

/* NULL: it may be there. */
static enum gz_err check_own(struct bytes wire, enum suite suite, const struct mirror_rules *rules,
                             struct submitted *submitted, const char **why)
{
    struct submission s;
    if (rules->own_org.n == 0) return GZ_OK;
    TRY(buf_reserve(&submitted->memory, ITEMS_ARENA));
    struct arena arena = {submitted->memory.p, 0, ITEMS_ARENA};
    TRY(submission_decode(wire, &arena, &s));
    if (!bytes_eq(s.org, rules->own_org)) return GZ_OK;
    TRY(read_submitted(rules->submitted_path, submitted));
    if (!is_submitted(submitted, suite, s.body))
        *why = "an entry in our own name that we did not send";
    return GZ_OK;
}

static enum gz_err add_one(struct chain_files *chain, struct bytes wire, uint64_t first,
                           const char **why)
{
    struct ledger_outcome o;
    TRY(chain_add(chain, wire, &o));
    if (o.result != LEDGER_EXECUTED || o.index != first || o.executions_n != 1)
        *why = "a submission that the ledger's rules refuse";
    return GZ_OK;
}

/* The root fits: now each submission must be allowed, and only then is anything durable. */
static enum gz_err judge_span(struct chain_files *chain, struct span *s,
                              const struct mirror_rules *rules, struct mirror_report *out)
{
    DEFER(submitted_fini) struct submitted submitted = {0};
    struct bytes                           rest = buf_bytes(&s->wire), wire;
    uint64_t                               first;
    while (submission_take_served(&rest, &first, &wire) == GZ_OK) {
        TRY(check_own(wire, s->tree.suite, rules, &submitted, &out->why));
        out->is_dirty = true;
        if (out->why == NULL) TRY(add_one(chain, wire, first, &out->why));
        if (out->why == NULL) continue;
        out->result = MIRROR_REFUSED;
        TRY(buf_add(&out->submission, wire));
        out->span = s->wire;
        s->wire = (struct buf){0};
        return GZ_OK;
    }
    TRY(chain_commit(chain));
    out->is_dirty = false;
    out->result = MIRROR_REACHED;
    return GZ_OK;
}

static enum gz_err take_span(struct chain_files *chain, struct span *s,
                             const struct mirror_rules *rules, struct mirror_report *out)
{
    pthread_mutex_lock(rules->ledger_lock);
    const enum gz_err e = judge_span(chain, s, rules, out);
    if (out->is_dirty) chain_abandon(chain);
    pthread_mutex_unlock(rules->ledger_lock);
    return e;
}

static enum gz_err compare_known(const struct chain_files *chain, const struct checkpoint *target,
                                 struct mirror_report *out)
{
    struct hash root;
    TRY(chain_root(chain, target->size, &root));
    const bool is_same = hash_eq(root, target->root);
    out->result = is_same ? MIRROR_REACHED : MIRROR_OTHER_ROOT;
    if (!is_same) out->why = "another root was signed for a size that we hold";
    return GZ_OK;
}

/* Whom it is fetched for, and from where. */
struct way {
    struct chain_files        *chain;
    struct http_client        *http;
    const char                *url;
    const struct mirror_rules *rules;
};

/* One step to a signed size. GZ_LIMIT: so many entries are more than fit. */
static enum gz_err reach(const struct way *w, const struct checkpoint *target,
                         struct mirror_report *out, uint64_t *fetched)
{
    DEFER(span_fini) struct span s = {.tree = *ledger_tree(chain_ledger(w->chain))};
    const uint64_t               before = s.tree.size;
    if (target->size <= before) return compare_known(w->chain, target, out);
    out->result = MIRROR_UNREACHABLE;
    while (s.tree.size < target->size) {
        const enum gz_err e = fetch_once(w->http, w->url, &s, target->size, w->rules->span_max);
        *fetched = s.tree.size - before;
        if (e == GZ_BUSY) return GZ_OK;
        if (e == GZ_MISMATCH) out->result = MIRROR_UNFIT;
        if (e == GZ_MISMATCH) return GZ_OK;
        TRY(e);
    }
    if (!hash_eq(merkle_root(&s.tree), target->root)) {
        out->result = MIRROR_UNFIT;
        return GZ_OK;
    }
    return take_span(w->chain, &s, w->rules, out);
}

/* --- from size to size ------------------------------------------------------------------------ */

static bool is_signed(const struct note *note, const struct policy *policy)
{
    struct bytes     lines = note->lines;
    struct note_line line;
    uint64_t         time;
    while (note_next_line(&lines, &line))
        for (size_t i = 0; i < policy_count_logs(policy); i++)
            if (note_verify_line(&line, policy_log(policy, i), note->text, &time) == GZ_OK)
                return true;
    return false;
}

/* A size on the way: the earliest kept checkpoint that covers the index. False: there is none
 * before the target. */
static bool find_step(const struct way *w, uint64_t index, struct checkpoint *step,
                      struct buf *wire)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       full[URL_SIZE];
    struct note                                note;
    struct checkpoint                          c;
    const int                                  n =
        snprintf(full, sizeof full, "%s/checkpoint?covers=%llu", w->url, (unsigned long long)index);
    if (n < 0 || (size_t)n >= sizeof full ||
        http_get(w->http, full, MIRROR_FETCH_TIMEOUT_MS, CHECKPOINT_NOTE_MAX, &a) != GZ_OK)
        return false;
    if (a.status != 200 || note_decode(buf_bytes(&a.body), &note) != GZ_OK ||
        checkpoint_decode(note.text, &c) != GZ_OK ||
        !bytes_eq(c.origin, ledger_origin(chain_ledger(w->chain))) || c.size <= index ||
        c.size >= step->size || !is_signed(&note, w->rules->policy))
        return false;
    *step = (struct checkpoint){step->origin, c.size, c.root};
    return buf_add(wire, buf_bytes(&a.body)) == GZ_OK;
}

static bool is_far(const struct chain_files *chain, const struct checkpoint *target,
                   uint64_t stride)
{
    const uint64_t size = ledger_tree(chain_ledger(chain))->size;
    return target->size > size && target->size - size > stride;
}

enum gz_err mirror_catch_up(struct chain_files *chain, struct http_client *http, const char *url,
                            const struct checkpoint *target, const struct mirror_rules *rules,
                            struct mirror_report *out)
{
    const struct way w = {chain, http, url, rules};
    uint64_t         stride = UINT64_MAX; /* entries that are tried at once */
    for (;;) {
        struct checkpoint step = *target;
        const uint64_t    size = ledger_tree(chain_ledger(chain))->size;
        uint64_t          fetched = 0;
        out->on_the_way.n = 0;
        if (is_far(chain, target, stride))
            (void)find_step(&w, size + stride - 1, &step, &out->on_the_way);
        const enum gz_err e = reach(&w, &step, out, &fetched);
        if (e == GZ_OK && out->result == MIRROR_REACHED && step.size < target->size) continue;
        if (e != GZ_LIMIT) return e;
        stride = (fetched < stride ? fetched : stride) / 2;
        if (stride > 0) continue;
        log_line(LOG_ERROR, "mirror", "more than fits, and no signed size on the way from=%llu",
                 (unsigned long long)size);
        out->result = MIRROR_UNREACHABLE;
        return GZ_OK;
    }
}

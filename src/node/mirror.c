#include "node/mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/entry.h"

enum { URL_SIZE = 1024, SUBMITTED_MAX = 256 * 1024 * 1024, ITEMS_ARENA = 4096 * 64 + 4096 };

void mirror_report_fini(struct mirror_report *r)
{
    buf_fini(&r->submission);
    buf_fini(&r->span);
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

static void answer_fini(struct http_answer *a)
{
    http_answer_fini(a);
}

/* GZ_BUSY: no answer, or not that far yet. */
static enum gz_err fetch_once(struct http_client *http, const char *url, struct span *s,
                              uint64_t size)
{
    DEFER(answer_fini) struct http_answer a = {0};
    char                                  full[URL_SIZE];
    const uint64_t                        before = s->tree.size;
    const int n = snprintf(full, sizeof full, "%s/submissions?from_index=%llu&limit=%d", url,
                           (unsigned long long)before, MIRROR_FETCH_SUBMISSIONS);
    if (n < 0 || (size_t)n >= sizeof full) return GZ_LIMIT;
    if (http_get(http, full, MIRROR_FETCH_TIMEOUT_MS, MIRROR_FETCH_MAX, &a) != GZ_OK)
        return GZ_BUSY;
    if (a.status != 200) return GZ_BUSY;
    TRY(take_answer(s, buf_bytes(&a.body), size));
    if (s->wire.n > MIRROR_SPAN_MAX) return GZ_LIMIT;
    return s->tree.size > before ? GZ_OK : GZ_BUSY;
}

/* --- judging ---------------------------------------------------------------------------------- */

/* Is H(body) a line of the file? */
static enum gz_err is_submitted(const char *path, enum suite suite, struct bytes body, bool *out)
{
    DEFER(buf_fini) struct buf file = {0};
    const struct hash          h = hash_of(suite, body);
    char                       hex[2 * HASH_SIZE + 1];
    *out = false;
    if (path == NULL) return GZ_OK;
    const enum gz_err e = file_read(path, SUBMITTED_MAX, &file);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    text_to_hex(BYTES_OF(h.b), hex);
    struct bytes rest = buf_bytes(&file), line;
    while (!*out && bytes_take_line(&rest, &line)) *out = bytes_eq(line, bytes_str(hex));
    return GZ_OK;
}

/* NULL: it may be there. */
static enum gz_err check_own(struct bytes wire, enum suite suite, const struct mirror_rules *rules,
                             uint8_t *memory, const char **why)
{
    struct arena      arena = {memory, 0, ITEMS_ARENA};
    struct submission s;
    bool              is_ours = true;
    TRY(submission_decode(wire, &arena, &s));
    if (rules->own_org.n == 0 || !bytes_eq(s.org, rules->own_org)) return GZ_OK;
    TRY(is_submitted(rules->submitted_path, suite, s.body, &is_ours));
    if (!is_ours) *why = "an entry in our own name that we did not send";
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
    DEFER(buf_fini) struct buf memory = {0};
    struct bytes               rest = buf_bytes(&s->wire), wire;
    uint64_t                   first;
    TRY(buf_reserve(&memory, ITEMS_ARENA));
    while (submission_take_served(&rest, &first, &wire) == GZ_OK) {
        TRY(check_own(wire, s->tree.suite, rules, memory.p, &out->why));
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

enum gz_err mirror_catch_up(struct chain_files *chain, struct http_client *http, const char *url,
                            const struct checkpoint *target, const struct mirror_rules *rules,
                            struct mirror_report *out)
{
    DEFER(span_fini) struct span s = {.tree = *ledger_tree(chain_ledger(chain))};
    if (target->size <= s.tree.size) return compare_known(chain, target, out);
    out->result = MIRROR_UNREACHABLE;
    while (s.tree.size < target->size) {
        const enum gz_err e = fetch_once(http, url, &s, target->size);
        if (e == GZ_BUSY) return GZ_OK;
        if (e == GZ_MISMATCH) out->result = MIRROR_UNFIT;
        if (e == GZ_MISMATCH) return GZ_OK;
        TRY(e);
    }
    if (!hash_eq(merkle_root(&s.tree), target->root)) {
        out->result = MIRROR_UNFIT;
        return GZ_OK;
    }
    return take_span(chain, &s, rules, out);
}

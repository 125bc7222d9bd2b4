#include "node/log_search.h"

#include <stdio.h>
#include <string.h>

#include "core/entry.h"
#include "core/merkle.h"
#include "core/tile.h"
#include "node/checkpoint_store.h"

enum { URL_SIZE = 1024, ENTRY_BYTES_MAX = 2 + ENTRY_ORG_MAX + 1 + HASH_SIZE };

static enum gz_err get(struct http_client *http, const char *base, const char *path, size_t max,
                       struct http_answer *a, const char **why)
{
    char url[URL_SIZE];
    *why = "the address is too long";
    if ((size_t)snprintf(url, sizeof url, "%s/%s", base, path) >= sizeof url) return GZ_LIMIT;
    *why = "the log or mirror does not answer";
    if (http_get(http, url, LOG_SEARCH_TIMEOUT_MS, max, a) != GZ_OK) return GZ_IO;
    *why = "the log or mirror has published nothing that would say";
    if (a->status == 404) return GZ_MISSING;
    *why = "the log or mirror answers with an error";
    return a->status == 200 ? GZ_OK : GZ_IO;
}

/* --- checkpoints ------------------------------------------------------------------------------ */

/* One that is this log's; whether it meets the policy is for the lines of all together. */
static enum gz_err get_checkpoint(struct http_client *http, const struct log_search *s, size_t i,
                                  const char *path, struct http_answer *a, struct note *note,
                                  struct checkpoint *c, const char **why)
{
    TRY(get(http, s->bases[i], path, CHECKPOINT_NOTE_MAX, a, why));
    *why = "what it calls a checkpoint is none";
    if (note_decode(buf_bytes(&a->body), note) != GZ_OK) return GZ_MISMATCH;
    if (checkpoint_decode(note->text, c) != GZ_OK) return GZ_MISMATCH;
    *why = "its checkpoint is another log's";
    return bytes_eq(c->origin, s->origin) ? GZ_OK : GZ_MISMATCH;
}

/* Lines of another note of the same text. Those that are there already are left out, since every
 * repeat counts against the limit. */
static enum gz_err add_lines(struct buf *lines, struct bytes more)
{
    struct bytes line;
    while (bytes_take_line(&more, &line)) {
        if (lines->n > 0 && memmem(lines->p, lines->n, line.p, line.n) != NULL) continue;
        TRY(buf_add(lines, line));
        TRY(buf_add_byte(lines, '\n'));
    }
    return GZ_OK;
}

struct gathered {
    struct buf        text, lines;
    struct checkpoint c; /* borrows text */
    uint64_t          time;
};
static void gathered_fini(struct gathered *g)
{
    buf_fini(&g->text);
    buf_fini(&g->lines);
}

/* The checkpoint of this size with the lines that all bases have for it, and its quorum time. */
static enum gz_err gather(struct http_client *http, const struct log_search *s, uint64_t size,
                          struct gathered *g, const char **why)
{
    struct policy_quorum quorum;
    char                 path[64];
    snprintf(path, sizeof path, "checkpoint/%llu", (unsigned long long)size);
    for (size_t i = 0; i < s->bases_n; i++) {
        DEFER(http_answer_fini) struct http_answer a = {0};
        struct note                                note;
        struct checkpoint                          c;
        const enum gz_err e = get_checkpoint(http, s, i, path, &a, &note, &c, why);
        if (e == GZ_MISSING) continue; /* it keeps no checkpoint of this size */
        TRY(e);
        if (g->text.n == 0) TRY(buf_add(&g->text, note.text));
        *why = "the mirrors have different trees of one size: keep both as evidence";
        if (!bytes_eq(buf_bytes(&g->text), note.text)) return GZ_MISMATCH;
        TRY(add_lines(&g->lines, note.lines));
    }
    *why = "its checkpoint is empty";
    const struct note            whole = {buf_bytes(&g->text), buf_bytes(&g->lines)};
    const struct policy_version *v = policy_history_at(s->history, size);
    if (g->text.n == 0 || v == NULL) return GZ_MISSING;
    TRY(checkpoint_decode(whole.text, &g->c));
    TRY(policy_check_note(v->policy, &whole, &quorum, NULL, why));
    g->time = quorum.time;
    return GZ_OK;
}

/* The smallest of the newest sizes: all that answer have it, or may have it. */
static enum gz_err common_size(struct http_client *http, const struct log_search *s, uint64_t *size,
                               const char **why)
{
    *size = UINT64_MAX;
    for (size_t i = 0; i < s->bases_n; i++) {
        DEFER(http_answer_fini) struct http_answer a = {0};
        struct note                                note;
        struct checkpoint                          c;
        TRY(get_checkpoint(http, s, i, "checkpoint", &a, &note, &c, why));
        if (c.size < *size) *size = c.size;
    }
    return GZ_OK;
}

/* The earliest kept checkpoint that covers the entry and meets the policy; where nobody shows one,
 * the searched one stays. */
static void ask_earliest(struct http_client *http, const struct log_search *s,
                         struct log_found *out)
{
    char path[64];
    snprintf(path, sizeof path, "checkpoint?covers=%llu", (unsigned long long)out->index);
    for (size_t i = 0; i < s->bases_n; i++) {
        DEFER(http_answer_fini) struct http_answer a = {0};
        DEFER(gathered_fini) struct gathered       g = {0};
        struct note                                note;
        struct checkpoint                          c;
        const char                                *why;
        if (get_checkpoint(http, s, i, path, &a, &note, &c, &why) != GZ_OK) continue;
        if (c.size <= out->index || gather(http, s, c.size, &g, &why) != GZ_OK) continue;
        if (g.time < out->time) out->time = g.time;
    }
}

/* --- entries ---------------------------------------------------------------------------------- */

static bool take_entry(struct bytes *rest, struct bytes *entry)
{
    if (rest->n < 2) return false;
    const size_t n = read_be16(rest->p);
    if (rest->n - 2 < n) return false;
    *entry = bytes_slice(*rest, 2, 2 + n);
    *rest = bytes_slice(*rest, 2 + n, rest->n);
    return true;
}

struct walk {
    struct merkle      tree;
    const struct bytes wanted;
    struct log_found  *out;
};

static enum gz_err take_bundle(struct walk *w, struct bytes body, unsigned width)
{
    struct bytes entry;
    for (unsigned i = 0; i < width; i++) {
        if (!take_entry(&body, &entry)) return GZ_MISMATCH;
        if (!w->out->found && bytes_eq(entry, w->wanted)) {
            w->out->found = true;
            w->out->index = w->tree.size;
        }
        TRY(merkle_append(&w->tree, merkle_leaf(w->tree.suite, entry)));
    }
    return body.n == 0 ? GZ_OK : GZ_MISMATCH;
}

static enum gz_err walk_entries(struct http_client *http, const struct log_search *s,
                                struct walk *w, uint64_t size, const char **why)
{
    while (w->tree.size < size) {
        DEFER(http_answer_fini) struct http_answer a = {0};
        const uint64_t                             left = size - w->tree.size;
        const unsigned            width = left < TILE_HASHES ? (unsigned)left : TILE_HASHES;
        const struct tile_address bundle = {
            .is_entries = true, .n = w->tree.size / TILE_HASHES, .width = width};
        char address[TILE_PATH_SIZE], path[TILE_PATH_SIZE + 8];
        snprintf(path, sizeof path, "tile/%s", tile_encode(&bundle, address));
        TRY(get(http, s->bases[0], path, TILE_HASHES * ENTRY_BYTES_MAX, &a, why));
        *why = "its entries have not their form";
        TRY(take_bundle(w, buf_bytes(&a.body), width));
        if (s->progress != NULL) s->progress(s->ctx, w->tree.size, size);
    }
    return GZ_OK;
}

enum gz_err log_search(const struct log_search *s, struct log_found *out, const char **why)
{
    DEFER(http_client_free) struct http_client *http = NULL;
    DEFER(gathered_fini) struct gathered        g = {0};
    struct log_found                            found = {0};
    uint8_t                                     wanted[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    *why = "out of memory";
    TRY(http_client_new(&http));
    TRY(common_size(http, s, &found.size, why));
    TRY(gather(http, s, found.size, &g, why));
    found.time = g.time;
    const size_t n = entry_log_bytes(s->org, s->fingerprint, wanted);
    struct walk  w = {.wanted = {wanted, n}, .out = &found};
    merkle_init(&w.tree, policy_suite(policy_history_at(s->history, found.size)->policy));
    TRY(walk_entries(http, s, &w, found.size, why));
    *why = "its entries do not give the root that is signed";
    if (!hash_eq(merkle_root(&w.tree), g.c.root)) return GZ_MISMATCH;
    if (found.found) ask_earliest(http, s, &found);
    *out = found;
    return GZ_OK;
}

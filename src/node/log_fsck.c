#include "node/log_fsck.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ledger/genesis.h"
#include "node/checkpoint_store.h"

enum { PATH_SIZE = 2048, REPORT_LINES_MAX = 1000 };

/* What a note in a file claims, and where it stands. */
struct kept {
    struct chain_claim claim;
    const char        *file;
    uint64_t           offset;
};
struct work {
    const char          *folder;
    enum log_fsck_kind   kind;
    struct bytes         origin;
    const struct policy *policy;
    struct buf          *report;
    unsigned             lines;
    const char          *file; /* at hand */
    size_t               n, cap;
    struct kept         *kept;
    uint64_t             records, largest; /* of `checkpoints` */
};

static void work_fini(struct work *w)
{
    free(w->kept);
}

static enum gz_err say(struct work *w, const char *file, uint64_t offset, const char *what)
{
    if (w->lines++ >= REPORT_LINES_MAX) return GZ_OK;
    return buf_addf(w->report, "%s: offset %llu: %s\n", file, (unsigned long long)offset, what);
}

/* --- notes ------------------------------------------------------------------------------------ */

static enum gz_err keep(struct work *w, uint64_t offset, const struct checkpoint *c)
{
    if (w->n == w->cap) {
        const size_t cap = w->cap == 0 ? 64 : w->cap * 2;
        struct kept *more = realloc(w->kept, cap * sizeof *more);
        if (more == NULL) return GZ_MEMORY;
        w->kept = more;
        w->cap = cap;
    }
    w->kept[w->n++] = (struct kept){{c->size, c->root, false}, w->file, offset};
    return GZ_OK;
}

struct lines {
    size_t logs, witnesses;
    bool   is_wrong; /* a known key's line that does not verify */
};

/* policy_check_note wants a quorum; a witness keeps its own line alone. */
static struct lines count_lines(const struct policy *p, const struct note *note)
{
    struct lines     n = {0};
    struct bytes     rest = note->lines, url;
    struct note_line line;
    uint64_t         time;
    while (note_next_line(&rest, &line)) {
        for (size_t i = 0; i < policy_count_logs(p); i++) {
            const enum gz_err e = note_verify_line(&line, policy_log(p, i), note->text, &time);
            n.logs += e == GZ_OK;
            n.is_wrong |= e == GZ_MISMATCH;
        }
        for (size_t i = 0; i < policy_count_witnesses(p); i++) {
            const struct key *k = policy_witness(p, i, &url);
            const enum gz_err e = note_verify_line(&line, k, note->text, &time);
            n.witnesses += e == GZ_OK;
            n.is_wrong |= e == GZ_MISMATCH;
        }
    }
    return n;
}

/* What is wrong with the signatures, NULL: nothing. time: as the log keeps it. */
static const char *signature_defect(const struct work *w, const struct note *note, uint64_t time)
{
    const struct lines   n = count_lines(w->policy, note);
    struct policy_quorum q = {0};
    const char          *why;
    if (n.is_wrong) return "a signature does not verify";
    if (n.logs == 0) return "the signature of the log is missing";
    if (n.witnesses == 0) return "no witness has cosigned it";
    if (w->kind == LOG_FSCK_MIRROR) return NULL;
    if (policy_check_note(w->policy, note, &q, NULL, &why) != GZ_OK)
        return "its cosignatures are no quorum";
    return q.time == time ? NULL : "its time is not that of its quorum";
}

static enum gz_err judge_note(struct work *w, uint64_t offset, uint64_t time, struct bytes wire,
                              struct checkpoint *out)
{
    struct note note;
    if (note_decode(wire, &note) != GZ_OK || checkpoint_decode(note.text, out) != GZ_OK)
        return say(w, w->file, offset, "it is no checkpoint");
    if (!bytes_eq(out->origin, w->origin))
        return say(w, w->file, offset, "a checkpoint of another log");
    const char *defect = signature_defect(w, &note, time);
    if (defect != NULL) return say(w, w->file, offset, defect);
    return keep(w, offset, out);
}

static enum gz_err visit(void *ctx, const struct checkpoint_record *r)
{
    struct work      *w = ctx;
    struct checkpoint c = {0};
    w->records++;
    TRY(judge_note(w, r->offset, r->time, r->note, &c));
    if (c.size > w->largest) w->largest = c.size;
    return GZ_OK;
}

static enum gz_err check_checkpoints(struct work *w)
{
    char     path[PATH_SIZE];
    uint64_t offset = 0;
    w->file = "checkpoints";
    TRY(path_join(w->folder, w->file, path, sizeof path));
    const enum gz_err e = checkpoint_store_visit(path, visit, w, &offset);
    if (e == GZ_MISSING) return say(w, w->file, 0, "the file is missing");
    if (e == GZ_CORRUPT) return say(w, w->file, offset, "a broken or torn record");
    return e;
}

/* The witness decides by this file what it may cosign: gone or old, it could cosign two histories.
 */
static enum gz_err check_cosigned(struct work *w)
{
    DEFER(buf_fini) struct buf note = {0};
    struct checkpoint          c = {0};
    char                       path[PATH_SIZE];
    const unsigned             before = w->lines;
    w->file = "cosigned";
    TRY(path_join(w->folder, w->file, path, sizeof path));
    const enum gz_err e = file_read(path, CHECKPOINT_NOTE_MAX, &note);
    if (e == GZ_MISSING) return w->records == 0 ? GZ_OK : say(w, w->file, 0, "the file is missing");
    if (e == GZ_LIMIT) return say(w, w->file, 0, "it is no checkpoint");
    TRY(e);
    TRY(judge_note(w, 0, 0, buf_bytes(&note), &c));
    if (w->lines > before || c.size >= w->largest) return GZ_OK;
    return say(w, w->file, 0, "older than a kept checkpoint");
}

/* --- the chain -------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    return x->claim.size < y->claim.size ? -1 : x->claim.size > y->claim.size;
}

static enum gz_err say_wrong(struct work *w, const struct chain_check *check)
{
    for (size_t i = 0; i < w->n; i++) {
        if (check->claims[i].is_right) continue;
        TRY(say(w, w->kept[i].file, w->kept[i].offset,
                check->claims[i].size > check->size
                    ? "it signs more entries than submissions give"
                    : "it signs another root than submissions give"));
    }
    return GZ_OK;
}

/* The lines of chain_fsck, with the folder before the file. */
static enum gz_err retell(struct work *w, struct bytes lines)
{
    for (struct bytes line; bytes_take_line(&lines, &line);) {
        TRY(buf_addf(w->report, "chain/%.*s\n", (int)line.n, (const char *)line.p));
        w->lines++;
    }
    return GZ_OK;
}

static void free_claims(struct chain_claim **claims)
{
    free(*claims);
}

static enum gz_err check_chain(struct work *w, const char *path, struct bytes genesis,
                               struct log_fsck *out)
{
    DEFER(buf_fini) struct buf             lines = {0};
    DEFER(free_claims) struct chain_claim *claims = calloc(w->n + 1, sizeof *claims);
    struct chain_check                     check = {.claims_n = w->n, .claims = claims};
    if (claims == NULL) return GZ_MEMORY;
    if (w->n > 0) qsort(w->kept, w->n, sizeof *w->kept, by_size);
    for (size_t i = 0; i < w->n; i++) claims[i] = w->kept[i].claim;
    const enum gz_err e = chain_fsck_claims(path, genesis, &check, &lines);
    if (e != GZ_OK && e != GZ_CORRUPT) return e;
    out->size = check.size;
    out->root = check.root;
    TRY(retell(w, buf_bytes(&lines)));
    return say_wrong(w, &check);
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool is_there(const char *folder, const char *name, char path[PATH_SIZE])
{
    struct stat st;
    return path_join(folder, name, path, PATH_SIZE) == GZ_OK && stat(path, &st) == 0;
}

static enum gz_err check_all(struct work *w, struct bytes genesis, struct log_fsck *out)
{
    char path[PATH_SIZE];
    TRY(check_checkpoints(w));
    if (w->kind == LOG_FSCK_MIRROR) TRY(check_cosigned(w));
    out->checkpoints = w->records;
    out->is_stopped = is_there(w->folder, "stopped", path);
    out->has_chain = is_there(w->folder, "chain", path);
    if (out->has_chain) return check_chain(w, path, genesis, out);
    return w->kind == LOG_FSCK_LOG ? say(w, "chain", 0, "the folder is missing") : GZ_OK;
}

enum gz_err log_fsck(const char *folder, struct bytes genesis, enum log_fsck_kind kind,
                     struct log_fsck *out, struct buf *report)
{
    DEFER(buf_fini) struct buf   memory = {0};
    struct genesis               g;
    const char                  *why;
    struct log_fsck              found = {0};
    DEFER(work_fini) struct work w = {.folder = folder, .kind = kind, .report = report};
    const size_t                 size = genesis_arena_size(genesis.n);
    TRY(buf_reserve(&memory, size));
    struct arena arena = {memory.p, 0, size};
    TRY(genesis_decode(genesis, &arena, &g, &why));
    w.origin = g.origin;
    w.policy = g.policy;
    TRY(check_all(&w, genesis, &found));
    *out = found;
    return w.lines == 0 ? GZ_OK : GZ_CORRUPT;
}

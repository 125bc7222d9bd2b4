/* Everything again from `submissions` alone, compared with every derived file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "node/chain_store.h"

enum { REPORT_LINES_MAX = 1000 };

struct fsck {
    struct chain_files *again; /* derived anew, in pending bytes only */
    struct chain_check *check;
    size_t              claimed; /* claims of smaller trees, done with */
    struct buf         *report;
    unsigned            lines;
};

static enum gz_err say(struct fsck *f, const char *file, uint64_t offset, const char *what)
{
    if (f->lines++ >= REPORT_LINES_MAX) return GZ_OK;
    return buf_addf(f->report, "%s: offset %llu: %s\n", file, (unsigned long long)offset, what);
}

/* Sizes of signed roots fall only between submissions. */
static void judge_claims(struct fsck *f)
{
    const struct merkle *tree = ledger_tree(f->again->ledger);
    f->check->size = tree->size;
    f->check->root = merkle_root(tree);
    for (; f->claimed < f->check->claims_n; f->claimed++) {
        struct chain_claim *c = &f->check->claims[f->claimed];
        if (c->size > tree->size) return;
        c->is_right = c->size == tree->size && hash_eq(c->root, f->check->root);
    }
}

/* Step through `submissions`: check bytes, form, signature, order. Stops at the first broken
 * record: what follows cannot be judged. */
static enum gz_err derive_all(struct fsck *f)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct chain_files        *c = f->again;
    const struct ledger_lookup lookup = {c, chain_executed};
    uint64_t                   at = 0;
    while (at < c->submissions.size) {
        struct record         r;
        struct ledger_outcome out;
        const enum gz_err     e = record_read(&c->submissions, c->suite, at, &r, &wire);
        if (e == GZ_IO || e == GZ_MEMORY) return e;
        if (e != GZ_OK) return say(f, "submissions", at, "a broken or torn record");
        TRY(ledger_step(c->ledger, buf_bytes(&wire), lookup, &out));
        if (out.result != LEDGER_EXECUTED || out.index != r.first_index || out.executions_n != 1)
            return say(f, "submissions", at,
                       "a submission that the ledger refuses: signature, order "
                       "or key is wrong");
        TRY(chain_derive(c, &out.executions[0], at));
        judge_claims(f);
        at += RECORD_HEAD + r.length;
    }
    return GZ_OK;
}

/* One line for each record that differs, and one for a length that does. */
static enum gz_err compare(struct fsck *f, const char *folder, const struct append_file *again,
                           const char *name, size_t record)
{
    struct append_file found = {0};
    const enum gz_err  e = append_open_read(folder, name, &found);
    if (e == GZ_MISSING)
        return again->pending.n == 0 ? GZ_OK : say(f, name, 0, "the file is missing");
    TRY(e);
    enum gz_err result = GZ_OK;
    if (found.size != again->pending.n)
        result =
            say(f, name, found.size < again->pending.n ? found.size : again->pending.n,
                found.size < again->pending.n ? "the file is too short" : "the file is too long");
    for (uint64_t at = 0;
         result == GZ_OK && at + record <= again->pending.n && at + record <= found.size;
         at += record) {
        uint8_t raw[64];
        result = file_read_all(found.fd, raw, record, at);
        if (result == GZ_OK && memcmp(raw, again->pending.p + at, record) != 0)
            result = say(f, name, at, "the record is not what the submissions give");
    }
    append_close(&found);
    return result;
}

static enum gz_err compare_all(struct fsck *f, const char *folder)
{
    struct chain_files *c = f->again;
    char                name[32];
    TRY(compare(f, folder, &c->entries, "entries", ENTRY_RECORD));
    for (unsigned i = 0; i < CHAIN_LEVELS; i++) {
        snprintf(name, sizeof name, "level-%u", i);
        TRY(compare(f, folder, &c->levels[i], name, HASH_SIZE));
    }
    for (size_t i = 0; i < c->orgs_n; i++) {
        snprintf(name, sizeof name, "seq-%zu", i);
        TRY(compare(f, folder, &c->seqs[i], name, SEQ_RECORD));
    }
    return GZ_OK;
}

/* A snapshot of the present end is compared whole; of an earlier one its own sum must do. */
static enum gz_err judge_state(struct fsck *f, struct bytes state, uint64_t length)
{
    DEFER(buf_fini) struct buf again = {0};
    const uint64_t             end = f->again->submissions.size;
    if (length > end) return say(f, "submissions", end, "shorter than the snapshot says");
    if (length < end) return GZ_OK;
    TRY(state_encode(f->again->ledger, length, &again));
    if (bytes_eq(buf_bytes(&again), state)) return GZ_OK;
    return say(f, "state", 0, "the snapshot is not what the submissions give");
}

static enum gz_err check_state(struct fsck *f, const char *folder, struct bytes genesis)
{
    DEFER(buf_fini) struct buf state = {0};
    char                       path[2048];
    struct ledger             *l = NULL;
    uint64_t                   length = 0;
    TRY(path_join(folder, "state", path, sizeof path));
    const enum gz_err e = file_read(path, STATE_SIZE_MAX, &state);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    const enum gz_err d = state_decode(genesis, f->again->suite, buf_bytes(&state), &l, &length);
    if (d == GZ_MEMORY) return d;
    ledger_free(&l);
    if (d == GZ_MISMATCH) return say(f, "state", 0, "the snapshot is of another genesis");
    if (d != GZ_OK) return say(f, "state", 0, "the snapshot is damaged");
    return judge_state(f, buf_bytes(&state), length);
}

/* Held until the check is done; a copy without the file is nobody's. */
static enum gz_err lock_shared(const char *folder, int *out)
{
    char path[2048];
    TRY(path_join(folder, "lock", path, sizeof path));
    const enum gz_err e = file_open(path, O_RDONLY, 0, out);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    return flock(*out, LOCK_SH | LOCK_NB) == 0 ? GZ_OK : GZ_BUSY;
}

static enum gz_err run(struct fsck *f, const char *folder, struct bytes genesis)
{
    struct chain_files *c = f->again;
    const char         *why = NULL;
    const enum gz_err   e = ledger_new(genesis, &c->ledger, &why);
    if (e == GZ_MALFORMED) (void)buf_addf(f->report, "genesis: %s\n", why);
    TRY(e);
    c->suite = ledger_suite(c->ledger);
    c->orgs_n = ledger_count_orgs(c->ledger);
    judge_claims(f);
    const enum gz_err o = append_open_read(folder, "submissions", &c->submissions);
    if (o == GZ_MISSING) TRY(say(f, "submissions", 0, "the file is missing"));
    else TRY(o);
    TRY(derive_all(f));
    TRY(compare_all(f, folder));
    return check_state(f, folder, genesis);
}

enum gz_err chain_fsck_claims(const char *folder, struct bytes genesis, struct chain_check *check,
                              struct buf *report)
{
    DEFER(file_close) int lock = -1;
    TRY(lock_shared(folder, &lock));
    struct fsck f = {
        .again = calloc(1, sizeof(struct chain_files)), .report = report, .check = check};
    if (f.again == NULL) return GZ_MEMORY;
    const enum gz_err e = run(&f, folder, genesis);
    append_close(&f.again->submissions);
    append_close(&f.again->entries);
    for (size_t i = 0; i < CHAIN_LEVELS; i++) append_close(&f.again->levels[i]);
    for (size_t i = 0; i < f.again->orgs_n; i++) append_close(&f.again->seqs[i]);
    ledger_free(&f.again->ledger);
    free(f.again);
    TRY(e);
    return f.lines == 0 ? GZ_OK : GZ_CORRUPT;
}

enum gz_err chain_fsck(const char *folder, struct bytes genesis, struct buf *report)
{
    struct chain_check none = {0};
    return chain_fsck_claims(folder, genesis, &none, report);
}

#include "node/chain_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "node/chain_store.h"

enum { PATH_SIZE = 2048, FILE_MODE = 0600 };

/* --- small parts ------------------------------------------------------------------------------ */

static struct append_file *file_at(struct chain_files *c, size_t i)
{
    if (i == 0) return &c->submissions;
    if (i == 1) return &c->entries;
    if (i < 2 + CHAIN_LEVELS) return &c->levels[i - 2];
    return &c->seqs[i - 2 - CHAIN_LEVELS];
}

static size_t file_count(const struct chain_files *c)
{
    return 2 + CHAIN_LEVELS + c->orgs_n;
}

static void file_name(size_t i, char out[32])
{
    if (i == 0) snprintf(out, 32, "submissions");
    else if (i == 1) snprintf(out, 32, "entries");
    else if (i < 2 + CHAIN_LEVELS) snprintf(out, 32, "level-%zu", i - 2);
    else snprintf(out, 32, "seq-%zu", i - 2 - CHAIN_LEVELS);
}

/* How long file i (a derived one) is when the ledger stands where it stands. */
static uint64_t derived_length(const struct chain_files *c, size_t i)
{
    uint64_t n = ledger_tree(c->ledger)->size;
    if (i == 1) return n * ENTRY_RECORD;
    if (i < 2 + CHAIN_LEVELS) return (n >> (i - 2)) * HASH_SIZE;
    return (ledger_next_seq(c->ledger, (uint16_t)(i - 2 - CHAIN_LEVELS)) - 1) * SEQ_RECORD;
}

static void show_committed(struct chain_files *c)
{
    for (size_t i = 0; i < c->orgs_n; i++)
        atomic_store(&c->seqs_size[i], ledger_next_seq(c->ledger, (uint16_t)i) - 1);
    atomic_store(&c->size, ledger_tree(c->ledger)->size);
}

/* --- writer ----------------------------------------------------------------------------------- */

/* One executed submission into the pending bytes of every file. */
static enum gz_err take_execution(struct chain_files *c, const struct ledger_execution *e)
{
    uint8_t             head[RECORD_HEAD];
    const uint64_t      offset = c->submissions.size + c->submissions.pending.n;
    const struct record r = {(uint32_t)e->wire.n, e->count, e->first_index};
    record_head_encode(c->suite, &r, e->wire, head);
    TRY(buf_reserve(&c->submissions.pending, sizeof head + e->wire.n));
    TRY(chain_derive(c, e, offset));
    TRY(buf_add(&c->submissions.pending, BYTES_OF(head)));
    return buf_add(&c->submissions.pending, e->wire);
}

enum gz_err chain_add(struct chain_files *c, struct bytes wire, struct ledger_outcome *out)
{
    const struct ledger_lookup lookup = {c, chain_executed};
    if (c->failed) return GZ_IO;
    TRY(ledger_step(c->ledger, wire, lookup, out));
    for (size_t i = 0; i < out->executions_n; i++) {
        const enum gz_err e = take_execution(c, &out->executions[i]);
        if (e != GZ_OK) c->failed = true; /* the ledger is ahead of its files now */
        TRY(e);
    }
    return GZ_OK;
}

enum gz_err chain_check(struct chain_files *c, struct bytes wire, struct ledger_outcome *out)
{
    const struct ledger_lookup lookup = {c, chain_executed};
    return c->failed ? GZ_IO : ledger_check(c->ledger, wire, lookup, out);
}

void chain_forget_waiting(struct chain_files *c)
{
    ledger_forget_waiting(c->ledger);
}

/* Sync everything derived, then say in `state` up to where it can be trusted. */
static enum gz_err snapshot(struct chain_files *c)
{
    DEFER(buf_fini) struct buf state = {0};
    char                       path[PATH_SIZE];
    for (size_t i = 1; i < file_count(c); i++) TRY(append_sync(file_at(c, i)));
    TRY(state_encode(c->ledger, c->submissions.size, &state));
    TRY(path_join(c->folder, "state", path, sizeof path));
    TRY(file_replace(path, buf_bytes(&state), FILE_MODE));
    c->snapshot_size = ledger_tree(c->ledger)->size;
    return GZ_OK;
}

static enum gz_err commit(struct chain_files *c)
{
    TRY(append_flush(&c->submissions));
    TRY(file_sync(c->submissions.fd));
    for (size_t i = 1; i < file_count(c); i++) TRY(append_flush(file_at(c, i)));
    show_committed(c);
    return GZ_OK;
}

enum gz_err chain_commit(struct chain_files *c)
{
    if (c->failed) return GZ_IO;
    if (c->submissions.pending.n == 0) return GZ_OK;
    const enum gz_err e = commit(c);
    if (e != GZ_OK) c->failed = true;
    TRY(e);
    if (chain_size(c) - c->snapshot_size < SNAPSHOT_EVERY) return GZ_OK;
    if (snapshot(c) != GZ_OK) log_line(LOG_WARNING, "chain", "no snapshot written");
    return GZ_OK;
}

void chain_abandon(struct chain_files *c)
{
    c->failed = true;
}

const struct ledger *chain_ledger(const struct chain_files *c)
{
    return c->ledger;
}

/* --- open ------------------------------------------------------------------------------------- */

static enum gz_err take_lock(struct chain_files *c, struct buf *why)
{
    const enum gz_err e = folder_lock(c->folder, &c->lock);
    if (e == GZ_OK) return folder_sweep(c->folder);
    if (e == GZ_BUSY) (void)buf_addf(why, "%s is in use by another process", c->folder);
    else (void)buf_addf(why, "%s: the lock cannot be written: %s", c->folder, strerror(errno));
    return e == GZ_BUSY ? GZ_BUSY : GZ_IO;
}

static enum gz_err open_files(struct chain_files *c)
{
    for (size_t i = 0; i < file_count(c); i++) {
        char name[32];
        file_name(i, name);
        TRY(append_open(c->folder, name, file_at(c, i)));
    }
    return folder_sync(c->folder);
}

/* Does the snapshot fit the files: all long enough, and the tree's edge in the tiles the ledger's?
 */
static bool is_snapshot_good(struct chain_files *c)
{
    const struct merkle *tree = ledger_tree(c->ledger);
    struct merkle        loaded;
    for (size_t i = 1; i < file_count(c); i++)
        if (append_cut(file_at(c, i), derived_length(c, i)) != GZ_OK) return false;
    if (merkle_load(&loaded, c->suite, chain_source(c), tree->size) != GZ_OK) return false;
    return hash_eq(merkle_root(&loaded), merkle_root(tree));
}

/* *from: where the replay begins. Without a usable snapshot everything derived is made anew. */
static enum gz_err load_snapshot(struct chain_files *c, struct bytes genesis, uint64_t *from,
                                 struct buf *why)
{
    DEFER(buf_fini) struct buf state = {0};
    char                       path[PATH_SIZE];
    struct ledger             *loaded = NULL;
    *from = 0;
    TRY(path_join(c->folder, "state", path, sizeof path));
    const enum gz_err e = file_read(path, STATE_SIZE_MAX, &state);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    uint64_t          length = 0;
    const enum gz_err d = state_decode(genesis, c->suite, buf_bytes(&state), &loaded, &length);
    if (d == GZ_MISMATCH) {
        (void)buf_addf(why, "%s is of another chain: its genesis is not the one given", c->folder);
        return GZ_CORRUPT;
    }
    if (d == GZ_OK) {
        if (ledger_tree(loaded)->size > c->open_at) {
            ledger_free(&loaded); /* of a commit that counts for nothing */
            return GZ_OK;
        }
        ledger_free(&c->ledger);
        c->ledger = loaded;
        *from = length;
        if (c->submissions.size < *from) {
            (void)buf_addf(why,
                           "%s/submissions is shorter than it was: bytes are lost after offset "
                           "%llu",
                           c->folder, (unsigned long long)c->submissions.size);
            return GZ_CORRUPT;
        }
        if (is_snapshot_good(c)) return GZ_OK;
    }
    log_line(LOG_WARNING, "chain", "snapshot unusable, everything is derived anew folder=%s",
             c->folder);
    const char *reason = NULL;
    *from = 0;
    ledger_free(&c->ledger);
    return ledger_new(genesis, &c->ledger, &reason);
}

/* Is there any whole record behind a broken one? Then it is no torn tail but damage. */
static bool has_record_behind(const struct chain_files *c, uint64_t offset)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct record              r;
    for (uint64_t at = offset + 1; at + RECORD_HEAD < c->submissions.size; at++) {
        uint8_t head[RECORD_HEAD];
        if (append_read(&c->submissions, at, head, sizeof head) != GZ_OK) return false;
        if (read_be64(head + 8) < ledger_tree(c->ledger)->size ||
            read_be64(head + 8) - ledger_tree(c->ledger)->size > UINT32_MAX)
            continue;
        if (record_read(&c->submissions, c->suite, at, &r, &wire) == GZ_OK) return true;
    }
    return false;
}

static enum gz_err damaged(struct chain_files *c, uint64_t offset, const char *what,
                           struct buf *why)
{
    (void)buf_addf(why, "%s/submissions: %s at offset %llu", c->folder, what,
                   (unsigned long long)offset);
    return GZ_CORRUPT;
}

/* One record into the ledger and the derived files' pending bytes. */
static enum gz_err replay_record(struct chain_files *c, uint64_t offset, const struct record *r,
                                 struct bytes wire, struct buf *why)
{
    const struct ledger_lookup lookup = {c, chain_executed};
    struct ledger_outcome      out;
    TRY(ledger_step(c->ledger, wire, lookup, &out));
    if (out.result != LEDGER_EXECUTED || out.executions_n != 1 || out.index != r->first_index)
        return damaged(c, offset, "a submission that the ledger does not take there", why);
    return chain_derive(c, &out.executions[0], offset);
}

static enum gz_err replay(struct chain_files *c, uint64_t from, struct buf *why)
{
    DEFER(buf_fini) struct buf wire = {0};
    uint64_t                   at = from;
    for (size_t i = 1; i < file_count(c); i++) TRY(append_cut(file_at(c, i), derived_length(c, i)));
    while (at < c->submissions.size && ledger_tree(c->ledger)->size < c->open_at) {
        struct record     r;
        const enum gz_err e = record_read(&c->submissions, c->suite, at, &r, &wire);
        if (e == GZ_IO || e == GZ_MEMORY) return e;
        if (e != GZ_OK) {
            /* A size that is known cannot end in a torn record. */
            if (c->open_at != UINT64_MAX || has_record_behind(c, at))
                return damaged(c, at, "a broken record", why);
            log_line(LOG_WARNING, "chain", "torn tail cut offset=%llu bytes=%llu",
                     (unsigned long long)at, (unsigned long long)(c->submissions.size - at));
            break;
        }
        TRY(replay_record(c, at, &r, buf_bytes(&wire), why));
        for (size_t i = 1; i < file_count(c); i++) TRY(append_flush(file_at(c, i)));
        at += RECORD_HEAD + r.length;
    }
    return append_cut(&c->submissions, at);
}

/* A commit that the node's own state does not know of, or one that is lost. */
static enum gz_err check_size(struct chain_files *c, struct buf *why)
{
    const uint64_t size = ledger_tree(c->ledger)->size;
    if (c->open_at == UINT64_MAX || size == c->open_at) return GZ_OK;
    (void)buf_addf(why, "%s/submissions gives %llu entries, the last block left %llu", c->folder,
                   (unsigned long long)size, (unsigned long long)c->open_at);
    return GZ_CORRUPT;
}

static enum gz_err open_chain(struct chain_files *c, struct bytes genesis, struct buf *why)
{
    const char *reason = NULL;
    uint64_t    from = 0;
    enum gz_err e = ledger_new(genesis, &c->ledger, &reason);
    if (e == GZ_MALFORMED) (void)buf_addf(why, "genesis: %s", reason);
    TRY(e);
    c->suite = ledger_suite(c->ledger);
    c->orgs_n = ledger_count_orgs(c->ledger);
    TRY(take_lock(c, why));
    TRY(open_files(c));
    TRY(load_snapshot(c, genesis, &from, why));
    TRY(replay(c, from, why));
    TRY(check_size(c, why));
    show_committed(c);
    return file_sync(c->submissions.fd); /* what a crash left unsynced counts from now on */
}

enum gz_err chain_open(const char *folder, struct bytes genesis, struct chain_files **out,
                       struct buf *why)
{
    return chain_open_at(folder, genesis, UINT64_MAX, out, why);
}

enum gz_err chain_open_at(const char *folder, struct bytes genesis, uint64_t size,
                          struct chain_files **out, struct buf *why)
{
    struct chain_files *c = calloc(1, sizeof *c);
    if (c == NULL) return GZ_MEMORY;
    c->lock = -1;
    c->open_at = size;
    enum gz_err e = strlen(folder) < sizeof c->folder ? GZ_OK : GZ_LIMIT;
    if (e == GZ_OK) {
        strcpy(c->folder, folder);
        e = open_chain(c, genesis, why);
        if (e == GZ_OK) e = node_cache_new(&c->nodes);
    }
    if (e == GZ_OK && chain_size(c) != c->snapshot_size) e = snapshot(c);
    if (e != GZ_OK) {
        c->failed = true;
        chain_close(&c);
        return e;
    }
    *out = c;
    return GZ_OK;
}

void chain_close(struct chain_files **c)
{
    struct chain_files *f = *c;
    if (f == NULL) return;
    if (!f->failed && f->ledger != NULL && chain_commit(f) == GZ_OK &&
        chain_size(f) != f->snapshot_size && snapshot(f) != GZ_OK)
        log_line(LOG_WARNING, "chain", "no snapshot written at close");
    for (size_t i = 0; i < file_count(f); i++) append_close(file_at(f, i));
    if (f->lock >= 0) (void)close(f->lock);
    ledger_free(&f->ledger);
    node_cache_free(&f->nodes);
    free(f);
    *c = NULL;
}

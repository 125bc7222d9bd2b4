#include "node/witness_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/text.h"
#include "host/host.h"
#include "node/evidence.h"

enum { FOLDER_MODE = 0755, FILE_MODE = 0644 };

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err read_policy(struct witness_log *l, struct bytes text, const char **why)
{
    enum { MEMORY = 1024 * 1024 };
    TRY(buf_add(&l->policy_memory, text));
    TRY(buf_reserve(&l->policy_memory, MEMORY + 8));
    const size_t used = (text.n + 7) & ~(size_t)7; /* the policy borrows its text */
    struct arena arena = {l->policy_memory.p + used, 0, MEMORY};
    TRY(policy_decode((struct bytes){l->policy_memory.p, text.n}, &arena, &l->policy, why));
    l->keys_n = policy_count_logs(l->policy);
    if (l->keys_n > WITNESS_KEYS_MAX) return GZ_LIMIT;
    for (size_t i = 0; i < l->keys_n; i++) l->keys[i] = *policy_log(l->policy, i);
    return GZ_OK;
}

static void ledger_fini(struct ledger **l)
{
    ledger_free(l);
}

static enum gz_err read_genesis(struct witness_log *l, struct bytes genesis, const char **why)
{
    DEFER(ledger_fini) struct ledger *ledger = NULL;
    TRY(buf_add(&l->genesis, genesis));
    TRY(ledger_new(genesis, &ledger, why));
    const struct bytes origin = ledger_origin(ledger);
    if (origin.n > KEY_NAME_MAX) return GZ_LIMIT;
    memcpy(l->origin, origin.p, origin.n);
    l->suite = ledger_suite(ledger);
    const struct hash h = hash_of(SUITE_INTL, origin); /* SHA-256 in both suites */
    l->hash[0] = '/';
    text_to_hex(BYTES_OF(h.b), l->hash + 1);
    return read_policy(l, ledger_policy_text(ledger), why);
}

uint64_t witness_log_own_time(const struct witness_log *l, const struct note *note)
{
    struct bytes     lines = note->lines;
    struct note_line line;
    uint64_t         time = 0, t;
    bool             is_signed = false;
    while (note_next_line(&lines, &line)) {
        if (note_verify_line(&line, signer_key(l->signer), note->text, &t) == GZ_OK && t > time)
            time = t;
        for (size_t i = 0; i < l->keys_n; i++)
            is_signed |= note_verify_line(&line, &l->keys[i], note->text, &t) == GZ_OK;
    }
    return is_signed ? time : 0;
}

/* Before anything is read: two processes on one folder would cosign from two states. */
static enum gz_err lock_folder(struct witness_log *l, struct buf *why)
{
    TRY(folder_make(l->folder, FOLDER_MODE));
    const enum gz_err e = folder_lock(l->folder, &l->folder_lock);
    if (e == GZ_BUSY) (void)!buf_addf(why, "%s is in use by another process", l->folder);
    TRY(e);
    return folder_sweep(l->folder);
}

static enum gz_err decode_state(struct witness_log *l)
{
    struct note       note;
    struct checkpoint c;
    if (note_decode(buf_bytes(&l->note), &note) != GZ_OK) return GZ_CORRUPT;
    if (checkpoint_decode(note.text, &c) != GZ_OK) return GZ_CORRUPT;
    const uint64_t time = witness_log_own_time(l, &note);
    if (time == 0) return GZ_CORRUPT;
    l->state = (struct cosign_state){c.size, c.root, time};
    return GZ_OK;
}

static enum gz_err read_state(struct witness_log *l, struct buf *why)
{
    char        path[WITNESS_PATH];
    struct stat st;
    TRY(path_join(l->folder, "stopped", path, sizeof path));
    l->is_stopped = l->is_proof_kept = stat(path, &st) == 0;
    TRY(path_join(l->folder, "cosigned", path, sizeof path));
    const enum gz_err e = file_read(path, CHECKPOINT_NOTE_MAX, &l->note);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    const enum gz_err d = decode_state(l);
    if (d != GZ_OK)
        (void)!buf_addf(why, "%s is damaged: it is no checkpoint that this witness has cosigned",
                        path);
    return d;
}

static enum gz_err open_chain(struct witness_log *l, struct buf *why)
{
    char path[WITNESS_PATH];
    if (l->mirror == WITNESS_MIRROR_NONE) return GZ_OK;
    TRY(path_join(l->folder, "chain", path, sizeof path));
    TRY(folder_make(path, FOLDER_MODE));
    return chain_open(path, buf_bytes(&l->genesis), &l->chain, why);
}

static enum gz_err open_kept(struct witness_log *l)
{
    char path[WITNESS_PATH];
    TRY(path_join(l->folder, "checkpoints", path, sizeof path));
    TRY(checkpoint_store_open(path, NULL, &l->kept));
    if (l->note.n == 0) return GZ_OK;
    return checkpoint_store_put(l->kept, buf_bytes(&l->note), l->state.time, CHECKPOINT_ORDINARY);
}

enum gz_err witness_log_open(struct witness_log *l, const struct witness_options *o, size_t i,
                             struct buf *why)
{
    const struct witness_log_options *log = &o->logs[i];
    const char                       *reason = "the genesis cannot be used";
    pthread_condattr_t                monotonic;
    pthread_mutex_init(&l->lock, NULL);
    pthread_mutex_init(&l->ledger_lock, NULL);
    pthread_rwlock_init(&l->chain_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->news, &monotonic);
    l->folder_lock = -1;
    l->signer = o->signer;
    l->submitted_path = o->submitted_path;
    l->mirror = log->mirror;
    if (snprintf(l->url, sizeof l->url, "%s", log->url) >= (int)sizeof l->url) return GZ_LIMIT;
    const enum gz_err e = read_genesis(l, log->genesis, &reason);
    if (e != GZ_OK) (void)!buf_add_str(why, reason);
    TRY(e);
    TRY(path_join(o->folder, l->hash + 1, l->folder, sizeof l->folder));
    TRY(lock_folder(l, why));
    TRY(read_state(l, why));
    TRY(open_kept(l));
    return open_chain(l, why);
}

void witness_log_close(struct witness_log *l)
{
    pthread_mutex_lock(&l->lock);
    l->is_ending = true;
    pthread_cond_broadcast(&l->news);
    pthread_mutex_unlock(&l->lock);
    if (l->has_thread) pthread_join(l->thread, NULL);
    chain_close(&l->chain);
    checkpoint_store_close(&l->kept);
    file_close(&l->folder_lock);
    buf_fini(&l->genesis);
    buf_fini(&l->policy_memory);
    buf_fini(&l->note);
    buf_fini(&l->target);
    pthread_cond_destroy(&l->news);
    pthread_rwlock_destroy(&l->chain_lock);
    pthread_mutex_destroy(&l->ledger_lock);
    pthread_mutex_destroy(&l->lock);
}

/* --- with the lock held ----------------------------------------------------------------------- */

enum cosign_mirror witness_log_mirror(struct witness_log *l, const struct checkpoint *c)
{
    struct hash root;
    if (l->mirror == WITNESS_MIRROR_NONE) return COSIGN_MIRROR_NONE;
    if (c->size > 0 && c->size == l->refused.size && hash_eq(c->root, l->refused.root))
        return COSIGN_MIRROR_REFUSES;
    pthread_rwlock_rdlock(&l->chain_lock);
    enum cosign_mirror m = COSIGN_MIRROR_BEHIND;
    if (l->chain != NULL && c->size <= chain_size(l->chain) &&
        chain_root(l->chain, c->size, &root) == GZ_OK)
        m = hash_eq(root, c->root) ? COSIGN_MIRROR_EQUAL : COSIGN_MIRROR_OTHER;
    pthread_rwlock_unlock(&l->chain_lock);
    return m;
}

void witness_log_await(struct witness_log *l, struct bytes note, uint64_t size)
{
    const int64_t     end = clock_monotonic_ms() + WITNESS_WAIT_MS;
    struct timespec   at = {end / 1000, end % 1000 * 1000000};
    struct note       parsed;
    struct checkpoint c;
    const bool        is_larger = l->target.n == 0 ||
                           note_decode(buf_bytes(&l->target), &parsed) != GZ_OK ||
                           checkpoint_decode(parsed.text, &c) != GZ_OK || c.size < size;
    if (is_larger) {
        l->target.n = 0;
        if (buf_add(&l->target, note) != GZ_OK) return;
    }
    const uint64_t mine = ++l->asked;
    pthread_cond_broadcast(&l->news);
    while (l->done < mine && !l->is_ending)
        if (pthread_cond_timedwait(&l->news, &l->lock, &at) != 0) return;
}

static enum gz_err write_stopped(const struct witness_log *l, const char *kind)
{
    char path[WITNESS_PATH];
    TRY(path_join(l->folder, "stopped", path, sizeof path));
    return file_replace(path, bytes_str(kind), FILE_MODE);
}

/* One proof is enough, and the disk is not the log's to fill; but what could not be written is
 * written when the next proof comes. Without the proof the stop is still kept, and the other way
 * round. */
void witness_log_stop(struct witness_log *l, const char *kind, struct bytes note,
                      const struct mirror_report *report)
{
    struct evidence_part parts[4] = {{"signed", note}, {"cosigned-before", buf_bytes(&l->note)}};
    size_t               n = 2;
    if (report != NULL) parts[n++] = (struct evidence_part){"span", buf_bytes(&report->span)};
    if (report != NULL)
        parts[n++] = (struct evidence_part){"submission", buf_bytes(&report->submission)};
    if (!l->is_stopped)
        log_line(LOG_ALARM, "witness", "cosigning stopped origin=%s kind=%s", l->origin, kind);
    l->is_stopped = true;
    if (l->is_proof_kept) return;
    const enum gz_err stopped = write_stopped(l, kind);
    const enum gz_err kept = evidence_keep_proof(l->folder, kind, parts, n);
    l->is_proof_kept = kept == GZ_OK && stopped == GZ_OK;
    if (!l->is_proof_kept) log_line(LOG_ALARM, "witness", "evidence not kept kind=%s", kind);
}

enum gz_err witness_log_store(struct witness_log *l, struct bytes note, struct cosign_state next)
{
    char                       path[WITNESS_PATH];
    DEFER(buf_fini) struct buf copy = {0};
    TRY(buf_add(&copy, note));
    TRY(path_join(l->folder, "cosigned", path, sizeof path));
    TRY(file_replace(path, note, FILE_MODE));
    const struct buf old = l->note;
    l->note = copy;
    copy = old; /* freed at the end */
    l->state = next;
    if (checkpoint_store_put(l->kept, note, next.time, CHECKPOINT_ORDINARY) != GZ_OK)
        log_line(LOG_ERROR, "witness", "checkpoint not kept size=%llu",
                 (unsigned long long)next.size);
    return GZ_OK;
}

/* --- the thread: mirror ----------------------------------------------------------------------- */

static void open_again(struct witness_log *l)
{
    DEFER(buf_fini) struct buf why = {0};
    pthread_rwlock_wrlock(&l->chain_lock);
    chain_close(&l->chain);
    if (open_chain(l, &why) != GZ_OK)
        log_line(LOG_ALARM, "witness", "mirror not opened again origin=%s: %.*s", l->origin,
                 (int)why.n, (const char *)why.p);
    pthread_rwlock_unlock(&l->chain_lock);
}

static void report_fini(struct mirror_report *r)
{
    mirror_report_fini(r);
}

/* With the lock held. The note that was judged: of the target, or of a size on the way to it. */
static void judge(struct witness_log *l, struct bytes wire, const struct mirror_report *report)
{
    struct note       note;
    struct checkpoint c;
    if (report->on_the_way.n > 0) wire = buf_bytes(&report->on_the_way);
    if (note_decode(wire, &note) != GZ_OK || checkpoint_decode(note.text, &c) != GZ_OK) return;
    l->unfit += report->result == MIRROR_UNFIT;
    if (report->result == MIRROR_UNFIT)
        log_line(LOG_ALARM, "witness",
                 "fetched bytes do not give the signed root origin=%s size=%llu", l->origin,
                 (unsigned long long)c.size);
    if (report->result == MIRROR_REFUSED) witness_log_stop(l, "submission", wire, report);
    if (report->result == MIRROR_REFUSED) l->refused = (struct checkpoint){{0}, c.size, c.root};
    if (report->result == MIRROR_OTHER_ROOT) witness_log_stop(l, "root", wire, NULL);
}

bool witness_log_follow(struct witness_log *l, struct http_client *http, const char *url,
                        struct bytes wire)
{
    DEFER(report_fini) struct mirror_report report = {.result = MIRROR_UNREACHABLE};
    const struct mirror_rules rules = {.own_org = bytes_str(signer_key(l->signer)->name),
                                       .submitted_path = l->submitted_path,
                                       .ledger_lock = &l->ledger_lock,
                                       .policy = l->policy,
                                       .span_max = MIRROR_SPAN_MAX};
    struct note               note;
    struct checkpoint         c;
    if (note_decode(wire, &note) != GZ_OK || checkpoint_decode(note.text, &c) != GZ_OK)
        return false;
    if (l->chain == NULL) open_again(l);
    if (l->chain == NULL) return false;
    const enum gz_err e = mirror_catch_up(l->chain, http, url, &c, &rules, &report);
    if (e != GZ_OK) log_line(LOG_ERROR, "witness", "mirror failed: %s", err_name(e));
    if (report.is_dirty || e != GZ_OK) open_again(l);
    if (e != GZ_OK) return false;
    pthread_mutex_lock(&l->lock);
    judge(l, wire, &report);
    pthread_mutex_unlock(&l->lock);
    return report.result == MIRROR_REACHED;
}

static void *run(void *ctx)
{
    struct witness_log                         *l = ctx;
    DEFER(http_client_free) struct http_client *http = NULL;
    if (http_client_new(&http) != GZ_OK) return NULL;
    witness_log_check_at_start(l, http);
    pthread_mutex_lock(&l->lock);
    while (!l->is_ending) {
        DEFER(buf_fini) struct buf target = l->target;
        l->target = (struct buf){0};
        if (target.n == 0) {
            pthread_cond_wait(&l->news, &l->lock);
            continue;
        }
        const uint64_t asked = l->asked;
        pthread_mutex_unlock(&l->lock);
        (void)witness_log_follow(l, http, l->url, buf_bytes(&target));
        pthread_mutex_lock(&l->lock);
        l->done = asked;
        pthread_cond_broadcast(&l->news);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

enum gz_err witness_log_start(struct witness_log *l)
{
    l->is_restored = true; /* until the check at start is done */
    l->has_thread = pthread_create(&l->thread, NULL, run, l) == 0;
    return l->has_thread ? GZ_OK : GZ_MEMORY;
}

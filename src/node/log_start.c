#include "node/log_start.h"

#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include "node/checkpoint_store.h"
#include "node/evidence.h"
#include "node/mirror.h"

enum { PATH_SIZE = 1024, ASK_TIMEOUT_MS = 2000 };

void log_start_init(struct log_start *s)
{
    for (size_t i = 0; i < COUNT_OF(s->silent); i++) s->silent[i] = 1;
    s->ahead = (struct checkpoint){0};
    s->ahead_note = (struct buf){0};
    s->has_alarmed = false;
}

void log_start_fini(struct log_start *s)
{
    buf_fini(&s->ahead_note);
}

static void report_fini(struct mirror_report *r)
{
    mirror_report_fini(r);
}

/* Where a witness serves its mirror. False: the policy gives no URL. */
static bool mirror_url(const struct log_start *s, size_t witness, char out[PATH_SIZE])
{
    struct bytes url;
    (void)policy_witness(s->policy, witness, &url);
    return url.n > 0 &&
           snprintf(out, PATH_SIZE, "%.*s%s", (int)url.n, (const char *)url.p, s->hash) < PATH_SIZE;
}

/* --- what was signed against what is here ----------------------------------------------------- */

static enum log_start_result contradicted(const struct log_start *s, struct bytes note,
                                          uint64_t size)
{
    const struct evidence_part part = {"cosigned", note};
    if (evidence_keep_proof(s->folder, "contradiction", &part, 1) != GZ_OK)
        log_line(LOG_ALARM, "log", "evidence not kept");
    log_line(LOG_ALARM, "log", "a witness contradicts our tree size=%llu; nothing is appended",
             (unsigned long long)size);
    return LOG_START_CONTRADICTED;
}

static void alarm_unfit(struct log_start *s, uint64_t size)
{
    if (!s->has_alarmed)
        log_line(LOG_ALARM, "log",
                 "what a mirror gives does not lead to a size that this log has signed size=%llu; "
                 "nothing is appended",
                 (unsigned long long)size);
    s->has_alarmed = true;
}

/* Bring the tree to what was signed, or compare where it has that size. MAY_APPEND: it fits. */
static enum log_start_result follow(struct log_start *s, struct http_client *http, const char *base,
                                    const struct checkpoint *c, struct bytes note)
{
    DEFER(report_fini) struct mirror_report report = {.result = MIRROR_UNREACHABLE};
    const uint64_t                          before = chain_size(s->chain);
    struct mirror_rules                     rules = {.ledger_lock = s->ledger_lock};
    rules.policy = s->policy;
    rules.span_max = MIRROR_SPAN_MAX;
    const enum gz_err e = mirror_catch_up(s->chain, http, base, c, &rules, &report);
    if (e != GZ_OK) {
        log_line(LOG_ALARM, "log", "cannot catch up: %s", err_name(e));
        return LOG_START_FAILED;
    }
    switch (report.result) {
    case MIRROR_REACHED: break;
    case MIRROR_UNREACHABLE: return LOG_START_ASKING;
    case MIRROR_UNFIT: alarm_unfit(s, c->size); return LOG_START_ASKING;
    case MIRROR_OTHER_ROOT:
    case MIRROR_REFUSED:
        if (report.on_the_way.n > 0) note = buf_bytes(&report.on_the_way);
        return contradicted(s, note, c->size);
    }
    if (chain_size(s->chain) > before)
        log_line(LOG_ALARM, "log", "caught up from a mirror size=%llu",
                 (unsigned long long)chain_size(s->chain));
    return LOG_START_MAY_APPEND;
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool is_signed_by_log(const struct log_start *s, const struct note *note)
{
    struct bytes     lines = note->lines;
    struct note_line line;
    uint64_t         time;
    while (note_next_line(&lines, &line))
        for (size_t i = 0; i < policy_count_logs(s->policy); i++)
            if (note_verify_line(&line, policy_log(s->policy, i), note->text, &time) == GZ_OK)
                return true;
    return false;
}

static bool is_cosigned_by(const struct log_start *s, size_t witness, const struct note *note)
{
    struct bytes      lines = note->lines;
    struct note_line  line;
    uint64_t          time;
    const struct key *k = policy_witness(s->policy, witness, NULL);
    while (note_next_line(&lines, &line))
        if (note_verify_line(&line, k, note->text, &time) == GZ_OK) return true;
    return false;
}

/* A size that we have signed and do not have: whoever shows it, it is waited for. */
static enum log_start_result remember(struct log_start *s, const struct checkpoint *c,
                                      struct bytes note)
{
    if (c->size <= s->ahead.size) return LOG_START_ASKING;
    s->ahead_note.n = 0;
    if (buf_add(&s->ahead_note, note) != GZ_OK) return LOG_START_FAILED;
    s->ahead = (struct checkpoint){s->origin, c->size, c->root};
    return LOG_START_ASKING;
}

/* ASKING: goes on with the next one. */
static enum log_start_result ask(struct log_start *s, struct http_client *http, size_t witness)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       base[PATH_SIZE], full[PATH_SIZE];
    struct note                                note;
    struct checkpoint                          c;
    if (!mirror_url(s, witness, base)) return LOG_START_ASKING;
    if (path_join(base, "checkpoint", full, sizeof full) != GZ_OK) return LOG_START_ASKING;
    if (http_get(http, full, ASK_TIMEOUT_MS, CHECKPOINT_NOTE_MAX, &a) != GZ_OK)
        return LOG_START_ASKING;
    if (a.status == 404) s->silent[witness] = 0; /* has cosigned nothing yet */
    if (a.status != 200 || note_decode(buf_bytes(&a.body), &note) != GZ_OK ||
        checkpoint_decode(note.text, &c) != GZ_OK || !bytes_eq(c.origin, s->origin) ||
        !is_signed_by_log(s, &note))
        return LOG_START_ASKING;
    if (c.size > chain_size(s->chain)) return remember(s, &c, buf_bytes(&a.body));
    const enum log_start_result r = follow(s, http, base, &c, buf_bytes(&a.body));
    if (r != LOG_START_MAY_APPEND) return r;
    if (is_cosigned_by(s, witness, &note)) s->silent[witness] = 0;
    return LOG_START_ASKING;
}

static enum log_start_result ask_all(struct log_start *s, struct http_client *http)
{
    for (size_t i = 0; i < policy_count_witnesses(s->policy); i++) {
        if (s->silent[i] == 0) continue;
        const enum log_start_result r = ask(s, http, i);
        if (r != LOG_START_ASKING) return r;
    }
    const bool has_all = chain_size(s->chain) >= s->ahead.size;
    return has_all && !policy_is_met(s->policy, s->silent) ? LOG_START_MAY_APPEND
                                                           : LOG_START_ASKING;
}

/* From the first mirror that gives it. */
static enum log_start_result fetch_ahead(struct log_start *s, struct http_client *http)
{
    char base[PATH_SIZE];
    for (size_t i = 0; i < policy_count_witnesses(s->policy); i++) {
        if (!mirror_url(s, i, base)) continue;
        const enum log_start_result r = follow(s, http, base, &s->ahead, buf_bytes(&s->ahead_note));
        if (r != LOG_START_ASKING) return r;
    }
    return LOG_START_ASKING;
}

enum log_start_result log_start_round(struct log_start *s, struct http_client *http)
{
    const enum log_start_result asked = ask_all(s, http);
    if (asked != LOG_START_ASKING || chain_size(s->chain) >= s->ahead.size) return asked;
    const enum log_start_result fetched = fetch_ahead(s, http);
    return fetched == LOG_START_MAY_APPEND ? ask_all(s, http) : fetched;
}

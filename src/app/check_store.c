#include "app/check_store.h"

#include <stdio.h>
#include <string.h>

#include "app/record_parts.h"
#include "core/entry.h"
#include "store/annotation.h"
#include "store/audit.h"
#include "store/correction.h"
#include "store/given_consent.h"
#include "store/outbox.h"
#include "store/search.h"
#include "vault/blob_stream.h"

enum { ENTRY_MEMORY = 4 * ENTRY_SIZE_MAX, DISCLOSURE_MEMORY = 4 * DISCLOSURE_SIZE_MAX };

static const struct {
    const char *word, *what;
    bool        is_damage;
} findings[] = {
#define FINDING_ROW(name, word, is_damage, what) [FOUND_##name] = {word, what, is_damage},
    STORE_FINDING_TABLE(FINDING_ROW)
#undef FINDING_ROW
};

const char *store_finding_word(enum store_finding f)
{
    return findings[f].word;
}
const char *store_finding_what(enum store_finding f)
{
    return findings[f].what;
}
bool store_finding_is_damage(enum store_finding f)
{
    return findings[f].is_damage;
}

/* One record under examination. */
struct exam {
    const struct bank           *bank;
    struct db                   *db;
    const struct store_listener *listener;
    struct store_check          *counts;
    int64_t                      id;
    bool                         has_head, is_damaged, is_erased;
    struct record                head;
    struct matter_keys           keys;
    struct record_parts          parts;
};
static void exam_fini(struct exam *x)
{
    matter_keys_fini(&x->keys);
    record_parts_fini(&x->parts);
}

static void say(struct exam *x, enum store_finding what, unsigned file)
{
    const struct found_in_store f = {
        .what = what, .record_id = x->id, .head = x->has_head ? &x->head : NULL, .file = file};
    x->is_damaged |= store_finding_is_damage(what);
    if (what == FOUND_ERASED && x->is_erased) return; /* once is enough */
    x->is_erased |= what == FOUND_ERASED;
    x->listener->found(x->listener->ctx, &f);
}

static bool is_about_us(enum gz_err e)
{
    return e == GZ_IO || e == GZ_BUSY || e == GZ_MEMORY;
}

/* --- originals -------------------------------------------------------------------------------- */

/* The disclosure file/<n> of the parts that could be opened. False: it is in none of them. */
static bool find_disclosure(const struct exam *x, unsigned n, struct arena *arena,
                            struct disclosure *out)
{
    char name[24];
    snprintf(name, sizeof name, "file/%u", n);
    for (size_t i = 0; i < SIDES; i++) {
        struct bytes rest = buf_bytes(&x->parts.plain[i]), line;
        while (bytes_take_line(&rest, &line)) {
            const char *why;
            arena->n = 0;
            if (disclosure_decode(line, arena, out, &why) != GZ_OK) continue;
            if (bytes_eq(out->name, bytes_str(name))) return true;
        }
    }
    return false;
}

static enum gz_err compare_original(const struct exam *x, const struct record_file *file,
                                    const struct blob_sums *sums)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct disclosure          d;
    struct disclosed_file      f;
    if (sums->size != file->size) return GZ_CORRUPT;
    TRY(buf_reserve(&memory, DISCLOSURE_MEMORY));
    struct arena arena = {.p = memory.p, .cap = DISCLOSURE_MEMORY};
    if (!find_disclosure(x, file->n, &arena, &d)) return GZ_OK; /* lost with its part */
    if (disclosed_file_decode(&d, &f) != GZ_OK || f.size != sums->size) return GZ_CORRUPT;
    return hash_eq(f.sm3, sums->sm3) && hash_eq(f.sha256, sums->sha256) ? GZ_OK : GZ_CORRUPT;
}

static enum gz_err sum_original(struct blob_reader *r, struct blob_sums *out)
{
    struct hasher sm3, sha256;
    struct bytes  piece;
    enum gz_err   e;
    hasher_init(&sm3, SUITE_GM);
    hasher_init(&sha256, SUITE_INTL);
    out->size = 0;
    while ((e = blob_reader_next(r, &piece)) == GZ_OK) {
        hasher_add(&sm3, piece);
        hasher_add(&sha256, piece);
        out->size += piece.n;
    }
    out->sm3 = hasher_end(&sm3);
    out->sha256 = hasher_end(&sha256);
    return e == GZ_MISSING ? GZ_OK : e;
}

static enum gz_err read_original(const struct exam *x, const struct record_file *file)
{
    DEFER(blob_reader_close) struct blob_reader *r = NULL;
    struct vault                                *v = bank_vault(x->bank, file->side);
    struct blob_sums                             sums;
    if (v == NULL) return GZ_MISSING;
    TRY(x->keys.state[file->side]);
    TRY(blob_reader_open(v, &x->keys.key[file->side], file->blob, &r));
    TRY(sum_original(r, &sums));
    return compare_original(x, file, &sums);
}

static enum gz_err check_original(void *ctx, const struct record_file *file)
{
    struct exam      *x = ctx;
    const enum gz_err e = read_original(x, file);
    x->counts->originals++;
    if (is_about_us(e)) return e;
    if (e == GZ_ERASED) say(x, FOUND_ERASED, file->n);
    else if (e == GZ_MISSING) say(x, FOUND_ORIGINAL_LOST, file->n);
    else if (e != GZ_OK) say(x, FOUND_ORIGINAL, file->n);
    return GZ_OK;
}

static enum gz_err check_originals(struct exam *x)
{
    const enum gz_err e = record_list_files(x->db, x->id, check_original, x);
    if (e != GZ_CORRUPT) return e;
    say(x, FOUND_ROW, 0);
    return GZ_OK;
}

/* --- where it came from ------------------------------------------------------------------------
 */

static enum gz_err read_origin(const struct exam *x)
{
    struct record_origin o;
    struct event         event = {0};
    enum event_answer    known;
    int64_t              id = 0, corrects = 0, about = 0;
    TRY(search_origin(x->db, &x->head, &o));
    event.source = bytes_str(o.source), event.number = bytes_str(o.number);
    TRY(event_find(x->db, &event, &known, &id));
    if (id != x->id) return GZ_CORRUPT;
    enum gz_err e = correction_get(x->db, x->id, &corrects);
    if (e == GZ_OK || e == GZ_MISSING) e = annotation_get(x->db, x->id, &about);
    return e == GZ_MISSING ? GZ_OK : e;
}

static enum gz_err check_origin(struct exam *x)
{
    const enum gz_err e = x->has_head ? read_origin(x) : GZ_CORRUPT;
    if (e == GZ_OK || is_about_us(e)) return e;
    say(x, FOUND_ORIGIN, 0);
    return GZ_OK;
}

/* A consent without its row would have been given in vain, a withdrawal would be forgotten. */
static enum gz_err check_consent(struct exam *x)
{
    struct given_consent c;
    enum gz_err          e = GZ_OK;
    if (!x->has_head) return GZ_OK;
    if (strcmp(x->head.kind, "consent.grant") == 0) e = given_consent_of_grant(x->db, x->id, &c);
    else if (strcmp(x->head.kind, "consent.withdrawal") == 0)
        e = given_consent_of_withdrawal(x->db, x->id, &c);
    if (e == GZ_OK || is_about_us(e)) return e;
    say(x, FOUND_CONSENT, 0);
    return GZ_OK;
}

/* --- entry and disclosures -------------------------------------------------------------------- */

static void say_part(struct exam *x, enum vault_side side)
{
    const bool is_identity = side == SIDE_IDENTITY;
    switch (x->parts.state[side]) {
    case GZ_OK: return;
    case GZ_ERASED: say(x, FOUND_ERASED, 0); return;
    case GZ_MISSING: say(x, is_identity ? FOUND_IDENTITY_LOST : FOUND_BUSINESS_LOST, 0); return;
    default: say(x, is_identity ? FOUND_IDENTITY : FOUND_BUSINESS, 0);
    }
}

static enum gz_err check_entry(struct exam *x, const struct record *r)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct entry               e;
    const char                *why;
    TRY(buf_reserve(&memory, ENTRY_MEMORY));
    struct arena arena = {.p = memory.p, .cap = ENTRY_MEMORY};
    const bool   is_ours = hash_eq(hash_of(x->bank->suite, buf_bytes(&r->entry)), r->fingerprint) &&
                         entry_decode(buf_bytes(&r->entry), &arena, &e, &why) == GZ_OK &&
                         bytes_eq(e.id, bytes_str(r->uuid));
    if (!is_ours) say(x, FOUND_ENTRY, 0);
    else if (record_parts_check(&x->parts, &e) != GZ_OK) say(x, FOUND_DISCLOSURES, 0);
    return GZ_OK;
}

static enum gz_err check_content(struct exam *x, const struct record *r)
{
    struct matter     m;
    const enum gz_err e = matter_get_id(x->db, r->matter_id, &m);
    if (is_about_us(e)) return e;
    if (e != GZ_OK) {
        say(x, FOUND_MATTER, 0);
        return GZ_OK;
    }
    TRY(matter_keys_get(x->bank, x->db, &m, &x->keys));
    TRY(record_parts_unseal(x->db, r, &x->keys, &x->parts));
    for (size_t i = 0; i < SIDES; i++) say_part(x, (enum vault_side)i);
    TRY(check_entry(x, r));
    TRY(check_origin(x));
    TRY(check_consent(x));
    return check_originals(x);
}

/* --- records ---------------------------------------------------------------------------------- */

static enum gz_err check_record(struct exam *x)
{
    DEFER(record_fini) struct record r = {0};
    enum gz_err                      e = record_get_head(x->db, x->id, &x->head);
    if (e == GZ_MISSING || is_about_us(e)) return e;
    x->has_head = e == GZ_OK;
    x->counts->records++;
    e = record_get_id(x->db, x->id, &r);
    if (is_about_us(e)) return e;
    if (e == GZ_OK) return check_content(x, &r);
    say(x, FOUND_ROW, 0);
    return GZ_OK;
}

enum gz_err check_stored_record(const struct bank *bank, struct db *db, int64_t record_id,
                                const struct store_listener *listener, struct store_check *counts)
{
    DEFER(exam_fini)
    struct exam x = {
        .bank = bank, .db = db, .listener = listener, .counts = counts, .id = record_id};
    TRY(check_record(&x));
    counts->damaged += x.is_damaged;
    counts->erased += x.is_erased;
    return GZ_OK;
}

static enum gz_err check_submissions(struct db *db, const struct store_listener *listener,
                                     struct store_check *counts)
{
    uint64_t last = 0;
    TRY(outbox_last_seq(db, &last));
    for (uint64_t seq = 1; seq <= last; seq++) {
        DEFER(outbox_submission_fini) struct outbox_submission s = {0};
        const enum gz_err                                      e = outbox_get(db, seq, &s);
        if (is_about_us(e)) return e;
        if (e == GZ_OK) continue;
        const struct found_in_store f = {.what = FOUND_SUBMISSION, .seq = seq};
        counts->damaged++;
        listener->found(listener->ctx, &f);
    }
    return GZ_OK;
}

static enum gz_err pass_audit(void *ctx, int64_t id, const struct audit *a)
{
    (void)ctx, (void)id, (void)a;
    return GZ_OK;
}

static enum gz_err check_audit(struct db *db, const struct store_listener *listener,
                               struct store_check *counts)
{
    const struct found_in_store f = {.what = FOUND_AUDIT};
    const enum gz_err           e = audit_list(db, pass_audit, NULL);
    if (e == GZ_OK || is_about_us(e)) return e;
    counts->damaged++;
    listener->found(listener->ctx, &f);
    return GZ_OK;
}

enum gz_err check_store(const struct bank *bank, struct db *db,
                        const struct store_listener *listener, struct store_check *counts)
{
    int64_t last = 0;
    TRY(record_last_id(db, &last));
    for (int64_t id = 1; id <= last; id++) {
        const enum gz_err e = check_stored_record(bank, db, id, listener, counts);
        if (e != GZ_OK && e != GZ_MISSING) return e;
        if (listener->progress != NULL)
            listener->progress(listener->ctx, (uint64_t)id, (uint64_t)last);
    }
    TRY(check_submissions(db, listener, counts));
    return check_audit(db, listener, counts);
}

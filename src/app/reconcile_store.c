/* The bank's own side: each record's row, its disclosures and originals as the vaults give them
 * back, and its place in the log. */
#include <stdio.h>

#include "app/check_store.h"
#include "app/reconcile_internal.h"
#include "store/search.h"

enum { WHERE_SIZE = 48 };

/* What a finding is among the differences, and where it lies. */
static const struct {
    enum difference what;
    const char     *where;
} kinds[FOUND_FINDINGS] = {
    [FOUND_ROW] = {DIFFERENCE_STORE_DAMAGED, "记录"},
    [FOUND_ENTRY] = {DIFFERENCE_STORE_DAMAGED, "存证记录"},
    [FOUND_MATTER] = {DIFFERENCE_STORE_DAMAGED, "所属贷款"},
    [FOUND_BUSINESS] = {DIFFERENCE_VAULT_DAMAGED, "业务库"},
    [FOUND_IDENTITY] = {DIFFERENCE_VAULT_DAMAGED, "身份库"},
    [FOUND_BUSINESS_LOST] = {DIFFERENCE_VAULT_LOST, "业务库"},
    [FOUND_IDENTITY_LOST] = {DIFFERENCE_VAULT_LOST, "身份库"},
    [FOUND_DISCLOSURES] = {DIFFERENCE_VAULT_DAMAGED, "披露项"},
    [FOUND_ORIGINAL] = {DIFFERENCE_ORIGINAL_DAMAGED, "file"},
    [FOUND_ORIGINAL_LOST] = {DIFFERENCE_ORIGINAL_LOST, "file"},
    [FOUND_ORIGIN] = {DIFFERENCE_STORE_DAMAGED, "来源"},
    [FOUND_SUBMISSION] = {DIFFERENCE_STORE_DAMAGED, "交易"},
};

/* The log's word for a record's place is what the store should hold; what is damaged gives no
 * value of its own. */
static bool expected_of(const struct reconciliation *r, const struct record *head, struct hash *out)
{
    struct chain_entry e;
    if (head == NULL || !head->has_index || chain_entry(r->chain, head->index, &e) != GZ_OK)
        return false;
    *out = e.fingerprint;
    return true;
}

static void take(void *ctx, const struct found_in_store *f)
{
    struct reconciliation  *r = ctx;
    char                    where[WHERE_SIZE];
    struct found_difference d = {.what = kinds[f->what].what,
                                 .where = where,
                                 .uuid = f->head == NULL ? "" : f->head->uuid,
                                 .index = f->head == NULL ? 0 : f->head->index,
                                 .detail = store_finding_what(f->what),
                                 .is_unreadable = true};
    if (!store_finding_is_damage(f->what)) return;
    (void)snprintf(where, sizeof where, "%s", kinds[f->what].where);
    if (f->file > 0) (void)snprintf(where, sizeof where, "file/%u", f->file);
    if (f->seq > 0) (void)snprintf(where, sizeof where, "交易 %llu", (unsigned long long)f->seq);
    if (f->head == NULL && f->seq == 0)
        (void)snprintf(where, sizeof where, "记录行 %lld", (long long)f->record_id);
    d.has_values = expected_of(r, f->head, &d.expected);
    reconcile_say(r, &d);
}

static void progress(void *ctx, uint64_t done, uint64_t whole)
{
    struct reconciliation *r = ctx;
    if (r->listener->progress != NULL) r->listener->progress(r->listener->ctx, done, whole);
}

static void check_place(struct reconciliation *r, const struct record *head)
{
    const struct found_difference d = {
        .what = DIFFERENCE_LOG_SHORT, .where = "", .uuid = head->uuid, .index = head->index};
    if (head->has_index && head->index >= r->result->log_size) reconcile_say(r, &d);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct page {
    struct reconciliation *r;
    int64_t                last;
    size_t                 n;
};
static enum gz_err take_head(void *ctx, const struct record *head)
{
    struct page *p = ctx;
    p->last = head->id;
    p->n++;
    check_place(p->r, head);
    return GZ_OK;
}

static enum gz_err check_places(struct reconciliation *r)
{
    struct page p = {.r = r};
    do {
        p.n = 0;
        TRY(search_by_time(r->db, 0, INT64_MAX, BYTES_LIT(""), p.last, take_head, &p));
    } while (p.n == SEARCH_PAGE);
    return GZ_OK;
}

/* --- or some of them -------------------------------------------------------------------------- */

static enum gz_err check_one(struct reconciliation *r, int64_t id,
                             const struct store_listener *listener, struct store_check *counts)
{
    struct record     head = {0};
    const enum gz_err e = record_get_head(r->db, id, &head);
    if (e == GZ_OK) check_place(r, &head);
    const enum gz_err c = check_stored_record(r->bank, r->db, id, listener, counts);
    return c == GZ_MISSING ? GZ_OK : c;
}

static enum gz_err check_sample(struct reconciliation *r, const struct store_listener *listener,
                                struct store_check *counts)
{
    int64_t last = 0;
    TRY(record_last_id(r->db, &last));
    const bool is_all = last <= RECONCILE_SAMPLE_RECORDS;
    const int  n = is_all ? (int)last : RECONCILE_SAMPLE_RECORDS;
    for (int i = 0; i < n; i++) {
        const int64_t id = is_all ? i + 1 : 1 + (int64_t)(reconcile_draw(r) % (uint64_t)last);
        TRY(check_one(r, id, listener, counts));
    }
    return GZ_OK;
}

enum gz_err reconcile_store(struct reconciliation *r)
{
    const struct store_listener listener = {.ctx = r, .found = take, .progress = progress};
    struct store_check          counts = {0};
    if (r->result->extent == RECONCILE_FULL) {
        TRY(check_places(r));
        TRY(check_store(r->bank, r->db, &listener, &counts));
    } else TRY(check_sample(r, &listener, &counts));
    r->result->records = counts.records;
    r->result->originals = counts.originals;
    r->result->erased = counts.erased;
    return GZ_OK;
}

#include "app/reconcile.h"

#include "app/reconcile_internal.h"
#include "core/tile.h"
#include "host/host.h"
#include "store/record.h"
#include "store/search.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static const struct {
    const char *word, *what, *repair;
} differences[] = {
#define DIFFERENCE_ROW(name, word, what, repair) [DIFFERENCE_##name] = {word, what, repair},
    DIFFERENCE_TABLE(DIFFERENCE_ROW)
#undef DIFFERENCE_ROW
};

const char *difference_word(enum difference d)
{
    return differences[d].word;
}
const char *difference_what(enum difference d)
{
    return differences[d].what;
}
const char *difference_repair(enum difference d)
{
    return differences[d].repair;
}

void reconcile_say(struct reconciliation *r, const struct found_difference *d)
{
    r->result->differences++;
    r->listener->difference(r->listener->ctx, d);
}

/* splitmix64 */
uint64_t reconcile_draw(struct reconciliation *r)
{
    uint64_t z = r->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned width_of(uint64_t size, uint64_t bundle)
{
    const uint64_t left = size - bundle * TILE_HASHES;
    return left < TILE_HASHES ? (unsigned)left : TILE_HASHES;
}

enum gz_err reconcile_each_bundle(struct reconciliation *r, uint64_t size, void *ctx,
                                  enum gz_err (*look)(void *ctx, uint64_t bundle, unsigned width))
{
    const uint64_t whole = (size + TILE_HASHES - 1) / TILE_HASHES;
    const bool     is_sample =
        r->result->extent == RECONCILE_SAMPLE && whole > RECONCILE_SAMPLE_BUNDLES;
    const uint64_t n = is_sample ? RECONCILE_SAMPLE_BUNDLES : whole;
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t bundle = is_sample ? reconcile_draw(r) % whole : i;
        TRY(look(ctx, bundle, width_of(size, bundle)));
        if (r->listener->progress != NULL) r->listener->progress(r->listener->ctx, i + 1, n);
    }
    return GZ_OK;
}

/* --- the log's entries in our name, each in the store ----------------------------------------- */

struct entry_search {
    uint64_t index;
    bool     found;
};

static enum gz_err note_match(void *ctx, const struct record *head)
{
    struct entry_search *s = ctx;
    /* Without an index yet: the log's answer is about to be noted. */
    s->found |= !head->has_index || head->index == s->index;
    return GZ_OK;
}

/* What the store says of this place, if anything: its fingerprint is not the log's. */
struct place {
    bool          is_known;
    struct record head;
};
static enum gz_err note_place(void *ctx, const struct record *head)
{
    struct place *p = ctx;
    p->is_known = true;
    p->head = *head;
    return GZ_OK;
}

static enum gz_err check_entry(struct reconciliation *r, uint64_t index)
{
    struct chain_entry  e;
    struct entry_search s = {.index = index};
    struct place        place = {0};
    TRY(chain_entry(r->chain, index, &e));
    r->result->entries++;
    if (!bytes_eq(e.org, r->bank->organisation)) return GZ_OK;
    TRY(search_by_fingerprint(r->db, e.fingerprint, 0, note_match, &s));
    if (s.found) return GZ_OK;
    TRY(search_by_index(r->db, index, note_place, &place));
    const struct found_difference d = {
        .what = place.is_known ? DIFFERENCE_LOG_OTHER : DIFFERENCE_STORE_MISSING,
        .where = "",
        .uuid = place.is_known ? place.head.uuid : "",
        .index = index,
        .has_values = true,
        .expected = place.is_known ? place.head.fingerprint : (struct hash){{0}},
        .found = e.fingerprint};
    reconcile_say(r, &d);
    return GZ_OK;
}

static enum gz_err check_entries(void *ctx, uint64_t bundle, unsigned width)
{
    struct reconciliation *r = ctx;
    for (unsigned i = 0; i < width; i++) TRY(check_entry(r, bundle * TILE_HASHES + i));
    return GZ_OK;
}

/* --- all together ----------------------------------------------------------------------------- */

static enum gz_err check_overdue(struct reconciliation *r)
{
    uint64_t n;
    int64_t  oldest_ms;
    TRY(lag_overdue(r->db, r->result->at_ms - r->bank->publish_within_s * 1000, &n, &oldest_ms));
    const struct found_difference d = {
        .what = DIFFERENCE_OVERDUE, .where = "", .uuid = "", .index = n};
    if (n > 0) reconcile_say(r, &d);
    return GZ_OK;
}

static enum gz_err check_own(struct reconciliation *r)
{
    TRY(reconcile_store(r));
    TRY(reconcile_each_bundle(r, r->result->log_size, r, check_entries));
    TRY(check_overdue(r));
    TRY(lag_get(r->db, LAG_SEQUENCED, r->result->at_ms - DAY_MS, r->result->at_ms,
                &r->result->sequenced));
    return lag_get(r->db, LAG_PUBLISHED, r->result->at_ms - DAY_MS, r->result->at_ms,
                   &r->result->published);
}

enum gz_err reconcile(const struct bank *bank, struct db *db, enum reconcile_extent extent,
                      uint64_t seed, const struct reconcile_listener *listener,
                      struct reconcile_result *out)
{
    const struct time       now = clock_now();
    struct reconcile_result result = {.extent = extent,
                                      .at_ms = now.s * 1000 + now.ns / 1000000,
                                      .witnesses = policy_count_witnesses(bank->policy)};
    struct reconciliation   r = {.bank = bank,
                                 .db = db,
                                 .chain = log_service_chain(bank->log),
                                 .listener = listener,
                                 .result = &result,
                                 .seed = seed};
    struct log_status       log;
    log_service_status(bank->log, &log);
    result.log_size = log.published_size;
    TRY(chain_root(r.chain, result.log_size, &result.root));
    TRY(check_own(&r));
    for (size_t i = 0; i < result.witnesses; i++) TRY(reconcile_mirror(&r, i));
    *out = result;
    return GZ_OK;
}

#include "core/verify_set.h"

#include <string.h>

static struct hash joined(struct bytes a, struct bytes b, struct bytes c)
{
    struct hasher h;
    hasher_init(&h, SUITE_GM);
    hasher_add(&h, a);
    hasher_add(&h, BYTES_LIT("\n"));
    hasher_add(&h, b);
    hasher_add(&h, BYTES_LIT("\n"));
    hasher_add(&h, c);
    return hasher_end(&h);
}

struct set_item set_item_of(const struct entry *e, struct hash fingerprint, struct bytes origin,
                            size_t at)
{
    return (struct set_item){
        .at = at,
        .fingerprint = fingerprint,
        .prev = e->prev,
        .id = joined(origin, e->org, e->id),
        .matter = joined(origin, e->org, e->matter),
        .seq = e->seq,
        .has_prev = e->has_prev,
    };
}

static int hash_cmp(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, HASH_SIZE);
}

/* Copies of one entry are told apart by the caller's number, so that each order is a total one. */
static int by_entry(const struct set_item *a, const struct set_item *b)
{
    const int c = hash_cmp(&a->fingerprint, &b->fingerprint);
    if (c != 0 || a->at == b->at) return c;
    return a->at < b->at ? -1 : 1;
}

static int by_id(const struct set_item *a, const struct set_item *b)
{
    const int c = hash_cmp(&a->id, &b->id);
    return c != 0 ? c : by_entry(a, b);
}

static int by_seq(const struct set_item *a, const struct set_item *b)
{
    const int c = hash_cmp(&a->matter, &b->matter);
    if (c != 0) return c;
    if (a->seq != b->seq) return a->seq < b->seq ? -1 : 1;
    return by_entry(a, b);
}

static int by_prev(const struct set_item *a, const struct set_item *b)
{
    const int c = hash_cmp(&a->matter, &b->matter);
    if (c != 0) return c;
    if (a->has_prev != b->has_prev) return a->has_prev ? 1 : -1;
    const int p = hash_cmp(&a->prev, &b->prev);
    return p != 0 ? p : by_entry(a, b);
}

/* An order of items. */
typedef int (*item_cmp)(const struct set_item *, const struct set_item *);

static void sift(struct set_item *heap, size_t root, size_t n, item_cmp cmp)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && cmp(&heap[child], &heap[child + 1]) < 0) child++;
        if (cmp(&heap[root], &heap[child]) >= 0) return;
        const struct set_item held = heap[root];
        heap[root] = heap[child];
        heap[child] = held;
    }
}

/* Heap sort: in place, without libc (WebAssembly). */
static void sort(struct set_item *items, size_t n, item_cmp cmp)
{
    for (size_t i = n / 2; i > 0; i--) sift(items, i - 1, n, cmp);
    for (size_t end = n; end > 1; end--) {
        const struct set_item largest = items[0];
        items[0] = items[end - 1];
        items[end - 1] = largest;
        sift(items, 0, end - 1, cmp);
    }
}

struct comparison {
    void (*found)(void *ctx, const struct set_finding *f);
    void *ctx;
};

static bool is_same_entry(const struct set_item *a, const struct set_item *b)
{
    return hash_cmp(&a->fingerprint, &b->fingerprint) == 0;
}

static void conflict(struct comparison *c, const struct set_item *a, const struct set_item *b,
                     const char *reason)
{
    const struct set_finding f = {.kind = SET_CONFLICT, .reason = reason, .a = a->at, .b = b->at};
    c->found(c->ctx, &f);
}

static void missing(struct comparison *c, const struct set_item *a, uint64_t from, uint64_t to)
{
    const struct set_finding f = {.kind = SET_MISSING,
                                  .a = a->at,
                                  .seq_from = from,
                                  .seq_to = to,
                                  .reason = "entries of the matter are missing"};
    c->found(c->ctx, &f);
}

/* Different entries in items[from..end), where one may be: each of them is named, copies too.
 * Sorted by entry. No more findings than items. */
static void conflict_all(struct comparison *c, const struct set_item *items, size_t from,
                         size_t end, const char *reason)
{
    size_t other = from + 1; /* the first that differs */
    while (other < end && is_same_entry(&items[from], &items[other])) other++;
    if (other == end) return;
    for (size_t i = from; i < other; i++) conflict(c, &items[i], &items[other], reason);
    for (size_t i = other + 1; i < end; i++) conflict(c, &items[from], &items[i], reason);
}

/* End of the run from i on whose items are all the same to this. */
static size_t end_of_run(const struct set_item *items, size_t n, size_t i,
                         bool (*is_same)(const struct set_item *, const struct set_item *))
{
    size_t end = i + 1;
    while (end < n && is_same(&items[i], &items[end])) end++;
    return end;
}

static bool is_one_id(const struct set_item *a, const struct set_item *b)
{
    return hash_cmp(&a->id, &b->id) == 0;
}

static void compare_ids(struct set_item *items, size_t n, struct comparison *c)
{
    sort(items, n, by_id);
    for (size_t i = 0, end; i < n; i = end) {
        end = end_of_run(items, n, i, is_one_id);
        conflict_all(c, items, i, end, "two different entries of one organisation with one id");
    }
}

static bool is_one_matter(const struct set_item *a, const struct set_item *b)
{
    return hash_cmp(&a->matter, &b->matter) == 0;
}

static bool is_one_prev(const struct set_item *a, const struct set_item *b)
{
    return is_one_matter(a, b) && a->has_prev && b->has_prev && hash_cmp(&a->prev, &b->prev) == 0;
}

static bool is_one_seq(const struct set_item *a, const struct set_item *b)
{
    return is_one_matter(a, b) && a->seq == b->seq;
}

static void compare_prevs(struct set_item *items, size_t n, struct comparison *c)
{
    sort(items, n, by_prev);
    for (size_t i = 0, end; i < n; i = end) {
        end = end_of_run(items, n, i, is_one_prev);
        conflict_all(c, items, i, end, "two different entries of one matter with one prev");
    }
}

static const char no_link[] = "prev is not the fingerprint of the entry before";

/* Is prev one of the fingerprints of items[from..end)? They are sorted by it. */
static bool is_among(const struct set_item *items, size_t from, size_t end, const struct hash *prev)
{
    size_t low = from, high = end;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (hash_cmp(&items[mid].fingerprint, prev) < 0) low = mid + 1;
        else high = mid;
    }
    return low < end && hash_cmp(&items[low].fingerprint, prev) == 0;
}

/* Each entry of items[from..end) continues one of the entries before, items[before..from), by its
 * prev; where there are two of those, they have one seq, which is reported too. The first broken
 * link is held against all before it, copies included; the others against one of them. */
static void compare_links(const struct set_item *items, size_t before, size_t from, size_t end,
                          struct comparison *c)
{
    bool is_first = true;
    for (size_t i = from; i < end; i++) {
        if (is_among(items, before, from, &items[i].prev)) continue;
        conflict(c, &items[before], &items[i], no_link);
        for (size_t k = before + 1; is_first && k < from; k++)
            conflict(c, &items[k], &items[i], no_link);
        is_first = false;
    }
}

/* Runs of one seq, in the order of matter and seq: a number twice, a broken link, a gap. */
static void compare_seqs(struct set_item *items, size_t n, struct comparison *c)
{
    sort(items, n, by_seq);
    for (size_t i = 0, end, before = 0; i < n; before = i, i = end) {
        end = end_of_run(items, n, i, is_one_seq);
        conflict_all(c, items, i, end, "two different entries of one matter with one seq");
        const bool     first = i == 0 || !is_one_matter(&items[before], &items[i]);
        const uint64_t expected = first ? 1 : items[before].seq + 1;
        if (items[i].seq > expected) missing(c, &items[i], expected, items[i].seq - 1);
        else if (!first) compare_links(items, before, i, end, c);
    }
}

void set_compare(struct set_item *items, size_t                               n,
                 void (*found)(void *ctx, const struct set_finding *f), void *ctx)
{
    struct comparison c = {found, ctx};
    compare_ids(items, n, &c);
    compare_prevs(items, n, &c);
    compare_seqs(items, n, &c);
}

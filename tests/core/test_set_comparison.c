/* The comparison of sets (check 9): the published sets, every kind of finding, and that neither the
 * order of the certificates nor copies of them change what is found. */
#include <jansson.h>
#include <stdlib.h>

#include "core/verify.h"
#include "core/verify_set.h"
#include "vector.h"

enum { ITEMS_MAX = 64, FINDINGS_MAX = 256, POLICY_ARENA = 4 * 1024 * 1024, MANY = 100000 };

static const char *folder; /* tests/vectors */
static uint64_t    seed;

static const char two_ids[] = "two different entries of one organisation with one id";
static const char two_seqs[] = "two different entries of one matter with one seq";
static const char two_prevs[] = "two different entries of one matter with one prev";
static const char no_link[] = "prev is not the fingerprint of the entry before";

/* --- findings --------------------------------------------------------------------------------- */

struct found {
    size_t             n, conflicts, missing;
    struct set_finding list[FINDINGS_MAX];
    bool               blamed[ITEMS_MAX]; /* by the caller's number */
};

static void note(void *ctx, const struct set_finding *f)
{
    struct found *found = ctx;
    if (found->n == FINDINGS_MAX) fail_msg("more than %d findings", FINDINGS_MAX);
    found->list[found->n++] = *f;
    assert_non_null(f->reason);
    if (f->kind == SET_MISSING) found->missing++;
    else found->conflicts++;
    if (f->kind == SET_CONFLICT && f->a < ITEMS_MAX) found->blamed[f->a] = true;
    if (f->kind == SET_CONFLICT && f->b < ITEMS_MAX) found->blamed[f->b] = true;
}

static void compare(struct set_item *items, size_t n, struct found *out)
{
    *out = (struct found){0};
    set_compare(items, n, note, out);
}

static bool has(const struct found *f, const char *reason)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].reason, reason) == 0) return true;
    return false;
}

static struct hash tag(uint64_t v)
{
    struct hash h = {0};
    write_be64(h.b, v * UINT64_C(0x9e3779b97f4a7c15));
    return h;
}

/* Entry number seq of a matter, with its own fingerprint and the one that it continues. */
static struct set_item item(size_t at, uint64_t matter, uint64_t seq, uint64_t fingerprint,
                            uint64_t prev)
{
    return (struct set_item){.at = at,
                             .matter = tag(matter),
                             .seq = seq,
                             .id = tag(fingerprint),
                             .fingerprint = tag(fingerprint),
                             .prev = tag(prev),
                             .has_prev = seq > 1};
}

static void shuffle(struct set_item *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t          k = (size_t)(draw(&seed) % i);
        const struct set_item held = items[i - 1];
        items[i - 1] = items[k];
        items[k] = held;
    }
}

/* --- the published sets ------------------------------------------------------------------------
 */

static const char *text_of(json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

static struct set_item item_of_vector(const char *name, const struct policy_history *policy,
                                      size_t at)
{
    DEFER(buf_fini) struct buf wire = vector_read(folder, name), memory = {0};
    struct verify_report       r;
    assert_ok(buf_reserve(&memory, verify_arena_size(wire.n)));
    struct arena arena = {.p = memory.p, .cap = memory.cap};
    assert_ok(verify_certificate(buf_bytes(&wire), policy, NULL, 0, &arena, &r));
    assert_int_not_equal(r.result, VERIFY_INVALID);
    return set_item_of(&r.entry, r.fingerprint, r.checkpoint.origin, at);
}

static void check_set(json_t *row)
{
    DEFER(buf_fini) struct buf text = vector_read(folder, text_of(row, "policy")), memory = {0};
    struct policy_history      policy;
    const char                *why = NULL, *want = text_of(row, "result");
    json_t                    *names = json_object_get(row, "certificates"), *name;
    struct set_item            items[ITEMS_MAX];
    struct found               found;
    size_t                     i;
    assert_ok(buf_reserve(&memory, POLICY_ARENA));
    struct arena arena = {.p = memory.p, .cap = memory.cap};
    assert_ok(policy_history_decode(buf_bytes(&text), &arena, &policy, &why));
    json_array_foreach(names, i, name) items[i] =
        item_of_vector(json_string_value(name), &policy, i);
    for (unsigned round = 0; round < 50; round++) {
        compare(items, json_array_size(names), &found);
        const char *got = found.conflicts > 0 ? "invalid"
                          : found.missing > 0 ? "incomplete"
                                              : "valid";
        if (strcmp(got, want) != 0) fail_msg("%s: %s", text_of(row, "about"), got);
        shuffle(items, json_array_size(names));
    }
}

static void published_sets_in_any_order(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = vector_read(folder, "sets.json");
    json_t                    *rows = json_loadb((const char *)text.p, text.n, 0, NULL), *row;
    size_t                     i;
    assert_int_equal(json_array_size(rows), 16);
    json_array_foreach(rows, i, row) check_set(row);
    json_decref(rows);
}

/* --- every kind of finding ---------------------------------------------------------------------
 */

static void every_kind_of_finding_is_told(void **state)
{
    (void)state;
    struct found    f;
    struct set_item ids[] = {item(0, 1, 1, 10, 0), item(1, 2, 1, 30, 0)};
    ids[1].id = ids[0].id;
    compare(ids, 2, &f);
    assert_true(f.n == 1 && has(&f, two_ids));

    struct set_item seqs[] = {item(0, 1, 1, 10, 0), item(1, 1, 2, 20, 10), item(2, 1, 2, 21, 10)};
    compare(seqs, 3, &f);
    assert_true(has(&f, two_seqs));
    assert_true(has(&f, two_prevs)); /* they are that too */

    struct set_item prevs[] = {item(0, 1, 2, 20, 10), item(1, 1, 4, 40, 10)};
    compare(prevs, 2, &f);
    assert_true(f.conflicts == 1 && has(&f, two_prevs));

    struct set_item broken[] = {item(0, 1, 1, 10, 0), item(1, 1, 2, 20, 99)};
    compare(broken, 2, &f);
    assert_true(f.n == 1 && has(&f, no_link));

    struct set_item gap[] = {item(0, 1, 1, 10, 0), item(1, 1, 5, 50, 40)};
    compare(gap, 2, &f);
    assert_true(f.n == 1 && f.missing == 1 && f.list[0].a == 1);
    assert_int_equal(f.list[0].seq_from, 2);
    assert_int_equal(f.list[0].seq_to, 4);
}

static void nothing_is_found_where_nothing_is_wrong(void **state)
{
    (void)state;
    struct found    f;
    struct set_item items[] = {item(0, 1, 1, 10, 0),  item(1, 1, 1, 10, 0), item(2, 1, 2, 20, 10),
                               item(3, 1, 2, 20, 10), item(4, 2, 1, 50, 0), item(5, 2, 2, 60, 50)};
    compare(items, 6, &f);
    assert_int_equal(f.n, 0);
    compare(items, 1, &f);
    assert_int_equal(f.n, 0);
    compare(items, 0, &f);
    assert_int_equal(f.n, 0);
}

static void largest_seq_does_not_overflow(void **state)
{
    (void)state;
    struct found    f;
    const uint64_t  last = (UINT64_C(1) << 53) - 1;
    struct set_item items[] = {item(0, 1, last, 10, 9), item(1, 1, last - 1, 9, 8)};
    compare(items, 2, &f);
    assert_int_equal(f.conflicts, 0);
    assert_int_equal(f.missing, 1);
    assert_int_equal(f.list[0].seq_from, 1);
    assert_int_equal(f.list[0].seq_to, last - 2);
}

/* The same names under another organisation or chain are other names. */
static void names_belong_to_an_organisation_of_a_chain(void **state)
{
    (void)state;
    const struct entry a = {
        .org = BYTES_LIT("bank"), .id = BYTES_LIT("id"), .matter = BYTES_LIT("m"), .seq = 1};
    struct entry b = a;
    struct found f;
    b.org = BYTES_LIT("court");
    struct set_item items[] = {set_item_of(&a, tag(1), BYTES_LIT("chain"), 0),
                               set_item_of(&b, tag(2), BYTES_LIT("chain"), 1),
                               set_item_of(&a, tag(3), BYTES_LIT("other"), 2)};
    compare(items, 3, &f);
    assert_int_equal(f.n, 0);
    items[2] = set_item_of(&a, tag(3), BYTES_LIT("chain"), 2);
    compare(items, 3, &f);
    assert_true(has(&f, two_ids) && has(&f, two_seqs));
    assert_true(f.blamed[0] && f.blamed[2] && !f.blamed[1]);
}

/* --- whom it blames ----------------------------------------------------------------------------
 */

/* Whichever of the two comes first in any order: the honest neighbours are left alone. */
static void only_those_that_contradict_are_blamed(void **state)
{
    (void)state;
    for (uint64_t other = 100; other < 120; other++) {
        struct found    f;
        struct set_item items[] = {item(0, 1, 1, 10, 0), item(1, 1, 2, 20, 10),
                                   item(2, 1, 2, other, 10), item(3, 1, 3, 30, 20)};
        shuffle(items, 4);
        compare(items, 4, &f);
        assert_true(f.blamed[1] && f.blamed[2]);
        assert_false(f.blamed[0] || f.blamed[3]);
        assert_int_equal(f.missing, 0);
    }
}

/* Given in two copies, both are certificates of an entry that contradicts another. */
static void copies_are_blamed_alike(void **state)
{
    (void)state;
    struct found f;
    for (unsigned round = 0; round < 100; round++) {
        struct set_item seqs[] = {item(0, 1, 1, 10, 0),  item(1, 1, 2, 20, 10),
                                  item(2, 1, 2, 20, 10), item(3, 1, 2, 21, 11),
                                  item(4, 1, 2, 21, 11), item(5, 1, 2, 22, 12)};
        shuffle(seqs, 6);
        compare(seqs, 6, &f);
        for (unsigned i = 1; i < 6; i++) assert_true(f.blamed[i]);

        struct set_item links[] = {item(0, 1, 1, 10, 0), item(1, 1, 1, 10, 0), item(2, 1, 1, 10, 0),
                                   item(3, 1, 2, 20, 99), item(4, 1, 2, 20, 99)};
        shuffle(links, 5);
        compare(links, 5, &f);
        for (unsigned i = 0; i < 5; i++) assert_true(f.blamed[i]);

        struct set_item ids[] = {item(0, 1, 1, 10, 0), item(1, 1, 1, 10, 0), item(2, 2, 1, 30, 0),
                                 item(3, 2, 1, 30, 0)};
        for (unsigned i = 0; i < 4; i++) ids[i].id = tag(7);
        shuffle(ids, 4);
        compare(ids, 4, &f);
        for (unsigned i = 0; i < 4; i++) assert_true(f.blamed[i]);
    }
}

/* --- properties --------------------------------------------------------------------------------
 */

static int by_value(const void *a, const void *b)
{
    const struct set_finding *x = a, *y = b;
    const int                 reason = strcmp(x->reason, y->reason);
    if (reason != 0) return reason;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    return x->seq_from < y->seq_from ? -1 : x->seq_from > y->seq_from;
}

static void sort_findings(struct found *f)
{
    qsort(f->list, f->n, sizeof *f->list, by_value);
}

/* Few values for each part, so that they collide in every way. */
static size_t draw_set(struct set_item *items)
{
    const size_t n = 1 + (size_t)(draw(&seed) % 12);
    for (size_t i = 0; i < n; i++) {
        const uint64_t fingerprint = 1 + draw(&seed) % 8;
        uint64_t       of_entry = fingerprint * UINT64_C(0x2545f4914f6cdd1d); /* the same for it */
        items[i] = item(i, draw(&of_entry) % 2, 1 + draw(&of_entry) % 4, fingerprint,
                        1 + draw(&of_entry) % 8);
        items[i].id = tag(draw(&of_entry) % 6);
    }
    return n;
}

/* Every order gives the same findings, and no more of them than the rules times the items. */
static void order_does_not_matter(void **state)
{
    (void)state;
    static struct found first, again;
    for (unsigned round = 0; round < 5000; round++) {
        struct set_item items[ITEMS_MAX];
        const size_t    n = draw_set(items);
        compare(items, n, &first);
        assert_true(first.n <= 5 * n);
        sort_findings(&first);
        for (unsigned turn = 0; turn < 4; turn++) {
            shuffle(items, n);
            compare(items, n, &again);
            sort_findings(&again);
            assert_int_equal(again.n, first.n);
            assert_memory_equal(again.list, first.list, first.n * sizeof *first.list);
        }
    }
}

/* The rule as the format says it, pair by pair. */
static bool contradict(const struct set_item *a, const struct set_item *b)
{
    const bool is_matter = hash_eq(a->matter, b->matter);
    if (hash_eq(a->fingerprint, b->fingerprint)) return false;
    if (hash_eq(a->id, b->id)) return true;
    if (is_matter && a->seq == b->seq) return true;
    return is_matter && a->has_prev && b->has_prev && hash_eq(a->prev, b->prev);
}

/* Is i's link to the entry before broken, where that is given? */
static bool is_broken(const struct set_item *items, size_t n, size_t i)
{
    bool is_given = false;
    for (size_t k = 0; k < n; k++) {
        if (!hash_eq(items[k].matter, items[i].matter) || items[k].seq + 1 != items[i].seq)
            continue;
        if (hash_eq(items[k].fingerprint, items[i].prev)) return false;
        is_given = true;
    }
    return is_given;
}

static void it_blames_as_the_rule_says_pair_by_pair(void **state)
{
    (void)state;
    static struct found f;
    for (unsigned round = 0; round < 20000; round++) {
        struct set_item items[ITEMS_MAX];
        bool            want[ITEMS_MAX] = {0};
        const size_t    n = draw_set(items);
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n; k++) want[i] |= contradict(&items[i], &items[k]);
            if (!is_broken(items, n, i)) continue;
            want[i] = true;
            for (size_t k = 0; k < n; k++)
                want[k] |=
                    hash_eq(items[k].matter, items[i].matter) && items[k].seq + 1 == items[i].seq;
        }
        compare(items, n, &f);
        for (size_t i = 0; i < n; i++)
            if (f.blamed[i] != want[i]) fail_msg("round %u: item %zu", round, i);
    }
}

static void hundred_thousand_shuffled_certificates(void **state)
{
    (void)state;
    static struct found f;
    struct set_item    *items = calloc(MANY, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < MANY; i++) /* ten to a matter */
        items[i] = item(i, i / 10, i % 10 + 1, i + 1, i);
    shuffle(items, MANY);
    compare(items, MANY, &f);
    assert_int_equal(f.n, 0);
    size_t at = MANY / 2;
    while (items[at].seq == 1) at++;
    items[at].prev = tag(UINT64_C(1) << 30);
    compare(items, MANY, &f);
    assert_int_equal(f.n, 1);
    free(items);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_sets_in_any_order),
        cmocka_unit_test(every_kind_of_finding_is_told),
        cmocka_unit_test(nothing_is_found_where_nothing_is_wrong),
        cmocka_unit_test(largest_seq_does_not_overflow),
        cmocka_unit_test(names_belong_to_an_organisation_of_a_chain),
        cmocka_unit_test(only_those_that_contradict_are_blamed),
        cmocka_unit_test(copies_are_blamed_alike),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(it_blames_as_the_rule_says_pair_by_pair),
        cmocka_unit_test(hundred_thousand_shuffled_certificates),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    seed = draw_seed();
    RUN_TESTS(tests);
}

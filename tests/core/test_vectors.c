/* The published vectors: every certificate, in both suites, gives its expected result. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/verify.h"
#include "vector.h"

enum { POLICY_ARENA = 16 * 1024 * 1024 };

static const char *folder; /* tests/vectors */
static unsigned    tables_made;

static struct buf read_vector(const char *name)
{
    return vector_read(folder, name);
}

struct loaded {
    struct buf            text, memory;
    struct policy_history history;
    const char           *why;
    enum gz_err           usable;
};

static void load_policy(const char *name, struct loaded *l)
{
    l->text = read_vector(name);
    assert_ok(buf_reserve(&l->memory, POLICY_ARENA));
    struct arena a = {.p = l->memory.p, .cap = l->memory.cap};
    l->usable = policy_history_decode(buf_bytes(&l->text), &a, &l->history, &l->why);
}

static void loaded_fini(struct loaded *l)
{
    buf_fini(&l->text);
    buf_fini(&l->memory);
}

static struct verify_file hash_file(const char *name)
{
    DEFER(buf_fini) struct buf content = read_vector(name);
    return (struct verify_file){content.n, hash_of(SUITE_GM, buf_bytes(&content)),
                                hash_of(SUITE_INTL, buf_bytes(&content))};
}

static const char *text_of(json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

static void forget_notes(struct verify_cache *cache)
{
    for (size_t i = 0; i < VERIFY_CACHE_NOTES; i++) cache->notes[i].n = 0;
}

/* The same report from an empty cache, from one that holds the checkpoint, and from tables of the
 * keys; what does not verify is not kept either. */
static void check_with_cache(struct bytes wire, const struct policy_history *history,
                             const struct verify_file *files, size_t files_n,
                             const struct verify_report *want)
{
    enum { ROUNDS = KEY_CACHE_AFTER + 3 };
    DEFER(buf_fini) struct buf memory = {0};
    struct verify_cache       *cache = calloc(1, sizeof *cache);
    const struct verify_given  given = {history, files, files_n, cache};
    assert_non_null(cache);
    assert_ok(buf_reserve(&memory, verify_arena_size(wire.n)));
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct arena         arena = {.p = memory.p, .cap = verify_arena_size(wire.n)};
        struct verify_report r;
        if (round < KEY_CACHE_AFTER) forget_notes(cache);
        assert_ok(verify_with(wire, &given, &arena, &r));
        assert_int_equal(r.result, want->result);
        assert_int_equal(r.check, want->check);
        assert_ptr_equal(r.reason, want->reason);
        assert_memory_equal(r.outcomes, want->outcomes, sizeof r.outcomes);
        assert_int_equal(r.quorum_time, want->quorum_time);
        assert_int_equal(r.proven_time, want->proven_time);
        assert_ptr_equal(r.version, want->version);
        if (want->quorum_time != 0)
            assert_memory_equal(r.witness_times, want->witness_times,
                                policy_count_witnesses(r.version->policy) *
                                    sizeof *r.witness_times);
    }
    tables_made += cache->keys.has_base;
    free(cache);
}

static void check_certificate(json_t *row)
{
    DEFER(loaded_fini) struct loaded policy = {0};
    DEFER(buf_fini) struct buf       wire = read_vector(text_of(row, "certificate")), memory = {0};
    static const char *const         results[] = {"valid", "invalid", NULL, "incomplete"};
    const char                      *about = text_of(row, "about"), *want = text_of(row, "result");
    struct verify_file               files[4];
    struct verify_report             r;
    json_t                          *names = json_object_get(row, "files");
    load_policy(text_of(row, "policy"), &policy);
    if (policy.usable != GZ_OK) {
        if (strcmp(want, "unusable") != 0) fail_msg("%s: unusable: %s", about, policy.why);
        return;
    }
    assert_ok(buf_reserve(&memory, verify_arena_size(wire.n)));
    struct arena arena = {.p = memory.p, .cap = verify_arena_size(wire.n)};
    for (size_t i = 0; i < json_array_size(names); i++)
        files[i] = hash_file(json_string_value(json_array_get(names, i)));
    assert_ok(verify_certificate(buf_bytes(&wire), &policy.history, files, json_array_size(names),
                                 &arena, &r));
    check_with_cache(buf_bytes(&wire), &policy.history, files, json_array_size(names), &r);
    if (strcmp(results[r.result], want) != 0)
        fail_msg("%s (%s): %s, not %s: check %u, %s", text_of(row, "certificate"), about,
                 results[r.result], want, r.check, r.reason);
    if (r.result == VERIFY_INVALID) {
        if (r.check != json_integer_value(json_object_get(row, "check")))
            fail_msg("%s (%s): check %u: %s", text_of(row, "certificate"), about, r.check,
                     r.reason);
        return;
    }
    assert_int_equal(r.quorum_time, json_integer_value(json_object_get(row, "quorum_time")));
    assert_int_equal(r.proven_time, json_integer_value(json_object_get(row, "proven_time")));
}

static json_t *load(const char *name)
{
    DEFER(buf_fini) struct buf text = read_vector(name);
    json_t                    *rows = json_loadb((const char *)text.p, text.n, 0, NULL);
    assert_non_null(rows);
    return rows;
}

static void every_certificate_gives_its_result(void **state)
{
    (void)state;
    json_t *rows = load("vectors.json"), *row;
    size_t  i;
    assert_int_equal(json_array_size(rows), 354);
    json_array_foreach(rows, i, row) check_certificate(row);
    assert_in_range(tables_made, 60, 354); /* the path by tables was taken */
    json_decref(rows);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_certificate_gives_its_result),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

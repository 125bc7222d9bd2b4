/* Policy histories: every defect by its name, and which version judges which size. */
#include "core/policy.h"

#include <stdlib.h>

#include "vector.h"

static const char *folder; /* tests/vectors */

/* The published history with one part of its text replaced; NULL where it is usable. */
static const char *why_with(const char *history, const char *old, const char *new)
{
    DEFER(buf_fini) struct buf good = vector_read(folder, history), text = {0}, memory = {0};
    struct policy_history      h;
    const char                *why = NULL;
    text = text_replaced(buf_bytes(&good), old, new);
    assert_ok(buf_reserve(&memory, policy_arena_size(text.n)));
    struct arena      a = {.p = memory.p, .cap = policy_arena_size(text.n)};
    const enum gz_err e = policy_history_decode(buf_bytes(&text), &a, &h, &why);
    assert_true(e == GZ_OK || e == GZ_MALFORMED);
    assert_true((e == GZ_OK) == (why == NULL));
    return why;
}

static void every_defect_is_named(void **state)
{
    (void)state;
    static const char form[] = "the policy history is malformed";
    static const struct {
        const char *old, *new, *why;
    } rows[] = {
        {"\"version\": 1", "\"version\" : 1", NULL},
        {"\"closed\": \"rotated\"", "\"closed\": \"compromised\"", NULL},
        {"policy-history/v1", "policy-history/v2", form},
        {"\"origin\": \"guzheng/shandong-gm\"", "\"origin\": 5", form},
        {"\"origin\": \"guzheng/shandong-gm\"", "\"origin\": \"\"",
         "a history without versions or origin"},
        {"\"origin\": \"guzheng/shandong-gm\"", "\"origin\": \"guzheng/other\"",
         "a closing checkpoint is of another origin"},
        {"\"origin\"", "\"Origin\"", form},
        {"\"version\": 1", "\"version\": 1, \"version\": 1", form},
        {"\"version\": 1", "\"version\": 1, \"more\": 1", form},
        {"\"version\": 1", "\"version\": 0", "versions do not count from 1"},
        {"\"version\": 2", "\"version\": 3", "versions do not count from 1"},
        {"\"version\": 1", "\"version\": 1.0", form},
        {"\"from_size\": 0", "\"from_size\": 1", "versions do not join"},
        {"\"from_size\": 149", "\"from_size\": 148", "versions do not join"},
        {"\"to_size\": 149", "\"to_size\": null", "to_size, closing and closed go together"},
        {"\"to_size\": 149", "\"to_size\": 0", "a version without a size"},
        {"\"to_size\": 149", "\"to_size\": 150",
         "a closing checkpoint is of another size than to_size"},
        {"\"to_size\": null", "\"to_size\": 300", "to_size, closing and closed go together"},
        {"\"closed\": \"rotated\"", "\"closed\": \"Rotated\"", "closed for an unknown reason"},
        {"\"closed\": \"rotated\"", "\"closed\": null", "to_size, closing and closed go together"},
        {"\"closing\": \"guzheng", "\"closing\": \"guzhenk",
         "a closing checkpoint is of another origin"},
        {"\\n149\\n", "\\n0149\\n", "a closing checkpoint is malformed"},
        {"\\n149\\nc/utX", "\\n149\\nc/utY", "the signature of a known key is wrong"},
        {"quorum courts", "quorum none", "quorum none proves nothing"},
        {"{\n \"origin\"", "\xef\xbb\xbf{\n \"origin\"", "a byte order mark"},
        {"{\n \"origin\"", " \t\r\n{\n \"origin\"", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *why = why_with("gm-history-rotated.json", rows[i].old, rows[i].new);
        if (why != rows[i].why &&
            (why == NULL || rows[i].why == NULL || strcmp(why, rows[i].why) != 0))
            fail_msg("%s: %s", rows[i].new, why == NULL ? "usable" : why);
    }
}

static void load(struct bytes text, struct buf *memory, struct policy_history *h)
{
    const char *why = NULL;
    assert_ok(buf_reserve(memory, policy_arena_size(text.n)));
    struct arena a = {.p = memory->p, .cap = policy_arena_size(text.n)};
    assert_ok(policy_history_decode(text, &a, h, &why));
}

static void a_size_is_judged_by_one_version(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = vector_read(folder, "gm-history-rotated.json"), memory = {0};
    struct policy_history      h;
    load(buf_bytes(&text), &memory, &h);
    assert_int_equal(h.n, 2);
    assert_null(policy_history_at(&h, 0));
    assert_ptr_equal(policy_history_at(&h, 1), &h.versions[0]);
    assert_ptr_equal(policy_history_at(&h, 149), &h.versions[0]);
    assert_ptr_equal(policy_history_at(&h, 150), &h.versions[1]);
    assert_ptr_equal(policy_history_at(&h, INT64_MAX), &h.versions[1]);
    assert_int_equal(h.versions[0].closed, POLICY_ROTATED);
    assert_int_equal(h.versions[0].closing.size, 149);
    assert_true(h.versions[0].closing_time > 0);
    assert_int_equal(h.versions[1].closed, POLICY_OPEN);
}

static void a_plain_policy_is_one_open_version(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = vector_read(folder, "gm.policy"), memory = {0};
    struct policy_history      h;
    load(buf_bytes(&text), &memory, &h);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.origin.n, 0);
    assert_null(policy_history_at(&h, 0));
    assert_ptr_equal(policy_history_at(&h, 1), &h.versions[0]);
    assert_int_equal(h.versions[0].closed, POLICY_OPEN);
}

static void last_version_is_open_and_no_other(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = vector_read(folder, "gm-history-rotated.json");
    DEFER(buf_fini) struct buf cut = {0}, memory = {0};
    struct policy_history      h;
    const char                *why = NULL, *second = ",\n  {\n   \"closed\": null";
    const uint8_t             *at = memmem(text.p, text.n, second, strlen(second));
    assert_non_null(at);
    assert_ok(buf_add(&cut, (struct bytes){text.p, (size_t)(at - text.p)}));
    assert_ok(buf_add_str(&cut, "]}"));
    assert_ok(buf_reserve(&memory, policy_arena_size(text.n)));
    struct arena a = {.p = memory.p, .cap = policy_arena_size(text.n)};
    assert_err(policy_history_decode(buf_bytes(&cut), &a, &h, &why), GZ_MALFORMED);
    assert_string_equal(why, "the last version is closed");
    assert_string_equal(why_with("gm-history-rotated.json", "\"version\": 2\n  }",
                                 "\"version\": 2}, {\"version\": 3, \"policy\": \"\", \"from_size\""
                                 ": 0, \"to_size\": null, \"closing\": null, \"closed\": null}"),
                        "an open version that is not the last");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_defect_is_named),
        cmocka_unit_test(a_size_is_judged_by_one_version),
        cmocka_unit_test(a_plain_policy_is_one_open_version),
        cmocka_unit_test(last_version_is_open_and_no_other),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

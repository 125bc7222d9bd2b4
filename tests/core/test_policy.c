/* Policies and histories: what the vectors call unusable, the limits, and when a quorum was met. */
#include "core/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vector.h"

enum { ARENA_SIZE = 16 * 1024 * 1024 };

static const char *folder; /* tests/vectors */
static uint8_t     memory[ARENA_SIZE];

static struct buf read_vector(const char *name)
{
    return vector_read(folder, name);
}

static enum gz_err decode(struct bytes text, const struct policy **out, const char **why)
{
    struct arena a = {.p = memory, .cap = sizeof memory};
    *why = NULL;
    return policy_decode(text, &a, out, why);
}

/* Keys are cheap to come by: any 32 bytes that encode a point will do for a policy's limits. */
static size_t add_witnesses(struct buf *text, size_t want)
{
    size_t made = 0;
    for (unsigned seed = 0; made < want; seed++) {
        struct key  k = {0};
        char        name[16];
        struct hash raw = hash_of(SUITE_INTL, (struct bytes){(uint8_t *)&seed, sizeof seed});
        snprintf(name, sizeof name, "w%u", seed);
        if (key_init(&k, SUITE_INTL, KEY_WITNESS, bytes_str(name), raw.b) != GZ_OK) continue;
        assert_ok(buf_addf(text, "witness w%zu ", made++));
        assert_ok(key_encode(&k, text));
        assert_ok(buf_add_byte(text, '\n'));
    }
    return made;
}

static void add_log(struct buf *text)
{
    struct key k = {0};
    for (unsigned seed = 1000000;; seed++) {
        struct hash raw = hash_of(SUITE_INTL, (struct bytes){(uint8_t *)&seed, sizeof seed});
        if (key_init(&k, SUITE_INTL, KEY_LOG, BYTES_LIT("origin"), raw.b) == GZ_OK) break;
    }
    assert_ok(buf_add_str(text, "log "));
    assert_ok(key_encode(&k, text));
    assert_ok(buf_add_byte(text, '\n'));
}

static void as_many_witnesses_as_the_limit_says_and_not_one_more(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf full = {0}, over = {0};
    const struct policy       *p = NULL;
    const char                *why;
    add_log(&full);
    add_witnesses(&full, POLICY_MEMBERS_MAX);
    assert_ok(buf_add_str(&full, "quorum w255\n"));
    assert_ok(decode(buf_bytes(&full), &p, &why));
    assert_int_equal(policy_count_witnesses(p), POLICY_MEMBERS_MAX);
    add_log(&over);
    add_witnesses(&over, POLICY_MEMBERS_MAX + 1);
    assert_ok(buf_add_str(&over, "quorum w0\n"));
    assert_err(decode(buf_bytes(&over), &p, &why), GZ_MALFORMED);
    assert_string_equal(why, "more than 256 witnesses and groups");
}

static void many_empty_lines_need_little_memory(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = {0};
    const struct policy       *p;
    const char                *why = NULL;
    struct arena               a = {.p = memory, .cap = 512 * 1024};
    add_log(&text);
    add_witnesses(&text, 1);
    assert_ok(buf_add_str(&text, "quorum w0\n"));
    while (text.n < POLICY_TEXT_MAX) assert_ok(buf_add_byte(&text, '\n'));
    assert_ok(policy_decode(buf_bytes(&text), &a, &p, &why));
}

static void control_characters_are_refused_wherever_they_stand(void **state)
{
    (void)state;
    static const char *const bad[] = {"\r", "\x01", "\x7f", "\xc2\x85", "\xef\xbb\xbf", "\xff"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        DEFER(buf_fini) struct buf text = {0};
        const struct policy       *p;
        const char                *why;
        add_log(&text);
        add_witnesses(&text, 1);
        assert_ok(buf_addf(&text, "# comment %s\nquorum w0\n", bad[i]));
        assert_err(decode(buf_bytes(&text), &p, &why), GZ_MALFORMED);
        assert_non_null(why);
    }
}

static void each_defect_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *tail, *why;
    } rows[] = {
        {"quorum w0\n", NULL},
        {" \t# quorum none\n\tquorum\t w0", NULL},
        {"group g all w0 w1\ngroup h any g w2\nquorum h\n", NULL},
        {"", "no quorum"},
        {"quorum none\n", "quorum none proves nothing"},
        {"quorum w9\n", "the quorum names what is not defined before it"},
        {"quorum w0\nquorum w0\n", "two quorum lines"},
        {"quorum w0 # no comment here\n", "too many items on the quorum line"},
        {"group g 0 w0\nquorum g\n", "a threshold is out of range"},
        {"group g 2 w0\nquorum g\n", "a threshold is out of range"},
        {"group g 01 w0\nquorum g\n", "a threshold is out of range"},
        {"group g any\nquorum g\n", "a group without members"},
        {"group g any g\nquorum g\n", "a group names a member that is not defined before it"},
        {"group g any w0\ngroup h any w0\nquorum g\n", "a name stands in two groups"},
        {"group w0 any w1\nquorum w0\n", "a name is defined twice"},
        {"group none any w1\nquorum w0\n", "a witness or group needs a name other than none"},
        {"Quorum w0\n", "an unknown keyword"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DEFER(buf_fini) struct buf text = {0};
        const struct policy       *p;
        const char                *why;
        add_log(&text);
        add_witnesses(&text, 3);
        assert_ok(buf_add_str(&text, rows[i].tail));
        assert_err(decode(buf_bytes(&text), &p, &why), rows[i].why == NULL ? GZ_OK : GZ_MALFORMED);
        if (rows[i].why != NULL) assert_string_equal(why, rows[i].why);
    }
}

static void nested_groups_decide_the_quorum(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = {0};
    const struct policy       *p;
    const char                *why;
    add_log(&text);
    add_witnesses(&text, 4);
    assert_ok(buf_add_str(&text, "group courts 2 w0 w1 w2\n"
                                 "group both all courts w3\nquorum both\n"));
    assert_ok(decode(buf_bytes(&text), &p, &why));
    for (unsigned set = 0; set < 16; set++) {
        const uint64_t times[4] = {set & 1, set >> 1 & 1, set >> 2 & 1, set >> 3 & 1};
        const bool     want = times[0] + times[1] + times[2] >= 2 && times[3] == 1;
        assert_int_equal(policy_is_met(p, times), want);
    }
}

/* The rows of vectors.json with one of these that are not "unusable". */
static bool is_usable(unsigned i)
{
    return i == 144 || i == 158 || i == 159 || i == 161 || i == 162 || i == 170;
}

static void every_vector_loads_or_fails_as_published(void **state)
{
    (void)state;
    static const char *const suites[] = {"gm", "intl"};
    char                     name[64];
    for (size_t s = 0; s < COUNT_OF(suites); s++)
        for (unsigned i = 144; i <= 170; i++) {
            struct arena          a = {.p = memory, .cap = sizeof memory};
            struct policy_history h;
            const char           *why = NULL;
            if (i == 160) continue;
            snprintf(name, sizeof name, i < 160 ? "%s-policy-%u" : "%s-history-%u.json", suites[s],
                     i);
            DEFER(buf_fini) struct buf text = read_vector(name);
            const bool usable = policy_history_decode(buf_bytes(&text), &a, &h, &why) == GZ_OK;
            if (usable != is_usable(i)) fail_msg("%s: %s", name, usable ? "usable" : why);
            if (!usable) assert_non_null(why);
        }
}

/* In exactly the memory that is promised; GZ_MEMORY would be a broken promise. */
static const char *why_unusable(struct bytes input)
{
    const size_t          room = policy_arena_size(input.n);
    uint8_t              *space = malloc(room);
    struct arena          a = {.p = space, .cap = room};
    struct policy_history h;
    const char           *why = NULL;
    assert_non_null(space);
    assert_err(policy_history_decode(input, &a, &h, &why), GZ_MALFORMED);
    free(space);
    return why;
}

static void repeat(struct buf *text, const char *part, size_t n)
{
    for (size_t i = 0; i < n; i++) assert_ok(buf_add_str(text, part));
}

static const char history_head[] =
    "{\"type\":\"guzheng/policy-history/v1\",\"origin\":\"o\",\"versions\":[";

static void too_many_versions_are_named_as_such(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf over = {0}, full = {0};
    assert_ok(buf_add_str(&over, history_head));
    repeat(&over, "{},", POLICY_VERSIONS_MAX);
    assert_ok(buf_add_str(&over, "{}]}"));
    assert_string_equal(why_unusable(buf_bytes(&over)), "more than 4,096 versions");
    assert_ok(buf_add_str(&full, history_head));
    repeat(&full, "{},", POLICY_VERSIONS_MAX - 1);
    assert_ok(buf_add_str(&full, "{}]}"));
    assert_string_equal(why_unusable(buf_bytes(&full)), "the policy history is malformed");
}

/* What takes the most memory for its size, at every size up to the limit. */
static void promised_memory_is_enough(void **state)
{
    (void)state;
    static const struct {
        const char *head, *part, *tail;
    } rows[] = {
        {"", "log\n", ""},
        {"", "witness\n", ""},
        {"", "group\n", ""},
        {"", "\n", "log\n"},
        {history_head, "1,", "1]}"},
        {history_head, "{\"\":1},", "1]}"},
        {"{\"type\":\"\",\"origin\":\"", "\\n", "\"}"},
        {"{\"versions\":[{", "\"\":1,", "\"\":1}]}"},
        {"{\"versions\":[{\"policy\":\"", "log\\n", "\"}]}"},
    };
    static const size_t sizes[] = {1, 100, 10000, POLICY_HISTORY_MAX};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t k = 0; k < COUNT_OF(sizes); k++) {
            DEFER(buf_fini) struct buf text = {0};
            const size_t part = strlen(rows[i].part), around = strlen(rows[i].head) + 64;
            assert_ok(buf_add_str(&text, rows[i].head));
            repeat(&text, rows[i].part, sizes[k] > around ? (sizes[k] - around) / part : 1);
            assert_ok(buf_add_str(&text, rows[i].tail));
            assert_non_null(why_unusable(buf_bytes(&text)));
        }
}

int main(int argc, char **argv)
{
    if (argc != 2) return EXIT_FAILURE;
    folder = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_witnesses_as_the_limit_says_and_not_one_more),
        cmocka_unit_test(many_empty_lines_need_little_memory),
        cmocka_unit_test(control_characters_are_refused_wherever_they_stand),
        cmocka_unit_test(each_defect_is_named),
        cmocka_unit_test(nested_groups_decide_the_quorum),
        cmocka_unit_test(too_many_versions_are_named_as_such),
        cmocka_unit_test(promised_memory_is_enough),
        cmocka_unit_test(every_vector_loads_or_fails_as_published),
    };
    RUN_TESTS(tests);
}

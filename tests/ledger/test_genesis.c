/* genesis.json: what it must say, and every defect by its name. */
#include "ledger/genesis.h"

#include <stdlib.h>

#include "chain_fixture.h"

/* The fixture's genesis with one text in it replaced. */
static const char *why_with(const char *old, const char *new)
{
    DEFER(buf_fini) struct buf text = {0};
    struct fixture             f;
    struct genesis             g;
    const char                *why = NULL;
    fixture_init(&f, 0);
    assert_ok(buf_add_byte(&f.genesis, 0));
    char *at = strstr((char *)f.genesis.p, old);
    if (at == NULL) fail_msg("not in the genesis: %s", old);
    assert_ok(buf_add(&text, (struct bytes){f.genesis.p, (size_t)(at - (char *)f.genesis.p)}));
    assert_ok(buf_add_str(&text, new));
    assert_ok(buf_add_str(&text, at + strlen(old)));
    const size_t      room = genesis_arena_size(text.n);
    uint8_t          *memory = malloc(room);
    struct arena      arena = {.p = memory, .cap = room};
    const enum gz_err e = genesis_decode(buf_bytes(&text), &arena, &g, &why);
    assert_true(e == GZ_OK || e == GZ_MALFORMED);
    assert_true((e == GZ_OK) == (why == NULL));
    free(memory);
    fixture_fini(&f);
    return why;
}

static void good_one_is_read(void **state)
{
    (void)state;
    struct fixture f;
    struct genesis g;
    const char    *why = NULL;
    fixture_init(&f, 4);
    const size_t room = genesis_arena_size(f.genesis.n);
    uint8_t     *memory = malloc(room);
    struct arena arena = {.p = memory, .cap = room};
    assert_ok(genesis_decode(buf_bytes(&f.genesis), &arena, &g, &why));
    assert_int_equal(g.suite, SUITE_INTL);
    assert_true(bytes_eq(g.origin, BYTES_LIT("guzheng/test")));
    assert_int_equal(g.rows_n, 2);
    assert_true(bytes_eq(g.rows[1].name, BYTES_LIT("court.sd")));
    assert_int_equal(g.rows[0].until_index, UINT64_MAX);
    assert_int_equal(g.rows[1].until_index, 4);
    assert_true(hash_eq(g.hash, hash_of(SUITE_INTL, buf_bytes(&f.genesis))));
    free(memory);
    fixture_fini(&f);
}

/* A row of the table below. */
#define ROOT43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define CONTINUES(size, version, seqs, pairs, why)                                                 \
    {                                                                                              \
        "\"continues\":null",                                                                      \
            "\"continues\":{\"size\":" size ",\"root\":\"" ROOT43 "\",\"policy_version\":" version \
            ",\"last_seq\":" seqs ",\"supersedes\":" pairs "}",                                    \
            why                                                                                    \
    }

static void a_chain_may_continue_a_log(void **state)
{
    (void)state;
    assert_null(why_with("\"continues\":null",
                         "\"continues\":{\"size\":9,\"root\":\"" ROOT43 "\","
                         "\"policy_version\":2,\"last_seq\":{\"ccb.sd\":3,\"court.sd\":1},"
                         "\"supersedes\":[[0,4],[0,5],[2,8]]}"));
}

static void every_defect_is_named(void **state)
{
    (void)state;
    static const char form[] = "JSON form, a key, or an unknown, repeated or missing member";
    static const struct {
        const char *old, *new, *why;
    } rows[] = {
        {"genesis/v1", "genesis/v2", "another type"},
        {"\"guzheng/test\"", "\"Guzheng\"", "origin"},
        {"\"guzheng/test\"", "\"\"", "origin"},
        {"\"intl\"", "\"xx\"", "an unknown suite"},
        {"\"intl\"", "\"gm\"", "the policy is of another suite"},
        {"00:00:00Z", "00:00:00", "created_at"},
        {"\"continues\":null", "\"continues\":{\"size\":1}",
         "JSON form, a key, or an unknown, repeated or missing member"},
        CONTINUES("0", "2", "{}", "[]", "continues"),
        CONTINUES("9", "1", "{}", "[]", "continues"),
        CONTINUES("9", "2", "{\"a\":1,\"a\":2}", "[]", form),
        CONTINUES("9", "2", "{\"a\":-1}", "[]", form),
        CONTINUES("9", "2", "{}", "[[1]]", form),
        CONTINUES("9", "2", "{}", "[[1,2,3]]", form),
        CONTINUES("9", "2", "[]", "[]", form),
        CONTINUES("9", "2", "{}", "[[3,3]]", "continues"),
        CONTINUES("9", "2", "{}", "[[3,9]]", "continues"),
        CONTINUES("9", "2", "{}", "[[3,5],[3,5]]", "continues"),
        CONTINUES("9", "2", "{}", "[[3,5],[2,6]]", "continues"),
        {"\"continues\":null", "\"continues\":null,\"more\":1", form},
        {"\"continues\":null", "\"continued\":null", form},
        {",\"continues\":null", "", form},
        {"\"role\":\"bank\"", "\"role\":\"Bank\"", "an organisation's role"},
        {"\"name\":\"ccb.sd\"", "\"name\":\"ccb sd\"", "an organisation's name"},
        {"\"name\":\"ccb.sd\"", "\"name\":\"icbc.sd\"", "a key of another name, purpose or suite"},
        {"\"receipt\":null", "\"receipt\":\"x\"", form},
        {"\"from_index\":0", "\"from_index\":-1", form},
        {"\"from_index\":0", "\"from_index\":7,\"from_index\":7", form},
        {"\"until_index\":null", "\"until_index\":0", "an empty range of indexes"},
        {"quorum w\\n", "quorum none\\n", "quorum none proves nothing"},
        {"quorum w\\n", "\\n", "no quorum"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *why = why_with(rows[i].old, rows[i].new);
        if (why == NULL || strcmp(why, rows[i].why) != 0)
            fail_msg("%s: %s", rows[i].new, why == NULL ? "accepted" : why);
    }
    assert_null(why_with("\"role\":\"bank\"", "\"role\":\"other\""));
    assert_null(why_with("\"from_index\":0", " \"from_index\" : 9"));
}

/* --- one purpose for each key ------------------------------------------------------------------
 */

static const char *judge(const struct buf *text)
{
    struct genesis g;
    const char    *why = NULL;
    const size_t   room = genesis_arena_size(text->n);
    uint8_t       *memory = malloc(room);
    struct arena   arena = {.p = memory, .cap = room};
    assert_true((genesis_decode(buf_bytes(text), &arena, &g, &why) == GZ_OK) == (why == NULL));
    free(memory);
    return why;
}

static void add_key(struct buf *out, const struct key *k)
{
    if (k == NULL) assert_ok(buf_add_str(out, "null"));
    if (k == NULL) return;
    assert_ok(buf_add_byte(out, '"'));
    assert_ok(key_encode(k, out));
    assert_ok(buf_add_byte(out, '"'));
}

/* The bank's keys over one range of indexes; until as JSON. */
static void add_row(struct buf *out, const struct key *submission, const struct key *receipt,
                    unsigned from, const char *until)
{
    assert_ok(buf_add_str(out, "{\"name\":\"ccb.sd\",\"role\":\"bank\",\"submission\":"));
    add_key(out, submission);
    assert_ok(buf_add_str(out, ",\"receipt\":"));
    add_key(out, receipt);
    assert_ok(buf_addf(out, ",\"from_index\":%u,\"until_index\":%s}", from, until));
}

static const char *why_of_rows(const struct buf *rows, const struct key *log,
                               const struct key *witness)
{
    DEFER(buf_fini) struct buf text = {0}, l = {0}, w = {0};
    assert_ok(key_encode(log, &l));
    assert_ok(key_encode(witness, &w));
    assert_ok(buf_addf(&text,
                       "{\"type\":\"guzheng/genesis/v1\",\"origin\":\"guzheng/test\",\"suite\":"
                       "\"intl\",\"created_at\":\"2026-01-01T00:00:00Z\",\"organisations\":["
                       "%.*s],\"policy\":\"log %.*s\\nwitness w %.*s\\nquorum w\\n\","
                       "\"continues\":null}",
                       (int)rows->n, (char *)rows->p, (int)l.n, (char *)l.p, (int)w.n,
                       (char *)w.p));
    return judge(&text);
}

/* A genesis of the bank alone with these keys. */
static const char *why_of_keys(const struct key *submission, const struct key *receipt,
                               const struct key *log, const struct key *witness)
{
    DEFER(buf_fini) struct buf rows = {0};
    add_row(&rows, submission, receipt, 0, "null");
    return why_of_rows(&rows, log, witness);
}

static struct key with_purpose(const struct key *k, enum key_purpose purpose, const char *name)
{
    struct key made;
    assert_ok(key_init(&made, SUITE_INTL, purpose, bytes_str(name), k->public_key));
    return made;
}

static void a_key_serves_one_purpose(void **state)
{
    (void)state;
    static const char why[] = "one public key serves two purposes";
    struct fixture    f;
    fixture_init(&f, 0);
    const struct key s = f.bank.key, r = with_purpose(&f.court.key, KEY_RECEIPT, "ccb.sd");
    const struct key l = f.log.key, w = f.witness.key;
    const struct key log_as_s = with_purpose(&l, KEY_SUBMISSION, "ccb.sd");
    const struct key log_as_r = with_purpose(&l, KEY_RECEIPT, "ccb.sd");
    const struct key w_as_s = with_purpose(&w, KEY_SUBMISSION, "ccb.sd");
    const struct key w_as_r = with_purpose(&w, KEY_RECEIPT, "ccb.sd");
    const struct key s_as_r = with_purpose(&s, KEY_RECEIPT, "ccb.sd");
    assert_null(why_of_keys(&s, &r, &l, &w));
    assert_string_equal(why_of_keys(&log_as_s, &r, &l, &w), why);
    assert_string_equal(why_of_keys(&s, &log_as_r, &l, &w), why);
    assert_string_equal(why_of_keys(&w_as_s, &r, &l, &w), why);
    assert_string_equal(why_of_keys(&s, &w_as_r, &l, &w), why);
    assert_string_equal(why_of_keys(&s, &s_as_r, &l, &w), why);
    fixture_fini(&f);
}

static void ranges_of_one_organisation_do_not_overlap(void **state)
{
    (void)state;
    static const char overlap[] = "two keys of one organisation with overlapping ranges";
    static const struct {
        unsigned    from;
        const char *until;
        unsigned    next_from;
        const char *next_until, *why;
    } rows[] = {
        {0, "5", 5, "null", NULL},     {0, "5", 7, "9", NULL},
        {5, "null", 0, "5", NULL},     {0, "5", 4, "null", overlap},
        {0, "null", 9, "10", overlap}, {0, "null", 0, "null", overlap},
        {3, "4", 0, "9", overlap},     {0, "5", 6, "6", "an empty range of indexes"},
    };
    struct fixture f;
    fixture_init(&f, 0);
    const struct key other = with_purpose(&f.court.key, KEY_SUBMISSION, "ccb.sd");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DEFER(buf_fini) struct buf list = {0};
        add_row(&list, &f.bank.key, NULL, rows[i].from, rows[i].until);
        assert_ok(buf_add_byte(&list, ','));
        add_row(&list, &other, NULL, rows[i].next_from, rows[i].next_until);
        const char *why = why_of_rows(&list, &f.log.key, &f.witness.key);
        if (rows[i].why == NULL) assert_null(why);
        else assert_string_equal(why, rows[i].why);
    }
    DEFER(buf_fini) struct buf twice = {0};
    add_row(&twice, &f.bank.key, NULL, 0, "5");
    assert_ok(buf_add_byte(&twice, ','));
    add_row(&twice, &f.bank.key, NULL, 5, "null");
    assert_string_equal(why_of_rows(&twice, &f.log.key, &f.witness.key),
                        "one submission key stands twice");
    fixture_fini(&f);
}

/* One receipt key may serve on while the submission key changes. */
static void receipt_key_may_stand_in_two_rows(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf rows = {0};
    struct fixture             f, more;
    fixture_init(&f, 0);
    fixture_init(&more, 0);
    const struct key receipt = with_purpose(&more.bank.key, KEY_RECEIPT, "ccb.sd");
    const struct key other = with_purpose(&f.court.key, KEY_SUBMISSION, "ccb.sd");
    add_row(&rows, &f.bank.key, &receipt, 0, "5");
    assert_ok(buf_add_byte(&rows, ','));
    add_row(&rows, &other, &receipt, 5, "null");
    assert_null(why_of_rows(&rows, &f.log.key, &f.witness.key));
    fixture_fini(&f);
    fixture_fini(&more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_one_is_read),
        cmocka_unit_test(a_chain_may_continue_a_log),
        cmocka_unit_test(every_defect_is_named),
        cmocka_unit_test(a_key_serves_one_purpose),
        cmocka_unit_test(ranges_of_one_organisation_do_not_overlap),
        cmocka_unit_test(receipt_key_may_stand_in_two_rows),
    };
    RUN_TESTS(tests);
}

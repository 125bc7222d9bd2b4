/* Every route of a log and of a mirror, with right and wrong addresses (network.md 2 and 6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "core/base64.h"
#include "core/entry.h"
#include "network.h"

enum {
    FULL = 256,
    SIZE = 600,
    FIRST = 300,
    SECOND = 250
}; /* entries of bank 1, bank 2; the rest */

static struct net    net;
static struct buf    wires[4]; /* in the order of the log */
static struct hash   leaves[SIZE];
static struct merkle trees[SIZE + 1];

/* --- the log, once for all cases: read only after this ---------------------------------------- */

static void add(size_t i, struct signer *k, uint64_t seq, uint32_t count, int64_t supersedes)
{
    DEFER(buf_fini) struct buf body = {0};
    net_body(signer_key(k)->name, k, seq, count, 0, supersedes, &body);
    net_wire(k, NET_ORIGIN, buf_bytes(&body), &wires[i]);
    if (k == net.court) net_add_submitted(&net, buf_bytes(&wires[i]));
    assert_int_equal(net_post(&net, &net.log_at, "/submission", buf_bytes(&wires[i])), 200);
}

static void make_trees(void)
{
    static uint8_t    memory[SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 64];
    struct submission s;
    uint8_t           entry[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    size_t            at = 0;
    merkle_init(&trees[0], SUITE_INTL);
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        struct arena arena = {memory, 0, sizeof memory};
        assert_ok(submission_decode(buf_bytes(&wires[i]), &arena, &s));
        for (uint32_t k = 0; k < s.items_n; k++, at++) {
            const size_t n = entry_log_bytes(s.org, s.items[k].fingerprint, entry);
            leaves[at] = merkle_leaf(SUITE_INTL, (struct bytes){entry, n});
            trees[at + 1] = trees[at];
            assert_ok(merkle_append(&trees[at + 1], leaves[at]));
        }
    }
    assert_int_equal(at, SIZE);
}

static int open_all(void **state)
{
    (void)state;
    net_init(&net, SIZE);
    net_open_all(&net);
    add(0, net.bank, 1, FIRST, -1);
    add(1, net.court, 1, 49, -1);
    add(2, net.bank, 2, SECOND, 7);
    net_until_published(&net, FIRST + 49 + SECOND);
    clock_shift_s(2); /* of one second only the largest checkpoint is kept */
    add(3, net.bank, 3, 1, 7);
    net_until_published(&net, SIZE);
    for (size_t i = 0; i < NET_WITNESSES; i++) NET_UNTIL(net_witness_status(&net, i).size == SIZE);
    make_trees();
    log_set_level(LOG_ALARM);
    assert_true(dup2(net.stderr_before, STDERR_FILENO) >= 0); /* what fails is to be seen */
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wires); i++) buf_fini(&wires[i]);
    net_fini(&net);
    return 0;
}

/* The log, and the mirror of the first court, which is served as a log is. */
static const struct station *at;
static const char           *prefix;

static int get(const char *path)
{
    return net_get(&net, at, "%s%s", prefix, path);
}

static void use(unsigned mirror)
{
    at = mirror == 0 ? &net.log_at : &net.witness_at[0];
    prefix = mirror == 0 ? "" : net_hash();
}
#define EVERYWHERE for (unsigned mirror_ = 0; mirror_ < 2 && (use(mirror_), true); mirror_++)

static void check_all(int status, const char *const *paths, size_t n)
{
    EVERYWHERE
    for (size_t i = 0; i < n; i++)
        if (get(paths[i]) != status)
            fail_msg("%s%s: %d, not %d", prefix, paths[i], net.answer.status, status);
}
#define CHECK_ALL(status, ...)                                                                     \
    check_all(status, (const char *const[]){__VA_ARGS__},                                          \
              COUNT_OF(((const char *const[]){__VA_ARGS__})))

/* --- tiles ------------------------------------------------------------------------------------ */

/* Roots of full subtrees of 256^level leaves, from..to. */
static void check_tile(const char *path, unsigned level, size_t from, size_t to)
{
    assert_int_equal(get(path), 200);
    assert_string_equal(net.answer.content_type, "application/octet-stream");
    assert_int_equal(net.answer.body.n, (to - from) * HASH_SIZE);
    for (size_t i = from; i < to; i++) {
        struct merkle m;
        merkle_init(&m, SUITE_INTL);
        const size_t width = level == 0 ? 1 : FULL;
        for (size_t k = 0; k < width; k++) assert_ok(merkle_append(&m, leaves[i * width + k]));
        const struct hash h = level == 0 ? leaves[i] : merkle_root(&m);
        assert_memory_equal(net.answer.body.p + (i - from) * HASH_SIZE, h.b, HASH_SIZE);
    }
}

static void tiles_hold_the_hashes(void **state)
{
    (void)state;
    EVERYWHERE
    {
        check_tile("/tile/0/000", 0, 0, FULL);
        check_tile("/tile/0/001", 0, FULL, 2 * FULL);
        check_tile("/tile/0/002.p/88", 0, 2 * FULL, SIZE);
        check_tile("/tile/0/002.p/1", 0, 2 * FULL, 2 * FULL + 1);
        check_tile("/tile/0/000.p/7", 0, 0, 7); /* a part of what is full by now */
        check_tile("/tile/1/000.p/2", 1, 0, 2);
        check_tile("/tile/1/000.p/1", 1, 0, 1);
    }
}

static void tiles_that_are_not_there_are_404(void **state)
{
    (void)state;
    CHECK_ALL(404, "/tile/0/002", "/tile/0/002.p/89", "/tile/0/003", "/tile/0/003.p/1",
              "/tile/1/000", "/tile/1/000.p/3", "/tile/2/000.p/1", "/tile/2/000", "/tile/7/000",
              "/tile/8/000", "/tile/63/000", "/tile/64/000", "/tile/0/x001/000",
              "/tile/0/x999/x999/x999/x999/x999/999", "/tile/0/x999/x999/x999/x999/x999/x999/999");
}

static void tile_addresses_have_one_form(void **state)
{
    (void)state;
    CHECK_ALL(404, "/tile/", "/tile/0", "/tile/0/", "/tile/0/0", "/tile/0/00", "/tile/0/0000",
              "/tile/0/000.p", "/tile/0/000.p/", "/tile/0/000.p/0", "/tile/0/000.p/256",
              "/tile/0/000.p/07", "/tile/0/000.p/7/", "/tile/0/000/", "/tile/0/000.q/7",
              "/tile/0/x000", "/tile/0/x000/", "/tile/0/x000/000", "/tile/0/x000/x000/000",
              "/tile/0/000/000", "/tile/0/x00/000", "/tile/0/00a", "/tile/0/-01", "/tile/00/000",
              "/tile/a/000", "/tile//000", "/tile/-1/000", "/tile/entries", "/tile/entries/",
              "/tile/data/000", "/tile/entries/x000/000");
}

static void bundles_hold_the_entries(void **state)
{
    (void)state;
    EVERYWHERE
    {
        static const struct {
            const char *path;
            size_t      from, to;
        } rows[] = {{"/tile/entries/000", 0, 256},
                    {"/tile/entries/001", 256, 512},
                    {"/tile/entries/002.p/88", 512, 600},
                    {"/tile/entries/002.p/3", 512, 515}};
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            assert_int_equal(get(rows[i].path), 200);
            struct bytes rest = buf_bytes(&net.answer.body);
            for (size_t k = rows[i].from; k < rows[i].to; k++) {
                const size_t n = read_be16(rest.p);
                assert_true(n + 2 <= rest.n);
                const struct hash leaf = merkle_leaf(SUITE_INTL, bytes_slice(rest, 2, 2 + n));
                assert_true(hash_eq(leaf, leaves[k]));
                rest = bytes_slice(rest, 2 + n, rest.n);
            }
            assert_int_equal(rest.n, 0);
        }
    }
    CHECK_ALL(404, "/tile/entries/002", "/tile/entries/002.p/89", "/tile/entries/003.p/1",
              "/tile/entries/002.p/0");
}

/* --- submissions and entries ------------------------------------------------------------------ */

static void submissions_are_given_as_they_were_sent(void **state)
{
    (void)state;
    static const char *const paths[] = {"/submission/ccb.sd/1", "/submission/gy.sd/1",
                                        "/submission/ccb.sd/2", "/submission/ccb.sd/3"};
    EVERYWHERE
    {
        for (size_t i = 0; i < COUNT_OF(paths); i++) {
            assert_int_equal(get(paths[i]), 200);
            assert_string_equal(net.answer.content_type, "application/vnd.guzheng.submission");
            assert_true(bytes_eq(buf_bytes(&net.answer.body), buf_bytes(&wires[i])));
        }
        static const char *const missing[][2] = {
            {"/submission/ccb.sd/4", "{\"expected\":4,\"size\":600}"},
            {"/submission/ccb.sd/9223372036854775807", "{\"expected\":4,\"size\":600}"},
            {"/submission/gy.sd/2", "{\"expected\":2,\"size\":600}"},
            {"/submission/nobody/1", "{\"expected\":1,\"size\":600}"}};
        for (size_t i = 0; i < COUNT_OF(missing); i++) {
            assert_int_equal(get(missing[i][0]), 404);
            assert_string_equal(net.answer.content_type, "application/json");
            assert_true(net_says(&net, missing[i][1]));
        }
    }
    CHECK_ALL(400, "/submission/ccb.sd/0", "/submission/ccb.sd/01", "/submission/ccb.sd/-1",
              "/submission/ccb.sd/a", "/submission/ccb.sd/", "/submission/ccb.sd/1/",
              "/submission/ccb.sd/9223372036854775808");
    CHECK_ALL(404, "/submission/", "/submission/ccb.sd", "/submission//1");
}

/* The stream of so many, beginning with the one that contains the index. */
static void check_stream(const char *path, size_t first, size_t n)
{
    static const uint64_t      indexes[] = {0, FIRST, FIRST + 49, FIRST + 49 + SECOND};
    DEFER(buf_fini) struct buf want = {0};
    assert_int_equal(get(path), 200);
    for (size_t i = first; i < first + n; i++) {
        assert_ok(submission_add_varint(indexes[i], &want));
        assert_ok(submission_add_varint(wires[i].n, &want));
        assert_ok(buf_add(&want, buf_bytes(&wires[i])));
    }
    assert_true(bytes_eq(buf_bytes(&net.answer.body), buf_bytes(&want)));
}

static void the_stream_begins_with_the_submission_of_the_index(void **state)
{
    (void)state;
    EVERYWHERE
    {
        check_stream("/submissions?from_index=0&limit=100", 0, 4);
        check_stream("/submissions?from_index=0&limit=1", 0, 1);
        check_stream("/submissions?from_index=299&limit=2", 0, 2);
        check_stream("/submissions?from_index=300&limit=2", 1, 2);
        check_stream("/submissions?from_index=599&limit=9223372036854775807", 3, 1);
        check_stream("/submissions?limit=9&from_index=600", 0, 0);
        check_stream("/submissions?from_index=9223372036854775807&limit=9", 0, 0);
        check_stream("/submissions?from_index=0&limit=0", 0, 0);
    }
    CHECK_ALL(400, "/submissions", "/submissions?from_index=0", "/submissions?limit=1",
              "/submissions?from_index=&limit=1", "/submissions?from_index=a&limit=1",
              "/submissions?from_index=0&limit=01",
              "/submissions?from_index=9223372036854775808&limit=1");
    CHECK_ALL(404, "/submissions/", "/submissionsx?from_index=0&limit=1");
}

static void check_entry(size_t index, const char *org, uint64_t seq, const char *by)
{
    DEFER(buf_fini) struct buf want = {0};
    char                       path[64];
    uint8_t                    entry[ENTRY_ORG_MAX + 1 + HASH_SIZE];
    struct hash                f;
    const char                *digest = "\"fingerprint\":\"";
    snprintf(path, sizeof path, "/entry/%zu", index);
    assert_int_equal(get(path), 200);
    const char *p = memmem(net.answer.body.p, net.answer.body.n, digest, strlen(digest));
    assert_non_null(p);
    const struct bytes text = {(const uint8_t *)p + strlen(digest), 43};
    assert_ok(base64_decode_exact(BASE64_URL_BARE, text, f.b, HASH_SIZE));
    const size_t n = entry_log_bytes(bytes_str(org), f, entry);
    assert_true(hash_eq(merkle_leaf(SUITE_INTL, (struct bytes){entry, n}), leaves[index]));
    assert_ok(buf_addf(&want,
                       "{\"org\":\"%s\",\"fingerprint\":\"%.*s\",\"submission_seq\":%llu,"
                       "\"superseded_by\":%s}",
                       org, (int)text.n, (const char *)text.p, (unsigned long long)seq, by));
    assert_true(bytes_eq(buf_bytes(&net.answer.body), buf_bytes(&want)));
}

static void entries_say_whose_and_what_corrects_them(void **state)
{
    (void)state;
    EVERYWHERE
    {
        check_entry(0, "ccb.sd", 1, "null");
        check_entry(7, "ccb.sd", 1, "599"); /* the latest of two */
        check_entry(FIRST - 1, "ccb.sd", 1, "null");
        check_entry(FIRST, "gy.sd", 1, "null");
        check_entry(FIRST + 49, "ccb.sd", 2, "null");
        check_entry(SIZE - 1, "ccb.sd", 3, "null");
    }
    CHECK_ALL(404, "/entry/600", "/entry/9223372036854775807", "/entry", "/entries/1");
    CHECK_ALL(400, "/entry/", "/entry/-1", "/entry/01", "/entry/1/", "/entry/1%2f", "/entry/a",
              "/entry/9223372036854775808");
}

/* --- proofs ----------------------------------------------------------------------------------- */

static void take_path(struct merkle_path *out)
{
    struct bytes rest = buf_bytes(&net.answer.body), line;
    assert_string_equal(net.answer.content_type, "text/plain; charset=utf-8");
    for (out->n = 0; bytes_take_line(&rest, &line); out->n++)
        assert_ok(base64_decode_exact(BASE64_STD_PADDED, line, out->path[out->n].b, HASH_SIZE));
    assert_int_equal(rest.n, 0);
}

static void proofs_prove(void **state)
{
    (void)state;
    struct merkle_path p;
    char               path[128];
    EVERYWHERE
    for (size_t a = 0; a < SIZE; a += 37)
        for (size_t b = a + 1; b <= SIZE; b += 83) {
            snprintf(path, sizeof path, "/proof/inclusion?index=%zu&size=%zu", a, b);
            assert_int_equal(get(path), 200);
            take_path(&p);
            assert_ok(
                merkle_verify_inclusion(SUITE_INTL, leaves[a], a, b, &p, merkle_root(&trees[b])));
            snprintf(path, sizeof path, "/proof/consistency?from=%zu&to=%zu", a, b);
            assert_int_equal(get(path), 200);
            take_path(&p);
            assert_ok(merkle_verify_consistency(SUITE_INTL, a, merkle_root(&trees[a]), b,
                                                merkle_root(&trees[b]), &p));
        }
    assert_int_equal(get("/proof/consistency?from=600&to=600"), 200);
    assert_int_equal(net.answer.body.n, 0);
    assert_int_equal(get("/proof/consistency?from=0&to=0"), 200);
    assert_int_equal(net.answer.body.n, 0);
}

static void impossible_proofs_are_refused(void **state)
{
    (void)state;
    CHECK_ALL(400, "/proof/inclusion", "/proof/inclusion?index=0", "/proof/inclusion?size=1",
              "/proof/inclusion?index=1&size=1", "/proof/inclusion?index=0&size=0",
              "/proof/inclusion?index=a&size=9", "/proof/inclusion?index=0&size=09",
              "/proof/consistency", "/proof/consistency?from=2&to=1", "/proof/consistency?from=1",
              "/proof/consistency?from=-1&to=1");
    CHECK_ALL(404, "/proof/inclusion?index=0&size=601", "/proof/consistency?from=0&to=601",
              "/proof/", "/proof/inclusions?index=0&size=1", "/proof");
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static void check_checkpoint(const char *path, uint64_t size)
{
    struct note       note;
    struct checkpoint c;
    assert_int_equal(get(path), 200);
    assert_string_equal(net.answer.content_type, "text/plain; charset=utf-8");
    assert_ok(note_decode(buf_bytes(&net.answer.body), &note));
    assert_ok(checkpoint_decode(note.text, &c));
    assert_int_equal(c.size, size);
    assert_true(hash_eq(c.root, merkle_root(&trees[size])));
}

static void checkpoints_by_size_and_by_what_they_cover(void **state)
{
    (void)state;
    EVERYWHERE
    {
        check_checkpoint("/checkpoint", SIZE);
        check_checkpoint("/checkpoint/600", SIZE);
        check_checkpoint("/checkpoint/599", SIZE - 1);
        check_checkpoint("/checkpoint?covers=598", SIZE - 1);
        check_checkpoint("/checkpoint?covers=599", SIZE);
    }
    CHECK_ALL(404, "/checkpoint/601", "/checkpoint/1", "/checkpoint/0", "/checkpoint?covers=600",
              "/checkpoint?covers=9223372036854775806", "/checkpoints");
    CHECK_ALL(400, "/checkpoint/", "/checkpoint/a", "/checkpoint/0600", "/checkpoint/600/",
              "/checkpoint/-1", "/checkpoint?covers=", "/checkpoint?covers=a",
              "/checkpoint?covers=-1", "/checkpoint?covers=9223372036854775808");
}

static void what_is_no_route_is_404(void **state)
{
    (void)state;
    CHECK_ALL(404, "/", "/x", "/submission", "/add-checkpoint", "/%00", "/tile/0/000%00",
              "/../log/lock");
    assert_int_equal(net_get(&net, &net.log_at, "%s/checkpoint", net_hash()), 404);
    assert_int_equal(net_get(&net, &net.witness_at[0], "/checkpoint"), 404);
    assert_int_equal(net_get(&net, &net.witness_at[0], "%sx/checkpoint", net_hash()), 404);
    assert_int_equal(net_post(&net, &net.log_at, "/checkpoint", (struct bytes){0}), 404);
}

/* --- POST /submission: each refusal, which leaves no trace ------------------------------------ */

static void expect_post(struct bytes wire, int status, const char *body)
{
    assert_int_equal(net_post(&net, &net.log_at, "/submission", wire), status);
    if (body != NULL && !net_says(&net, body))
        fail_msg("%.*s", (int)net.answer.body.n, (const char *)net.answer.body.p);
    if (body != NULL) assert_string_equal(net.answer.content_type, "application/json");
    assert_int_equal(net_log_status(&net).size, SIZE);
}

static void bad_forms_and_sizes(void **state)
{
    (void)state;
    static uint8_t             much[(1 << 20) + 1];
    DEFER(buf_fini) struct buf wire = {0};
    const char                *malformed = "{\"code\":\"malformed\"}";
    expect_post((struct bytes){0}, 400, malformed);
    net_submission(net.bank, 4, 1, 0, &wire);
    expect_post((struct bytes){wire.p, wire.n - 1}, 400, malformed);
    assert_ok(buf_add_byte(&wire, 0));
    expect_post(buf_bytes(&wire), 400, malformed);
    expect_post((struct bytes){much, SUBMISSION_SIZE_MAX}, 400, malformed);
    expect_post((struct bytes){much, SUBMISSION_SIZE_MAX + 1}, 413, "{\"code\":\"too_large\"}");
    expect_post((struct bytes){much, sizeof much}, 413, NULL); /* the server's own limit */
}

static void who_may_not_is_403(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    const char                *denied = "{\"code\":\"denied\"}";
    net_submission(net.stranger, 4, 1, 0, &wire);
    expect_post(buf_bytes(&wire), 403, denied);
    net_submission(net.bank, 4, 1, 0, &wire);
    wire.p[wire.n - 1] ^= 1;
    expect_post(buf_bytes(&wire), 403, denied);
    net_body("ccb.sd", net.bank, 4, 1, 0, -1, &body);
    net_wire(net.bank, "guzheng/other", buf_bytes(&body), &wire);
    expect_post(buf_bytes(&wire), 403, denied);
    net_wire(net.court, NET_ORIGIN, buf_bytes(&body), &wire);
    expect_post(buf_bytes(&wire), 403, denied);
    net_submission(net.court, 2, 1, 0, &wire); /* its key ended at this size */
    expect_post(buf_bytes(&wire), 403, denied);
    net_submission(net.court, 3, 1, 0, &wire); /* nor may it wait for its turn */
    expect_post(buf_bytes(&wire), 403, denied);
    net_body("nobody", net.bank, 1, 1, 0, -1, &body);
    net_wire(net.bank, NET_ORIGIN, buf_bytes(&body), &wire);
    expect_post(buf_bytes(&wire), 403, denied);
}

static void the_known_numbers(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    expect_post(buf_bytes(&wires[2]), 200,
                "{\"org\":\"ccb.sd\",\"seq\":2,\"index\":349,\"count\":250}");
    net_submission(net.bank, 2, 1, 9, &wire);
    expect_post(buf_bytes(&wire), 409, NULL);
    const struct bytes body = buf_bytes(&net.answer.body);
    assert_true(bytes_starts(body, BYTES_LIT("{\"expected\":4,\"stored\":\"")));
    net_submission(net.bank, 4 + LEDGER_WINDOW, 1, 0, &wire);
    expect_post(buf_bytes(&wire), 429, "{\"expected\":4}");
    assert_int_equal(net.answer.retry_after_s, 1);
    net_submission(net.bank, 3 + LEDGER_WINDOW, 1, 0, &wire);
    expect_post(buf_bytes(&wire), 202, "{\"org\":\"ccb.sd\",\"seq\":67,\"expected\":4}");
}

static void corrections_of_what_is_not_ones_own(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf body = {0}, wire = {0};
    static const int64_t       targets[] = {FIRST, SIZE, SIZE + 1, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        net_body("ccb.sd", net.bank, 4, 1, 0, targets[i], &body);
        net_wire(net.bank, NET_ORIGIN, buf_bytes(&body), &wire);
        expect_post(buf_bytes(&wire), 422, "{\"code\":\"bad_supersedes\"}");
    }
}

static void a_mirror_takes_no_submissions(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    char                       path[128];
    net_submission(net.bank, 4, 1, 0, &wire);
    snprintf(path, sizeof path, "%s/submission", net_hash());
    assert_int_equal(net_post(&net, &net.witness_at[0], path, buf_bytes(&wire)), 404);
    assert_int_equal(net_post(&net, &net.witness_at[0], "/submission", buf_bytes(&wire)), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_hold_the_hashes),
        cmocka_unit_test(tiles_that_are_not_there_are_404),
        cmocka_unit_test(tile_addresses_have_one_form),
        cmocka_unit_test(bundles_hold_the_entries),
        cmocka_unit_test(submissions_are_given_as_they_were_sent),
        cmocka_unit_test(the_stream_begins_with_the_submission_of_the_index),
        cmocka_unit_test(entries_say_whose_and_what_corrects_them),
        cmocka_unit_test(proofs_prove),
        cmocka_unit_test(impossible_proofs_are_refused),
        cmocka_unit_test(checkpoints_by_size_and_by_what_they_cover),
        cmocka_unit_test(what_is_no_route_is_404),
        cmocka_unit_test(bad_forms_and_sizes),
        cmocka_unit_test(who_may_not_is_403),
        cmocka_unit_test(the_known_numbers),
        cmocka_unit_test(corrections_of_what_is_not_ones_own),
        cmocka_unit_test(a_mirror_takes_no_submissions),
    };
    return cmocka_run_group_tests(tests, open_all, close_all) != 0;
}

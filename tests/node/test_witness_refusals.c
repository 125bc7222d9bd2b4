/* Every answer of POST /add-checkpoint (C2SP tlog-witness; network.md sections 4 and 6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lying_log.h"

static struct net       net;
static struct lying_log lie;

static int set_up(void **state)
{
    (void)state;
    net_init(&net, 0);
    lie_begin(&lie, &net);
    net_open_ready(&net, 0);
    for (uint64_t seq = 1; seq <= 5; seq++) lie_add_good(&lie, seq, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lie_end(&lie);
    net_fini(&net);
    return 0;
}

static int post_raw(struct bytes body)
{
    return net_post(&net, &net.witness_at[0], "/add-checkpoint", body);
}

/* The head of a request, then the note. */
static int post_text(const char *head, const struct buf *note)
{
    DEFER(buf_fini) struct buf body = {0};
    assert_ok(buf_add_str(&body, head));
    assert_ok(buf_add(&body, buf_bytes(note)));
    return post_raw(buf_bytes(&body));
}

static uint64_t last_size(void)
{
    return net_witness_status(&net, 0).size;
}

/* The answer's only line is the witness's cosignature over the note. Its time. */
static uint64_t check_cosignature(const struct buf *wire)
{
    struct bytes     lines = buf_bytes(&net.answer.body);
    struct note      note;
    struct note_line line;
    uint64_t         time = 0;
    assert_ok(note_decode(buf_bytes(wire), &note));
    assert_true(note_next_line(&lines, &line));
    assert_int_equal(lines.n, 0);
    assert_ok(note_verify_line(&line, signer_key(net.witness_keys[0]), note.text, &time));
    return time;
}

/* --- 200 -------------------------------------------------------------------------------------- */

static void good_ones_are_cosigned_with_the_own_time(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    const uint64_t             before = (uint64_t)clock_now().s;
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    lie_sign(&lie, 1, &note);
    const uint64_t time = check_cosignature(&note);
    assert_true(time >= before && time <= (uint64_t)clock_now().s);
    assert_int_equal(lie_post(&lie, 0, 1, 1), 200); /* the same once more */
    assert_int_equal(lie_post(&lie, 0, 1, 2), 200);
    assert_int_equal(lie_post(&lie, 0, 2, 5), 200);
    lie_sign(&lie, 5, &note);
    assert_true(check_cosignature(&note) >= time);
    assert_int_equal(last_size(), 10);
    assert_false(net_has_logged(&net, " alarm "));
}

static void the_empty_tree_may_be_cosigned(void **state)
{
    (void)state;
    assert_int_equal(lie_post(&lie, 0, 0, 0), 200);
    assert_int_equal(net_get(&net, &net.witness_at[0], "%s/checkpoint", net_hash()), 200);
    assert_int_equal(lie_post(&lie, 0, 0, 0), 200);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
}

/* Lines of the checkpoint as GET gives it: the log's and the own, and no other. */
static uint64_t check_served(size_t submissions)
{
    struct note       note;
    struct note_line  line;
    struct checkpoint c;
    uint64_t          time = 0, none = 0;
    assert_int_equal(net_get(&net, &net.witness_at[0], "%s/checkpoint", net_hash()), 200);
    assert_ok(note_decode(buf_bytes(&net.answer.body), &note));
    assert_ok(checkpoint_decode(note.text, &c));
    assert_int_equal(c.size, lie.trees[submissions].size);
    struct bytes lines = note.lines;
    assert_true(note_next_line(&lines, &line));
    assert_ok(note_verify_line(&line, signer_key(net.log_key), note.text, &none));
    assert_true(note_next_line(&lines, &line));
    assert_ok(note_verify_line(&line, signer_key(net.witness_keys[0]), note.text, &time));
    assert_int_equal(lines.n, 0);
    return time;
}

static void the_last_cosigned_is_served(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    const uint8_t              id[KEY_ID_SIZE] = {1, 2, 3, 4}, blob[64] = {5};
    assert_int_equal(net_get(&net, &net.witness_at[0], "%s/checkpoint", net_hash()), 404);
    lie_sign(&lie, 1, &note);
    assert_ok(note_add_line(bytes_str("somebody"), id, BYTES_OF(blob), &note));
    assert_int_equal(lie_post_note(&net, 0, &note), 200);
    const uint64_t first = check_served(1);
    clock_shift_s(30);
    assert_int_equal(lie_post(&lie, 0, 1, 1), 200); /* the same size at a later time */
    assert_true(check_served(1) >= first + 30);
    net_close_witness(&net, 0);
    net_open_ready(&net, 0);
    assert_true(check_served(1) >= first + 30);
    assert_int_equal(lie_post(&lie, 0, 1, 3), 200);
    (void)check_served(3);
}

/* --- 400 -------------------------------------------------------------------------------------- */

static void bad_forms_are_400(void **state)
{
    (void)state;
    static const char *const   heads[] = {"",
                                          "old 0\n",
                                          "old\n\n",
                                          "old \n\n",
                                          "old -1\n\n",
                                          "old 00\n\n",
                                          "old 0 \n\n",
                                          "Old 0\n\n",
                                          "old 0\r\n\n",
                                          "\nold 0\n\n",
                                          "old 0\nAAAA\n\n",
                                          "old 0\n!\n\n",
                                          "old 9223372036854775808\n\n"};
    DEFER(buf_fini) struct buf note = {0}, many = {0};
    lie_sign(&lie, 1, &note);
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        if (post_text(heads[i], &note) != 400) fail_msg("%s", heads[i]);
    assert_ok(buf_add_str(&many, "old 0\n"));
    for (int i = 0; i < 64; i++)
        assert_ok(buf_add_str(&many, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"));
    assert_ok(buf_addf(&many, "\n%.*s", (int)note.n, (char *)note.p));
    assert_int_equal(post_raw(buf_bytes(&many)), 400); /* 63 at most */
    assert_int_equal(post_raw((struct bytes){0}), 400);
    note.n--; /* the final line end */
    assert_int_equal(lie_post_note(&net, 0, &note), 400);
    note.n = 0;
    assert_ok(buf_add_str(&note, NET_ORIGIN "\n1\n"));
    assert_int_equal(lie_post_note(&net, 0, &note), 400);
    assert_int_equal(last_size(), 0);
    lie_sign(&lie, 1, &note);
    assert_int_equal(post_text("old 0\n\n", &note), 200);
}

static void a_checkpoint_has_exactly_three_lines(void **state)
{
    (void)state;
    static const char *const   texts[] = {NET_ORIGIN "\n0\n", NET_ORIGIN "\n00\n%s\n",
                                          NET_ORIGIN "\n0\n%s\nmore\n", NET_ORIGIN "\n-1\n%s\n"};
    DEFER(buf_fini) struct buf right = {0};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        DEFER(buf_fini) struct buf note = {0}, line = {0};
        char                       text[256];
        snprintf(text, sizeof text, texts[i], "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_ok(signer_sign_note(net.log_key, bytes_str(text), &line));
        assert_ok(buf_addf(&note, "%s\n%.*s", text, (int)line.n, (char *)line.p));
        assert_int_equal(lie_post_note(&net, 0, &note), 400);
    }
    lie_sign(&lie, 0, &right);
    assert_int_equal(lie_post_note(&net, 0, &right), 200);
}

static void an_old_size_above_the_checkpoints_is_400(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    assert_int_equal(lie_post(&lie, 0, 0, 2), 200);
    lie_sign(&lie, 1, &note);
    assert_int_equal(lie_post_note(&net, 4, &note), 400);
    assert_int_equal(lie_post_note(&net, 3, &note), 400);
    assert_int_equal(last_size(), 4);
    assert_false(net_witness_status(&net, 0).is_stopped);
}

static void too_long_a_body_is_refused(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0}, body = {0};
    lie_sign(&lie, 1, &note);
    assert_ok(buf_addf(&body, "old 0\n\n%.*s", (int)note.n, (char *)note.p));
    while (body.n <= COSIGN_BODY_MAX) assert_ok(buf_add(&body, buf_bytes(&note)));
    assert_int_equal(post_raw(buf_bytes(&body)), 400);
    while (body.n <= 2 << 20) assert_ok(buf_add(&body, buf_bytes(&note)));
    assert_int_equal(post_raw(buf_bytes(&body)), 413);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
}

/* --- 403, 404 --------------------------------------------------------------------------------- */

/* The text of the first checkpoint with this signature line by the key. */
static void sign_as(struct signer *s, struct buf *note)
{
    DEFER(buf_fini) struct buf right = {0}, line = {0};
    struct note                parts;
    lie_sign(&lie, 1, &right);
    assert_ok(note_decode(buf_bytes(&right), &parts));
    assert_ok(signer_sign_note(s, parts.text, &line));
    note->n = 0;
    assert_ok(buf_add(note, parts.text));
    assert_ok(buf_add_byte(note, '\n'));
    assert_ok(buf_add(note, buf_bytes(&line)));
}

static struct signer *make_log_key(const char *name)
{
    struct signer *s = NULL;
    struct key     key;
    const char    *path = net_path(&net, "other-log.pem");
    assert_ok(signer_create(path, SUITE_INTL, KEY_LOG, bytes_str(name), &key));
    assert_ok(signer_open(path, SUITE_INTL, KEY_LOG, bytes_str(name), &s));
    return s;
}

static void without_the_logs_signature_it_is_403(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf        note = {0}, other = {0};
    DEFER(signer_free) struct signer *stranger = make_log_key(NET_ORIGIN);
    sign_as(stranger, &note); /* the log's name, another key */
    assert_int_equal(lie_post_note(&net, 0, &note), 403);
    lie_sign(&lie, 1, &note);
    lie_sign(&lie, 2, &other);
    struct note of_one, of_two;
    assert_ok(note_decode(buf_bytes(&note), &of_one));
    assert_ok(note_decode(buf_bytes(&other), &of_two));
    DEFER(buf_fini) struct buf mixed = {0}; /* the signature of another checkpoint */
    assert_ok(buf_add(&mixed, of_one.text));
    assert_ok(buf_add_byte(&mixed, '\n'));
    assert_ok(buf_add(&mixed, of_two.lines));
    assert_int_equal(lie_post_note(&net, 0, &mixed), 403);
    assert_ok(buf_add(&mixed, of_one.lines)); /* a good one beside the bad one */
    assert_int_equal(lie_post_note(&net, 0, &mixed), 403);
    assert_int_equal(last_size(), 0);
    assert_int_equal(net_witness_status(&net, 0).refusals, 3);
    assert_int_equal(atomic_load(&net.witness_at[0].asked), 3);
    assert_int_equal(lie_post_note(&net, 0, &note), 200);
}

static void the_signature_is_checked_before_the_sizes(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    lie_sign(&lie, 1, &note);
    note.p[note.n - 4] = note.p[note.n - 4] == 'A' ? 'B' : 'A';
    assert_int_equal(lie_post_note(&net, 7, &note), 403); /* else 400 */
    assert_int_equal(lie_post_note(&net, 1, &note), 403); /* else 409 */
}

static void another_origin_is_404(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0}, text = {0}, line = {0};
    const struct checkpoint    c = {bytes_str("guzheng/other"), 2, merkle_root(&lie.trees[1])};
    assert_ok(checkpoint_encode(&c, &text));
    assert_ok(signer_sign_note(net.log_key, buf_bytes(&text), &line));
    assert_ok(
        buf_addf(&note, "%.*s\n%.*s", (int)text.n, (char *)text.p, (int)line.n, (char *)line.p));
    assert_int_equal(lie_post_note(&net, 0, &note), 404);
    assert_int_equal(lie_post_note(&net, 5, &note), 404);
    assert_int_equal(net_get(&net, &net.witness_at[0], "/add-checkpoint"), 404);
    assert_int_equal(net_post(&net, &net.witness_at[0], "/add-checkpoints", (struct bytes){0}),
                     404);
}

/* --- 409 -------------------------------------------------------------------------------------- */

static void check_409(uint64_t old, size_t to, const char *size)
{
    DEFER(buf_fini) struct buf note = {0};
    lie_sign(&lie, to, &note);
    assert_int_equal(lie_post_note(&net, old, &note), 409);
    assert_string_equal(net.answer.content_type, "text/x.tlog.size");
    assert_true(net_says(&net, size));
}

static void an_old_size_that_is_not_the_last_is_409_with_the_last(void **state)
{
    (void)state;
    check_409(2, 2, "0\n");
    assert_int_equal(lie_post(&lie, 0, 0, 3), 200);
    check_409(0, 4, "6\n");
    check_409(4, 4, "6\n");
    check_409(8, 4, "6\n");
    check_409(0, 1, "6\n"); /* a smaller one than the last: never again */
    check_409(2, 1, "6\n");
    assert_int_equal(last_size(), 6);
    assert_false(net_witness_status(&net, 0).is_stopped);
    assert_int_equal(lie_post(&lie, 0, 3, 4), 200);
}

/* --- 422 -------------------------------------------------------------------------------------- */

static void a_wrong_proof_is_422_and_stops_nothing(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
    lie_sign(&lie, 3, &note);
    struct merkle_path proof = lie_proof(&lie, 1, 3);
    proof.path[0].b[5] ^= 1;
    assert_int_equal(net_add_checkpoint(&net, 0, 2, &proof, buf_bytes(&note)), 422);
    proof = lie_proof(&lie, 1, 3);
    proof.n--;
    assert_int_equal(net_add_checkpoint(&net, 0, 2, &proof, buf_bytes(&note)), 422);
    proof = lie_proof(&lie, 1, 3);
    proof.path[proof.n++] = proof.path[0];
    assert_int_equal(net_add_checkpoint(&net, 0, 2, &proof, buf_bytes(&note)), 422);
    assert_int_equal(lie_post_note(&net, 2, &note), 422); /* none */
    lie_sign(&lie, 1, &note);
    assert_int_equal(net_add_checkpoint(&net, 0, 2, &proof, buf_bytes(&note)), 422);
    assert_int_equal(net_witness_status(&net, 0).refusals, 5);
    assert_false(net_witness_status(&net, 0).is_stopped);
    assert_true(net_has_logged(&net, "alarm witness refused"));
    assert_int_equal(net_count(&net, "w0/*/evidence/*"), 0);
    assert_int_equal(lie_post(&lie, 0, 1, 3), 200);
}

static void a_proof_from_size_0_must_be_empty(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf note = {0};
    struct merkle_path         proof = {.n = 1};
    lie_sign(&lie, 1, &note);
    assert_int_equal(net_add_checkpoint(&net, 0, 0, &proof, buf_bytes(&note)), 422);
    assert_int_equal(lie_post(&lie, 0, 0, 1), 200);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(good_ones_are_cosigned_with_the_own_time),
        CASE(the_empty_tree_may_be_cosigned),
        CASE(the_last_cosigned_is_served),
        CASE(bad_forms_are_400),
        CASE(a_checkpoint_has_exactly_three_lines),
        CASE(an_old_size_above_the_checkpoints_is_400),
        CASE(too_long_a_body_is_refused),
        CASE(without_the_logs_signature_it_is_403),
        CASE(the_signature_is_checked_before_the_sizes),
        CASE(another_origin_is_404),
        CASE(an_old_size_that_is_not_the_last_is_409_with_the_last),
        CASE(a_wrong_proof_is_422_and_stops_nothing),
        CASE(a_proof_from_size_0_must_be_empty),
    };
    RUN_TESTS(tests);
}

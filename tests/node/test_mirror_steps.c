/* A copy that lacks more than is held in memory at once goes from one signed size to the next. */
#include <stdio.h>
#include <string.h>

#include "lying_log.h"
#include "node/mirror.h"

enum { SUBMISSIONS = 40, ITEMS = 10, SPAN_MAX = 3000 /* about six of them */ };

static struct net           net;
static struct lying_log     lie;
static struct chain_files  *chain;
static struct mirror_report report;
static pthread_mutex_t      ledger_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t              memory[256 * 1024];
static const struct policy *policy;

static int set_up(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0};
    struct arena               arena = {memory, 0, sizeof memory};
    const char                *reason = "";
    net_init(&net, 0);
    lie_begin(&lie, &net);
    lie.has_checkpoints = true;
    for (uint64_t seq = 1; seq <= SUBMISSIONS; seq++) lie_add_good(&lie, seq, ITEMS);
    assert_ok(folder_make(net_path(&net, "copy"), 0700));
    assert_ok(chain_open(net_path(&net, "copy"), buf_bytes(&net.genesis), &chain, &why));
    assert_ok(policy_decode(ledger_policy_text(chain_ledger(chain)), &arena, &policy, &reason));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mirror_report_fini(&report);
    chain_close(&chain);
    lie_end(&lie);
    net_fini(&net);
    return 0;
}

static enum mirror_result catch_up(size_t submissions, size_t span_max)
{
    const struct merkle      *tree = &lie.trees[submissions];
    const struct checkpoint   target = {bytes_str(NET_ORIGIN), tree->size, merkle_root(tree)};
    const struct mirror_rules rules = {
        .ledger_lock = &ledger_lock, .policy = policy, .span_max = span_max};
    mirror_report_fini(&report);
    report = (struct mirror_report){.result = MIRROR_UNREACHABLE};
    assert_ok(mirror_catch_up(chain, net.http, net.log_at.url, &target, &rules, &report));
    return report.result;
}

static void what_does_not_fit_at_once_is_taken_in_steps(void **state)
{
    (void)state;
    struct hash root;
    assert_int_equal(catch_up(3, SPAN_MAX), MIRROR_REACHED);
    assert_int_equal(catch_up(SUBMISSIONS, SPAN_MAX), MIRROR_REACHED);
    assert_int_equal(chain_size(chain), SUBMISSIONS * ITEMS);
    assert_ok(chain_root(chain, SUBMISSIONS * ITEMS, &root));
    assert_true(hash_eq(root, merkle_root(&lie.tree)));
    assert_false(report.is_dirty);
}

static void what_fits_needs_no_checkpoint_on_the_way(void **state)
{
    (void)state;
    lie.has_checkpoints = false;
    assert_int_equal(catch_up(SUBMISSIONS, MIRROR_SPAN_MAX), MIRROR_REACHED);
}

static void without_a_signed_size_on_the_way_it_waits(void **state)
{
    (void)state;
    lie.has_checkpoints = false;
    assert_int_equal(catch_up(SUBMISSIONS, SPAN_MAX), MIRROR_UNREACHABLE);
    assert_int_equal(chain_size(chain), 0);
    assert_true(net_has_logged(&net, "error mirror"));
    lie.has_checkpoints = true;
    assert_int_equal(catch_up(SUBMISSIONS, SPAN_MAX), MIRROR_REACHED);
}

/* A single submission that is larger than all memory allowed. */
static void nor_where_the_steps_are_too_long(void **state)
{
    (void)state;
    assert_int_equal(catch_up(SUBMISSIONS, 100), MIRROR_UNREACHABLE);
    assert_int_equal(chain_size(chain), 0);
}

static void what_the_log_has_not_signed_is_no_step(void **state)
{
    (void)state;
    lie.is_forging = true;
    assert_int_equal(catch_up(SUBMISSIONS, SPAN_MAX), MIRROR_UNREACHABLE);
    assert_int_equal(chain_size(chain), 0);
}

/* What was refused lies under a size on the way: that is the note which proves it. */
static void a_refusal_on_the_way_names_the_note_that_proves_it(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct note                note;
    struct checkpoint          c;
    net_submission(net.stranger, SUBMISSIONS + 1, ITEMS, 0, &wire);
    lie_add(&lie, buf_bytes(&wire));
    for (uint64_t seq = 1; seq <= 20; seq++) lie_add_good(&lie, SUBMISSIONS + seq, ITEMS);
    assert_int_equal(catch_up(SUBMISSIONS + 21, SPAN_MAX), MIRROR_REFUSED);
    assert_ok(note_decode(buf_bytes(&report.on_the_way), &note));
    assert_ok(checkpoint_decode(note.text, &c));
    assert_true(c.size > SUBMISSIONS * ITEMS && c.size < lie.tree.size);
    assert_true(bytes_eq(buf_bytes(&report.submission), buf_bytes(&wire)));
    assert_true(chain_size(chain) <= SUBMISSIONS * ITEMS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_does_not_fit_at_once_is_taken_in_steps),
        CASE(what_fits_needs_no_checkpoint_on_the_way),
        CASE(without_a_signed_size_on_the_way_it_waits),
        CASE(nor_where_the_steps_are_too_long),
        CASE(what_the_log_has_not_signed_is_no_step),
        CASE(a_refusal_on_the_way_names_the_note_that_proves_it),
    };
    RUN_TESTS(tests);
}

#include "ledger/block_state.h"

#include <string.h>

#include "check.h"

static struct ledger_execution execution(uint64_t seq, uint64_t first, uint8_t body)
{
    struct ledger_execution e = {
        .org = BYTES_LIT("ccb.sd"), .seq = seq, .first_index = first, .count = 1};
    memset(e.body_hash.b, body, HASH_SIZE);
    return e;
}

static struct hash history_of(const struct ledger_execution *list, size_t n)
{
    struct block_state s = block_state_begin(SUITE_GM);
    for (size_t i = 0; i < n; i++) block_state_add(SUITE_GM, &s, &list[i]);
    return s.history;
}

static void the_history_tells_every_difference_apart(void **state)
{
    (void)state;
    const struct ledger_execution a[] = {execution(1, 0, 1), execution(2, 1, 2)};
    const struct hash             whole = history_of(a, 2);
    struct ledger_execution       b[] = {a[0], a[1]};
    assert_true(hash_eq(history_of(b, 2), whole));
    assert_false(hash_eq(history_of(a, 1), whole));
    b[0].seq = 3;
    assert_false(hash_eq(history_of(b, 2), whole));
    b[0] = a[0];
    b[0].first_index = 7;
    assert_false(hash_eq(history_of(b, 2), whole));
    b[0] = a[0];
    b[0].org = BYTES_LIT("ccb.jn");
    assert_false(hash_eq(history_of(b, 2), whole));
    b[0] = a[1];
    b[1] = a[0];
    assert_false(hash_eq(history_of(b, 2), whole));
}

/* A block that executes nothing must leave it, or the engine makes blocks without end. */
static void the_app_hash_holds_no_height(void **state)
{
    (void)state;
    struct block_state s = block_state_begin(SUITE_INTL);
    const struct hash  before = block_state_app_hash(SUITE_INTL, &s);
    s.height = 9;
    assert_true(hash_eq(block_state_app_hash(SUITE_INTL, &s), before));
    s.size = 1;
    assert_false(hash_eq(block_state_app_hash(SUITE_INTL, &s), before));
    s.size = 0;
    s.root.b[31] ^= 1;
    assert_false(hash_eq(block_state_app_hash(SUITE_INTL, &s), before));
    s.root.b[31] ^= 1;
    s.history.b[0] ^= 1;
    assert_false(hash_eq(block_state_app_hash(SUITE_INTL, &s), before));
}

static void each_flipped_bit_of_the_file_is_refused(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct block_state         s = block_state_begin(SUITE_GM), read;
    s.height = 12345;
    s.size = 67;
    s.history.b[5] = 8;
    assert_ok(block_state_encode(SUITE_GM, &s, &wire));
    assert_int_equal(wire.n, BLOCK_STATE_SIZE);
    assert_ok(block_state_decode(SUITE_GM, buf_bytes(&wire), &read));
    assert_int_equal(read.height, s.height);
    assert_int_equal(read.size, s.size);
    assert_true(hash_eq(read.root, s.root) && hash_eq(read.history, s.history));
    for (size_t i = 0; i < 8 * wire.n; i++) {
        wire.p[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_err(block_state_decode(SUITE_GM, buf_bytes(&wire), &read), GZ_MALFORMED);
        wire.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t n = 0; n < wire.n; n++)
        assert_err(block_state_decode(SUITE_GM, bytes_slice(buf_bytes(&wire), 0, n), &read),
                   GZ_MALFORMED);
    assert_err(block_state_decode(SUITE_INTL, buf_bytes(&wire), &read), GZ_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_history_tells_every_difference_apart),
        cmocka_unit_test(the_app_hash_holds_no_height),
        cmocka_unit_test(each_flipped_bit_of_the_file_is_refused),
    };
    RUN_TESTS(tests);
}

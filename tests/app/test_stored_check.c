/* What was read back is compared with what was meant, at once and by a thread: every changed part
 * is found, wherever in a transaction it stands. */
#include "app/stored_check.h"
#include "bank_fixture.h"

static int set_up(void **state)
{
    struct bank_fixture  *f = malloc(sizeof *f);
    struct fixture_result r;
    fixture_init(f);
    fixture_write(f, "batch/contract_1.txt", "event|contract|name|amount|file\nE1|L1|甲|1.00|\n");
    assert_ok(fixture_submit(f, "batch", &r));
    assert_int_equal(r.counts.accepted, 1);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_fini(*state);
    free(*state);
    return 0;
}

/* The only record, as it is read back. */
static struct stored_record stored(struct bank_fixture *f)
{
    DEFER(matter_keys_fini) struct matter_keys keys = {0};
    struct stored_record                       s;
    struct matter                              m;
    assert_ok(matter_next(f->db, 0, &m));
    assert_ok(matter_keys_get(&f->bank, f->db, &m, &keys));
    assert_ok(stored_record_read(f->db, 1, &keys, &s));
    s.suite = f->bank.suite;
    s.fingerprint = s.record.fingerprint;
    s.seq = s.record.seq;
    memcpy(s.uuid, s.record.uuid, sizeof s.uuid);
    return s;
}

static enum gz_err check(const struct stored_record *s)
{
    return stored_record_check(s, hash_of(s->suite, buf_bytes(&s->record.entry)));
}

static void every_changed_part_is_found(void **state)
{
    DEFER(stored_record_fini) struct stored_record s = stored(*state);
    assert_true(s.has_identity);
    assert_ok(check(&s));
    uint8_t *const parts[] = {&s.record.entry.p[s.record.entry.n / 2],
                              &s.record.sealed.p[s.record.sealed.n / 2],
                              &s.record.sealed.p[0],
                              &s.identity.p[s.identity.n - 1],
                              &s.at.link[3],
                              &s.key[SIDE_BUSINESS].secret[0],
                              &s.key[SIDE_IDENTITY].secret[15],
                              &s.fingerprint.b[31],
                              &s.record.fingerprint.b[0],
                              (uint8_t *)&s.uuid[35],
                              (uint8_t *)&s.record.uuid[35],
                              (uint8_t *)&s.corrects_uuid[0],
                              (uint8_t *)&s.seq};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        *parts[i] ^= 1;
        assert_err(check(&s), GZ_CORRUPT);
        *parts[i] ^= 1;
    }
    assert_ok(check(&s));
}

static void a_part_that_is_not_there_is_missed(void **state)
{
    DEFER(stored_record_fini) struct stored_record s = stored(*state);
    s.has_identity = false;
    assert_err(check(&s), GZ_CORRUPT);
}

/* Of n records the one at bad (n: none) was changed. */
static enum gz_err check_many(struct bank_fixture *f, struct stored_check *c, size_t n, size_t bad)
{
    for (size_t i = 0; i < n; i++) {
        DEFER(stored_record_fini) struct stored_record s = stored(f);
        if (i == bad) s.record.sealed.p[1] ^= 1;
        stored_check_add(c, &s);
        assert_null(s.record.entry.p);
    }
    return stored_check_end(c);
}

static void a_thread_finds_it_wherever_it_stands(void **state)
{
    enum { N = 2 * STORED_CHECK_TOGETHER + 5 };
    static const size_t bad[] = {0, STORED_CHECK_TOGETHER - 1, STORED_CHECK_TOGETHER, N - 1};
    DEFER(stored_check_close) struct stored_check *c = NULL;
    assert_ok(stored_check_open(&c));
    assert_ok(stored_check_end(c)); /* of nothing */
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_err(check_many(*state, c, N, bad[i]), GZ_CORRUPT);
        assert_ok(check_many(*state, c, N, N)); /* the next transaction is another one */
    }
    assert_ok(check_many(*state, c, STORED_CHECK_TOGETHER, N));
}

static void it_ends_with_records_that_nobody_asks_for(void **state)
{
    for (size_t n = 0; n < 3 * STORED_CHECK_TOGETHER; n += 20) {
        DEFER(stored_check_close) struct stored_check *c = NULL;
        assert_ok(stored_check_open(&c));
        for (size_t i = 0; i < n; i++) {
            struct stored_record s = stored(*state);
            stored_check_add(c, &s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_changed_part_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_that_is_not_there_is_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_thread_finds_it_wherever_it_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_ends_with_records_that_nobody_asks_for, set_up,
                                        tear_down),
    };
    RUN_TESTS(tests);
}

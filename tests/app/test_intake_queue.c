/* Items of many callers in one transaction: each is answered for itself, and what one of them does
 * wrong is nobody else's fault. */
#include "app/intake_queue.h"

#include <errno.h>
#include <pthread.h>

#include "bank_fixture.h"
#include "store/record.h"

enum { CALLERS = 24, EACH = 12, TEXT = 512, TOO_LARGE = 64 * 1024 * 1024 + 1 };

static struct bank_fixture  f;
static struct db           *db;
static struct intake_queue *queue;
static _Atomic int          told;

static void recorded(void *ctx)
{
    (void)ctx;
    told++;
}

static int set_up(void **state)
{
    DEFER(buf_fini) struct buf why = {0};
    (void)state;
    log_set_level(LOG_ALARM);
    fixture_init(&f);
    told = 0;
    assert_ok(db_open(fixture_path(&f, "bank.sqlite"), &db, &why));
    assert_ok(db_join_identity(db, fixture_path(&f, "identity.sqlite"), &why));
    for (int i = 0; i < 400 && !witness_clock_is_trusted(f.clock); i++) (void)usleep(50000);
    const struct intake_queue_options o = {.bank = &f.bank, .db = db, .recorded = recorded};
    return intake_queue_open(&o, &queue) != GZ_OK;
}

static int tear_down(void **state)
{
    (void)state;
    intake_queue_close(&queue);
    db_close(&db);
    fixture_fini(&f);
    return 0;
}

/* An item of the fixture's kind. number and amount live as long. */
struct made {
    struct intake_value values[4];
    struct intake_item  item;
    char                number[32], amount[32];
};
static void make(struct made *m, const char *number, const char *amount)
{
    const struct kind *k = catalog_kind(f.catalog, BYTES_LIT("loan.contract"));
    memset(m, 0, sizeof *m);
    snprintf(m->number, sizeof m->number, "%s", number);
    snprintf(m->amount, sizeof m->amount, "\"%s\"", amount);
    m->values[0] = (struct intake_value){.field = &k->fields[0], .json = BYTES_LIT("\"L1\"")};
    m->values[1] = (struct intake_value){.field = &k->fields[1], .json = BYTES_LIT("\"甲\"")};
    m->values[2] = (struct intake_value){.field = &k->fields[2], .json = bytes_str(m->amount)};
    m->item = (struct intake_item){.source = BYTES_LIT("core"),
                                   .kind = k,
                                   .event_number = bytes_str(m->number),
                                   .matter = BYTES_LIT("L1"),
                                   .values_n = 3,
                                   .values = m->values};
}

static struct intake_request send(struct made *m, const struct request_key *key)
{
    struct intake_request r = {.item = &m->item, .key = key};
    intake_queue_record(queue, &r, 1);
    return r;
}

static uint64_t total(void)
{
    struct record_counts c;
    assert_ok(record_count(f.db, 0, &c));
    return c.total;
}

static void each_is_answered_for_itself(void **state)
{
    static struct made    m[4];
    struct intake_request r[4] = {0};
    (void)state;
    make(&m[0], "A1", "1.00");
    make(&m[1], "A1", "1.00");
    make(&m[2], "A1", "2.00");
    make(&m[3], "A2", "1.00");
    m[3].item.corrects = BYTES_LIT("none");
    for (size_t i = 0; i < 4; i++) r[i].item = &m[i].item;
    intake_queue_record(queue, r, 4);
    for (size_t i = 0; i < 4; i++) assert_ok(r[i].error);
    assert_int_equal(r[0].answer.result, INTAKE_ACCEPTED);
    assert_int_equal(r[1].answer.result, INTAKE_REPEATED);
    assert_int_equal(r[2].answer.result, INTAKE_CONFLICT);
    assert_int_equal(r[3].answer.result, INTAKE_REFUSED);
    assert_string_equal(r[3].answer.code, "corrects");
    assert_string_equal(r[0].record.uuid, r[1].record.uuid);
    assert_string_equal(r[0].record.uuid, r[2].record.uuid);
    assert_int_equal(total(), 1);
    assert_int_equal(told, 1);
    intake_queue_record(queue, NULL, 0);
}

/* Its original is larger than the vault takes. */
static void one_that_fails_hinders_nobody(void **state)
{
    static struct made    m[3];
    struct intake_request r[3] = {0};
    (void)state;
    uint8_t *large = calloc(1, TOO_LARGE);
    assert_non_null(large);
    for (size_t i = 0; i < 3; i++) {
        const char *const numbers[] = {"B1", "B2", "B3"};
        make(&m[i], numbers[i], "1.00");
        r[i].item = &m[i].item;
    }
    m[1].values[3] = (struct intake_value){.field = &m[1].item.kind->fields[3],
                                           .file_name = BYTES_LIT("a.pdf"),
                                           .media_type = "application/pdf",
                                           .original = {large, TOO_LARGE}};
    m[1].item.values_n = 4;
    intake_queue_record(queue, r, 3);
    assert_ok(r[0].error);
    assert_err(r[1].error, GZ_LIMIT);
    assert_ok(r[2].error);
    assert_int_equal(r[0].answer.result, INTAKE_ACCEPTED);
    assert_int_equal(r[2].answer.result, INTAKE_ACCEPTED);
    assert_int_equal(total(), 2);
    free(large);
}

/* Only the original needs a file of its own. */
static void a_disk_that_refuses(void **state)
{
    static struct made    m[2];
    struct intake_request r[2] = {0};
    (void)state;
    make(&m[0], "F1", "1.00");
    make(&m[1], "F2", "1.00");
    m[1].values[3] = (struct intake_value){.field = &m[1].item.kind->fields[3],
                                           .file_name = BYTES_LIT("a.pdf"),
                                           .media_type = "application/pdf",
                                           .original = BYTES_LIT("%PDF-1.4")};
    m[1].item.values_n = 4;
    for (size_t i = 0; i < 2; i++) r[i].item = &m[i].item;
    file_fault_set(FILE_FAULT_WRITE, 0, ENOSPC);
    intake_queue_record(queue, r, 2);
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    assert_ok(r[0].error);
    assert_int_equal(r[0].answer.result, INTAKE_ACCEPTED);
    assert_err(r[1].error, GZ_IO);
    assert_int_equal(total(), 1);
    assert_int_equal(send(&m[1], NULL).answer.result, INTAKE_ACCEPTED);
}

/* More of them than are set aside one by one; the good ones keep their order. */
static void many_that_fail(void **state)
{
    enum { N = 12 };
    static struct made    m[N];
    struct intake_request r[N] = {0};
    (void)state;
    for (int i = 0; i < N; i++) {
        char number[16];
        snprintf(number, sizeof number, "G%d", i);
        make(&m[i], number, "1.00");
        r[i].item = &m[i].item;
        if (i % 2 == 0) continue;
        m[i].values[3] = (struct intake_value){.field = &m[i].item.kind->fields[3],
                                               .file_name = BYTES_LIT("a.pdf"),
                                               .media_type = "application/pdf",
                                               .original = BYTES_LIT("%PDF-1.4")};
        m[i].item.values_n = 4;
    }
    file_fault_set(FILE_FAULT_WRITE, 0, ENOSPC);
    intake_queue_record(queue, r, N);
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    for (int i = 0; i < N; i++) {
        DEFER(record_fini) struct record record = {0};
        assert_err(r[i].error, i % 2 == 0 ? GZ_OK : GZ_IO);
        if (i % 2 != 0) continue;
        assert_ok(record_get(f.db, bytes_str(r[i].record.uuid), &record));
        assert_int_equal(record.seq, i / 2 + 1);
    }
    assert_int_equal(total(), N / 2);
}

static void a_key_has_one_answer(void **state)
{
    static struct made       m, other;
    const struct request_key one = {{1}}, two = {{2}}, three = {{3}};
    (void)state;
    make(&m, "C1", "1.00");
    const struct intake_request first = send(&m, &one);
    assert_int_equal(first.answer.result, INTAKE_ACCEPTED);
    for (int i = 0; i < 2; i++) {
        const struct intake_request again = send(&m, &one);
        assert_ok(again.error);
        assert_false(again.key_is_taken);
        assert_int_equal(again.answer.result, INTAKE_ACCEPTED);
        assert_string_equal(again.record.uuid, first.record.uuid);
    }
    for (int i = 0; i < 2; i++) assert_int_equal(send(&m, &two).answer.result, INTAKE_REPEATED);
    make(&other, "C2", "1.00"); /* another item: not recorded */
    assert_true(send(&other, &one).key_is_taken);
    make(&other, "C1", "2.00"); /* another content of the same number */
    assert_true(send(&other, &one).key_is_taken);
    assert_int_equal(send(&other, &three).answer.result, INTAKE_CONFLICT);
    make(&other, "C3", "1.00"); /* a conflict did not use up its key */
    assert_int_equal(send(&other, &three).answer.result, INTAKE_ACCEPTED);
    assert_int_equal(total(), 2);
}

static void a_clock_that_is_off_takes_nothing(void **state)
{
    static struct made m;
    (void)state;
    make(&m, "D1", "1.00");
    clock_shift_s(3600);
    assert_err(send(&m, NULL).error, GZ_BUSY);
    clock_shift_s(0);
    assert_int_equal(total(), 0);
}

static void *call(void *ctx)
{
    const int *number = ctx;
    for (int i = 0; i < EACH; i++) {
        struct made m;
        char        event[32];
        snprintf(event, sizeof event, "E%d-%d", *number / 2, i); /* two callers send the same */
        make(&m, event, "1.00");
        const struct intake_request r = send(&m, NULL);
        assert_ok(r.error);
        assert_true(r.answer.result == INTAKE_ACCEPTED || r.answer.result == INTAKE_REPEATED);
    }
    return NULL;
}

static void many_callers_at_once(void **state)
{
    pthread_t threads[CALLERS];
    int       numbers[CALLERS];
    (void)state;
    for (int i = 0; i < CALLERS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, call, &numbers[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) (void)pthread_join(threads[i], NULL);
    assert_int_equal(total(), CALLERS / 2 * EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_answered_for_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_fails_hinders_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_that_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_has_one_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_callers_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_that_is_off_takes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}

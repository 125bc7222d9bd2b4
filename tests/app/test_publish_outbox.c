/* The outbox into a real log, whose only witness answers "nothing cosigned yet" and cosigns
 * nothing. */
#include <errno.h>

#include "app/publish_outbox.h"
#include "bank_fixture.h"
#include "store/outbox.h"

#define HEADER "event|contract|name|amount|file\n"

struct with_log {
    struct bank_fixture f;
    struct signer      *log_signer;
    struct buf          genesis;
    struct log_service *log;
    char                folder[FIXTURE_PATH];
};

static void vkey(const struct key *k, struct buf *out)
{
    assert_ok(key_encode(k, out));
}

static void make_genesis(struct with_log *w)
{
    DEFER(buf_fini) struct buf log = {0}, witness = {0}, bank = {0};
    struct key                 log_key, witness_key;
    assert_ok(signer_create(fixture_path(&w->f, "log.pem"), SUITE_GM, KEY_LOG,
                            BYTES_LIT("guzheng/test"), &log_key));
    assert_ok(signer_create(fixture_path(&w->f, "witness.pem"), SUITE_GM, KEY_WITNESS,
                            BYTES_LIT("court.sd"), &witness_key));
    assert_ok(signer_open(fixture_path(&w->f, "log.pem"), SUITE_GM, KEY_LOG,
                          BYTES_LIT("guzheng/test"), &w->log_signer));
    vkey(&log_key, &log);
    vkey(&witness_key, &witness);
    vkey(signer_key(w->f.signer), &bank);
    assert_ok(buf_addf(&w->genesis,
                       "{\"type\":\"guzheng/genesis/v1\",\"origin\":\"guzheng/test\","
                       "\"suite\":\"gm\",\"created_at\":\"2026-01-01T00:00:00Z\","
                       "\"organisations\":[{\"name\":\"ccb.sd\",\"role\":\"bank\","
                       "\"submission\":\"%.*s\",\"receipt\":null,\"from_index\":0,"
                       "\"until_index\":null}],\"policy\":\"log %.*s\\nwitness w %.*s %s\\n"
                       "quorum w\\n\",\"continues\":null}",
                       (int)bank.n, (char *)bank.p, (int)log.n, (char *)log.p, (int)witness.n,
                       (char *)witness.p, w->f.peer_url));
}

static void open_log(struct with_log *w)
{
    DEFER(buf_fini) struct buf why = {0};
    const struct log_options   o = {
          .folder = w->folder, .genesis = buf_bytes(&w->genesis), .signer = w->log_signer};
    assert_ok(log_service_open(&o, &w->log, &why));
    w->f.bank.log = w->log;
}

static void wait_running(struct with_log *w)
{
    struct log_status s = {0};
    for (int i = 0; i < 1000 && s.state != LOG_RUNNING; i++) {
        log_service_status(w->log, &s);
        usleep(10000);
    }
    assert_int_equal(s.state, LOG_RUNNING);
}

static int set_up(void **state)
{
    struct with_log *w = calloc(1, sizeof *w);
    fixture_init(&w->f);
    make_genesis(w);
    snprintf(w->folder, sizeof w->folder, "%s", fixture_path(&w->f, "log"));
    assert_ok(folder_make(w->folder, 0700));
    open_log(w);
    wait_running(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct with_log *w = *state;
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    log_service_close(&w->log);
    signer_free(&w->log_signer);
    buf_fini(&w->genesis);
    fixture_fini(&w->f);
    free(w);
    return 0;
}

/* rows E<from> … */
static void submit_rows(struct with_log *w, unsigned from, unsigned n)
{
    DEFER(buf_fini) struct buf text = {0};
    struct fixture_result      r;
    assert_ok(buf_add_str(&text, HEADER));
    for (unsigned i = from; i < from + n; i++)
        assert_ok(buf_addf(&text, "E%u|L%u|甲|1.00|\n", i, i % 3));
    assert_ok(buf_add_byte(&text, 0));
    fixture_write(&w->f, "batch/contract_1.txt", (const char *)text.p);
    assert_ok(fixture_submit(&w->f, "batch", &r));
    assert_int_equal(r.counts.accepted, n);
}

static enum publish_outcome publish(struct with_log *w)
{
    enum publish_outcome did = PUBLISH_STOPPED;
    assert_ok(publish_outbox(&w->f.bank, w->f.db, &did));
    return did;
}

/* Whole lines; a torn one of a failed write may stand between them. */
static size_t submitted_lines(struct with_log *w)
{
    DEFER(buf_fini) struct buf all = {0};
    struct bytes               rest, line;
    size_t                     n = 0;
    if (file_read(w->f.submitted, 1024 * 1024, &all) != GZ_OK) return 0;
    rest = buf_bytes(&all);
    while (bytes_take_line(&rest, &line)) n += line.n == 2 * HASH_SIZE;
    assert_int_equal(rest.n, 0);
    return n;
}

static void what_waits_goes_out_once_and_gets_its_index(void **state)
{
    struct with_log *w = *state;
    assert_int_equal(publish(w), PUBLISH_IDLE);
    submit_rows(w, 1, 5);
    assert_int_equal(publish(w), PUBLISH_SENT);
    assert_int_equal(publish(w), PUBLISH_IDLE);
    submit_rows(w, 6, 2);
    assert_int_equal(publish(w), PUBLISH_SENT);
    assert_int_equal(chain_size(log_service_chain(w->log)), 7);
    for (int64_t id = 1; id <= 7; id++) {
        DEFER(record_fini) struct record r = {0};
        struct chain_entry               e;
        assert_ok(record_get_id(w->f.db, id, &r));
        assert_true(r.has_index && r.sequenced_ms >= r.received_ms);
        assert_ok(chain_entry(log_service_chain(w->log), r.index, &e));
        assert_true(hash_eq(e.fingerprint, r.fingerprint));
    }
    assert_int_equal(submitted_lines(w), 2);
}

/* The log asks its witness first; nobody answers there. */
static void a_log_that_does_not_accept_gets_the_same_bytes_later(void **state)
{
    struct with_log                                       *w = *state;
    DEFER(outbox_submission_fini) struct outbox_submission before = {0}, after = {0};
    http_server_close(&w->f.peer);
    log_service_close(&w->log);
    open_log(w);
    submit_rows(w, 1, 2);
    assert_int_equal(publish(w), PUBLISH_LATER);
    assert_ok(outbox_unanswered(w->f.db, &before));
    submit_rows(w, 3, 2);
    assert_int_equal(publish(w), PUBLISH_LATER);
    assert_ok(outbox_unanswered(w->f.db, &after));
    assert_true(bytes_eq(buf_bytes(&before.wire), buf_bytes(&after.wire)));
    assert_int_equal(submitted_lines(w), 1); /* one line, however often it is tried */
}

/* Taken by the log, but the bank was killed before it noted the answer. */
static void a_repeat_gets_the_index_first_given(void **state)
{
    struct with_log                                       *w = *state;
    DEFER(outbox_submission_fini) struct outbox_submission s = {0};
    struct log_answer                                      a;
    http_server_close(&w->f.peer);
    log_service_close(&w->log);
    open_log(w);
    submit_rows(w, 1, 3);
    assert_int_equal(publish(w), PUBLISH_LATER);
    assert_ok(outbox_unanswered(w->f.db, &s));
    static const struct http_route routes[] = {{"GET", "/", fixture_answer, 0}};
    const struct http_options      o = {.address = "127.0.0.1",
                                        .port = (uint16_t)atoi(strrchr(w->f.peer_url, ':') + 1),
                                        .threads = 2,
                                        .routes = routes,
                                        .routes_n = COUNT_OF(routes)};
    assert_ok(http_server_open(&o, &w->f.peer));
    wait_running(w);
    assert_ok(log_service_submit(w->log, buf_bytes(&s.wire), &a));
    assert_int_equal(a.result, LEDGER_EXECUTED);
    assert_int_equal(publish(w), PUBLISH_SENT);
    assert_int_equal(chain_size(log_service_chain(w->log)), 3);
}

static void copy_file(const char *from, const char *to)
{
    DEFER(buf_fini) struct buf all = {0};
    assert_ok(file_read(from, 64 * 1024 * 1024, &all));
    assert_ok(file_replace(to, buf_bytes(&all), 0600));
}

static void a_store_restored_from_a_backup_stops(void **state)
{
    struct with_log     *w = *state;
    enum publish_outcome found;
    submit_rows(w, 1, 2);
    assert_int_equal(publish(w), PUBLISH_SENT);
    db_close(&w->f.db); /* closed, it is one file */
    copy_file(fixture_path(&w->f, "bank.sqlite"), fixture_path(&w->f, "backup"));
    fixture_close(&w->f);
    fixture_open(&w->f);
    w->f.bank.log = w->log;
    assert_ok(publish_check_start(&w->f.bank, w->f.db, &found));
    assert_int_equal(found, PUBLISH_IDLE);
    submit_rows(w, 3, 2);
    assert_int_equal(publish(w), PUBLISH_SENT);
    fixture_close(&w->f);
    copy_file(fixture_path(&w->f, "backup"), fixture_path(&w->f, "bank.sqlite"));
    fixture_open(&w->f);
    w->f.bank.log = w->log;
    assert_ok(publish_check_start(&w->f.bank, w->f.db, &found));
    assert_int_equal(found, PUBLISH_STOPPED);
    submit_rows(w, 5, 1); /* intake goes on: nothing of it is lost */
    assert_int_equal(publish(w), PUBLISH_STOPPED);
    assert_int_equal(chain_size(log_service_chain(w->log)), 4);
}

static void a_torn_line_of_the_submitted_file_is_ended(void **state)
{
    struct with_log           *w = *state;
    DEFER(buf_fini) struct buf all = {0};
    assert_ok(file_replace(w->f.submitted, BYTES_LIT("0123abc"), 0600));
    submit_rows(w, 1, 1);
    assert_int_equal(publish(w), PUBLISH_SENT);
    assert_ok(file_read(w->f.submitted, 1024, &all));
    assert_int_equal(all.n, 8 + 65);
    assert_int_equal(all.p[7], '\n');
}

/* The `submitted` line is durable before anything is sent. */
static void without_its_submitted_line_nothing_is_sent(void **state)
{
    struct with_log     *w = *state;
    enum publish_outcome did;
    submit_rows(w, 1, 1);
    for (uint64_t n = 0; n < 3; n++) { /* open, write, sync */
        file_fault_set_once(FILE_FAULT_ANY, n, ENOSPC);
        assert_err(publish_outbox(&w->f.bank, w->f.db, &did), GZ_IO);
        assert_int_equal(chain_size(log_service_chain(w->log)), 0);
    }
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    assert_int_equal(publish(w), PUBLISH_SENT);
    assert_int_equal(submitted_lines(w), 1);
}

static void no_certificate_before_a_quorum(void **state)
{
    struct with_log                 *w = *state;
    DEFER(record_fini) struct record r = {0};
    struct issued_certificate        c = {0};
    const struct certificate_choice  all = {.all = true};
    const char                      *why;
    submit_rows(w, 1, 1);
    assert_ok(record_get_id(w->f.db, 1, &r));
    const struct bytes id = bytes_str(r.uuid);
    assert_err(issue_certificate(&w->f.bank, w->f.db, id, &all, &c, &why), GZ_BUSY);
    assert_int_equal(publish(w), PUBLISH_SENT);
    assert_err(issue_certificate(&w->f.bank, w->f.db, id, &all, &c, &why), GZ_BUSY);
    assert_err(issue_certificate(&w->f.bank, w->f.db, BYTES_LIT("no-such-number"), &all, &c, &why),
               GZ_MISSING);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_waits_goes_out_once_and_gets_its_index),
        CASE(a_log_that_does_not_accept_gets_the_same_bytes_later),
        CASE(a_repeat_gets_the_index_first_given),
        CASE(a_store_restored_from_a_backup_stops),
        CASE(a_torn_line_of_the_submitted_file_is_ended),
        CASE(without_its_submitted_line_nothing_is_sent),
        CASE(no_certificate_before_a_quorum),
    };
    RUN_TESTS(tests);
}

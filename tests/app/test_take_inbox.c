/* The folder of incoming batch files, and the result beside each. */
#include "bank_fixture.h"

#include <errno.h>

#include "app/result_file.h"
#include "app/take_inbox.h"

#define HEADER "event|contract|name|amount|file\n"

static int set_up(void **state)
{
    struct bank_fixture *f = malloc(sizeof *f);
    fixture_init(f);
    assert_ok(folder_make(fixture_path(f, "in/files"), 0700));
    assert_ok(folder_make(fixture_path(f, "done"), 0700));
    fixture_write(f, "in/files/c.pdf", "%PDF-1.4\n%%EOF\n");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    file_fault_set(FILE_FAULT_NONE, 0, 0);
    fixture_fini(*state);
    free(*state);
    return 0;
}

static bool is_there(struct bank_fixture *f, const char *name)
{
    return access(fixture_path(f, name), F_OK) == 0;
}

static enum gz_err take(struct bank_fixture *f, uint64_t *taken)
{
    return inbox_take(&f->bank, f->db, fixture_path(f, "in"), fixture_path(f, "done"), taken);
}

static void expect_file(struct bank_fixture *f, const char *name, const char *want)
{
    DEFER(buf_fini) struct buf text = {0};
    assert_ok(file_read(fixture_path(f, name), 1024 * 1024, &text));
    assert_ok(buf_add_byte(&text, 0));
    assert_string_equal((const char *)text.p, want);
}

static uint64_t count_records(struct bank_fixture *f)
{
    struct record_counts c;
    assert_ok(record_count(f->db, 0, &c));
    return c.total;
}

#define RESULT_HEAD "\xef\xbb\xbf行号,列名,字段,代码,说明\r\n"
#define READ        "合计,,,outcome,已读，每行都有结果\r\n"

static void a_file_without_its_mark_is_left_alone(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             taken;
    fixture_write(f, "in/contract_1.txt", HEADER "E1|L1|甲|1.00|c.pdf\n");
    fixture_write(f, "in/contract_2.txt.tmp", HEADER);
    fixture_write(f, "in/contract_2.txt.tmp.ok", "");
    fixture_write(f, "in/.contract_3.txt.ok", "");
    fixture_write(f, "in/.ok", "");
    assert_ok(take(f, &taken));
    assert_int_equal(taken, 0);
    assert_true(is_there(f, "in/contract_1.txt"));
    assert_int_equal(count_records(f), 0);
}

static void a_complete_file_is_taken_and_moved(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             taken;
    fixture_write(f, "in/contract_1.txt",
                  HEADER "E1|L1|甲|1.00|c.pdf\nE2||乙|x|\nE3|L3|丙|2.00|\n");
    fixture_write(f, "in/contract_1.txt.ctl", "rows=3\n");
    fixture_write(f, "in/contract_1.txt.ok", "");
    assert_ok(take(f, &taken));
    assert_int_equal(taken, 1);
    assert_int_equal(count_records(f), 2);
    assert_true(is_there(f, "done/contract_1.txt") && is_there(f, "done/contract_1.txt.ctl"));
    assert_false(is_there(f, "in/contract_1.txt") || is_there(f, "in/contract_1.txt.ctl") ||
                 is_there(f, "in/contract_1.txt.ok"));
    assert_true(is_there(f, "in/files/c.pdf"));
    expect_file(f, "done/contract_1.txt.result.csv",
                RESULT_HEAD
                "3,\"contract\",\"contract_no\",\"required\",\"必填，不能为空\"\r\n"
                "3,\"amount\",\"amount\",\"money\","
                "\"金额以元为单位，写作数字和两位小数，如 120000.00，不带货币符号和单位\"\r\n" READ
                "合计,,,rows,行数 3\r\n合计,,,accepted,接收 2\r\n合计,,,repeated,已有 0\r\n"
                "合计,,,conflicts,冲突 0\r\n合计,,,refused,拒绝 1\r\n");
    assert_ok(take(f, &taken));
    assert_int_equal(taken, 0);
}

static void the_same_name_again(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             taken;
    for (int i = 0; i < 3; i++) {
        fixture_write(f, "in/contract_1.txt", HEADER "E1|L1|甲|1.00|\n");
        fixture_write(f, "in/contract_1.txt.ok", "");
        assert_ok(take(f, &taken));
        assert_int_equal(taken, 1);
    }
    assert_int_equal(count_records(f), 1);
    assert_true(is_there(f, "done/contract_1.txt.result.csv"));
    assert_true(is_there(f, "done/contract_1.txt~2") && is_there(f, "done/contract_1.txt~3"));
    expect_file(f, "done/contract_1.txt~3.result.csv",
                RESULT_HEAD "合计,,,outcome,已读，每行都有结果；此文件以前收过\r\n"
                            "合计,,,rows,行数 1\r\n合计,,,accepted,接收 0\r\n"
                            "合计,,,repeated,已有 1\r\n合计,,,conflicts,冲突 0\r\n"
                            "合计,,,refused,拒绝 0\r\n");
}

static void what_cannot_be_read_is_told_too(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             taken;
    fixture_write(f, "in/unknown_1.txt", "x");
    fixture_write(f, "in/unknown_1.txt.ok", "");
    assert_int_equal(symlink("/etc/passwd", fixture_path(f, "in/contract_2.txt")), 0);
    fixture_write(f, "in/contract_2.txt.ok", "");
    assert_ok(take(f, &taken));
    assert_int_equal(taken, 1);
    assert_true(is_there(f, "done/unknown_1.txt") && is_there(f, "done/unknown_1.txt.result.csv"));
    assert_false(is_there(f, "done/contract_2.txt"));
}

/* The 1st, 2nd, 3rd … file operation fails, and the next round repairs it: nothing is lost, nothing
 * is there twice, and the result is there when the file is. */
static void whatever_fails_is_taken_up_again(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             taken, n = 0;
    enum gz_err          e = GZ_IO;
    for (; e != GZ_OK && n < 300; n++) {
        char name[64], text[128];
        snprintf(name, sizeof name, "in/contract_%llu.txt", (unsigned long long)n);
        snprintf(text, sizeof text, HEADER "E%llu|L1|甲|1.00|c.pdf\n", (unsigned long long)n);
        fixture_write(f, name, text);
        snprintf(name, sizeof name, "in/contract_%llu.txt.ok", (unsigned long long)n);
        fixture_write(f, name, "");
        file_fault_set_once(FILE_FAULT_ANY, n, EIO);
        e = take(f, &taken);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        if (e != GZ_OK) assert_ok(take(f, &taken));
        assert_int_equal(count_records(f), n + 1);
        snprintf(name, sizeof name, "done/contract_%llu.txt", (unsigned long long)n);
        assert_true(is_there(f, name));
        strcat(name, ".result.csv");
        assert_true(is_there(f, name));
        snprintf(name, sizeof name, "in/contract_%llu.txt.ok", (unsigned long long)n);
        assert_false(is_there(f, name));
    }
    assert_in_range(n, 5, 299);
}

/* As a crash leaves it: moved, and the rest still here. */
static void what_belonged_to_a_moved_file_follows(void **state)
{
    struct bank_fixture *f = *state;
    uint64_t             taken;
    fixture_write(f, "done/contract_1.txt", HEADER);
    fixture_write(f, "in/contract_1.txt.ctl", "rows=0\n");
    fixture_write(f, "in/contract_1.txt.ok", "");
    assert_ok(take(f, &taken));
    assert_int_equal(taken, 0);
    assert_true(is_there(f, "done/contract_1.txt.ctl"));
    assert_false(is_there(f, "in/contract_1.txt.ok"));
}

static void folders_that_do_not_fit(void **state)
{
    struct bank_fixture *f = *state;
    assert_ok(inbox_check(fixture_path(f, "in"), fixture_path(f, "done")));
    assert_err(inbox_check(fixture_path(f, "in"), fixture_path(f, "none")), GZ_MISSING);
    assert_err(inbox_check(fixture_path(f, "in"), fixture_path(f, "in")), GZ_MALFORMED);
    assert_err(inbox_check(fixture_path(f, "in"), fixture_path(f, "bank.sqlite")), GZ_MALFORMED);
    assert_err(inbox_check(fixture_path(f, "in"), "/proc"), GZ_MALFORMED);
}

/* --- the result's form ------------------------------------------------------------------------ */

static void a_result_is_no_formula_and_has_an_end(void **state)
{
    struct bank_fixture                       *f = *state;
    DEFER(result_file_fini) struct result_file r = {.folder = fixture_path(f, "done")};
    const struct submit_listener               l = result_file_listener(&r);
    const struct batch                         b = {.name = "x.txt", .rows = 1};
    const struct intake_defect d = {0, BYTES_LIT("=cmd|\"x\""), BYTES_LIT("@f"), "c", "h"};
    DEFER(buf_fini) struct buf text = {0};
    for (unsigned i = 0; i < RESULT_DEFECTS_MAX + 7; i++) l.defect(l.ctx, &d);
    l.file(l.ctx, &b, SUBMIT_UNREADABLE);
    assert_ok(r.error);
    assert_ok(file_read(fixture_path(f, "done/x.txt.result.csv"), 64 * 1024 * 1024, &text));
    static const char rest[] = "not_listed,另有未列出的错误 7\r\n";
    static const char first[] = RESULT_HEAD ",\"'=cmd|\"\"x\"\"\",\"'@f\",\"c\",\"h\"\r\n";
    assert_memory_equal(text.p, first, strlen(first));
    assert_non_null(memmem(text.p, text.n, rest, strlen(rest)));
    assert_non_null(memmem(text.p, text.n, "整个文件未读", strlen("整个文件未读")));
    l.file(l.ctx, &b, SUBMIT_READ); /* the next begins anew */
    text.n = 0;
    assert_ok(file_read(fixture_path(f, "done/x.txt.result.csv"), 4096, &text));
    assert_null(memmem(text.p, text.n, "cmd", 3));
}

static void a_result_that_cannot_be_written(void **state)
{
    struct bank_fixture                       *f = *state;
    DEFER(result_file_fini) struct result_file r = {.folder = fixture_path(f, "nowhere")};
    const struct submit_listener               l = result_file_listener(&r);
    const struct batch                         b = {.name = "x.txt"};
    l.file(l.ctx, &b, SUBMIT_READ);
    assert_int_not_equal(r.error, GZ_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_without_its_mark_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_complete_file_is_taken_and_moved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_name_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_told_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whatever_fails_is_taken_up_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_belonged_to_a_moved_file_follows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folders_that_do_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_result_is_no_formula_and_has_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_result_that_cannot_be_written, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

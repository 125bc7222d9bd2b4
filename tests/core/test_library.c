/* libguzheng through its public header: the published vectors, its memory, its texts. */
#include <guzheng/verify.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { FILE_MAX = 8 * 1024 * 1024, FILES_MAX = 4 };

static const char *folder; /* tests/vectors */

/* The caller frees p. */
static struct gz_bytes read_vector(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    void *p = malloc(FILE_MAX);
    if (f == NULL || p == NULL) fail_msg("no vector %s", path);
    const size_t n = fread(p, 1, FILE_MAX, f);
    fclose(f);
    return (struct gz_bytes){realloc(p, n == 0 ? 1 : n), n};
}

static void release(struct gz_bytes b)
{
    free((void *)b.p);
}

static struct gz_memory lend(size_t n)
{
    struct gz_memory m = {malloc(n), n};
    assert_non_null(m.p);
    return m;
}

/* A policy, and one certificate under it. */
struct bench {
    struct gz_bytes         text, certificate;
    struct gz_memory        policy_memory, memory;
    const struct gz_policy *policy;
    const struct gz_report *report;
    struct gz_file          files[FILES_MAX];
    struct gz_input         input;
};

static enum gz_err bench_open(struct bench *b, const char *policy, const char *certificate)
{
    const char *why = NULL;
    *b = (struct bench){.text = read_vector(policy), .certificate = read_vector(certificate)};
    b->policy_memory = lend(gz_policy_memory(b->text.n));
    b->input = (struct gz_input){b->certificate, 0, b->files};
    const enum gz_err e = gz_policy_read(b->text, b->policy_memory, &b->policy, &why);
    assert_true((e == GZ_OK) == (why == NULL));
    return e;
}

static void bench_close(struct bench *b)
{
    release(b->text);
    release(b->certificate);
    free(b->policy_memory.p);
    free(b->memory.p);
}

static void give_original(struct bench *b, const char *name)
{
    const struct gz_bytes content = read_vector(name);
    gz_file_of(content, &b->files[b->input.files_n++]);
    release(content);
}

static const struct gz_report *run(struct bench *b)
{
    free(b->memory.p);
    b->memory = lend(gz_verify_memory(&b->input));
    assert_ok(gz_verify(b->policy, &b->input, b->memory, &b->report));
    return b->report;
}

static void open_good(struct bench *b)
{
    assert_ok(bench_open(b, "gm.policy", "gm-001.gzcert"));
    give_original(b, "gm-contract-0.pdf");
    assert_int_equal(run(b)->result, GZ_RESULT_VALID);
}

/* --- vectors ---------------------------------------------------------------------------------- */

static const char *text_of(json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

static void check_row(json_t *row)
{
    static const char *const        results[] = {"valid", "invalid", NULL, "incomplete"};
    DEFER(bench_close) struct bench b;
    const char                     *about = text_of(row, "about"), *want = text_of(row, "result");
    json_t                         *files = json_object_get(row, "files"), *name;
    size_t                          i;
    if (bench_open(&b, text_of(row, "policy"), text_of(row, "certificate")) != GZ_OK) {
        if (strcmp(want, "unusable") != 0) fail_msg("%s: unusable", about);
        return;
    }
    json_array_foreach(files, i, name) give_original(&b, json_string_value(name));
    const struct gz_report *r = run(&b);
    if (strcmp(results[r->result], want) != 0) fail_msg("%s: %s", about, results[r->result]);
    assert_int_equal(r->check, json_integer_value(json_object_get(row, "check")));
    assert_true((r->result == GZ_RESULT_VALID) == (r->reason == NULL));
    if (r->result == GZ_RESULT_INVALID) return;
    assert_int_equal(r->quorum_time, json_integer_value(json_object_get(row, "quorum_time")));
    assert_int_equal(r->proven_time, json_integer_value(json_object_get(row, "proven_time")));
    assert_true(r->has_entry && r->witnesses_n > 0);
}

static void every_vector_gives_its_result(void **state)
{
    (void)state;
    struct gz_bytes text = read_vector("vectors.json");
    json_t         *rows = json_loadb(text.p, text.n, 0, NULL), *row;
    size_t          i;
    assert_int_equal(json_array_size(rows), 354);
    json_array_foreach(rows, i, row) check_row(row);
    json_decref(rows);
    release(text);
}

/* --- the report ------------------------------------------------------------------------------- */

static void assert_text(struct gz_bytes got, const char *want)
{
    if (got.n != strlen(want) || memcmp(got.p, want, got.n) != 0)
        fail_msg("%.*s, not %s", (int)got.n, (const char *)got.p, want);
}

static void report_holds_the_record(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b;
    open_good(&b);
    const struct gz_report *r = b.report;
    assert_text(r->kind, "loan.contract");
    assert_text(r->origin, "guzheng/shandong-gm");
    assert_int_equal(r->seq, 1);
    assert_int_equal(r->supersedes.n, 0);
    assert_int_equal(r->proven_time, 1772677802);
    assert_true(r->index < r->size);
    assert_int_equal(r->outcomes[7], GZ_OUTCOME_NOT_CHECKED);
    assert_null(r->details[0]);
    assert_string_equal(r->details[7], "no node was asked");
    assert_int_equal(r->disclosed_n, 6);
    assert_text(r->disclosed[1].name, "borrower.name");
    assert_text(r->disclosed[1].text, "张伟");
    for (size_t i = 0; i < r->witnesses_n; i++) assert_true(r->witnesses[i].time >= 1772677800);
}

static void report_of_no_certificate_holds_nothing(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b;
    assert_ok(bench_open(&b, "gm.policy", "gm-001.gzcert"));
    b.input.certificate.n = 0;
    b.input.certificate.p = NULL;
    const struct gz_report *r = run(&b);
    assert_int_equal(r->check, 1);
    assert_false(r->has_entry);
    assert_int_equal(r->disclosed_n + r->witnesses_n + r->id.n + r->origin.n, 0);
    for (unsigned i = 1; i < GZ_CHECKS; i++)
        assert_int_equal(r->outcomes[i], GZ_OUTCOME_NOT_REACHED);
}

static void too_little_memory_is_an_error_and_no_report(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b;
    open_good(&b);
    const struct gz_policy *policy = NULL;
    const struct gz_report *report = NULL;
    const char             *why = NULL;
    for (size_t n = 0; n < 4096; n += 61) {
        const struct gz_memory small = {b.memory.p, n};
        assert_err(gz_verify(b.policy, &b.input, small, &report), GZ_MEMORY);
        assert_null(report);
    }
    assert_err(gz_policy_read(b.text, (struct gz_memory){NULL, 0}, &policy, &why), GZ_MEMORY);
    assert_null(policy);
    b.input.certificate.n = SIZE_MAX; /* only asked about, never read */
    assert_true(gz_verify_memory(&b.input) < 64 * 1024 * 1024);
    assert_true(gz_policy_memory(SIZE_MAX) < 64 * 1024 * 1024);
}

static void memory_of_any_alignment_will_do(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b;
    open_good(&b);
    const struct gz_memory whole = lend(gz_verify_memory(&b.input) + 8);
    for (unsigned shift = 0; shift < 8; shift++) {
        const struct gz_memory  m = {(char *)whole.p + shift, whole.n - 8};
        const struct gz_report *r = NULL;
        assert_ok(gz_verify(b.policy, &b.input, m, &r));
        assert_int_equal(r->result, GZ_RESULT_VALID);
    }
    free(whole.p);
}

static void file_hashed_in_parts_is_the_same_file(void **state)
{
    (void)state;
    char           content[1000];
    struct gz_file whole, parts;
    for (size_t i = 0; i < sizeof content; i++) content[i] = (char)(i * 7);
    gz_file_of((struct gz_bytes){content, sizeof content}, &whole);
    for (size_t step = 1; step < 200; step += 9) {
        struct gz_hashing h;
        gz_hashing_begin(&h);
        for (size_t at = 0; at < sizeof content; at += step) {
            const size_t left = sizeof content - at;
            gz_hashing_add(&h, (struct gz_bytes){content + at, left < step ? left : step});
        }
        gz_hashing_end(&h, &parts);
        assert_int_equal(parts.size, sizeof content);
        assert_memory_equal(parts.sm3, whole.sm3, GZ_HASH_SIZE);
        assert_memory_equal(parts.sha256, whole.sha256, GZ_HASH_SIZE);
    }
}

/* --- texts ------------------------------------------------------------------------------------ */

static void lines_say_the_result_and_every_check(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b;
    char                            line[512];
    open_good(&b);
    gz_report_line(b.report, GZ_LANG_ZH, 0, line, sizeof line);
    assert_string_equal(line, "核验结论：有效，不晚于 2026-03-05T10:30:02.000+08:00");
    gz_report_line(b.report, GZ_LANG_EN, 8, line, sizeof line);
    assert_string_equal(line, "8 node: not checked, no node was asked");
    b.input.files_n = 0;
    gz_report_line(run(&b), GZ_LANG_EN, 0, line, sizeof line);
    assert_string_equal(line, "Verdict: incomplete: a disclosed original was not given");
    b.files[0].size++;
    b.input.files_n = 1;
    gz_report_line(run(&b), GZ_LANG_EN, 0, line, sizeof line);
    assert_string_equal(line, "Verdict: invalid, check 3 (files): a given file is none of the "
                              "disclosed originals");
}

/* Every cut is a front part of the whole, ends with NUL and leaves no character in halves. */
static void cut_lines_stay_text(void **state)
{
    (void)state;
    DEFER(bench_close) struct bench b;
    char                            whole[512], cut[512];
    open_good(&b);
    const size_t n = gz_report_line(b.report, GZ_LANG_ZH, 0, whole, sizeof whole);
    assert_int_equal(n, strlen(whole));
    for (size_t room = 0; room <= n; room++) {
        memset(cut, '#', sizeof cut);
        assert_int_equal(gz_report_line(b.report, GZ_LANG_ZH, 0, cut, room), n);
        assert_int_equal(cut[room], '#');
        if (room == 0) continue;
        assert_true(strlen(cut) < room);
        assert_memory_equal(cut, whole, strlen(cut));
        assert_int_not_equal(whole[strlen(cut)] & 0xc0, 0x80);
    }
}

static void safe_text_shows_what_hides(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"张伟 10000.00", "张伟 10000.00"},
        {"a\x1b[2Jb", "a\\u{1b}[2Jb"},
        {"\xe2\x80\xae"
         "21",
         "\\u{202e}21"},
        {"a\nb\x7f", "a\\u{a}b\\u{7f}"},
        {"\xf3\xa0\x81\x81", "\\u{e0041}"},
        {"\xff\xe5\xbc\xa0", "\\xff\\xe5\\xbc\\xa0"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char                  out[64];
        const struct gz_bytes text = {rows[i].text, strlen(rows[i].text)};
        assert_int_equal(gz_text_safe(text, out, sizeof out), strlen(rows[i].want));
        assert_string_equal(out, rows[i].want);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_gives_its_result),
        cmocka_unit_test(report_holds_the_record),
        cmocka_unit_test(report_of_no_certificate_holds_nothing),
        cmocka_unit_test(too_little_memory_is_an_error_and_no_report),
        cmocka_unit_test(memory_of_any_alignment_will_do),
        cmocka_unit_test(file_hashed_in_parts_is_the_same_file),
        cmocka_unit_test(lines_say_the_result_and_every_check),
        cmocka_unit_test(cut_lines_stay_text),
        cmocka_unit_test(safe_text_shows_what_hides),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

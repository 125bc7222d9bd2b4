#include "host/host.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static void uuids_are_version_7_of_their_millisecond(void **state)
{
    (void)state;
    char a[37], b[37];
    uuid_v7((struct time){1772674200, 123456789}, a);
    uuid_v7((struct time){1772674200, 123456789}, b);
    assert_int_equal(strlen(a), 36);
    assert_memory_equal(a, "019cbb9d-b23b-7", 15); /* 1772674200123 ms, version */
    assert_non_null(strchr("89ab", a[19]));
    assert_string_not_equal(a, b);
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[64] = {0}, b[64] = {0};
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void the_clock_can_be_shifted(void **state)
{
    (void)state;
    const struct time before = clock_now();
    clock_shift_s(3600);
    const int64_t ms = time_diff_ms(clock_now(), before);
    assert_true(ms >= 3600 * 1000 && ms < 3700 * 1000);
    clock_shift_s(0);
    assert_true(time_diff_ms(clock_now(), before) < 100 * 1000);
    assert_true(clock_monotonic_ms() > 0);
}

static void *write_lines(void *which)
{
    for (int i = 0; i < 200; i++)
        log_line(LOG_INFO, "test", "thread=%s line=%d\nnot a line of its own", (char *)which, i);
    return NULL;
}

static void log_lines_stay_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/guzheng-log-XXXXXX";
    int  fd = mkstemp(path), kept = dup(STDERR_FILENO);
    assert_true(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    pthread_t threads[4];
    char      names[4][2] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) (void)pthread_create(&threads[i], NULL, write_lines, names[i]);
    for (int i = 0; i < 4; i++) (void)pthread_join(threads[i], NULL);
    log_line(LOG_DEBUG, "test", "below the level");
    char long_text[3000];
    memset(long_text, 'x', sizeof long_text);
    long_text[2999] = 0;
    log_line(LOG_ERROR, "test", "%s", long_text);
    (void)dup2(kept, STDERR_FILENO);

    FILE *f = fopen(path, "r");
    char  line[4096];
    int   lines = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        lines++;
        const char *want = lines <= 800 ? " info test thread=" : " error test xxx";
        assert_non_null(strstr(line, want));
        if (lines <= 800) assert_non_null(strstr(line, " not a line of its own\n"));
        assert_true(strlen(line) <= 1024);
    }
    assert_int_equal(lines, 801);
    (void)fclose(f);
    (void)close(fd);
    (void)close(kept);
    (void)unlink(path);
}

static void what_authenticates_stands_in_no_line(void **state)
{
    (void)state;
    char path[] = "/tmp/guzheng-log-XXXXXX", text[4096] = "";
    int  fd = mkstemp(path), kept = dup(STDERR_FILENO);
    assert_true(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    log_line(LOG_INFO, "test", "user=7 password=%s", "Canary-12345");
    log_line(LOG_INFO, "test", "您的验证码是%s，5分钟内有效", "918273");
    log_line(LOG_INFO, "test", "passed matter=%s", "abcdefghijklmnopqrstuv");
    (void)dup2(kept, STDERR_FILENO);
    assert_true(pread(fd, text, sizeof text - 1, 0) > 0);
    assert_null(strstr(text, "Canary"));
    assert_null(strstr(text, "918273"));
    assert_non_null(strstr(text, " alarm host a line was withheld code=c3_password\n"));
    assert_non_null(strstr(text, " alarm host a line was withheld code=c3_one_time_code\n"));
    assert_non_null(strstr(text, " info test passed matter=abcdefghijklmnopqrstuv\n"));
    (void)close(fd);
    (void)close(kept);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_are_version_7_of_their_millisecond),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(the_clock_can_be_shifted),
        cmocka_unit_test(log_lines_stay_whole),
        cmocka_unit_test(what_authenticates_stands_in_no_line),
    };
    RUN_TESTS(tests);
}

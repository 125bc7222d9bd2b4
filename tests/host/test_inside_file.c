#include "host/inside_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"
#include "host/file.h"

static char root[] = "/tmp/guzheng-inside-XXXXXX", folder[64], outside[64];

static void put(const char *base, const char *name, const char *content)
{
    char path[4096];
    assert_ok(path_join(base, name, path, sizeof path));
    assert_ok(file_replace(path, bytes_str(content), 0600));
}

static void link_to(const char *target, const char *name)
{
    char path[4096];
    assert_ok(path_join(folder, name, path, sizeof path));
    assert_int_equal(symlink(target, path), 0);
}

static void gives(const char *name, enum gz_err code, const char *content)
{
    DEFER(buf_fini) struct buf out = {0};
    const enum gz_err          e = inside_file_read(folder, name, 8, &out);
    if (e != code) fail_msg("%s: %s", name, err_name(e));
    if (e != GZ_OK) assert_int_equal(out.n, 0);
    else assert_true(bytes_eq(buf_bytes(&out), bytes_str(content)));
}

static void files_are_read_whole(void **state)
{
    (void)state;
    gives("a", GZ_OK, "inside");
    gives("sub/b", GZ_OK, "below");
    gives("empty", GZ_OK, "");
    gives("eight", GZ_OK, "12345678");
    gives("nine", GZ_LIMIT, NULL);
    DEFER(buf_fini) struct buf out = {0};
    assert_ok(buf_add_str(&out, "before "));
    assert_ok(inside_file_read(folder, "a", 8, &out));
    assert_true(bytes_eq(buf_bytes(&out), BYTES_LIT("before inside")));
}

static void links_may_lead_inside_only(void **state)
{
    (void)state;
    char absolute[4096];
    assert_ok(path_join(outside, "secret", absolute, sizeof absolute));
    link_to("a", "to_a");
    link_to("../folder/a", "around");
    link_to("../outside/secret", "out");
    link_to(absolute, "out_absolute");
    link_to("../outside", "out_folder");
    link_to("../folder-more", "prefix");
    link_to("loop", "loop");
    link_to("nowhere", "dangling");
    gives("to_a", GZ_OK, "inside");
    gives("around", GZ_OK, "inside");
    gives("out", GZ_DENIED, NULL);
    gives("out_absolute", GZ_DENIED, NULL);
    gives("out_folder/secret", GZ_DENIED, NULL);
    gives("prefix/secret", GZ_DENIED, NULL); /* /x/folder-more is not in /x/folder */
    gives("../outside/secret", GZ_DENIED, NULL);
    gives("loop", GZ_DENIED, NULL);
    gives("dangling", GZ_MISSING, NULL);
}

/* A pipe without a writer would hold the reader for ever. */
static void other_things_are_no_files(void **state)
{
    (void)state;
    char               path[4096];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int          s = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_ok(path_join(folder, "pipe", path, sizeof path));
    assert_int_equal(mkfifo(path, 0600), 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    assert_int_equal(bind(s, (const struct sockaddr *)&address, sizeof address), 0);
    gives("pipe", GZ_MALFORMED, NULL);
    gives("socket", GZ_MALFORMED, NULL);
    gives("sub", GZ_MALFORMED, NULL);
    gives("", GZ_DENIED, NULL); /* the folder itself is not in itself */
    close(s);
}

static void what_is_not_there(void **state)
{
    (void)state;
    char                       name[8192];
    DEFER(buf_fini) struct buf out = {0};
    gives("none", GZ_MISSING, NULL);
    gives("none/a", GZ_MISSING, NULL);
    gives("a/b", GZ_MISSING, NULL);
    memset(name, 'n', sizeof name);
    name[300] = 0;
    gives(name, GZ_MISSING, NULL);
    name[300] = 'n';
    name[sizeof name - 1] = 0;
    gives(name, GZ_MISSING, NULL);
    assert_err(inside_file_read("/tmp/guzheng-none", "a", 8, &out), GZ_MISSING);
}

static int make(void **state)
{
    char sub[128], more[128];
    (void)state;
    if (mkdtemp(root) == NULL) return 1;
    (void)snprintf(folder, sizeof folder, "%s/folder", root);
    (void)snprintf(outside, sizeof outside, "%s/outside", root);
    (void)snprintf(sub, sizeof sub, "%s/folder/sub", root);
    (void)snprintf(more, sizeof more, "%s/folder-more", root);
    if (folder_make(sub, 0700) != GZ_OK || folder_make(outside, 0700) != GZ_OK ||
        folder_make(more, 0700) != GZ_OK)
        return 1;
    put(folder, "a", "inside");
    put(folder, "sub/b", "below");
    put(folder, "empty", "");
    put(folder, "eight", "12345678");
    put(folder, "nine", "123456789");
    put(outside, "secret", "secret");
    put(more, "secret", "secret");
    return 0;
}

static int clear(void **state)
{
    char command[256];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_whole),
        cmocka_unit_test(links_may_lead_inside_only),
        cmocka_unit_test(other_things_are_no_files),
        cmocka_unit_test(what_is_not_there),
    };
    return cmocka_run_group_tests(tests, make, clear) != 0;
}

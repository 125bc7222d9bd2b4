/* The wanted names of a folder by their bytes, whatever the locale; nothing after an error. */
#include "host/folder_list.h"

#include <locale.h>

#include "folder_fixture.h"

static int is_text(const struct dirent *d)
{
    return strstr(d->d_name, ".txt") != NULL;
}

static void put(const char *name)
{
    assert_ok(file_create(in_folder(name), BYTES_LIT("x"), 0600));
}

static void the_wanted_ones_stand_by_their_bytes(void **state)
{
    (void)state;
    static const char *const                   wanted[] = {"B.txt", "_.txt", "a.txt", "贷.txt"};
    DEFER(folder_list_fini) struct folder_list l = {0};
    (void)setlocale(LC_ALL, "C.UTF-8");
    put("a.txt"), put("贷.txt"), put("B.txt"), put("other"), put("_.txt");
    assert_ok(folder_list_read(folder, is_text, &l));
    assert_int_equal(l.n, COUNT_OF(wanted));
    for (int i = 0; i < l.n; i++) assert_string_equal(l.entries[i]->d_name, wanted[i]);
}

static void what_cannot_be_listed_leaves_nothing(void **state)
{
    (void)state;
    struct folder_list l = {.n = 7};
    put("file");
    assert_err(folder_list_read(in_folder("none"), NULL, &l), GZ_MISSING);
    assert_true(l.n == 0 && l.entries == NULL);
    assert_err(folder_list_read(in_folder("file"), NULL, &l), GZ_IO);
    assert_true(l.n == 0 && l.entries == NULL);
    folder_list_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(the_wanted_ones_stand_by_their_bytes),
        FOLDER_TEST(what_cannot_be_listed_leaves_nothing),
    };
    RUN_TESTS(tests);
}

#include "app/original.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "host/file.h"

static char root[] = "/tmp/guzheng-original-XXXXXX", folder[64];

static void put(const char *name, struct bytes content)
{
    char path[4096];
    assert_ok(path_join(folder, name, path, sizeof path));
    assert_ok(file_replace(path, content, 0600));
}

static struct original read_one(const char *cell, struct buf *content)
{
    struct original o;
    assert_ok(original_read(folder, bytes_str(cell), content, &o));
    return o;
}

static void takes(const char *cell, const char *name, const char *media_type)
{
    DEFER(buf_fini) struct buf content = {0};
    const struct original      o = read_one(cell, &content);
    if (o.defect != CELL_NONE) fail_msg("%s: %s", cell, cell_defect_hint(o.defect));
    assert_true(bytes_eq(o.name, bytes_str(name)));
    assert_string_equal(o.media_type, media_type);
    assert_true(content.n > 0);
}

static void refuses(const char *cell, enum cell_defect want)
{
    DEFER(buf_fini) struct buf content = {0};
    const struct original      o = read_one(cell, &content);
    if (o.defect != want) fail_msg("%s: %s", cell, cell_defect_hint(o.defect));
}

static void each_kind_by_suffix_and_content(void **state)
{
    (void)state;
    takes("a.pdf", "a.pdf", "application/pdf");
    takes("files/a.pdf", "a.pdf", "application/pdf");
    takes("B.PDF", "B.PDF", "application/pdf");
    takes("合同 永𠮷.pdf", "合同 永𠮷.pdf", "application/pdf");
    takes("c.ofd", "c.ofd", "application/ofd");
    takes("d.jpg", "d.jpg", "image/jpeg");
    takes("d.jpeg", "d.jpeg", "image/jpeg");
    takes("e.png", "e.png", "image/png");
    takes("f.tif", "f.tif", "image/tiff");
    takes("g.tiff", "g.tiff", "image/tiff");
    refuses("png.pdf", CELL_FILE_CONTENT);
    refuses("pdf.png", CELL_FILE_CONTENT);
    refuses("short.pdf", CELL_FILE_CONTENT);
    refuses("blank.pdf", CELL_FILE_CONTENT); /* "%PDF-" must be the very first */
    refuses("empty.pdf", CELL_FILE_EMPTY);
    refuses("a.exe", CELL_FILE_SUFFIX);
    refuses("a", CELL_FILE_SUFFIX);
    refuses("apdf", CELL_FILE_SUFFIX);
    refuses("a.pdf.exe", CELL_FILE_SUFFIX);
}

/* files/ goes before what lies beside the batch file. */
static void where_it_is_looked_for(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf content = {0};
    takes("beside.pdf", "beside.pdf", "application/pdf");
    takes("files/beside.pdf", "beside.pdf", "application/pdf");
    assert_int_equal(read_one("both.pdf", &content).defect, CELL_NONE);
    assert_true(bytes_eq(buf_bytes(&content), BYTES_LIT("%PDF-in files")));
    refuses("none.pdf", CELL_FILE_MISSING);
    refuses("files/none.pdf", CELL_FILE_MISSING);
}

static void names_that_lead_elsewhere(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "../a.pdf", "/etc/a.pdf", "sub/a.pdf",      "files/../a.pdf", "files/files/a.pdf",
        "files/",   "a..pdf",     "..pdf",          ".a.pdf",         "files\\a.pdf",
        "a\"b.pdf", "a\tb.pdf",   "a\u202egfp.pdf", "files//a.pdf",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) refuses(bad[i], CELL_FILE_NAME);
    refuses(" a.pdf", CELL_BLANKS);
    refuses("a.pdf ", CELL_BLANKS);
    const struct bytes nul = BYTES_LIT("a.pdf\0.pdf");
    struct buf         none = {0};
    struct original    o;
    assert_ok(original_read(folder, nul, &none, &o));
    assert_int_equal(o.defect, CELL_FILE_NAME);

    char long_name[300];
    memset(long_name, 'n', sizeof long_name);
    strcpy(long_name + ORIGINAL_NAME_MAX - 4, ".pdf");
    refuses(long_name, CELL_FILE_MISSING);
    memset(long_name, 'n', sizeof long_name);
    strcpy(long_name + ORIGINAL_NAME_MAX - 3, ".pdf");
    refuses(long_name, CELL_FILE_NAME);
}

static void things_that_are_no_original(void **state)
{
    (void)state;
    char path[4096];
    assert_ok(path_join(folder, "files/folder.pdf", path, sizeof path));
    assert_ok(folder_make(path, 0700));
    refuses("folder.pdf", CELL_FILE_KIND);
    assert_ok(path_join(folder, "files/link.pdf", path, sizeof path));
    assert_int_equal(symlink("../../outside.pdf", path), 0);
    refuses("link.pdf", CELL_FILE_OUTSIDE);
    assert_ok(path_join(folder, "files/inner.pdf", path, sizeof path));
    assert_int_equal(symlink("../beside.pdf", path), 0);
    takes("inner.pdf", "inner.pdf", "application/pdf");
}

static void the_size_of_an_original(void **state)
{
    (void)state;
    char path[4096];
    put("files/large.pdf", BYTES_LIT("%PDF-1.7"));
    assert_ok(path_join(folder, "files/large.pdf", path, sizeof path));
    assert_int_equal(truncate(path, INTAKE_ORIGINAL_MAX), 0);
    takes("large.pdf", "large.pdf", "application/pdf");
    assert_int_equal(truncate(path, (off_t)INTAKE_ORIGINAL_MAX + 1), 0);
    refuses("large.pdf", CELL_FILE_LIMIT);
}

static int make(void **state)
{
    char files[128], outside[128];
    (void)state;
    if (mkdtemp(root) == NULL) return 1;
    (void)snprintf(folder, sizeof folder, "%s/batch", root);
    (void)snprintf(files, sizeof files, "%s/files", folder);
    (void)snprintf(outside, sizeof outside, "%s/outside.pdf", root);
    if (folder_make(files, 0700) != GZ_OK) return 1;
    if (file_replace(outside, BYTES_LIT("%PDF-secret"), 0600) != GZ_OK) return 1;
    put("files/a.pdf", BYTES_LIT("%PDF-1.7"));
    put("files/B.PDF", BYTES_LIT("%PDF-1.7"));
    put("files/合同 永𠮷.pdf", BYTES_LIT("%PDF-1.7"));
    put("files/c.ofd", BYTES_LIT("PK\x03\x04..."));
    put("files/d.jpg", BYTES_LIT("\xff\xd8\xff\xe0"));
    put("files/d.jpeg", BYTES_LIT("\xff\xd8\xff\xe1"));
    put("files/e.png", BYTES_LIT("\x89PNG\r\n\x1a\n..."));
    put("files/f.tif", BYTES_LIT("II*\0..."));
    put("files/g.tiff", BYTES_LIT("MM\0*..."));
    put("files/png.pdf", BYTES_LIT("\x89PNG\r\n\x1a\n..."));
    put("files/pdf.png", BYTES_LIT("%PDF-1.7"));
    put("files/short.pdf", BYTES_LIT("%PDF"));
    put("files/blank.pdf", BYTES_LIT("\n%PDF-1.7"));
    put("files/empty.pdf", BYTES_LIT(""));
    put("files/both.pdf", BYTES_LIT("%PDF-in files"));
    put("both.pdf", BYTES_LIT("%PDF-beside"));
    put("beside.pdf", BYTES_LIT("%PDF-1.7"));
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
        cmocka_unit_test(each_kind_by_suffix_and_content),
        cmocka_unit_test(where_it_is_looked_for),
        cmocka_unit_test(names_that_lead_elsewhere),
        cmocka_unit_test(things_that_are_no_original),
        cmocka_unit_test(the_size_of_an_original),
    };
    return cmocka_run_group_tests(tests, make, clear) != 0;
}

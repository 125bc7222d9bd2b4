/* Bodies of multipart/form-data: what is taken, and that everything else is refused. */
#include "api/multipart.h"

#include <stdlib.h>
#include <string.h>

#include "api/media_type.h"
#include "base/buf.h"
#include "check.h"

#define PART(name, content)                                                                        \
    "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" content "\r\n"

static struct multipart m;

static enum gz_err read_text(const char *text)
{
    return multipart_read(bytes_str(text), "b", &m);
}

static void parts_have_names_and_content(void **state)
{
    (void)state;
    assert_ok(read_text(PART("item", "{}") "--b\r\ncontent-disposition: form-data; "
                                           "filename=\"a;b\\\"c\"; name=\"p\\\"1\"\r\n"
                                           "Content-Type: application/pdf\r\n"
                                           "X-Other: y\r\n\r\n\r\n--c\r\n\r\n--b--\r\n"));
    assert_int_equal(m.n, 2);
    assert_string_equal(m.part[0].name, "item");
    assert_string_equal(m.part[0].content_type, "");
    assert_true(bytes_eq(m.part[0].content, BYTES_LIT("{}")));
    assert_string_equal(m.part[1].name, "p\"1");
    assert_string_equal(m.part[1].content_type, "application/pdf");
    assert_true(bytes_eq(m.part[1].content, BYTES_LIT("\r\n--c\r\n")));
    assert_non_null(multipart_find(&m, BYTES_LIT("item")));
    assert_false(multipart_is_all_used(&m));
    assert_null(multipart_find(&m, BYTES_LIT("p")));
    assert_non_null(multipart_find(&m, BYTES_LIT("p\"1")));
    assert_true(multipart_is_all_used(&m));
}

static void empty_and_last_without_line_end(void **state)
{
    (void)state;
    assert_ok(read_text(PART("a", "") "--b--"));
    assert_int_equal(m.n, 1);
    assert_int_equal(m.part[0].content.n, 0);
    assert_ok(read_text("--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b-- \r\n"));
    assert_string_equal(m.part[0].name, "a");
    assert_ok(read_text("--b--\r\n"));
    assert_int_equal(m.n, 0);
}

static void what_is_no_form_data_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "--",
        "--b",
        "--b\r\n",
        "--c\r\n",
        "x\r\n" PART("a", "") "--b--",
        PART("a", "x"),
        PART("a", "x") "--b",
        PART("a", "x") "--b-",
        PART("a", "x") "--b--\r\nmore",
        PART("a", "x") PART("a", "y") "--b--", /* one name twice */
        "--b\r\n\r\nx\r\n--b--",               /* no headers */
        "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a\r\n"
        "Content-Disposition: form-data; name=b\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nx\r\n--b--",
        "--b\r\nno header\r\n\r\nx\r\n--b--",
        "--b\nContent-Disposition: form-data; name=a\n\nx\n--b--",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (read_text(texts[i]) != GZ_MALFORMED) fail_msg("taken: %s", texts[i]);
}

static void every_cut_is_refused(void **state)
{
    static const char whole[] = PART("item", "{}") PART("p", "abc") "--b--";
    (void)state;
    assert_ok(read_text(whole));
    for (size_t n = 0; n + 1 < sizeof whole; n++)
        assert_err(multipart_read((struct bytes){(const uint8_t *)whole, n}, "b", &m),
                   GZ_MALFORMED);
}

static void too_many_parts(void **state)
{
    DEFER(buf_fini) struct buf text = {0};
    (void)state;
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++) {
        assert_ok(
            buf_addf(&text, "--b\r\nContent-Disposition: form-data; name=\"%d\"\r\n\r\n\r\n", i));
        const size_t n = text.n;
        assert_ok(buf_add_str(&text, "--b--"));
        assert_err(multipart_read(buf_bytes(&text), "b", &m),
                   i < MULTIPART_PARTS_MAX ? GZ_OK : GZ_LIMIT);
        text.n = n;
    }
}

static void boundaries(void **state)
{
    char out[MULTIPART_BOUNDARY_MAX + 1];
    (void)state;
    assert_ok(multipart_boundary("multipart/form-data; boundary=abc", out));
    assert_string_equal(out, "abc");
    assert_ok(multipart_boundary("multipart/form-data;charset=x ; Boundary=\"a b\"", out));
    assert_string_equal(out, "a b");
    static const char *const bad[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=a\x01",
        "multipart/form-data; boundary="
        "01234567890123456789012345678901234567890123456789012345678901234567890"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_err(multipart_boundary(bad[i], out), GZ_MALFORMED);
    assert_err(multipart_boundary(NULL, out), GZ_MALFORMED);
}

static void media_types(void **state)
{
    (void)state;
    assert_true(media_type_is("application/json", "application/json"));
    assert_true(media_type_is("Application/JSON ; charset=utf-8", "application/json"));
    assert_false(media_type_is("application/jsonl", "application/json"));
    assert_false(media_type_is("application", "application/json"));
    assert_false(media_type_is(NULL, "application/json"));
    assert_true(media_type_is_utf8("application/json"));
    assert_true(media_type_is_utf8("application/json; charset=\"UTF-8\""));
    assert_false(media_type_is_utf8("application/json; charset=gbk"));
    assert_false(media_type_is_utf8("application/json; charset=\"utf-8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_names_and_content),
        cmocka_unit_test(empty_and_last_without_line_end),
        cmocka_unit_test(what_is_no_form_data_is_refused),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(too_many_parts),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(media_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}

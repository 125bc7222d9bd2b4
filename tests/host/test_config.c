#include "host/config.h"

#include <string.h>

#include "check.h"

static const struct config_row peer_rows[] = {
    {"name", CONFIG_STRING, 1, 8, NULL, NULL, "Name of the peer.", NULL, NULL, 0},
    {"url", CONFIG_STRING, 0, 100, "", NULL, "Where it answers.", NULL, NULL, 0},
};
static const struct config_row rows[] = {
    {"port", CONFIG_INTEGER, 1, 65535, NULL, NULL, "Port.", NULL, NULL, 0},
    {"wait", CONFIG_DURATION, 100, 60000, "10s", NULL, "How long to wait.", NULL, NULL, 0},
    {"key", CONFIG_PATH, 1, 1000, "keys/a.pem", NULL, "Key file.", NULL, NULL, 0},
    {"mirror", CONFIG_CHOICE, 0, 0, "full", NULL, "Own copy.", "full|none", NULL, 0},
    {"words", CONFIG_STRINGS, 0, 2, "", NULL, "Words.", NULL, NULL, 0},
    {"peers", CONFIG_MAPS, 0, 3, "", NULL, "Peers.", NULL, peer_rows, COUNT_OF(peer_rows)},
};

static enum gz_err decode(const char *text, struct config **out, struct buf *defects)
{
    const enum gz_err e =
        config_decode(bytes_str(text), "f", "/base", rows, COUNT_OF(rows), out, defects);
    assert_ok(buf_add_byte(defects, 0));
    return e;
}

static void values_and_defaults(void **state)
{
    (void)state;
    DEFER(config_free) struct config *c = NULL;
    DEFER(buf_fini) struct buf        d = {0};
    assert_ok(decode("port: 8080\nwords: [a, 'b c']\npeers:\n  - name: x\n  - {name: y, url: u}\n",
                     &c, &d));
    assert_int_equal(config_integer(c, "port"), 8080);
    assert_int_equal(config_integer(c, "wait"), 10000);
    assert_string_equal(config_text(c, "key"), "/base/keys/a.pem");
    assert_string_equal(config_text(c, "mirror"), "full");
    assert_int_equal(config_count(c, "words"), 2);
    assert_string_equal(config_text_at(c, "words", 1), "b c");
    assert_int_equal(config_count(c, "peers"), 2);
    assert_string_equal(config_text(config_map_at(c, "peers", 0), "url"), "");
    assert_string_equal(config_text(config_map_at(c, "peers", 1), "url"), "u");
}

static void durations(void **state)
{
    (void)state;
    static const char *const bad[] = {"10", "10 s", "s", "1.5s", "-1s", "99ms", "61s", "2d", "10S"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct config             *c = NULL;
        DEFER(buf_fini) struct buf d = {0}, text = {0};
        assert_ok(buf_addf(&text, "port: 1\nwait: %s\n", bad[i]));
        assert_ok(buf_add_byte(&text, 0));
        assert_err(decode((const char *)text.p, &c, &d), GZ_MALFORMED);
        assert_null(c);
        assert_non_null(strstr((const char *)d.p, "f:2: wait: "));
    }
}

static void all_defects_are_listed(void **state)
{
    (void)state;
    struct config             *c = NULL;
    DEFER(buf_fini) struct buf d = {0};
    assert_err(decode("port: 70000\nwait: soon\nmirror: half\nwords: [a, b, c]\ncolour: red\n"
                      "peers:\n  - url: u\n    nme: x\n  - x\nkey: ''\nport: 1\n",
                      &c, &d),
               GZ_MALFORMED);
    static const char *const all[] = {"f:1: port: out of bounds, expected 1 to 65535\n",
                                      "f:2: wait: not a duration",
                                      "f:3: mirror: not a choice, expected full|none\n",
                                      "f:4: words: too few or too many",
                                      "f:5: colour: unknown name\n",
                                      "f:7: name: is required\n",
                                      "f:8: nme: unknown name\n",
                                      "f:9: peers: must hold maps\n",
                                      "f:10: key: out of bounds",
                                      "f:11: port: stands here twice\n"};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (strstr((const char *)d.p, all[i]) == NULL) fail_msg("%s in %s", all[i], (char *)d.p);
    size_t lines = 0;
    for (size_t i = 0; i < d.n; i++) lines += d.p[i] == '\n';
    assert_int_equal(lines, COUNT_OF(all));
    assert_null(c);
}

static void other_forms_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "- a\n",
                                      "port: [1]\n",
                                      "port: {a: 1}\n",
                                      "port: 1\nwords: a\n",
                                      "port: 0x1\n",
                                      "port: 1\n a: [\n",
                                      "port: '1\n"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct config             *c = NULL;
        DEFER(buf_fini) struct buf d = {0};
        assert_err(decode(bad[i], &c, &d), GZ_MALFORMED);
        assert_true(strlen((const char *)d.p) > 5);
    }
    DEFER(buf_fini) struct buf d = {0};
    struct config             *c = NULL;
    assert_err(config_read("/nowhere/f", rows, COUNT_OF(rows), &c, &d), GZ_MISSING);
    assert_true(d.n > 0);
}

static void the_help_comes_from_the_table(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf out = {0};
    assert_ok(config_help(rows, COUNT_OF(rows), &out));
    assert_ok(buf_add_byte(&out, 0));
    static const char *const parts[] = {
        "port: 1 to 65535; required\n    Port.\n", "wait: duration, 100 to 60000 ms; default 10s\n",
        "mirror: full|none; default full\n", "    - name: text of 1"};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_non_null(strstr((const char *)out.p, parts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_defaults),           cmocka_unit_test(durations),
        cmocka_unit_test(all_defects_are_listed),        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(the_help_comes_from_the_table),
    };
    RUN_TESTS(tests);
}

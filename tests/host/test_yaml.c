#include "host/yaml.h"

#include <string.h>

#include "check.h"

static void a_tree_has_lines_and_order(void **state)
{
    (void)state;
    DEFER(yaml_tree_free) struct yaml_tree *y = NULL;
    DEFER(buf_fini) struct buf              why = {0};
    assert_ok(
        yaml_tree_new(BYTES_LIT("# 注\nname: 合同\nrows:\n  - a: 1\n    b: 'yes'\n  - x\nnone:\n"),
                      YAML_REFUSE_DUPLICATES, &y, &why));
    const struct yaml_node *root = yaml_tree_root(y);
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->count, 3);
    assert_string_equal((const char *)yaml_get(root, "name")->text.p, "合同");
    const struct yaml_node *rows = yaml_get(root, "rows");
    assert_int_equal(rows->line, 3);
    assert_int_equal(rows->kind, YAML_SEQUENCE);
    assert_int_equal(rows->count, 2);
    const struct yaml_node *b = yaml_get(rows->first, "b");
    assert_int_equal(b->line, 5);
    assert_false(b->plain);
    assert_true(yaml_get(rows->first, "a")->plain);
    assert_string_equal((const char *)rows->first->next->text.p, "x");
    assert_int_equal(yaml_get(root, "none")->text.n, 0);
    assert_null(yaml_get(root, "absent"));
    assert_null(yaml_get(rows, "a"));
}

static void refuses(const char *text, enum gz_err code, const char *says)
{
    struct yaml_tree          *y = NULL;
    DEFER(buf_fini) struct buf why = {0};
    assert_err(yaml_tree_new(bytes_str(text), YAML_REFUSE_DUPLICATES, &y, &why), code);
    assert_null(y);
    assert_ok(buf_add_byte(&why, 0));
    if (strstr((const char *)why.p, says) == NULL) fail_msg("%s: %s", text, (const char *)why.p);
}

static void what_hides_its_meaning_is_refused(void **state)
{
    (void)state;
    refuses("a: &x 1\nb: *x\n", GZ_MALFORMED, "line 1: anchors");
    refuses("a: !!str 1\n", GZ_MALFORMED, "line 1: anchors");
    refuses("? [a]\n: 1\n", GZ_MALFORMED, "key must be");
    refuses("a: 1\n---\nb: 2\n", GZ_MALFORMED, "second document");
    refuses("a: \"\\0\"\n", GZ_MALFORMED, "NUL");
    refuses("a: \xff\n", GZ_MALFORMED, "UTF-8");
    refuses("a: [1\nb: 2\n", GZ_MALFORMED, "line ");
    refuses("a: 1\n b: 2\n", GZ_MALFORMED, "line 2");
    refuses("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", GZ_LIMIT, "deep");
}

static void duplicates_are_all_named_or_marked(void **state)
{
    (void)state;
    const char *text = "a: 1\nb: {c: 1, c: 2}\na: 3\n";
    refuses(text, GZ_MALFORMED, "line 2: c stands here twice\nline 3: a stands here twice");
    DEFER(yaml_tree_free) struct yaml_tree *y = NULL;
    DEFER(buf_fini) struct buf              why = {0};
    assert_ok(yaml_tree_new(bytes_str(text), YAML_MARK_DUPLICATES, &y, &why));
    assert_false(yaml_tree_root(y)->first->duplicate);
    assert_true(yaml_tree_root(y)->first->next->next->duplicate);
    assert_int_equal(why.n, 0);
}

static void limits_hold(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf              text = {0};
    DEFER(buf_fini) struct buf              why = {0};
    DEFER(yaml_tree_free) struct yaml_tree *y = NULL;
    assert_ok(buf_add_str(&text, "["));
    for (size_t i = 1; i < YAML_NODES_MAX; i++) assert_ok(buf_add_str(&text, "1,"));
    assert_ok(yaml_tree_new(BYTES_LIT(""), YAML_REFUSE_DUPLICATES, &y, &why));
    assert_null(yaml_tree_root(y));
    yaml_tree_free(&y);
    text.p[text.n - 1] = ']';
    assert_ok(yaml_tree_new(buf_bytes(&text), YAML_REFUSE_DUPLICATES, &y, &why));
    yaml_tree_free(&y);
    text.p[text.n - 1] = ',';
    assert_ok(buf_add_str(&text, "1]"));
    assert_err(yaml_tree_new(buf_bytes(&text), YAML_REFUSE_DUPLICATES, &y, &why), GZ_LIMIT);
    assert_ok(buf_reserve(&text, YAML_SIZE_MAX + 1));
    memset(text.p, ' ', YAML_SIZE_MAX + 1);
    text.n = YAML_SIZE_MAX + 1;
    assert_err(yaml_tree_new(buf_bytes(&text), YAML_REFUSE_DUPLICATES, &y, &why), GZ_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_has_lines_and_order),
        cmocka_unit_test(what_hides_its_meaning_is_refused),
        cmocka_unit_test(duplicates_are_all_named_or_marked),
        cmocka_unit_test(limits_hold),
    };
    RUN_TESTS(tests);
}

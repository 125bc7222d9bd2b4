/* The tree keeps what is wrong with a document's members, and takes no document that is no JSON. */
#include "app/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

static uint8_t space[JSON_TREE_MEMORY + 4096];

static enum gz_err read(const char *text, const struct json_node **root)
{
    struct arena arena = {space, 0, sizeof space};
    return json_tree_read(bytes_str(text), &arena, root);
}

static void members_in_their_order(void **state)
{
    (void)state;
    const struct json_node *root, *n;
    assert_ok(read(" {\"a\":\"x\\n\",\"b\":[1.5e-3,true,null,{}],\"a\":\"y\",\"\\u0061\":false} ",
                   &root));
    assert_int_equal(root->kind, JSON_OBJECT);
    assert_int_equal(root->count, 4);
    n = root->first;
    assert_true(bytes_eq(n->text, BYTES_LIT("x\n")) && !n->duplicate);
    n = n->next;
    assert_int_equal(n->kind, JSON_ARRAY);
    assert_int_equal(n->count, 4);
    assert_true(bytes_eq(n->first->text, BYTES_LIT("1.5e-3")));
    assert_int_equal(n->first->next->kind, JSON_BOOL);
    assert_int_equal(n->first->next->next->kind, JSON_NULL);
    n = n->next;
    assert_true(n->duplicate && bytes_eq(n->text, BYTES_LIT("y")));
    assert_true(n->next->duplicate); /* the same name, written otherwise */
    assert_ptr_equal(json_tree_get(root, BYTES_LIT("a")), root->first);
    assert_null(json_tree_get(root, BYTES_LIT("c")));
    assert_null(json_tree_get(root->first, BYTES_LIT("a")));
}

static void what_is_no_json(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "{}{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "01",
        "1.",
        ".5",
        "1e",
        "-",
        "+1",
        "NaN",
        "nul",
        "tru",
        "'a'",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\t\"",
        "{a:1}",
        "\"\xff\"",
        "// c\n1",
        "\xef\xbb\xbf{}",
        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
    };
    (void)state;
    const struct json_node *root = NULL;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (read(bad[i], &root) != GZ_MALFORMED) fail_msg("%s", bad[i]);
    assert_null(root);
}

static void too_many_values(void **state)
{
    (void)state;
    const struct json_node *root;
    char                    text[2 * JSON_TREE_NODES_MAX + 2] = "[";
    for (size_t i = 1; i < JSON_TREE_NODES_MAX; i++) strcat(text, i == 1 ? "1" : ",1");
    strcat(text, "]");
    assert_ok(read(text, &root));
    assert_int_equal(root->count, JSON_TREE_NODES_MAX - 1);
    text[strlen(text) - 1] = 0;
    strcat(text, ",1]");
    assert_int_equal(read(text, &root), GZ_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_in_their_order),
        cmocka_unit_test(what_is_no_json),
        cmocka_unit_test(too_many_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}

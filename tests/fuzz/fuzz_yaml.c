/* The YAML reader: a tree whose texts end with NUL and whose lines lie in the input, or a reason.
 * fuzz-with: src/host/yaml.c -lyaml */
#include <string.h>

#include "fuzz.h"
#include "host/yaml.h"

static void check_node(const struct yaml_node *node, size_t lines, unsigned depth)
{
    size_t n = 0;
    require(depth <= YAML_DEPTH_MAX && node->line >= 1 && node->line <= lines);
    if (node->key.p != NULL) require(strlen((const char *)node->key.p) == node->key.n);
    if (node->kind == YAML_SCALAR) require(strlen((const char *)node->text.p) == node->text.n);
    for (const struct yaml_node *c = node->first; c != NULL; c = c->next, n++)
        check_node(c, lines, depth + 1);
    require(n == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(yaml_tree_free) struct yaml_tree *y = NULL;
    DEFER(buf_fini) struct buf              why = {0};
    size_t                                  lines = 2;
    for (size_t i = 0; i < size; i++) lines += data[i] == '\n' || data[i] == '\r' || data[i] > 0x7f;
    if (yaml_tree_new((struct bytes){data, size}, YAML_MARK_DUPLICATES, &y, &why) != GZ_OK) {
        require(y == NULL && why.n > 0);
        return 0;
    }
    require(why.n == 0);
    if (yaml_tree_root(y) != NULL) check_node(yaml_tree_root(y), lines, 1);
    return 0;
}

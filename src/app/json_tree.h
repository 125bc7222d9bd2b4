/* A JSON document as a tree, for doors that must say everything that is wrong with it, not only the
 * first thing: names given twice are marked, wrong types are kept. Strict as core/json.h; in memory
 * that the caller lends. Pure. */
#pragma once
#include "core/json.h"

enum {
    JSON_TREE_NODES_MAX = 1024,
    JSON_TREE_MEMORY = 128 * 1024, /* for the nodes; unescaped texts come on top */
};

enum json_kind { JSON_STRING, JSON_NUMBER, JSON_BOOL, JSON_NULL, JSON_OBJECT, JSON_ARRAY };
struct json_node {
    enum json_kind          kind;
    bool                    duplicate; /* a member whose name stood there before */
    struct bytes            key;       /* of a member, unescaped */
    struct bytes            text;      /* of a string, unescaped; of a number, as written */
    size_t                  count;     /* children */
    const struct json_node *first;     /* child */
    const struct json_node *next;      /* sibling, in the order of the document */
};

/* Nodes and unescaped texts stand in the arena, the rest in text. GZ_MALFORMED: no JSON; GZ_LIMIT:
 * too many values; GZ_MEMORY: the arena holds less than text.n + JSON_TREE_MEMORY. */
enum gz_err json_tree_read(struct bytes text, struct arena *arena, const struct json_node **root);
/* The first member of this name. NULL: none, or node is no object. */
const struct json_node *json_tree_get(const struct json_node *object, struct bytes name);

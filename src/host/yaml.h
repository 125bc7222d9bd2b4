/* A YAML document as a tree with line numbers: for configurations and mappings. A strict part of
 * YAML 1.1: UTF-8, one document, keys are scalars, no anchors, aliases or tags. Values stay text:
 * what a number or a truth is, the reader of the node decides. */
#pragma once
#include "base/buf.h"

enum { YAML_SIZE_MAX = 1024 * 1024, YAML_DEPTH_MAX = 16, YAML_NODES_MAX = 65536 };

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAP };

struct yaml_node {
    enum yaml_kind          kind;
    unsigned                line;      /* from 1; of a map's member, the line of its key */
    bool                    plain;     /* a scalar without quotes */
    bool                    duplicate; /* a member of a map whose key stood there before */
    struct bytes            key;       /* of a map's member; a NUL follows it */
    struct bytes            text;      /* of a scalar; a NUL follows it */
    size_t                  count;     /* children */
    const struct yaml_node *first;     /* child */
    const struct yaml_node *next;      /* sibling, in the order of the file */
};

enum yaml_duplicates { YAML_REFUSE_DUPLICATES, YAML_MARK_DUPLICATES };

struct yaml_tree;
/* GZ_MALFORMED, GZ_LIMIT: "line N: …" lines are appended to *why. Borrows nothing of text. */
enum gz_err             yaml_tree_new(struct bytes text, enum yaml_duplicates duplicates,
                                      struct yaml_tree **out, struct buf *why);
void                    yaml_tree_free(struct yaml_tree **y);
/* NULL: the document is empty. Nodes live as long as y. */
const struct yaml_node *yaml_tree_root(const struct yaml_tree *y);
/* The member of a map, NULL where there is none or node is no map. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

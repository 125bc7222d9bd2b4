#include "host/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/text.h"

enum { CHUNK_SIZE = 16 * 1024 };

struct chunk {
    struct chunk *next;
    struct arena  arena;
    uint8_t       memory[];
};
struct yaml_tree {
    struct chunk     *chunks;
    struct yaml_node *root;
    size_t            nodes;
};
struct reader {
    yaml_parser_t        parser;
    struct yaml_tree    *y;
    struct buf          *why;
    enum yaml_duplicates duplicates;
    bool                 refused; /* a duplicate was found: read on for the others, then refuse */
};

static void *take(struct yaml_tree *y, size_t size)
{
    void *p = y->chunks == NULL ? NULL : arena_alloc(&y->chunks->arena, size);
    if (p != NULL) return p;
    const size_t  cap = size + 8 > CHUNK_SIZE ? size + 8 : CHUNK_SIZE;
    struct chunk *c = malloc(sizeof *c + cap);
    if (c == NULL) return NULL;
    *c = (struct chunk){y->chunks, {c->memory, 0, cap}};
    y->chunks = c;
    return arena_alloc(&c->arena, size);
}

void yaml_tree_free(struct yaml_tree **y)
{
    if (*y == NULL) return;
    for (struct chunk *c = (*y)->chunks, *next; c != NULL; c = next) {
        next = c->next;
        free(c);
    }
    free(*y);
    *y = NULL;
}

static enum gz_err refuse(struct reader *r, size_t line, enum gz_err e, const char *what)
{
    TRY(buf_addf(r->why, "line %zu: %s\n", line, what));
    return e;
}

static enum gz_err copy_text(struct reader *r, const yaml_event_t *e, struct bytes *out)
{
    const size_t n = e->data.scalar.length;
    uint8_t     *p = take(r->y, n + 1);
    if (p == NULL) return GZ_MEMORY;
    memcpy(p, e->data.scalar.value, n);
    p[n] = 0;
    *out = (struct bytes){p, n};
    if (bytes_find(*out, 0) == n) return GZ_OK;
    return refuse(r, e->start_mark.line + 1, GZ_MALFORMED, "a NUL in a text");
}

static enum gz_err next_event(struct reader *r, yaml_event_t *e)
{
    if (yaml_parser_parse(&r->parser, e)) return GZ_OK;
    const yaml_parser_t *p = &r->parser;
    const size_t         line = p->error == YAML_READER_ERROR ? p->mark.line : p->problem_mark.line;
    memset(e, 0, sizeof *e);
    return refuse(r, line + 1, GZ_MALFORMED, p->problem != NULL ? p->problem : "no YAML");
}

/* Anchors, aliases and tags make a text mean what it does not show. */
static enum gz_err check_plain(struct reader *r, const yaml_event_t *e)
{
    const void *anchor = NULL, *tag = NULL;
    if (e->type == YAML_SCALAR_EVENT) {
        anchor = e->data.scalar.anchor;
        tag = e->data.scalar.tag;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        anchor = e->data.sequence_start.anchor;
        tag = e->data.sequence_start.tag;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        anchor = e->data.mapping_start.anchor;
        tag = e->data.mapping_start.tag;
    }
    if (anchor == NULL && tag == NULL && e->type != YAML_ALIAS_EVENT) return GZ_OK;
    return refuse(r, e->start_mark.line + 1, GZ_MALFORMED, "anchors, aliases and tags are refused");
}

static enum gz_err read_node(struct reader *r, const yaml_event_t *e, unsigned depth,
                             struct yaml_node **out);

static void append(struct yaml_node *parent, struct yaml_node **last, struct yaml_node *child)
{
    if (*last == NULL) parent->first = child;
    else (*last)->next = child;
    *last = child;
    parent->count++;
}

static enum gz_err read_sequence(struct reader *r, unsigned depth, struct yaml_node *node)
{
    for (struct yaml_node *last = NULL, *child = NULL;;) {
        DEFER(yaml_event_delete) yaml_event_t e = {0};
        TRY(next_event(r, &e));
        if (e.type == YAML_SEQUENCE_END_EVENT) return GZ_OK;
        TRY(read_node(r, &e, depth + 1, &child));
        append(node, &last, child);
    }
}

static enum gz_err note_duplicate(struct reader *r, struct yaml_node *child)
{
    child->duplicate = true;
    if (r->duplicates == YAML_MARK_DUPLICATES) return GZ_OK;
    r->refused = true;
    return buf_addf(r->why, "line %u: %s stands here twice\n", child->line,
                    (const char *)child->key.p);
}

static enum gz_err read_member(struct reader *r, const yaml_event_t *key, unsigned depth,
                               struct yaml_node **out)
{
    DEFER(yaml_event_delete) yaml_event_t value = {0};
    struct bytes                          name;
    TRY(check_plain(r, key));
    if (key->type != YAML_SCALAR_EVENT)
        return refuse(r, key->start_mark.line + 1, GZ_MALFORMED, "a key must be a text");
    TRY(copy_text(r, key, &name));
    TRY(next_event(r, &value));
    TRY(read_node(r, &value, depth + 1, out));
    (*out)->key = name;
    (*out)->line = (unsigned)key->start_mark.line + 1;
    return GZ_OK;
}

static enum gz_err read_map(struct reader *r, unsigned depth, struct yaml_node *node)
{
    for (struct yaml_node *last = NULL, *child = NULL;;) {
        DEFER(yaml_event_delete) yaml_event_t e = {0};
        TRY(next_event(r, &e));
        if (e.type == YAML_MAPPING_END_EVENT) return GZ_OK;
        TRY(read_member(r, &e, depth, &child));
        if (yaml_get(node, (const char *)child->key.p) != NULL) TRY(note_duplicate(r, child));
        append(node, &last, child);
    }
}

static enum gz_err read_node(struct reader *r, const yaml_event_t *e, unsigned depth,
                             struct yaml_node **out)
{
    const size_t line = e->start_mark.line + 1;
    TRY(check_plain(r, e));
    if (depth > YAML_DEPTH_MAX) return refuse(r, line, GZ_LIMIT, "too deep");
    if (++r->y->nodes > YAML_NODES_MAX) return refuse(r, line, GZ_LIMIT, "too many nodes");
    struct yaml_node *node = take(r->y, sizeof *node);
    if (node == NULL) return GZ_MEMORY;
    node->line = (unsigned)line;
    if (e->type == YAML_SCALAR_EVENT) {
        node->kind = YAML_SCALAR;
        node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        TRY(copy_text(r, e, &node->text));
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        node->kind = YAML_SEQUENCE;
        TRY(read_sequence(r, depth, node));
    } else {
        assert(e->type == YAML_MAPPING_START_EVENT);
        node->kind = YAML_MAP;
        TRY(read_map(r, depth, node));
    }
    *out = node;
    return GZ_OK;
}

static enum gz_err read_document(struct reader *r)
{
    for (size_t documents = 0;;) {
        DEFER(yaml_event_delete) yaml_event_t e = {0};
        TRY(next_event(r, &e));
        if (e.type == YAML_STREAM_END_EVENT) return r->refused ? GZ_MALFORMED : GZ_OK;
        if (e.type == YAML_STREAM_START_EVENT || e.type == YAML_DOCUMENT_END_EVENT) continue;
        if (e.type != YAML_DOCUMENT_START_EVENT) {
            TRY(read_node(r, &e, 1, &r->y->root));
        } else if (++documents > 1) {
            return refuse(r, e.start_mark.line + 1, GZ_MALFORMED, "a second document");
        }
    }
}

static void delete_parser(struct reader *r)
{
    yaml_parser_delete(&r->parser);
}

enum gz_err yaml_tree_new(struct bytes text, enum yaml_duplicates duplicates,
                          struct yaml_tree **out, struct buf *why)
{
    DEFER(yaml_tree_free) struct yaml_tree *y = calloc(1, sizeof *y);
    if (y == NULL) return GZ_MEMORY;
    DEFER(delete_parser) struct reader r = {.y = y, .why = why, .duplicates = duplicates};
    if (!yaml_parser_initialize(&r.parser)) return GZ_MEMORY;
    if (text.n > YAML_SIZE_MAX) return refuse(&r, 1, GZ_LIMIT, "the file is too large");
    if (!text_is_utf8(text)) return refuse(&r, 1, GZ_MALFORMED, "not UTF-8");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, text.p, text.n);
    TRY(read_document(&r));
    *out = y;
    y = NULL;
    return GZ_OK;
}

const struct yaml_node *yaml_tree_root(const struct yaml_tree *y)
{
    return y->root;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (map == NULL || map->kind != YAML_MAP) return NULL;
    for (const struct yaml_node *n = map->first; n != NULL; n = n->next)
        if (strcmp((const char *)n->key.p, key) == 0) return n;
    return NULL;
}

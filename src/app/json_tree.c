#include "app/json_tree.h"

struct reader {
    struct json   j;
    struct arena *arena;
    size_t        nodes_n;
};

static_assert(sizeof(struct json_node) * JSON_TREE_NODES_MAX < JSON_TREE_MEMORY);

/* What the reader has unescaped already, or borrowed. */
static enum gz_err unescape(struct reader *r, struct bytes raw, struct bytes *out)
{
    *out = raw;
    if (bytes_find(raw, '\\') == raw.n) return GZ_OK;
    uint8_t *p = arena_alloc(r->arena, raw.n);
    if (p == NULL) return GZ_MEMORY;
    *out = (struct bytes){p, json_unescape(raw, p)};
    return GZ_OK;
}

static enum gz_err read_value(struct reader *r, struct json_node *out);

static enum gz_err new_node(struct reader *r, struct json_node **out)
{
    if (r->nodes_n == JSON_TREE_NODES_MAX) return GZ_LIMIT;
    r->nodes_n++;
    *out = arena_alloc(r->arena, sizeof **out);
    return *out == NULL ? GZ_MEMORY : GZ_OK;
}

/* Objects are short (JSON_TREE_NODES_MAX), and names mostly differ in length. */
static bool is_known(const struct json_node *object, struct bytes name)
{
    for (const struct json_node *n = object->first; n != NULL; n = n->next)
        if (bytes_eq(n->key, name)) return true;
    return false;
}

static enum gz_err read_object(struct reader *r, struct json_node *out)
{
    const struct json_node **end = &out->first;
    TRY(json_enter_object(&r->j));
    for (bool more = true;;) {
        struct bytes      raw, name;
        struct json_node *node;
        TRY(json_next_name(&r->j, &out->count, &raw, &more));
        if (!more) return GZ_OK;
        TRY(unescape(r, raw, &name));
        TRY(new_node(r, &node));
        node->key = name;
        node->duplicate = is_known(out, name);
        *end = node;
        end = &node->next;
        TRY(read_value(r, node));
    }
}

static enum gz_err read_array(struct reader *r, struct json_node *out)
{
    const struct json_node **end = &out->first;
    TRY(json_enter_array(&r->j));
    for (bool more = true;;) {
        struct json_node *node;
        TRY(json_next_element(&r->j, &out->count, &more));
        if (!more) return GZ_OK;
        TRY(new_node(r, &node));
        *end = node;
        end = &node->next;
        TRY(read_value(r, node));
    }
}

/* Recursion is bounded by JSON_DEPTH_MAX. */
static enum gz_err read_value(struct reader *r, struct json_node *out)
{
    bool         truth;
    struct bytes raw;
    switch (json_peek(&r->j)) {
    case '{': out->kind = JSON_OBJECT; return read_object(r, out);
    case '[': out->kind = JSON_ARRAY; return read_array(r, out);
    case '"':
        out->kind = JSON_STRING;
        TRY(json_string_raw(&r->j, &raw));
        return unescape(r, raw, &out->text);
    case 't':
    case 'f': out->kind = JSON_BOOL; return json_take_bool(&r->j, &truth) ? GZ_OK : GZ_MALFORMED;
    case 'n': out->kind = JSON_NULL; return json_take_null(&r->j) ? GZ_OK : GZ_MALFORMED;
    default: out->kind = JSON_NUMBER; return json_number_raw(&r->j, &out->text);
    }
}

enum gz_err json_tree_read(struct bytes text, struct arena *arena, const struct json_node **root)
{
    struct reader     r = {.arena = arena};
    struct json_node *node;
    TRY(json_init(&r.j, text));
    TRY(new_node(&r, &node));
    TRY(read_value(&r, node));
    TRY(json_end(&r.j));
    *root = node;
    return GZ_OK;
}

const struct json_node *json_tree_get(const struct json_node *object, struct bytes name)
{
    if (object == NULL || object->kind != JSON_OBJECT) return NULL;
    for (const struct json_node *n = object->first; n != NULL; n = n->next)
        if (bytes_eq(n->key, name)) return n;
    return NULL;
}

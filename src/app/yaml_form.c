#include "app/yaml_form.h"

#include <string.h>

#include "base/text.h"

enum gz_err yaml_form_say(struct yaml_form *f, unsigned line, const char *name, const char *what)
{
    f->refused = true;
    return buf_addf(f->why, "%s:%u: %s: %s\n", f->path, line, name, what);
}

/* yaml.h says "line N: what"; here a defect begins with file and number. */
static enum gz_err retell(struct yaml_form *f, struct bytes why)
{
    static const struct bytes word = {(const uint8_t *)"line ", 5};
    for (struct bytes line; bytes_take_line(&why, &line);) {
        f->refused = true;
        if (bytes_starts(line, word)) line = bytes_slice(line, word.n, line.n);
        TRY(buf_addf(f->why, "%s:%.*s\n", f->path, (int)line.n, (const char *)line.p));
    }
    return GZ_OK;
}

enum gz_err yaml_form_open(struct yaml_form *f, struct bytes text, struct yaml_tree **tree,
                           const struct yaml_node **root)
{
    DEFER(buf_fini) struct buf why = {0};
    *root = NULL;
    const enum gz_err e = yaml_tree_new(text, YAML_MARK_DUPLICATES, tree, &why);
    TRY(retell(f, buf_bytes(&why)));
    if (e == GZ_MALFORMED || e == GZ_LIMIT) return GZ_OK;
    TRY(e);
    const struct yaml_node *node = yaml_tree_root(*tree);
    if (node == NULL || node->kind != YAML_MAP)
        return yaml_form_say(f, node == NULL ? 1 : node->line, "file", "must be a map");
    *root = node;
    return GZ_OK;
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

enum gz_err yaml_form_names(struct yaml_form *f, const struct yaml_node *map,
                            const char *const *names, size_t n)
{
    for (const struct yaml_node *m = map->first; m != NULL; m = m->next) {
        const char *name = (const char *)m->key.p;
        if (m->duplicate) TRY(yaml_form_say(f, m->line, name, "stands here twice"));
        if (!is_among(name, names, n)) TRY(yaml_form_say(f, m->line, name, "unknown name"));
    }
    return GZ_OK;
}

enum gz_err yaml_form_member(struct yaml_form *f, const struct yaml_node *map, const char *name,
                             enum yaml_kind kind, const struct yaml_node **out)
{
    static const char *const what[] = {
        [YAML_SCALAR] = "must be a text",
        [YAML_SEQUENCE] = "must be a list",
        [YAML_MAP] = "must be a map",
    };
    const struct yaml_node *node = yaml_get(map, name);
    *out = NULL;
    if (node == NULL) return yaml_form_say(f, map->line, name, "is required");
    if (node->kind != kind) return yaml_form_say(f, node->line, name, what[kind]);
    *out = node;
    return GZ_OK;
}

bool yaml_form_is_text(struct bytes text, size_t max)
{
    if (text.n == 0 || text.n > max || !text_is_utf8(text)) return false;
    for (size_t at = 0; at < text.n;) {
        const uint32_t r = text_next_rune(text, &at);
        if (r < 0x20 || (r >= 0x7f && r < 0xa0)) return false;
    }
    return true;
}

enum gz_err yaml_form_text(struct yaml_form *f, const struct yaml_node *map, const char *name,
                           size_t max, struct bytes *out)
{
    const struct yaml_node *node;
    TRY(yaml_form_member(f, map, name, YAML_SCALAR, &node));
    if (node == NULL) return GZ_OK;
    if (!yaml_form_is_text(node->text, max))
        return yaml_form_say(f, node->line, name, "empty, too long, or with control characters");
    *out = node->text;
    return GZ_OK;
}

enum gz_err yaml_form_integer(struct yaml_form *f, const struct yaml_node *map, const char *name,
                              uint64_t max, uint64_t *out)
{
    const struct yaml_node *node;
    uint64_t                v = 0;
    TRY(yaml_form_member(f, map, name, YAML_SCALAR, &node));
    if (node == NULL) return GZ_OK;
    if (text_to_u64(node->text, max, &v) != GZ_OK || v == 0) {
        DEFER(buf_fini) struct buf what = {0};
        TRY(buf_addf(&what, "not a whole number from 1 to %llu", (unsigned long long)max));
        TRY(buf_add_byte(&what, 0));
        return yaml_form_say(f, node->line, name, (const char *)what.p);
    }
    *out = v;
    return GZ_OK;
}

enum gz_err yaml_form_word(struct yaml_form *f, const struct yaml_node *map, const char *name,
                           const char *const *words, size_t n, enum yaml_need need, size_t *out)
{
    const struct yaml_node *node;
    if (need == YAML_OPTIONAL && yaml_get(map, name) == NULL) return GZ_OK;
    TRY(yaml_form_member(f, map, name, YAML_SCALAR, &node));
    if (node == NULL) return GZ_OK;
    for (size_t i = 0; i < n; i++)
        if (bytes_eq(node->text, bytes_str(words[i]))) {
            *out = i;
            return GZ_OK;
        }
    DEFER(buf_fini) struct buf what = {0};
    TRY(buf_add_str(&what, "none of"));
    for (size_t i = 0; i < n; i++) TRY(buf_addf(&what, " %s", words[i]));
    TRY(buf_add_byte(&what, 0));
    return yaml_form_say(f, node->line, name, (const char *)what.p);
}

enum gz_err yaml_form_bool(struct yaml_form *f, const struct yaml_node *map, const char *name,
                           enum yaml_need need, bool *out)
{
    static const char *const words[] = {"false", "true"};
    size_t                   which = *out;
    TRY(yaml_form_word(f, map, name, words, COUNT_OF(words), need, &which));
    *out = which == 1;
    return GZ_OK;
}

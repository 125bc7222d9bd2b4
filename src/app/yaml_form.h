/* Reading a YAML file against a fixed form: each defect becomes a line "path:line: name: what" and
 * reading goes on, so that all are told at once. The readers fail (GZ_MEMORY) only where no defect
 * can be told; a value that is wrong or absent is left as it was. */
#pragma once
#include "host/yaml.h"

struct yaml_form {
    const char *path;
    struct buf *why;
    bool        refused; /* any defect was told */
};
enum yaml_need { YAML_OPTIONAL, YAML_REQUIRED };

/* The tree of text, whose root must be a map. *root NULL: it is unreadable, and that was told. */
enum gz_err yaml_form_open(struct yaml_form *f, struct bytes text, struct yaml_tree **tree,
                           const struct yaml_node **root);
enum gz_err yaml_form_say(struct yaml_form *f, unsigned line, const char *name, const char *what);
/* Members whose name is not among the n, or that stand there twice. */
enum gz_err yaml_form_names(struct yaml_form *f, const struct yaml_node *map,
                            const char *const *names, size_t n);
/* The member, of this kind. *out NULL: absent or of another kind. */
enum gz_err yaml_form_member(struct yaml_form *f, const struct yaml_node *map, const char *name,
                             enum yaml_kind kind, const struct yaml_node **out);
/* A text of 1 to max bytes without control characters. */
enum gz_err yaml_form_text(struct yaml_form *f, const struct yaml_node *map, const char *name,
                           size_t max, struct bytes *out);
enum gz_err yaml_form_integer(struct yaml_form *f, const struct yaml_node *map, const char *name,
                              uint64_t max, uint64_t *out); /* 1 to max */
/* One of the n words: its index. Where the member is optional and absent, *out stays. */
enum gz_err yaml_form_word(struct yaml_form *f, const struct yaml_node *map, const char *name,
                           const char *const *words, size_t n, enum yaml_need need, size_t *out);
enum gz_err yaml_form_bool(struct yaml_form *f, const struct yaml_node *map, const char *name,
                           enum yaml_need need, bool *out);
/* Is text printable, well-formed UTF-8 of 1 to max bytes? */
bool        yaml_form_is_text(struct bytes text, size_t max);

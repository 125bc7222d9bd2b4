/* The fields of a kind's file. For kind_file.c. */
#pragma once
#include "app/kind_file.h"
#include "app/yaml_form.h"

/* The list `fields` of root into out. Defects are told by f. */
enum gz_err kind_fields_read(struct yaml_form *f, const struct yaml_node *root,
                             struct kind_file *out);
/* Append those of common, which must not be named as ones that are there; line: where it is asked
 * for. */
enum gz_err kind_fields_join(struct yaml_form *f, unsigned line, const struct kind_file *common,
                             struct kind_file *out);
/* [a-z][a-z0-9_]*, so many parts or more, apart by dots. */
bool        kind_name_is_dotted(struct bytes name, size_t parts_min);

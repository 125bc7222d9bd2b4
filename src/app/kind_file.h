/* One file of data/kinds: what a record of a kind holds. */
#pragma once
#include "app/catalog.h"
#include "host/yaml.h"

enum {
    KIND_NAME_MAX = ENTRY_KIND_MAX,
    KIND_LABEL_MAX = 256,                /* bytes of a label or choice */
    KIND_GROUND_MAX = 1024,              /* bytes of the legal ground */
    KIND_LATE_MAX_S = 30 * 24 * 60 * 60, /* the longest late_after */
    KIND_RETENTION_MAX_DAYS = 36500,
    KIND_VERSION_MAX = 32, /* bytes of an agreement's version */
    KIND_PURPOSE_MAX = 64, /* bytes of a purpose */
    KIND_CHOICES_MAX = 64, /* of a field */
    KIND_FILES_MAX = 16,   /* fields of type file */
};

/* Owns what kind points to. */
struct kind_file {
    struct yaml_tree  *tree; /* the texts */
    struct kind_field *fields;
    struct bytes      *choices;
    struct kind        kind;
    bool               usable; /* false: it has defects, only kind.name may be asked for */
};
/* text is that of path, whose name must be <kind>.yaml. Defects are told in *why and make it
 * unusable; an error is returned only where memory ends. fini also after an error. common: the
 * fields that a kind with `common: true` has behind its own; NULL: there are none. It must live
 * longer than *out. */
enum gz_err kind_file_decode(struct bytes text, const char *path, const struct kind_file *common,
                             struct kind_file *out, struct buf *why);
/* The common part: a file of `fields` alone. Its kind has no name. */
enum gz_err kind_common_decode(struct bytes text, const char *path, struct kind_file *out,
                               struct buf *why);
void        kind_file_fini(struct kind_file *k); /* for DEFER */
/* The field's index, or fields_n. */
size_t      kind_find(const struct kind *k, struct bytes field);
/* Is this the file of the common part, "common.yaml"? */
bool        kind_file_is_common(const char *path);

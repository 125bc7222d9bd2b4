/* One file of data/mappings: how the columns of a source's batch files become a kind's fields. */
#pragma once
#include "app/kind_file.h"

enum {
    MAPPING_FILE_MAX = 64,    /* characters of `file`, the beginning of a batch file's name */
    MAPPING_SOURCE_MAX = 64,  /* as the retry key holds it */
    MAPPING_HEADER_MAX = 256, /* bytes of a column's header */
    MAPPING_DELIMITER_MAX = 4,
};

/* Owns what mapping points to, its kind excepted. */
struct mapping_file {
    struct yaml_tree        *tree; /* the texts */
    struct mapping_column   *columns;
    struct mapping_constant *constants;
    size_t                   codes_n;
    struct code_pair        *codes; /* of all columns */
    struct bytes            *ignored;
    struct mapping           mapping;
    bool                     usable; /* false: it has defects */
};
/* Defects are told in *why and make it unusable; an error is returned only where memory ends. fini
 * also after an error. */
enum gz_err mapping_file_decode(struct bytes text, const char *path, const struct kind_file *kinds,
                                size_t kinds_n, struct mapping_file *out, struct buf *why);
void        mapping_file_fini(struct mapping_file *m); /* for DEFER */

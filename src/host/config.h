/* Configuration files: YAML against one const table per program. Reading, checking and the help
 * text all come from the table, so they cannot differ. All defects are listed at once, with line
 * numbers. */
#pragma once
#include "base/buf.h"

enum { CONFIG_FILE_MAX = 256 * 1024 };

enum config_type {
    CONFIG_STRING,   /* min to max bytes */
    CONFIG_INTEGER,  /* min to max */
    CONFIG_DURATION, /* 500ms 10s 5m 2h 1d; min to max in milliseconds */
    CONFIG_PATH,     /* min to max bytes; a relative one is taken from the file's folder */
    CONFIG_CHOICE,   /* one of the words in choices, apart by '|' */
    CONFIG_STRINGS,  /* a list of min to max texts */
    CONFIG_MAPS      /* a list of min to max maps, each against fields */
};

struct config_row {
    const char      *name;
    enum config_type type;
    int64_t          min, max;
    const char      *preset; /* as it would stand in the file; NULL: required. Of lists "": empty */
    const char      *unit;   /* for the help, may be NULL */
    const char      *sentence; /* what it is, for the operator */
    const char      *choices;
    const struct config_row *fields;
    size_t                   fields_n;
};

struct config;
/* Reads the file. GZ_MALFORMED, GZ_LIMIT: *defects gets a line for each, "path:line: …".
 * GZ_MISSING, GZ_IO likewise. */
enum gz_err config_read(const char *path, const struct config_row *rows, size_t rows_n,
                        struct config **out, struct buf *defects);
/* The same from text; folder is where relative paths begin. */
enum gz_err config_decode(struct bytes text, const char *path, const char *folder,
                          const struct config_row *rows, size_t rows_n, struct config **out,
                          struct buf *defects);
void        config_free(struct config **c); /* for DEFER */

/* Values by name. A name that is not in the table or has another type is a defect of the program:
 * asserted. Texts live as long as c; an optional text that is not given is "". */
const char *config_text(const struct config *c, const char *name);    /* STRING, PATH, CHOICE */
int64_t     config_integer(const struct config *c, const char *name); /* INTEGER, DURATION in ms */
size_t      config_count(const struct config *c, const char *name);   /* STRINGS, MAPS */
const char *config_text_at(const struct config *c, const char *name, size_t i);
const struct config *config_map_at(const struct config *c, const char *name, size_t i);

/* Every row: name, type with bounds and unit, default, sentence. */
enum gz_err config_help(const struct config_row *rows, size_t rows_n, struct buf *out);

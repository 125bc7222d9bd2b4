/* A batch file as a bank exports it: '|' between columns, a header row, the charset of the mapping,
 * one kind. Row for row it gives the values of the record, or all defects of the row at once.
 * Decides about form and content only; knows no database. Originals are read from the folder
 * beside. */
#pragma once
#include "app/catalog.h"

enum {
    BATCH_FILE_MAX = 64 * 1024 * 1024,
    BATCH_ROW_MAX = 64 * 1024, /* bytes of a row, as they stand in the file */
    BATCH_ORIGINAL_MAX = 32 * 1024 * 1024,
    BATCH_DEFECTS_MAX = 256, /* of a row; what is over it is not listed */
    BATCH_EVENT_NUMBER_MAX = 64,
};

/* What is wrong with a field. hint says what to do, in Chinese, and never repeats the value. */
struct batch_defect {
    unsigned     line;          /* of the file, the header is 1 */
    struct bytes column, field; /* header text, field name; empty where it concerns the whole row */
    const char  *code; /* stable: required, charset, columns, check_digit, money, date, … */
    const char  *hint;
};
/* A field of the record to be made. */
struct batch_value {
    const struct kind_field *field;
    struct bytes json;      /* the disclosure's value; of a file without its digests: empty */
    struct bytes file_name; /* of a FIELD_FILE: as the disclosure gives it (no folder) */
    const char  *media_type;
    struct bytes original; /* its content */
};
struct batch_row {
    unsigned             line;
    struct bytes         event_number, matter; /* empty where they have a defect */
    size_t               values_n;
    struct batch_value  *values; /* empty optional fields are left out */
    size_t               defects_n;
    struct batch_defect *defects; /* any: the row must not be recorded */
};

struct batch_file;
/* content is borrowed until close; folder holds the originals, in `files/` or beside the batch
 * file. now bounds occurred_at: a time further in the future than 5 minutes is a defect.
 * GZ_MALFORMED: header or charset make the whole file unreadable, GZ_LIMIT: too large; *defect says
 * why. */
enum gz_err batch_file_open(const struct mapping *m, struct bytes content, const char *folder,
                            struct time now, struct batch_file **out, struct batch_defect *defect);
void        batch_file_close(struct batch_file **f); /* for DEFER */
/* The next row; lives until the next call. GZ_MISSING: no further row. GZ_IO: an original cannot be
 * read now. A defect of a row is no error. */
enum gz_err batch_file_next(struct batch_file *f, struct batch_row *out);

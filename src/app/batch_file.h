/* A batch file as a bank exports it: of one kind, in the format and charset of its mapping. Row for
 * row (row_reader.h), cell for cell (conversion.h) it gives the values of the record, or all
 * defects of the row at once. Decides about form and content only; knows no database. Originals are
 * read from the folder beside. */
#pragma once
#include "app/intake_item.h"

enum {
    BATCH_FILE_MAX = 64 * 1024 * 1024,
    BATCH_ROW_MAX = 64 * 1024, /* bytes of a row, as they stand in the file */
};

struct batch_file;
/* content is borrowed until close; folder holds the originals, in `files/` or beside the batch
 * file. now bounds occurred_at: a time further in the future than 5 minutes is a defect.
 * GZ_MALFORMED: header or charset make the whole file unreadable, GZ_LIMIT: too large; *defect says
 * why. */
enum gz_err batch_file_open(const struct mapping *m, struct bytes content, const char *folder,
                            struct time now, struct batch_file **out, struct intake_defect *defect);
void        batch_file_close(struct batch_file **f); /* for DEFER */
/* The next row; lives until the next call. GZ_MISSING: no further row. GZ_IO: an original cannot be
 * read now. A defect of a row is no error. */
enum gz_err batch_file_next(struct batch_file *f, struct intake_item *out);

/* What became of a batch file, as a file that opens in a spreadsheet: <name>.result.csv, UTF-8 with
 * its mark, first the defects (line, column, field, code, what to do), then the counts. No value of
 * any cell stands in it. */
#pragma once
#include "app/submit_batch.h"

enum {
    RESULT_DEFECTS_MAX = 100000, /* listed of a file; the rest is counted */
    RESULT_MODE = 0640,          /* the group may be that of who handed the file in */
};

struct result_file {
    const char                   *folder; /* into which they are written, whole and synced */
    const char                   *name;   /* instead of the batch file's own, NULL: that */
    const struct submit_listener *next;   /* is told everything too, NULL: nobody */
    struct buf                    text;   /* of the file that is being read */
    uint64_t                      defects_n;
    enum gz_err                   error;    /* the first: a result could not be written */
    bool                          finished; /* at least one was written */
};
/* Tells r what submit_batch says. */
struct submit_listener result_file_listener(struct result_file *r);
void                   result_file_fini(struct result_file *r); /* for DEFER */

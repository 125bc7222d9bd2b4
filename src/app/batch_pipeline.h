/* The rows of a batch file, read ahead: a thread reads, converts and checks them and makes their
 * disclosures, in groups, while the caller records the group before. In the file's order. */
#pragma once
#include "app/batch_file.h"
#include "app/item_disclosures.h"

enum {
    PIPELINE_GROUP_ROWS = 500,
    PIPELINE_GROUP_SIZE = 8 * 1024 * 1024, /* bytes of items, behind which a group ends */
    PIPELINE_AHEAD = 2,                    /* groups that wait, besides the caller's */
};

struct pipeline_row {
    struct intake_item      item;
    struct item_disclosures made; /* not made where the item has defects, or where it failed */
    struct buf              memory;
};
struct pipeline_group {
    /* What came behind its rows: GZ_OK: the next group; GZ_MISSING: the end of the file; or why it
     * could not be read further. */
    enum gz_err         end;
    size_t              n;
    struct pipeline_row rows[PIPELINE_GROUP_ROWS];
};
struct batch_pipeline;

/* file is the thread's until close. */
enum gz_err            batch_pipeline_open(const struct bank *bank, struct batch_file *file,
                                           struct batch_pipeline **out);
/* The next group, which lives until the next call; not after one whose end is no GZ_OK (asserted).
 */
struct pipeline_group *batch_pipeline_next(struct batch_pipeline *p);
void                   batch_pipeline_close(
                      struct batch_pipeline **p); /* for DEFER; waits for the row that is read */

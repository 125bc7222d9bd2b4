/* The original that a row names: found beside the batch file, read whole, and what it says it is.
 */
#pragma once
#include "app/intake_item.h"
#include "app/cell_defect.h"

enum { ORIGINAL_NAME_MAX = 255 };

struct original {
    struct bytes     name;       /* borrowed from the cell; without folder */
    const char      *media_type; /* static */
    enum cell_defect defect;     /* any: the rest, and what was read, is of no use */
};
/* The cell is a name, "files/" before it allowed; it is looked for in folder/files/, then in
 * folder/. The content is appended to *content. GZ_IO: it cannot be read now. */
enum gz_err original_read(const char *folder, struct bytes cell, struct buf *content,
                          struct original *out);
/* The same for content that came with its name; the cell is the name alone. */
void        original_check(struct bytes name, struct bytes content, struct original *out);

/* Take the batch files that a bank's systems put into a folder. A file is complete when an empty
 * file of its name with ".ok" behind it stands beside it, written after it (and after its control
 * file and its originals in files/). It is submitted, its result is written into the folder of
 * what is done, and it is moved there, then its control file; at last the mark goes. Killed
 * anywhere in between it is taken again, and its rows are recognised. Originals stay where they
 * are. */
#pragma once
#include "app/submit_batch.h"

enum {
    INBOX_FILES_MAX = 10000, /* of the folder; more are taken in later rounds */
    INBOX_NAMES_MAX = 10000, /* files of one name in the folder of what is done */
    INBOX_NAME_MAX = 235,    /* bytes of a name with ".ok"; a longer one is left alone */
};

/* Both folders are there, on one file system, and not the same. GZ_MISSING, GZ_MALFORMED. */
enum gz_err inbox_check(const char *inbox, const char *done);
/* Every complete file, in the order of their names; *taken: how many. A file of a name that is in
 * done already gets "~2", "~3" … behind its name there. What could not be taken is left for the
 * next round; the first error is returned. */
enum gz_err inbox_take(const struct bank *bank, struct db *db, const char *inbox, const char *done,
                       uint64_t *taken);

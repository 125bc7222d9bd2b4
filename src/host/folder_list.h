/* The names in a folder that are wanted, in the order of their bytes. */
#pragma once
#include <dirent.h>

#include "base/err.h"

struct folder_list {
    struct dirent **entries;
    int             n;
};
void        folder_list_fini(struct folder_list *l); /* for DEFER */
/* wanted: as of scandir(3). out is empty after an error, and errno says more. GZ_MISSING: no such
 * folder; GZ_MEMORY; GZ_IO. */
enum gz_err folder_list_read(const char         *folder, int (*wanted)(const struct dirent *),
                             struct folder_list *out);

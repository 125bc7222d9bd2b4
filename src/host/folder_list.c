#include "host/folder_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void folder_list_fini(struct folder_list *l)
{
    for (int i = 0; i < l->n; i++) free(l->entries[i]);
    free(l->entries);
    *l = (struct folder_list){0};
}

/* alphasort follows the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

enum gz_err folder_list_read(const char         *folder, int (*wanted)(const struct dirent *),
                             struct folder_list *out)
{
    *out = (struct folder_list){0};
    const int n = scandir(folder, &out->entries, wanted, by_bytes);
    if (n < 0) {
        out->entries = NULL;
        return errno == ENOENT ? GZ_MISSING : errno == ENOMEM ? GZ_MEMORY : GZ_IO;
    }
    out->n = n;
    return GZ_OK;
}

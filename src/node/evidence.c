#include "node/evidence.h"

#include <stdio.h>
#include <sys/stat.h>

#include "host/file.h"
#include "host/host.h"

enum { PATH_SIZE = 1024, FOLDER_MODE = 0755, FILE_MODE = 0644, NUMBER_MAX = 10000 };

/* A folder that is not there yet. */
static enum gz_err make_folder(const char *folder, const char *kind, char path[PATH_SIZE])
{
    const long long now = (long long)clock_now().s;
    for (int i = 0; i < NUMBER_MAX; i++) {
        struct stat st;
        const int   n = snprintf(path, PATH_SIZE, "%s/evidence/%s-%lld-%d", folder, kind, now, i);
        if (n < 0 || n >= PATH_SIZE) return GZ_LIMIT;
        if (stat(path, &st) == 0) continue;
        return folder_make(path, FOLDER_MODE);
    }
    return GZ_IO;
}

enum gz_err evidence_keep_proof(const char *folder, const char *kind,
                                const struct evidence_part *parts, size_t parts_n)
{
    char path[PATH_SIZE], file[PATH_SIZE];
    TRY(make_folder(folder, kind, path));
    for (size_t i = 0; i < parts_n; i++) {
        TRY(path_join(path, parts[i].name, file, sizeof file));
        TRY(file_create(file, parts[i].content, FILE_MODE));
    }
    log_line(LOG_ALARM, "evidence", "kept kind=%s folder=%s", kind, path);
    return GZ_OK;
}

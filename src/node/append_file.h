/* A file that only grows: what is pending in memory, what is written, one sync. One writer. */
#pragma once
#include "host/file.h"

struct append_file {
    int        fd;
    uint64_t   size;     /* bytes in the file that count; what lies behind is cut at open */
    bool       is_dirty; /* written since the last append_sync; at open: as if */
    struct buf pending;  /* bytes behind size, not written yet */
    char       name[32];
};

/* Opened or made inside folder. GZ_IO. */
enum gz_err append_open(const char *folder, const char *name, struct append_file *out);
/* For reading alone; GZ_MISSING: there is none. */
enum gz_err append_open_read(const char *folder, const char *name, struct append_file *out);
void        append_close(struct append_file *f);
/* Forget what lies behind size. GZ_CORRUPT: the file is shorter. */
enum gz_err append_cut(struct append_file *f, uint64_t size);
enum gz_err append_length(const struct append_file *f, uint64_t *out); /* on disk */
/* Write what is pending; the sync is the caller's. On error nothing counts as written. */
enum gz_err append_flush(struct append_file *f);
/* Nothing to do where nothing was written since. */
enum gz_err append_sync(struct append_file *f);
/* From the file or from what is pending (writer only). GZ_MISSING: beyond the end. */
enum gz_err append_read(const struct append_file *f, uint64_t at, void *out, size_t n);

/* Files and folders with all the syncs that durability needs. Errors go to the log with path and
 * errno text; the code is GZ_IO, GZ_MISSING, or GZ_BUSY for a lock. */
#pragma once
#include "base/buf.h"

/* Append the whole file, at most max bytes, to out. GZ_MISSING, GZ_LIMIT, GZ_IO; GZ_MALFORMED:
 * a folder. */
enum gz_err file_read(const char *path, size_t max, struct buf *out);
/* Write beside, fsync, rename over path, fsync the folder. mode as for open(2). */
enum gz_err file_replace(const char *path, struct bytes content, unsigned mode);
/* As file_replace, but refuses an existing path: GZ_CONFLICT. */
enum gz_err file_create(const char *path, struct bytes content, unsigned mode);
/* A name beside path that folder_sweep removes, for who writes a file piece by piece and renames it
 * to path. GZ_LIMIT: too long. */
enum gz_err file_beside(const char *path, char *out, size_t size);
/* mkdir -p, and fsync of each parent that gained a folder. */
enum gz_err folder_make(const char *path, unsigned mode);
enum gz_err folder_sync(const char *path);
enum gz_err file_write_all(int fd, const void *p, size_t n, uint64_t offset); /* pwrite, whole */
enum gz_err file_read_all(int fd, void *p, size_t n, uint64_t offset); /* GZ_MISSING: ends early */
/* Join into out (size bytes). GZ_LIMIT: too long. */
enum gz_err path_join(const char *folder, const char *name, char *out, size_t size);

/* Open for writing through the fault point; adds O_CLOEXEC. GZ_MISSING; GZ_CONFLICT by O_EXCL. */
enum gz_err file_open(const char *path, int flags, unsigned mode, int *fd);
enum gz_err file_truncate(int fd, uint64_t size);
enum gz_err file_rename(const char *from, const char *to);
enum gz_err file_sync(int fd); /* fdatasync */
/* Remove what file_replace and file_create leave in a folder when the process is killed inside of
 * them. Only while nobody else writes there. */
enum gz_err folder_sweep(const char *path);
/* Hold the file `lock` in a folder until it is closed or the process ends. GZ_BUSY: somebody has
 * it. */
enum gz_err folder_lock(const char *path, int *fd);
void        file_close(int *fd); /* for DEFER; -1 is no file */

/* Faults for tests: after so many calls of this kind that succeed, each further one fails with
 * errno `error`, or only the next. Off by default. ANY counts all kinds; WRITE also counts
 * truncate. */
enum file_fault {
    FILE_FAULT_NONE,
    FILE_FAULT_WRITE,
    FILE_FAULT_SYNC,
    FILE_FAULT_RENAME,
    FILE_FAULT_OPEN,
    FILE_FAULT_ANY
};
void     file_fault_set(enum file_fault kind, uint64_t after, int error);
void     file_fault_set_once(enum file_fault kind, uint64_t after, int error);
uint64_t file_fault_count(void); /* calls counted since the last set; NONE counts all kinds */
/* For tests of whole processes: GUZHENG_TEST_FAULT="sync:5:ENOSPC" is file_fault_set. Kinds: write,
 * sync, rename, open, any; errors: ENOSPC, EIO, EROFS. Called once at start; alarms in the log. */
void     file_fault_from_environment(void);

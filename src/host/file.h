/* Files and folders with all the syncs that durability needs. Errors go to the log with path and
 * errno text; the code is GZ_IO, GZ_MISSING, or GZ_BUSY for a lock. */
#pragma once
#include "base/buf.h"

/* Whole file, at most max bytes. GZ_MISSING, GZ_LIMIT, GZ_IO. */
enum gz_err file_read(const char *path, size_t max, struct buf *out);
/* Write beside, fsync, rename over path, fsync the folder. mode as for open(2). */
enum gz_err file_replace(const char *path, struct bytes content, unsigned mode);
/* As file_replace, but refuses an existing path: GZ_CONFLICT. */
enum gz_err file_create(const char *path, struct bytes content, unsigned mode);
/* mkdir -p, and fsync of each parent that gained a folder. */
enum gz_err folder_make(const char *path, unsigned mode);
enum gz_err folder_sync(const char *path);
enum gz_err file_write_all(int fd, const void *p, size_t n, uint64_t offset); /* pwrite, whole */
enum gz_err file_read_all(int fd, void *p, size_t n, uint64_t offset); /* GZ_MISSING: ends early */
/* Join into out (size bytes). GZ_LIMIT: too long. */
enum gz_err path_join(const char *folder, const char *name, char *out, size_t size);

/* Faults for tests: after so many calls of this kind, each further one fails with errno e.
 * Off by default; a production process never turns it on. */
enum file_fault { FILE_FAULT_NONE, FILE_FAULT_WRITE, FILE_FAULT_SYNC, FILE_FAULT_RENAME, FILE_FAULT_ANY };
void file_fault_set(enum file_fault kind, uint64_t after, int error);
uint64_t file_fault_count(void); /* calls counted since the last set */
/* GUZHENG_TEST_FAULT=kind:after:ERROR, for tests of whole processes; read once at start. */
void file_fault_from_environment(void);
enum gz_err file_sync(int fd); /* fdatasync through the fault point */

/* Reading a file that others named: never one outside of its folder, never a device, a pipe or
 * another thing that would block. The name is input: it stands in no log line. */
#pragma once
#include "base/buf.h"

/* Append the regular file folder/name, at most max bytes, to out. Symbolic links are followed only
 * where they end in the folder. GZ_MISSING; GZ_DENIED: leads outside, or may not be read;
 * GZ_MALFORMED: no regular file; GZ_LIMIT; GZ_IO. */
enum gz_err inside_file_read(const char *folder, const char *name, size_t max, struct buf *out);

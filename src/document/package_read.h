/* Reading an evidence package (证据包; evidence format, "Certificate"): a ZIP of
 * certificate.gzcert, certificate.pdf and files/…, each member as a stranger may have made it. */
#pragma once
#include "base/buf.h"
#include "core/verify.h"

enum { PACKAGE_MEMBERS_MAX = 1002, PACKAGE_NAME_MAX = 1024 };
#define PACKAGE_UNPACKED_MAX (UINT64_C(2) * 1024 * 1024 * 1024)

struct package {
    struct buf          gzcert;
    size_t              files_n;
    char              **names; /* "files/…" */
    struct verify_file *files; /* beside names */
};
void package_fini(struct package *p); /* for DEFER */

bool        package_is_one(struct bytes start); /* does it begin as a ZIP does? */
/* All members are unpacked once, in constant memory, and hashed. GZ_MALFORMED with *why: fails
 * check
 * 1. GZ_IO: cannot be read (errno). */
enum gz_err package_read(const char *path, struct package *out, const char **why);
enum gz_err package_read_bytes(struct bytes zip, struct package *out, const char **why);

/* Writing an evidence package (证据包): a ZIP of certificate.gzcert, certificate.pdf and the
 * originals. The same content gives the same bytes: nothing is packed, and every date is
 * 1980-01-01. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct package_original {
    const char *name; /* in files/, without a slash */
    const char *path; /* on disk; read in parts, whatever its size */
};
struct package_content {
    struct bytes                   gzcert, pdf;
    size_t                         originals_n;
    const struct package_original *originals;
};

/* At path, which is replaced; synced. GZ_MALFORMED: a name that a reader would refuse, or twice.
 * GZ_IO: an original cannot be read, or path not written. */
enum gz_err package_write(const char *path, const struct package_content *content);

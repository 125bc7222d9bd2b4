/* Proof of somebody's wrongdoing, kept for good: <folder>/evidence/<kind>-<unix
 * time>-<number>/<part>. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct evidence_part {
    const char  *name; /* file name */
    struct bytes content;
};
/* Durable before it returns. GZ_IO. */
enum gz_err evidence_keep_proof(const char *folder, const char *kind,
                                const struct evidence_part *parts, size_t parts_n);

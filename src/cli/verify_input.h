/* What guzheng verify reads: the policy, certificates, originals. */
#pragma once
#include "core/verify.h"

/* A loaded policy or history; {0} is none. */
struct verify_policy {
    struct buf            text, memory;
    struct policy_history history;
    const char           *why; /* unusable: a static English sentence */
};
void        verify_policy_fini(struct verify_policy *p); /* for DEFER */
/* GZ_IO: cannot be read (errno says why). GZ_MALFORMED: unusable. GZ_MEMORY. */
enum gz_err verify_policy_load(const char *path, struct verify_policy *p);

/* Whole file into out (emptied first), but never more than max bytes + 1, so that one that is too
 * large is seen to be so. GZ_IO: errno says why. */
enum gz_err input_read(const char *path, size_t max, struct buf *out);
/* Size and both hashes, in constant memory. GZ_IO: errno says why. */
enum gz_err input_hash(const char *path, struct verify_file *out);

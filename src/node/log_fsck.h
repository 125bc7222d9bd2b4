/* The folder of a log, or of one log at a witness, checked as a whole: the chain from its
 * submissions, every kept checkpoint against the chain and against the policy of the genesis. Opens
 * nothing for writing. */
#pragma once
#include "node/chain_files.h"

enum log_fsck_kind {
    LOG_FSCK_LOG = 1,    /* every kept checkpoint has a quorum */
    LOG_FSCK_MIRROR = 2, /* … has a cosignature; `cosigned` is not behind any of them */
};
struct log_fsck {
    uint64_t size; /* entries that `submissions` give, and their root; 0 where no chain is kept */
    struct hash root;
    uint64_t    checkpoints;           /* records read */
    bool        has_chain, is_stopped; /* is_stopped: the witness has proof against the log */
};
/* Each difference is a line in *report, "chain/entries: offset 48: what"; GZ_CORRUPT if there is
 * any. GZ_BUSY: in use. GZ_MALFORMED: the genesis. */
enum gz_err log_fsck(const char *folder, struct bytes genesis, enum log_fsck_kind kind,
                     struct log_fsck *out, struct buf *report);

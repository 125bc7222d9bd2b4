/* Entries in a member's own name: each must be of a submission that its sender has noted in its
 * `submitted` file before it was sent (H(body) in hex, a line each; network.md sections 1 and 4).
 */
#pragma once
#include "node/chain_files.h"

enum { OWN_NAME_FILE_MAX = 512 * 1024 * 1024 };

/* The committed submissions of org between two sizes. submitted_path NULL: it has no sender, so
 * none may be there. *forged_seq: the first one that is not noted; 0: all are. from and to lie
 * between submissions. */
enum gz_err own_name_check(const struct chain_files *chain, struct bytes org,
                           const char *submitted_path, uint64_t from, uint64_t to,
                           uint64_t *forged_seq);

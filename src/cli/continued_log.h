/* An embedded log that has ended, from which a consortium chain goes on. */
#pragma once
#include <jansson.h>

#include "cli/process.h"
#include "node/chain_files.h"

struct continued_log {
    struct process_genesis genesis; /* the log's own */
    struct chain_files    *chain;
    uint64_t               size;
    struct hash            root;
    struct buf             closing; /* its last checkpoint */
};
void        continued_log_fini(struct continued_log *l); /* for DEFER */
/* folder: the log's, which no process has open. Says on standard error what is wrong: an empty log,
 * or a last checkpoint that not all witnesses of its policy have cosigned. */
enum gz_err continued_log_read(const char *folder, const char *genesis, struct continued_log *out);
/* New references: the member `continues`; the organisations with their ranges ended; the policy
 * history with the log's policy as closed version 1. */
json_t     *continued_log_json(const struct continued_log *l);
json_t     *continued_log_rows(const struct continued_log *l);
json_t     *continued_log_history(const struct continued_log *l, const char *origin,
                                  struct bytes policy);
/* Copy what was signed into a node's folder, from the log's folder or that of a mirror's chain. */
enum gz_err continued_log_import(const char *folder, const char *node_folder);

/* The configuration files of the processes: one table each, from which help and checks come. Paths
 * are taken from the file's own folder, so that an installation can be moved as a whole. */
#pragma once
#include "host/config.h"

enum {
    PROCESS_PATH_MAX = 900, /* what is made inside of a folder still has room in 1,024 */
    PROCESS_URL_MAX = 400,
    PROCESS_LOGS_MAX = 15, /* beside the first one */
};

extern const struct config_row bank_config[];
extern const size_t            bank_config_n;
extern const struct config_row witness_config[];
extern const size_t            witness_config_n;
extern const struct config_row node_config[];
extern const size_t            node_config_n;

/* A row whose choices are "false|true". */
bool process_is_set(const struct config *c, const char *name);

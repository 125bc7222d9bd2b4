/* The files of a demonstration consortium: a bank and three courts on loopback, all keys fresh. */
#pragma once
#include "core/hash.h"

enum {
    DEMO_MEMBERS = 4,              /* the bank, then the courts: a port each, in this order */
    DEMO_PORTS = DEMO_MEMBERS + 1, /* and last that of the push API */
    DEMO_PORT_MIN = 1024,
    DEMO_PORT_MAX = 65535 - DEMO_PORTS + 1, /* of the first */
    DEMO_PATH = 1024,
    DEMO_FOLDER_MODE = 0700,
};

/* What demo_make leaves in its folder, in the order in which it may be moved elsewhere: whoever
 * finds the last of them, the policy, finds all. */
extern const char *const demo_pieces[];
extern const size_t      demo_pieces_n;

/* folder exists and is empty. On an error what is in it is of no use. */
enum gz_err demo_make(const char *folder, enum suite suite, unsigned base_port);

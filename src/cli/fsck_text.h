/* The lines of guzheng fsck, for people: Chinese and English. */
#pragma once
#include <stdio.h>

#include "base/bytes.h"

/* A line of chain_fsck or log_fsck, "file: offset N: what", with the folder before it. */
void fsck_print_line(FILE *out, const char *folder, struct bytes line);

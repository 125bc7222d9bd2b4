/* A file that the build put inside of the program (tools/embed.py). */
#pragma once
#include "base/bytes.h"

struct embedded_file {
    const char  *name; /* with its folder's: "kinds/loan.contract.yaml" */
    struct bytes content;
};

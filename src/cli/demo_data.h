/* The kinds and mappings of data/, inside of the program (the build makes them from the files), so
 * that a demonstration can be made wherever the program stands. */
#pragma once
#include "base/embedded.h"

extern const struct embedded_file demo_data[];
extern const size_t               demo_data_n;

#pragma once
#include <stddef.h>
int snprintf(char *out, size_t n, const char *format, ...);

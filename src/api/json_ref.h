/* A jansson value that its scope lets go of. */
#pragma once
#include <jansson.h>

static inline void json_unref(json_t **j) /* for DEFER; NULL is none */
{
    json_decref(*j);
}

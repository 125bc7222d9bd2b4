/* Names and sentences of the error codes, early return and cleanup. Pure. */
#pragma once
#include <assert.h>
#include <stddef.h>

#include "guzheng/err.h"

/* Return early with the error of call. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const enum gz_err try_err_ = (call);                                                       \
        if (try_err_ != GZ_OK) return try_err_;                                                    \
    } while (0)

/* Declare a variable that fn(&variable) cleans up at the end of its scope. */
#define DEFER(fn) __attribute__((cleanup(fn)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* "GZ_MISMATCH"; of an unknown number "GZ_UNKNOWN". */
const char *err_name(enum gz_err e);
/* What the caller should do, one English clause. */
const char *err_sentence(enum gz_err e);
/* HTTP status for the code. */
int         err_status(enum gz_err e);

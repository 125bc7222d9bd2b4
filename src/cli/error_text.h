/* What an error means for whoever sits at the keyboard, in Chinese. The codes' own sentences
 * (include/guzheng/err.h) are for logs and programs. */
#pragma once
#include "base/err.h"

/* A static sentence without a full stop at its end. */
const char *error_text(enum gz_err e);
/* The code that a bank or a court answered with, from the status of its answer; GZ_IO where none
 * fits. */
enum gz_err error_of_status(int status);

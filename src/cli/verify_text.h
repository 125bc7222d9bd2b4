/* Text that others wrote, made safe for a terminal. */
#pragma once
#include <stdio.h>

#include "base/bytes.h"

/* Print text that others wrote: control characters and those that turn or hide text become \u{…},
 * so that nothing can steer the terminal. Bytes that are no UTF-8 become \x… . */
void text_print(FILE *out, struct bytes text);

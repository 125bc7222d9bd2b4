/* The value of a Content-Type header (RFC 9110 section 8.3.1). Pure. */
#pragma once
#include "base/bytes.h"

/* Is it this type, whatever its parameters? header may be NULL. */
bool media_type_is(const char *header, const char *type);
/* Value of a parameter, unquoted, into out. False: none, malformed, or longer than size - 1. */
bool media_type_parameter(const char *header, const char *name, char *out, size_t size);
/* No charset parameter, or one that says UTF-8. */
bool media_type_is_utf8(const char *header);

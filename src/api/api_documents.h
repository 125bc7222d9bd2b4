/* data/api/openapi.json and the page that the build makes of it (tools/api-page.py), inside of the
 * program. */
#pragma once
#include "base/embedded.h"

extern const struct embedded_file api_documents[]; /* the document, then the page */
extern const size_t               api_documents_n;

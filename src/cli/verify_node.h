/* Ask a node of the consortium about a certificate's entry: its own log or mirror, over HTTP. */
#pragma once
#include "core/verify.h"
#include "host/http_client.h"

enum { NODE_TIMEOUT_MS = 10000 };

/* base: without final '/'. The report has passed check 4, so that its index is known. */
enum verify_node ask_node(struct http_client *http, const char *base,
                          const struct verify_report *r);

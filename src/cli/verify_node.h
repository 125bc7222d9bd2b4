/* Ask a node of the consortium about a certificate's entry: its own log or mirror, over HTTP. */
#pragma once
#include "core/verify.h"
#include "host/http_client.h"

enum { NODE_TIMEOUT_MS = 10000 };

/* What the bank's own node says of the notes of an entry (GET /notes/<index>). Others know none. */
enum { NODE_NOTES_MAX = 64 };
struct node_notes {
    bool     is_known; /* false: not asked, or a node that knows nothing of notes */
    size_t   n;        /* the first of them stand in indexes */
    uint64_t indexes[NODE_NOTES_MAX];
};
void ask_notes(struct http_client *http, const char *base, uint64_t index, struct node_notes *out);

/* base: without final '/'. The report has passed check 4, so that its index is known. */
enum verify_node ask_node(struct http_client *http, const char *base,
                          const struct verify_report *r);

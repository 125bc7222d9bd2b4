/* The push API of a bank, on a listener of its own: items of evidence in, receipts and certificates
 * out. openapi.json says what each operation takes and gives; conventions in api/problem.h.
 * Until callers can be authenticated the listener is on loopback only. */
#pragma once
#include "app/intake_queue.h"
#include "host/http_server.h"
#include "store/db.h"

#define EVIDENCE_BATCHES_PATH "/v1/evidence/batches"
#define EVIDENCE_BATCH_MAX    (UINT64_C(16) << 30) /* bytes of NDJSON */
enum {
    EVIDENCE_LINE_MAX = 8 * 1024 * 1024,
    EVIDENCE_BODY_MAX = 64 * 1024 * 1024, /* of a multipart body; JSON alone: JSON_ITEM_MAX */
    EVIDENCE_KEY_MAX = 255,               /* characters of an Idempotency-Key */
    EVIDENCE_DISCLOSE_MAX = 4096,         /* characters of a choice of fields */
    EVIDENCE_THREADS = 64,                /* as many single items share a transaction */
};

struct evidence_site;
struct evidence_options {
    const struct bank   *bank;
    struct intake_queue *queue;
    struct db           *queries; /* used by this site alone */
    const char          *folder;  /* where the results of a large batch wait, in no named file */
};
enum gz_err evidence_site_new(const struct evidence_options *o, struct evidence_site **out);
void        evidence_site_free(struct evidence_site **s); /* for DEFER */

/* An operation as openapi.json has it: "{id}" in the path stands for one segment. */
struct evidence_operation {
    const char  *method, *path;
    http_handler handler; /* ctx = struct evidence_site * */
};
extern const struct evidence_operation evidence_operations[];
extern const size_t                    evidence_operations_n;
/* What http_options of the listener are made of; ctx = struct evidence_site *. */
extern const struct http_route         evidence_http_routes[];
extern const size_t                    evidence_http_routes_n;
extern const struct http_upload        evidence_http_uploads[];
extern const size_t                    evidence_http_uploads_n;

/* Items that arrive from many callers at once, recorded together: a thread takes what waits, up to
 * SUBMIT_GROUP_ROWS, into one transaction, and answers each when it is durable. */
#pragma once
#include "app/bank.h"
#include "app/intake_item.h"
#include "store/idempotency.h"
#include "store/record.h"

/* An Idempotency-Key, as a keyed hash. */
struct request_key {
    uint8_t key[HASH_SIZE];
};
/* Which record it became, or is. */
struct intake_record {
    char        uuid[ENTRY_ID_SIZE + 1];
    struct hash fingerprint;
    int64_t     received_ms;
};
struct intake_request {
    const struct intake_item *item; /* without defects */
    const struct request_key *key;  /* NULL: none */
    enum gz_err               error;
    bool                      key_is_taken; /* by another item: nothing was recorded */
    struct intake_answer      answer;       /* where error is GZ_OK and the key is not taken */
    struct intake_record      record;       /* of ACCEPTED, REPEATED, CONFLICT */
};

struct intake_queue;
struct intake_queue_options {
    const struct bank *bank;
    struct db         *db; /* used by the thread alone until close */
    void              *ctx;
    void (*recorded)(void *ctx); /* there are new records to publish */
};
enum gz_err intake_queue_open(const struct intake_queue_options *o, struct intake_queue **out);
void        intake_queue_close(struct intake_queue **q); /* for DEFER; nobody may be in record */
/* Blocks until each of the n has its error, or its answer, which then is durable. Who comes again
 * with the same key and item is answered as the first time. GZ_BUSY: the clock cannot be
 * trusted, or the database is held by another; GZ_LIMIT: the entry would be too large; GZ_IO,
 * GZ_CORRUPT: not recorded. One that fails does not hinder the others. Thread-safe. */
void        intake_queue_record(struct intake_queue *q, struct intake_request *requests, size_t n);

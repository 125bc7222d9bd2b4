/* A record: the entry, its sealed disclosures, where it stands in the log, and when it got there.
 */
#pragma once
#include "core/entry.h"
#include "store/vault_state.h"

enum { RECORD_BLOB_NAME_MAX = 64, RECORD_LIST_MAX = 1000 };

/* received → sequenced (has an index) → integrated (under a signed head) → published (under a
 * quorum). The first two are stored with the record; the last two follow from the log's sizes. */
struct record {
    int64_t     id, matter_id, batch_id;
    char        uuid[ENTRY_ID_SIZE + 1];
    uint64_t    seq; /* in the matter */
    struct hash fingerprint;
    int64_t     received_ms; /* Unix milliseconds, as recorded_at */
    bool        has_index;
    uint64_t    index;                      /* in the log */
    int64_t     sequenced_ms, published_ms; /* 0: not yet */
    char        kind[ENTRY_KIND_MAX + 1];
    struct buf  entry, sealed; /* only where asked for; the sealed disclosures are D LF D LF … */
};
void        record_fini(struct record *r); /* for DEFER */
/* Inserts; fills id. GZ_CONFLICT: the uuid, or (matter, seq), is there. */
enum gz_err record_add(struct db *db, struct record *r);
/* With entry and sealed. GZ_MISSING; GZ_CORRUPT: a column is not what record_add wrote. */
enum gz_err record_get(struct db *db, struct bytes uuid, struct record *out);
enum gz_err record_get_id(struct db *db, int64_t id, struct record *out);
/* Without entry and sealed, and without looking at the sum: to name what is damaged. */
enum gz_err record_get_head(struct db *db, int64_t id, struct record *out);
/* The newest id, 0: none. Ids below it may be missing. */
enum gz_err record_last_id(struct db *db, int64_t *out);

/* An original of a record: disclosure file/<n> is the blob of this name in the vault. */
struct record_file {
    unsigned        n;
    uint64_t        size; /* plain bytes */
    char            blob[RECORD_BLOB_NAME_MAX + 1];
    enum vault_side side; /* whose vault holds it */
};
enum gz_err record_add_file(struct db *db, int64_t record_id, const struct record_file *f);
enum gz_err record_get_file(struct db *db, int64_t record_id, unsigned n, struct record_file *out);
/* Those of a record, in their order; an error of visit ends it. */
typedef enum gz_err (*record_file_visitor)(void *ctx, const struct record_file *f);
enum gz_err record_list_files(struct db *db, int64_t record_id, record_file_visitor visit,
                              void *ctx);
/* Does any record hold this blob of this vault? For the sweep. */
enum gz_err record_holds_blob(struct db *db, enum vault_side side, const char *blob, bool *holds);

/* Uuids in the order of their index, of records below size in the log, behind after (0 begins; then
 * the last index + 1); at most RECORD_LIST_MAX: each is visited without entry and sealed. */
typedef enum gz_err (*record_visitor)(void *ctx, const struct record *r);
enum gz_err record_list_published(struct db *db, uint64_t published_size, uint64_t from_index,
                                  record_visitor visit, void *ctx);
/* Note that the log has a quorum up to size: every record below it that had no published_ms gets
 * one. */
enum gz_err record_mark_published(struct db *db, uint64_t size, int64_t now_ms);

struct record_counts {
    uint64_t total, received, sequenced; /* sequenced: have an index, published or not */
    uint64_t published;                  /* index below published_size */
};
enum gz_err record_count(struct db *db, uint64_t published_size, struct record_counts *out);

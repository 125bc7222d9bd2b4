/* Finding records by what people know of them. */
#pragma once
#include "store/batch.h"
#include "store/event.h"
#include "store/record.h"

enum { SEARCH_PAGE = 500 };

/* Visits heads of records (without entry and sealed), at most SEARCH_PAGE, in the order of their
 * ids; the next page begins behind the last id visited (after; 0 begins). */
enum gz_err search_by_fingerprint(struct db *db, struct hash fingerprint, int64_t after,
                                  record_visitor visit, void *ctx);
enum gz_err search_by_index(struct db *db, uint64_t index, record_visitor visit, void *ctx);
enum gz_err search_by_uuid(struct db *db, struct bytes uuid, record_visitor visit, void *ctx);
enum gz_err search_by_event(struct db *db, struct bytes source, struct bytes number,
                            record_visitor visit, void *ctx);
/* The source after this one ("": the first) of those that anything was recorded of, in the order of
 * their bytes; a few look-ups, however many records there are. GZ_MISSING: it was the last. */
enum gz_err search_next_source(struct db *db, char source[EVENT_SOURCE_MAX + 1]);
enum gz_err search_by_matter(struct db *db, int64_t matter_id, int64_t after, record_visitor visit,
                             void *ctx);
/* digest: keyed hash of the original's SM3, as file_digest_add was given. */
enum gz_err search_by_file(struct db *db, const uint8_t digest[HASH_SIZE], int64_t after,
                           record_visitor visit, void *ctx);
/* received_ms in [from, to); kind may be empty. */
enum gz_err search_by_time(struct db *db, int64_t from_ms, int64_t to_ms, struct bytes kind,
                           int64_t after, record_visitor visit, void *ctx);

/* With record_add_file, in its transaction. */
enum gz_err file_digest_add(struct db *db, const uint8_t digest[HASH_SIZE], int64_t record_id,
                            unsigned n);

/* Where a record came from. */
struct record_origin {
    char source[EVENT_SOURCE_MAX + 1], number[EVENT_NUMBER_MAX + 1];
    char batch[BATCH_NAME_MAX + 1]; /* file; empty: not by a batch */
};
enum gz_err search_origin(struct db *db, const struct record *r, struct record_origin *out);
/* A matter by its handle. GZ_MISSING. */
enum gz_err search_matter(struct db *db, struct bytes handle, int64_t *matter_id);

/* The identity store: the sealed identity part of each record and the wrapped identity key of each
 * matter, in a database of its own (db_join_identity) under numbers of its own. Only the bank's
 * database says which part belongs to which record, so that either one alone joins nothing. */
#pragma once
#include "store/matter.h"

enum {
    IDENTITY_LINK_SIZE = 16,
    IDENTITY_SWEEP_MAX = 2000, /* a crash leaves one group of rows at most: with more than these the
                                  bank's database was set back, and nothing is removed */
};

/* Where the other database keeps it: the row, and random bytes that only this row has, since a
 * store that was set back gives numbers out again. What is sealed there is bound to them. */
struct identity_link {
    int64_t id;
    uint8_t link[IDENTITY_LINK_SIZE];
};
struct identity_matter {
    struct identity_link at;
    uint8_t              wrapped_key[MATTER_WRAPPED_MAX];
    size_t               wrapped_key_n;
};

/* link is filled by the caller, id here; the bank's row and the identity's, in one transaction. */
enum gz_err identity_add_matter(struct db *db, int64_t matter_id, struct identity_matter *m);
enum gz_err identity_add_part(struct db *db, int64_t record_id, struct identity_link *at,
                              struct bytes sealed);
/* By the bank's row. GZ_MISSING: this one has none (made before there were two stores). */
enum gz_err identity_matter_link(struct db *db, int64_t matter_id, struct identity_link *out);
enum gz_err identity_part_link(struct db *db, int64_t record_id, struct identity_link *out);
/* By the identity's row. GZ_MISSING: the identity store is lost, older, or another's; GZ_CORRUPT:
 * the row is not what was written. Of a matter at is filled also on error. */
enum gz_err identity_get_matter(struct db *db, const struct identity_link *at,
                                struct identity_matter *out);
enum gz_err identity_get_part(struct db *db, const struct identity_link *at, struct buf *sealed);

/* For a new master key: the next row behind this id (GZ_MISSING: none); another wrapped key for
 * it; and the end of one, here and in the bank's database, in a transaction. */
enum gz_err identity_next_matter(struct db *db, int64_t after, struct identity_matter *out);
enum gz_err identity_set_key(struct db *db, const struct identity_matter *m);
enum gz_err identity_remove_key(struct db *db, const struct identity_link *at);
/* Are there matters, and has none of them a key in the identity store? Then the database is from
 * before there were two. */
enum gz_err identity_is_unused(struct db *db, bool *out);
/* At start, in a transaction: removes what a crash between the two commits left, among the rows
 * since the last sweep. GZ_CONFLICT: more than IDENTITY_SWEEP_MAX have no record; none was removed.
 */
enum gz_err identity_sweep(struct db *db, uint64_t *removed);

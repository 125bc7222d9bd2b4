/* A batch file that was read: recognised for ever by a keyed hash of its bytes. */
#pragma once
#include "core/hash.h"
#include "store/db.h"

enum { BATCH_NAME_MAX = 255 };

struct batch {
    int64_t  id;
    char     name[BATCH_NAME_MAX + 1];
    uint8_t  content[HASH_SIZE]; /* keyed hash of the file's bytes */
    int64_t  received_ms;
    uint64_t rows, accepted, repeated, conflicts, refused;
    bool     finished; /* every row of it has its result */
};
/* The newest with this content. GZ_MISSING. */
enum gz_err batch_find(struct db *db, const uint8_t content[HASH_SIZE], struct batch *out);
/* Begin one; fills id. */
enum gz_err batch_add(struct db *db, struct batch *b);
/* Its counts, and that it is finished. */
enum gz_err batch_finish(struct db *db, const struct batch *b);

#include "store/batch.h"

#include <string.h>

#include "store/statement.h"

#define COLUMNS                                                                                    \
    "id, name, content, received_ms, rows, accepted, repeated, conflicts, refused, finished"

static enum gz_err read_row(const struct statement *q, struct batch *out)
{
    struct batch b = {.id = column_i64(q, 0), .received_ms = column_i64(q, 3)};
    TRY(column_text(q, 1, b.name, sizeof b.name));
    TRY(column_hash(q, 2, b.content));
    b.rows = column_u64(q, 4);
    b.accepted = column_u64(q, 5);
    b.repeated = column_u64(q, 6);
    b.conflicts = column_u64(q, 7);
    b.refused = column_u64(q, 8);
    b.finished = column_i64(q, 9) != 0;
    *out = b;
    return GZ_OK;
}

enum gz_err batch_find(struct db *db, const uint8_t content[HASH_SIZE], struct batch *out)
{
    static const char sql[] =
        "SELECT " COLUMNS " FROM batch WHERE content = ? ORDER BY id DESC LIMIT 1";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_blob(&q, (struct bytes){content, HASH_SIZE});
    TRY(statement_row(&q));
    return read_row(&q, out);
}

/* The part that batch_finish changes, in the order of COLUMNS. */
static void bind_counts(struct statement *q, const struct batch *b)
{
    bind_u64(q, b->rows);
    bind_u64(q, b->accepted);
    bind_u64(q, b->repeated);
    bind_u64(q, b->conflicts);
    bind_u64(q, b->refused);
}

enum gz_err batch_add(struct db *db, struct batch *b)
{
    static const char sql[] =
        "INSERT INTO batch (name, content, received_ms, rows, accepted, repeated, conflicts,"
        " refused, finished) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, sql, &q));
    bind_text(&q, bytes_str(b->name));
    bind_blob(&q, BYTES_OF(b->content));
    bind_i64(&q, b->received_ms);
    bind_counts(&q, b);
    bind_i64(&q, b->finished);
    TRY(statement_run(&q, NULL));
    b->id = statement_new_id(&q);
    return GZ_OK;
}

enum gz_err batch_finish(struct db *db, const struct batch *b)
{
    static const char sql[] =
        "UPDATE batch SET rows = ?, accepted = ?, repeated = ?, conflicts = ?, refused = ?,"
        " finished = 1 WHERE id = ?";
    DEFER(statement_end) struct statement q = {0};
    uint64_t                              changed = 0;
    TRY(statement_write(db, sql, &q));
    bind_counts(&q, b);
    bind_i64(&q, b->id);
    TRY(statement_run(&q, &changed));
    return changed == 1 ? GZ_OK : GZ_MISSING;
}

#include "store/record.h"

#include <string.h>

#include "store/record_head.h"

enum { COLUMN_ENTRY = RECORD_COLUMNS, COLUMN_SEALED, COLUMN_SUM }; /* behind RECORD_HEAD */

void record_fini(struct record *r)
{
    buf_fini(&r->entry);
    buf_fini(&r->sealed);
}

/* Of all that record_add writes; what the log's answer changes later is not in it. */
static struct row_sum sum_of(const struct record *r, struct bytes entry, struct bytes sealed)
{
    struct row_sum s;
    row_sum_init(&s, "record");
    row_sum_u64(&s, (uint64_t)r->matter_id);
    row_sum_u64(&s, (uint64_t)r->batch_id);
    row_sum_bytes(&s, bytes_str(r->uuid));
    row_sum_u64(&s, r->seq);
    row_sum_bytes(&s, BYTES_OF(r->fingerprint.b));
    row_sum_u64(&s, (uint64_t)r->received_ms);
    row_sum_bytes(&s, bytes_str(r->kind));
    row_sum_bytes(&s, entry);
    row_sum_bytes(&s, sealed);
    return s;
}

/* --- adding ----------------------------------------------------------------------------------- */

static enum gz_err add_head(struct db *db, const struct record *r, int64_t *id)
{
    static const char sql[] =
        "INSERT INTO record (matter_id, batch_id, uuid, seq, fingerprint, received_ms, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, r->matter_id);
    if (r->batch_id == 0) bind_null(&q);
    else bind_i64(&q, r->batch_id);
    bind_text(&q, bytes_str(r->uuid));
    bind_u64(&q, r->seq);
    bind_blob(&q, BYTES_OF(r->fingerprint.b));
    bind_i64(&q, r->received_ms);
    bind_text(&q, bytes_str(r->kind));
    TRY(statement_run(&q, NULL));
    *id = statement_new_id(&q);
    return GZ_OK;
}

static enum gz_err add_body(struct db *db, const struct record *r, int64_t id)
{
    static const char sql[] =
        "INSERT INTO record_body (record_id, entry, sealed, row_sum) VALUES (?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum    sum = sum_of(r, buf_bytes(&r->entry), buf_bytes(&r->sealed));
    const struct hash h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, id);
    bind_blob(&q, buf_bytes(&r->entry));
    bind_blob(&q, buf_bytes(&r->sealed));
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

enum gz_err record_add(struct db *db, struct record *r)
{
    int64_t id = 0;
    assert(!r->has_index && r->sequenced_ms == 0 && r->published_ms == 0);
    TRY(add_head(db, r, &id));
    TRY(add_body(db, r, id));
    r->id = id;
    return GZ_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

enum gz_err record_read_head(const struct statement *q, struct record *out)
{
    struct record r = {.id = column_i64(q, 0),
                       .matter_id = column_i64(q, 1),
                       .batch_id = column_i64(q, 2),
                       .seq = column_u64(q, 4),
                       .received_ms = column_i64(q, 6),
                       .has_index = !column_is_null(q, 7),
                       .index = column_u64(q, 7), /* NULL reads as 0 */
                       .sequenced_ms = column_i64(q, 8),
                       .published_ms = column_i64(q, 9)};
    TRY(column_text(q, 3, r.uuid, sizeof r.uuid));
    TRY(column_hash(q, 5, r.fingerprint.b));
    TRY(column_text(q, 10, r.kind, sizeof r.kind));
    *out = r;
    return GZ_OK;
}

#define SELECT_WHOLE                                                                               \
    "SELECT " RECORD_HEAD ", b.entry, b.sealed, b.row_sum FROM record r"                           \
    " LEFT JOIN record_body b ON b.record_id = r.id WHERE "

static enum gz_err read_whole(struct statement *q, struct record *out)
{
    DEFER(record_fini) struct record r = {0};
    TRY(statement_row(q));
    TRY(record_read_head(q, &r));
    const struct bytes entry = column_bytes(q, COLUMN_ENTRY);
    const struct bytes sealed = column_bytes(q, COLUMN_SEALED);
    struct row_sum     sum = sum_of(&r, entry, sealed);
    TRY(row_sum_check(&sum, q, COLUMN_SUM));
    TRY(buf_add(&r.entry, entry));
    TRY(buf_add(&r.sealed, sealed));
    *out = r;
    r.entry = r.sealed = (struct buf){0}; /* they are the caller's now */
    return GZ_OK;
}

enum gz_err record_get(struct db *db, struct bytes uuid, struct record *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT_WHOLE "r.uuid = ?", &q));
    bind_text(&q, uuid);
    return read_whole(&q, out);
}

enum gz_err record_get_id(struct db *db, int64_t id, struct record *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT_WHOLE "r.id = ?", &q));
    bind_i64(&q, id);
    return read_whole(&q, out);
}

enum gz_err record_get_head(struct db *db, int64_t id, struct record *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, "SELECT " RECORD_HEAD " FROM record r WHERE r.id = ?", &q));
    bind_i64(&q, id);
    TRY(statement_row(&q));
    return record_read_head(&q, out);
}

enum gz_err record_last_id(struct db *db, int64_t *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, "SELECT coalesce(max(id), 0) FROM record", &q));
    TRY(statement_row(&q));
    *out = column_i64(&q, 0);
    return GZ_OK;
}

/* A size of a log that is beyond what a column holds covers every index. */
static int64_t clamped(uint64_t v)
{
    return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

enum gz_err record_list_published(struct db *db, uint64_t published_size, uint64_t from_index,
                                  record_visitor visit, void *ctx)
{
    static const char sql[] = "SELECT " RECORD_HEAD " FROM record r WHERE r.log_index >= ?"
                              " AND r.log_index < ? ORDER BY r.log_index LIMIT ?";
    DEFER(statement_end) struct statement q = {0};
    enum gz_err                           e;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, clamped(from_index));
    bind_i64(&q, clamped(published_size));
    bind_i64(&q, RECORD_LIST_MAX);
    while ((e = statement_row(&q)) == GZ_OK) {
        struct record r;
        TRY(record_read_head(&q, &r));
        TRY(visit(ctx, &r));
    }
    return e == GZ_MISSING ? GZ_OK : e;
}

enum gz_err record_mark_published(struct db *db, uint64_t size, int64_t now_ms)
{
    static const char sql[] =
        "UPDATE record SET published_ms = ? WHERE published_ms IS NULL AND log_index < ?";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, now_ms);
    bind_i64(&q, clamped(size));
    return statement_run(&q, NULL);
}

/* One snapshot; each by an index alone. */
static const char count_records[] = "SELECT (SELECT count(*) FROM record),"
                                    " (SELECT count(*) FROM record WHERE log_index IS NULL),"
                                    " (SELECT count(*) FROM record WHERE log_index < ?)";

enum gz_err record_count(struct db *db, uint64_t published_size, struct record_counts *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, count_records, &q));
    bind_i64(&q, clamped(published_size));
    TRY(statement_row(&q));
    const uint64_t total = column_u64(&q, 0), received = column_u64(&q, 1);
    *out = (struct record_counts){.total = total,
                                  .received = received,
                                  .sequenced = total - received,
                                  .published = column_u64(&q, 2)};
    return GZ_OK;
}

/* --- originals -------------------------------------------------------------------------------- */

static struct row_sum sum_of_file(int64_t record_id, const struct record_file *f)
{
    struct row_sum s;
    row_sum_init(&s, "record_file");
    row_sum_u64(&s, (uint64_t)record_id);
    row_sum_u64(&s, f->n);
    row_sum_u64(&s, f->size);
    row_sum_bytes(&s, bytes_str(f->blob));
    if (f->side != SIDE_BUSINESS) row_sum_u64(&s, f->side); /* rows of old have none */
    return s;
}

enum gz_err record_add_file(struct db *db, int64_t record_id, const struct record_file *f)
{
    static const char sql[] = "INSERT INTO record_file (record_id, n, size, blob, side, row_sum)"
                              " VALUES (?, ?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of_file(record_id, f);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, record_id);
    bind_u64(&q, f->n);
    bind_u64(&q, f->size);
    bind_text(&q, bytes_str(f->blob));
    bind_i64(&q, f->side);
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

#define FILE_COLUMNS "n, size, blob, side, row_sum"

static enum gz_err read_file(struct statement *q, int64_t record_id, struct record_file *out)
{
    struct record_file f = {.n = (unsigned)column_u64(q, 0), .size = column_u64(q, 1)};
    TRY(column_text(q, 2, f.blob, sizeof f.blob));
    f.side = column_i64(q, 3) == SIDE_IDENTITY ? SIDE_IDENTITY : SIDE_BUSINESS;
    struct row_sum sum = sum_of_file(record_id, &f);
    TRY(row_sum_check(&sum, q, 4));
    *out = f;
    return GZ_OK;
}

enum gz_err record_get_file(struct db *db, int64_t record_id, unsigned n, struct record_file *out)
{
    static const char sql[] =
        "SELECT " FILE_COLUMNS " FROM record_file WHERE record_id = ? AND n = ?";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, record_id);
    bind_u64(&q, n);
    TRY(statement_row(&q));
    return read_file(&q, record_id, out);
}

enum gz_err record_list_files(struct db *db, int64_t record_id, record_file_visitor visit,
                              void *ctx)
{
    static const char sql[] =
        "SELECT " FILE_COLUMNS " FROM record_file WHERE record_id = ? ORDER BY n";
    DEFER(statement_end) struct statement q = {0};
    enum gz_err                           e;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, record_id);
    while ((e = statement_row(&q)) == GZ_OK) {
        struct record_file f;
        TRY(read_file(&q, record_id, &f));
        TRY(visit(ctx, &f));
    }
    return e == GZ_MISSING ? GZ_OK : e;
}

enum gz_err record_holds_blob(struct db *db, enum vault_side side, const char *blob, bool *holds)
{
    static const char sql[] = "SELECT 1 FROM record_file WHERE blob = ? AND side = ? LIMIT 1";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_text(&q, bytes_str(blob));
    bind_i64(&q, side);
    const enum gz_err e = statement_row(&q);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    *holds = e == GZ_OK;
    return GZ_OK;
}

#include "store/search.h"

#include "store/record_head.h"

/* Runs to the end of the page. */
static enum gz_err visit_all(struct statement *q, record_visitor visit, void *ctx)
{
    enum gz_err e;
    while ((e = statement_row(q)) == GZ_OK) {
        struct record r;
        TRY(record_read_head(q, &r));
        TRY(visit(ctx, &r));
    }
    return e == GZ_MISSING ? GZ_OK : e;
}

#define SELECT "SELECT " RECORD_HEAD " FROM record r "
#define PAGE   " AND r.id > ? ORDER BY r.id LIMIT ?"

static void bind_page(struct statement *q, int64_t after)
{
    bind_i64(q, after);
    bind_i64(q, SEARCH_PAGE);
}

enum gz_err search_by_fingerprint(struct db *db, struct hash fingerprint, int64_t after,
                                  record_visitor visit, void *ctx)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT "WHERE r.fingerprint = ?" PAGE, &q));
    bind_blob(&q, BYTES_OF(fingerprint.b));
    bind_page(&q, after);
    return visit_all(&q, visit, ctx);
}

enum gz_err search_by_index(struct db *db, uint64_t index, record_visitor visit, void *ctx)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT "WHERE r.log_index = ?", &q));
    bind_u64(&q, index);
    return visit_all(&q, visit, ctx);
}

enum gz_err search_by_uuid(struct db *db, struct bytes uuid, record_visitor visit, void *ctx)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT "WHERE r.uuid = ?", &q));
    bind_text(&q, uuid);
    return visit_all(&q, visit, ctx);
}

enum gz_err search_by_event(struct db *db, struct bytes source, struct bytes number,
                            record_visitor visit, void *ctx)
{
    static const char                     sql[] = SELECT "JOIN event e ON e.record_id = r.id"
                                                         " WHERE e.source = ? AND e.number = ?";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_text(&q, source);
    bind_text(&q, number);
    return visit_all(&q, visit, ctx);
}

enum gz_err search_next_source(struct db *db, char source[EVENT_SOURCE_MAX + 1])
{
    static const char sql[] = "SELECT source FROM event WHERE source > ? ORDER BY source LIMIT 1";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_text(&q, bytes_str(source));
    TRY(statement_row(&q));
    return column_text(&q, 0, source, EVENT_SOURCE_MAX + 1);
}

enum gz_err search_by_matter(struct db *db, int64_t matter_id, int64_t after, record_visitor visit,
                             void *ctx)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT "WHERE r.matter_id = ?" PAGE, &q));
    bind_i64(&q, matter_id);
    bind_page(&q, after);
    return visit_all(&q, visit, ctx);
}

enum gz_err search_by_file(struct db *db, const uint8_t digest[HASH_SIZE], int64_t after,
                           record_visitor visit, void *ctx)
{
    static const char sql[] =
        SELECT "WHERE r.id IN (SELECT d.record_id FROM file_digest d WHERE d.digest = ?)" PAGE;
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_blob(&q, (struct bytes){digest, HASH_SIZE});
    bind_page(&q, after);
    return visit_all(&q, visit, ctx);
}

enum gz_err search_by_time(struct db *db, int64_t from_ms, int64_t to_ms, struct bytes kind,
                           int64_t after, record_visitor visit, void *ctx)
{
    /* Ids follow the times as far as clocks do; the index narrows, the order is that of ids. */
    static const char sql[] = SELECT "WHERE r.received_ms >= ? AND r.received_ms < ?"
                                     " AND (length(?3) = 0 OR r.kind = ?3)"
                                     " AND r.id > ?4 ORDER BY r.id LIMIT ?5";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, from_ms);
    bind_i64(&q, to_ms);
    bind_text(&q, kind);
    bind_page(&q, after);
    return visit_all(&q, visit, ctx);
}

enum gz_err file_digest_add(struct db *db, const uint8_t digest[HASH_SIZE], int64_t record_id,
                            unsigned n)
{
    static const char sql[] = "INSERT INTO file_digest (digest, record_id, n) VALUES (?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(db, sql, &q));
    bind_blob(&q, (struct bytes){digest, HASH_SIZE});
    bind_i64(&q, record_id);
    bind_u64(&q, n);
    return statement_run(&q, NULL);
}

enum gz_err search_origin(struct db *db, const struct record *r, struct record_origin *out)
{
    static const char sql[] = "SELECT e.source, e.number, coalesce(b.name, '') FROM event e"
                              " LEFT JOIN batch b ON b.id = ? WHERE e.record_id = ?";
    DEFER(statement_end) struct statement q = {0};
    struct record_origin                  o;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, r->batch_id);
    bind_i64(&q, r->id);
    TRY(statement_row(&q));
    TRY(column_text(&q, 0, o.source, sizeof o.source));
    TRY(column_text(&q, 1, o.number, sizeof o.number));
    TRY(column_text(&q, 2, o.batch, sizeof o.batch));
    *out = o;
    return GZ_OK;
}

enum gz_err search_matter(struct db *db, struct bytes handle, int64_t *matter_id)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, "SELECT id FROM matter WHERE handle = ?", &q));
    bind_text(&q, handle);
    TRY(statement_row(&q));
    *matter_id = column_i64(&q, 0);
    return GZ_OK;
}

#include "store/event.h"

#include <string.h>

#include "store/statement.h"

static struct row_sum sum_of(const struct event *e, struct bytes content, int64_t record_id)
{
    struct row_sum s;
    row_sum_init(&s, "event");
    row_sum_bytes(&s, e->source);
    row_sum_bytes(&s, e->number);
    row_sum_bytes(&s, content);
    row_sum_u64(&s, (uint64_t)record_id);
    return s;
}

enum gz_err event_find(struct db *db, const struct event *e, enum event_answer *answer,
                       int64_t *record_id)
{
    static const char sql[] =
        "SELECT content, record_id, row_sum FROM event WHERE source = ? AND number = ?";
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_text(&q, e->source);
    bind_text(&q, e->number);
    const enum gz_err found = statement_row(&q);
    if (found == GZ_MISSING) {
        *answer = EVENT_IS_NEW;
        return GZ_OK;
    }
    TRY(found);
    const struct bytes content = column_bytes(&q, 0);
    const int64_t      id = column_i64(&q, 1);
    struct row_sum     sum = sum_of(e, content, id);
    TRY(row_sum_check(&sum, &q, 2));
    *answer = bytes_eq(content, BYTES_OF(e->content)) ? EVENT_IS_REPEATED : EVENT_IS_OTHER;
    *record_id = id;
    return GZ_OK;
}

enum gz_err event_add(struct db *db, const struct event *e, int64_t record_id)
{
    static const char sql[] =
        "INSERT INTO event (source, number, content, record_id, row_sum) VALUES (?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of(e, BYTES_OF(e->content), record_id);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_text(&q, e->source);
    bind_text(&q, e->number);
    bind_blob(&q, BYTES_OF(e->content));
    bind_i64(&q, record_id);
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

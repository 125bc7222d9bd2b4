#include "host/host.h"
#include "store/identity.h"
#include "store/statement.h"

/* One of the two tables of the identity store, and the bank's that says who has its rows. */
struct swept_table {
    const char *next; /* id, link above an id */
    const char *held; /* does the bank have id and link? */
    const char *remove;
};

static const struct swept_table matters = {
    "SELECT id, link FROM identity_matter WHERE id > ? ORDER BY id",
    "SELECT 1 FROM matter_identity WHERE identity_id = ? AND link = ?",
    "DELETE FROM identity_matter WHERE id = ?",
};
static const struct swept_table parts = {
    "SELECT id, link FROM identity_part WHERE id > ? ORDER BY id",
    "SELECT 1 FROM record_identity WHERE identity_id = ? AND link = ?",
    "DELETE FROM identity_part WHERE id = ?",
};

static enum gz_err is_held(struct db *db, const struct swept_table *t, int64_t id,
                           struct bytes link, bool *held)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, t->held, &q));
    bind_i64(&q, id);
    bind_blob(&q, link);
    const enum gz_err e = statement_row(&q);
    *held = e == GZ_OK;
    return e == GZ_MISSING ? GZ_OK : e;
}

struct orphans {
    size_t  n;
    int64_t id[IDENTITY_SWEEP_MAX];
};

/* *last: the last row that is held. */
static enum gz_err find(struct db *db, const struct swept_table *t, int64_t *last,
                        struct orphans *found)
{
    DEFER(statement_end) struct statement q = {0};
    enum gz_err                           e;
    TRY(statement_read(db->identity, t->next, &q));
    bind_i64(&q, *last);
    while ((e = statement_row(&q)) == GZ_OK) {
        const int64_t id = column_i64(&q, 0);
        bool          held = false;
        TRY(is_held(db, t, id, column_bytes(&q, 1), &held));
        if (held) *last = id;
        else if (found->n == COUNT_OF(found->id)) return GZ_CONFLICT;
        else found->id[found->n++] = id;
    }
    return e == GZ_MISSING ? GZ_OK : e;
}

static enum gz_err remove_all(struct db *db, const struct swept_table *t,
                              const struct orphans *found)
{
    for (size_t i = 0; i < found->n; i++) {
        DEFER(statement_end) struct statement q = {0};
        TRY(statement_write(db->identity, t->remove, &q));
        bind_i64(&q, found->id[i]);
        TRY(statement_run(&q, NULL));
    }
    return GZ_OK;
}

static enum gz_err read_marks(struct db *identity, int64_t *matter, int64_t *part)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(identity, "SELECT matter_id, part_id FROM swept WHERE id = 1", &q));
    const enum gz_err e = statement_row(&q);
    if (e == GZ_MISSING) return GZ_CORRUPT;
    TRY(e);
    *matter = column_i64(&q, 0);
    *part = column_i64(&q, 1);
    return GZ_OK;
}

static enum gz_err write_marks(struct db *identity, int64_t matter, int64_t part)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_write(identity, "UPDATE swept SET matter_id = ?, part_id = ? WHERE id = 1", &q));
    bind_i64(&q, matter);
    bind_i64(&q, part);
    return statement_run(&q, NULL);
}

enum gz_err identity_sweep(struct db *db, uint64_t *removed)
{
    struct orphans of_matters = {0}, of_parts = {0};
    int64_t        matter, part;
    assert(db->identity != NULL);
    TRY(read_marks(db->identity, &matter, &part));
    enum gz_err e = find(db, &matters, &matter, &of_matters);
    if (e == GZ_OK) e = find(db, &parts, &part, &of_parts);
    if (e == GZ_CONFLICT)
        log_line(LOG_ALARM, "store",
                 "identity: many parts that no record has: the bank's database"
                 " was set back? none removed");
    TRY(e);
    TRY(remove_all(db, &matters, &of_matters));
    TRY(remove_all(db, &parts, &of_parts));
    *removed = of_matters.n + of_parts.n;
    return write_marks(db->identity, matter, part);
}

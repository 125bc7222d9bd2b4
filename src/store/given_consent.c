#include "store/given_consent.h"

#include "store/statement.h"

#define SELECT                                                                                     \
    "SELECT c.id, c.matter_id, c.record_id, c.number, c.person, c.entity, c.agreement, c.version," \
    " c.purposes, c.from_ms, c.until_ms, c.row_sum, w.record_id, w.withdrawn_ms, w.row_sum"        \
    " FROM consent c LEFT JOIN consent_withdrawal w ON w.consent_id = c.id "

static struct row_sum sum_of(const struct given_consent *c)
{
    struct row_sum s;
    row_sum_init(&s, "consent");
    row_sum_u64(&s, (uint64_t)c->matter_id);
    row_sum_u64(&s, (uint64_t)c->record_id);
    row_sum_bytes(&s, BYTES_OF(c->number));
    row_sum_bytes(&s, c->has_person ? BYTES_OF(c->person) : (struct bytes){0});
    row_sum_bytes(&s, c->has_entity ? BYTES_OF(c->entity) : (struct bytes){0});
    row_sum_u64(&s, c->agreement);
    row_sum_bytes(&s, bytes_str(c->version));
    row_sum_bytes(&s, bytes_str(c->purposes));
    row_sum_u64(&s, (uint64_t)c->from_ms);
    row_sum_u64(&s, (uint64_t)c->until_ms);
    return s;
}

static struct row_sum withdrawal_sum(int64_t id, int64_t record_id, int64_t at_ms)
{
    struct row_sum s;
    row_sum_init(&s, "consent_withdrawal");
    row_sum_u64(&s, (uint64_t)id);
    row_sum_u64(&s, (uint64_t)record_id);
    row_sum_u64(&s, (uint64_t)at_ms);
    return s;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void bind_subject(struct statement *q, bool has, const uint8_t hash[HASH_SIZE])
{
    if (has) bind_blob(q, (struct bytes){hash, HASH_SIZE});
    else bind_null(q);
}

enum gz_err given_consent_add(struct db *db, struct given_consent *c)
{
    static const char sql[] = "INSERT INTO consent (matter_id, record_id, number, person, entity,"
                              " agreement, version, purposes, from_ms, until_ms, row_sum)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = sum_of(c);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, c->matter_id);
    bind_i64(&q, c->record_id);
    bind_blob(&q, BYTES_OF(c->number));
    bind_subject(&q, c->has_person, c->person);
    bind_subject(&q, c->has_entity, c->entity);
    bind_i64(&q, c->agreement);
    bind_text(&q, bytes_str(c->version));
    bind_text(&q, bytes_str(c->purposes));
    bind_i64(&q, c->from_ms);
    bind_i64(&q, c->until_ms);
    bind_blob(&q, BYTES_OF(h.b));
    TRY(statement_run(&q, NULL));
    c->id = statement_new_id(&q);
    return GZ_OK;
}

enum gz_err given_consent_withdraw(struct db *db, int64_t id, int64_t record_id, int64_t at_ms)
{
    static const char sql[] = "INSERT INTO consent_withdrawal (consent_id, record_id,"
                              " withdrawn_ms, row_sum) VALUES (?, ?, ?, ?)";
    DEFER(statement_end) struct statement q = {0};
    struct row_sum                        sum = withdrawal_sum(id, record_id, at_ms);
    const struct hash                     h = row_sum_end(&sum);
    TRY(statement_write(db, sql, &q));
    bind_i64(&q, id);
    bind_i64(&q, record_id);
    bind_i64(&q, at_ms);
    bind_blob(&q, BYTES_OF(h.b));
    return statement_run(&q, NULL);
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum gz_err read_subject(const struct statement *q, int at, bool *has,
                                uint8_t hash[HASH_SIZE])
{
    *has = !column_is_null(q, at);
    return *has ? column_hash(q, at, hash) : GZ_OK;
}

static enum gz_err read_withdrawal(const struct statement *q, struct given_consent *c)
{
    c->withdrawn_ms = CONSENT_NO_END;
    if (column_is_null(q, 13)) return GZ_OK;
    c->withdrawn_ms = column_i64(q, 13);
    struct row_sum sum = withdrawal_sum(c->id, column_i64(q, 12), c->withdrawn_ms);
    return row_sum_check(&sum, q, 14);
}

static enum gz_err read_row(const struct statement *q, struct given_consent *out)
{
    struct given_consent c = {.id = column_i64(q, 0),
                              .matter_id = column_i64(q, 1),
                              .record_id = column_i64(q, 2),
                              .from_ms = column_i64(q, 9),
                              .until_ms = column_i64(q, 10)};
    const int64_t        agreement = column_i64(q, 6);
    TRY(column_hash(q, 3, c.number));
    TRY(read_subject(q, 4, &c.has_person, c.person));
    TRY(read_subject(q, 5, &c.has_entity, c.entity));
    if (agreement <= AGREEMENT_NONE || agreement >= AGREEMENTS) return GZ_CORRUPT;
    c.agreement = (enum agreement)agreement;
    TRY(column_text(q, 7, c.version, sizeof c.version));
    TRY(column_text(q, 8, c.purposes, sizeof c.purposes));
    struct row_sum sum = sum_of(&c);
    TRY(row_sum_check(&sum, q, 11));
    TRY(read_withdrawal(q, &c));
    *out = c;
    return GZ_OK;
}

enum gz_err given_consent_get(struct db *db, int64_t matter_id, const uint8_t number[HASH_SIZE],
                              struct given_consent *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, SELECT "WHERE c.matter_id = ? AND c.number = ?", &q));
    bind_i64(&q, matter_id);
    bind_blob(&q, (struct bytes){number, HASH_SIZE});
    TRY(statement_row(&q));
    return read_row(&q, out);
}

static enum gz_err get_by_id(struct db *db, const char *sql, int64_t id, struct given_consent *out)
{
    DEFER(statement_end) struct statement q = {0};
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, id);
    TRY(statement_row(&q));
    return read_row(&q, out);
}

enum gz_err given_consent_of_grant(struct db *db, int64_t record_id, struct given_consent *out)
{
    return get_by_id(db, SELECT "WHERE c.record_id = ?", record_id, out);
}

enum gz_err given_consent_of_withdrawal(struct db *db, int64_t record_id, struct given_consent *out)
{
    return get_by_id(db, SELECT "WHERE w.record_id = ?", record_id, out);
}

enum gz_err given_consent_list(struct db *db, const struct given_consent_question *about,
                               struct given_consent *out, size_t *n)
{
    static const char                     sql[] = SELECT "WHERE c.matter_id = ? AND c.agreement = ?"
                                                         " AND (c.person = ? OR c.entity = ?)"
                                                         " ORDER BY c.id DESC LIMIT ?";
    DEFER(statement_end) struct statement q = {0};
    enum gz_err                           e;
    size_t                                count = 0;
    TRY(statement_read(db, sql, &q));
    bind_i64(&q, about->matter_id);
    bind_i64(&q, about->agreement);
    bind_subject(&q, about->person != NULL, about->person);
    bind_subject(&q, about->entity != NULL, about->entity);
    bind_i64(&q, GIVEN_CONSENT_LIST_MAX);
    while ((e = statement_row(&q)) == GZ_OK) TRY(read_row(&q, &out[count++]));
    if (e != GZ_MISSING) return e;
    *n = count;
    return GZ_OK;
}

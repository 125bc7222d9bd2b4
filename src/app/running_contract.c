#include "app/running_contract.h"

#include <string.h>

#include "app/item_value.h"
#include "app/record_parts.h"
#include "base/money.h"
#include "store/search.h"

enum { MEMORY_PER_BYTE = 4, MEMORY_LEAST = 64 * 1024 };

struct question {
    struct db                *db;
    const struct matter_keys *keys;
    int64_t                   at_ms;
    bool                      is_signed, in_term;
    struct money              drawn, repaid;
};

/* --- one record ------------------------------------------------------------------------------- */

/* The value of a field among disclosures, in the arena. GZ_MISSING. */
static enum gz_err find_value(struct bytes plain, const char *name, struct arena *arena,
                              struct bytes *value)
{
    struct bytes line;
    const char  *why;
    while (bytes_take_line(&plain, &line)) {
        struct disclosure d;
        TRY(disclosure_decode(line, arena, &d, &why));
        if (!bytes_eq(d.name, bytes_str(name))) continue;
        *value = d.value;
        return GZ_OK;
    }
    return GZ_MISSING;
}

static enum gz_err add_amount(struct bytes plain, const char *name, struct arena *arena,
                              struct money *sum)
{
    struct bytes value, text;
    struct money amount;
    TRY(find_value(plain, name, arena, &value));
    TRY(json_body(value, &text));
    TRY(money_decode(text, &amount));
    return money_add(*sum, amount, sum);
}

static enum gz_err note_contract(struct question *q, struct bytes plain, struct arena *arena)
{
    struct bytes value;
    int64_t      last_day;
    q->is_signed = true;
    TRY(find_value(plain, "term.end", arena, &value));
    TRY(json_day_ms(value, &last_day));
    q->in_term = q->in_term || q->at_ms < last_day + ITEM_DAY_MS;
    return GZ_OK;
}

/* What happened by then. */
static enum gz_err note_plain(struct question *q, struct bytes kind, struct bytes plain)
{
    DEFER(buf_fini) struct buf memory = {0};
    const size_t               room = MEMORY_LEAST + MEMORY_PER_BYTE * plain.n;
    struct bytes               value;
    int64_t                    at;
    TRY(buf_reserve(&memory, room));
    struct arena arena = {.p = memory.p, .cap = room};
    TRY(find_value(plain, "occurred_at", &arena, &value));
    TRY(json_time_ms(value, &at));
    if (at > q->at_ms) return GZ_OK;
    if (bytes_eq(kind, BYTES_LIT("loan.contract"))) return note_contract(q, plain, &arena);
    if (bytes_eq(kind, BYTES_LIT("loan.drawdown")))
        return add_amount(plain, "amount", &arena, &q->drawn);
    return add_amount(plain, "principal", &arena, &q->repaid);
}

static enum gz_err note_record(struct question *q, int64_t id)
{
    DEFER(record_fini) struct record             r = {0};
    DEFER(record_parts_fini) struct record_parts parts = {0};
    DEFER(buf_fini) struct buf                   plain = {0};
    TRY(record_get_id(q->db, id, &r));
    TRY(record_parts_unseal(q->db, &r, q->keys, &parts));
    for (size_t i = 0; i < SIDES; i++) TRY(buf_add(&plain, buf_bytes(&parts.plain[i])));
    const enum gz_err e = note_plain(q, bytes_str(r.kind), buf_bytes(&plain));
    if (plain.p != NULL) explicit_bzero(plain.p, plain.n);
    return e == GZ_MEMORY ? e : GZ_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

struct page {
    size_t  visited, n;
    int64_t last, ids[SEARCH_PAGE];
};

static enum gz_err note_id(void *ctx, const struct record *r)
{
    static const char *const kinds[] = {"loan.contract", "loan.drawdown", "loan.repayment"};
    struct page             *p = ctx;
    p->visited++;
    p->last = r->id;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(r->kind, kinds[i]) == 0) p->ids[p->n++] = r->id;
    return GZ_OK;
}

static enum gz_err note_page(struct question *q, int64_t matter_id, struct page *p)
{
    p->visited = p->n = 0;
    TRY(search_by_matter(q->db, matter_id, p->last, note_id, p));
    for (size_t i = 0; i < p->n; i++) TRY(note_record(q, p->ids[i]));
    return GZ_OK;
}

enum gz_err contract_runs(struct db *db, int64_t matter_id, const struct matter_keys *keys,
                          int64_t at_ms, bool *out)
{
    struct question q = {.db = db, .keys = keys, .at_ms = at_ms};
    struct page     p = {.visited = SEARCH_PAGE};
    while (p.visited == SEARCH_PAGE && !q.in_term) TRY(note_page(&q, matter_id, &p));
    *out = q.in_term || (q.is_signed && money_cmp(q.drawn, q.repaid) > 0);
    return GZ_OK;
}

#include "app/issue_voucher.h"

#include <stdlib.h>
#include <string.h>

#include "app/masked_text.h"
#include "app/record_parts.h"

enum { MEMORY_PER_BYTE = 4, MEMORY_LEAST = 64 * 1024, ENTRY_MEMORY = 4 * ENTRY_SIZE_MAX };

static const char *const kinds[] = {"loan.contract", "loan.drawdown", "loan.repayment_plan",
                                    "loan.repayment", "evidence.correction"};

struct issuing {
    const struct bank          *bank;
    struct db                  *db;
    const struct voucher_query *q;
    voucher_visitor             visit;
    void                       *ctx;
    struct voucher_summary     *out;
    const char                **why;
    size_t                      rows, notes_n;
    struct hash                 notes[VOUCHER_NOTES_MAX]; /* of the number of each */
};
/* A row being opened. */
struct row {
    struct record_parts parts;
    struct buf          memory, texts; /* texts: what the values point into */
    struct issued_row   row;
    struct issued_value values[VOUCHER_FIELDS_MAX];
    size_t              from[VOUCHER_FIELDS_MAX], to[VOUCHER_FIELDS_MAX]; /* in texts */
};

static void wipe(struct buf *b)
{
    if (b->p != NULL) explicit_bzero(b->p, b->cap);
    buf_fini(b);
}

static void row_free(struct row **r)
{
    if (*r == NULL) return;
    record_parts_fini(&(*r)->parts);
    wipe(&(*r)->memory);
    wipe(&(*r)->texts);
    free(*r);
    *r = NULL;
}

static enum gz_err refuse(struct issuing *x, enum gz_err e, const char *why)
{
    *x->why = why;
    return e;
}

/* --- values ----------------------------------------------------------------------------------- */

/* Loan notes are told apart by their whole number, also where it is shown masked. */
static enum gz_err note_number(struct issuing *x, struct bytes plain, uint64_t *out)
{
    const struct hash h = hash_of(SUITE_GM, plain);
    size_t            i = 0;
    while (i < x->notes_n && !hash_eq(x->notes[i], h)) i++;
    if (i == VOUCHER_NOTES_MAX) return refuse(x, GZ_LIMIT, "这笔贷款的借据过多");
    if (i == x->notes_n) x->notes[x->notes_n++] = h;
    *out = i + 1;
    return GZ_OK;
}

static enum gz_err add_value(struct issuing *x, const struct kind *kind, struct row *r,
                             const struct disclosure *d)
{
    DEFER(wipe) struct buf   plain = {0};
    const struct kind_field *field = kind_field_named(kind, d->name);
    struct issued_row       *row = &r->row;
    if (bytes_starts(d->name, BYTES_LIT("file/"))) return GZ_OK;
    if (row->values_n == VOUCHER_FIELDS_MAX) return refuse(x, GZ_LIMIT, "一条记录的字段过多");
    TRY(plain_text_add(d->value, &plain));
    if (bytes_eq(d->name, BYTES_LIT("note_no"))) TRY(note_number(x, buf_bytes(&plain), &row->note));
    r->from[row->values_n] = r->texts.n;
    TRY(x->q->masked ? masked_text_add(field, d->value, &r->texts)
                     : buf_add(&r->texts, buf_bytes(&plain)));
    r->to[row->values_n] = r->texts.n;
    r->values[row->values_n++] =
        (struct issued_value){.name = d->name, .label = field == NULL ? d->name : field->label};
    return GZ_OK;
}

static enum gz_err add_part(struct issuing *x, const struct kind *kind, struct bytes plain,
                            struct arena *arena, struct row *r)
{
    struct bytes      line;
    struct disclosure d;
    const char       *why;
    while (bytes_take_line(&plain, &line)) {
        if (disclosure_decode(line, arena, &d, &why) != GZ_OK) return GZ_CORRUPT;
        TRY(add_value(x, kind, r, &d));
    }
    return GZ_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Both parts are there, and are the entry's. */
static enum gz_err open_parts(struct issuing *x, const struct record *whole, struct row *r)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct entry               e;
    const char                *why;
    TRY(buf_reserve(&memory, ENTRY_MEMORY));
    struct arena arena = {.p = memory.p, .cap = ENTRY_MEMORY};
    if (entry_decode(buf_bytes(&whole->entry), &arena, &e, &why) != GZ_OK) return GZ_CORRUPT;
    TRY(record_parts_open(x->bank, x->db, whole, &r->parts));
    for (size_t i = 0; i < SIDES; i++)
        if (r->parts.state[i] != GZ_OK)
            return r->parts.state[i] == GZ_ERASED ? GZ_ERASED : GZ_CORRUPT;
    return record_parts_check(&r->parts, &e);
}

static enum gz_err open_row(struct issuing *x, const struct record *head, struct row *r)
{
    DEFER(record_fini) struct record whole = {0};
    const struct kind               *kind = catalog_kind(x->bank->catalog, bytes_str(head->kind));
    size_t                           room = MEMORY_LEAST;
    TRY(record_get_id(x->db, head->id, &whole));
    TRY(open_parts(x, &whole, r));
    for (size_t i = 0; i < SIDES; i++) room += MEMORY_PER_BYTE * r->parts.plain[i].n;
    TRY(buf_reserve(&r->memory, room));
    struct arena arena = {.p = r->memory.p, .cap = room};
    for (size_t i = 0; i < SIDES; i++)
        TRY(add_part(x, kind, buf_bytes(&r->parts.plain[i]), &arena, r));
    for (size_t i = 0; i < r->row.values_n; i++)
        r->values[i].text = bytes_slice(buf_bytes(&r->texts), r->from[i], r->to[i]);
    r->row.kind_label = kind == NULL ? (struct bytes){NULL, 0} : kind->label;
    r->row.values = r->values;
    return GZ_OK;
}

static bool is_wanted(const char *kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0) return true;
    return false;
}

static enum gz_err note_matter(struct issuing *x, const char *matter)
{
    if (x->out->matter[0] == 0) memcpy(x->out->matter, matter, sizeof x->out->matter);
    return strcmp(x->out->matter, matter) == 0
               ? GZ_OK
               : refuse(x, GZ_CONFLICT, "多个来源系统都有这个合同编号：请用 --source 指明来源");
}

static enum gz_err take(void *ctx, const struct found_record *f)
{
    struct issuing             *x = ctx;
    DEFER(row_free) struct row *r = NULL;
    TRY(note_matter(x, f->matter));
    if (!is_wanted(f->record->kind)) return GZ_OK;
    if (x->rows++ == VOUCHER_RECORDS_MAX) return refuse(x, GZ_LIMIT, "这笔贷款的记录过多");
    if (!f->record->has_index || f->record->index >= x->out->log_size) {
        x->out->unpublished++;
        return GZ_OK;
    }
    r = calloc(1, sizeof *r);
    if (r == NULL) return GZ_MEMORY;
    r->row.found = f;
    const enum gz_err e = open_row(x, f->record, r);
    if (e == GZ_ERASED) return refuse(x, e, "这笔贷款的内容已依法销毁，不能再生成");
    if (e == GZ_CORRUPT)
        return refuse(x, e, "一条记录打不开或与其指纹不符：请运行 guzheng reconcile 找出是哪一条");
    TRY(e);
    return x->visit(x->ctx, &r->row);
}

enum gz_err issue_voucher(const struct bank *bank, struct db *db, const struct voucher_query *q,
                          voucher_visitor visit, void *ctx, struct voucher_summary *out,
                          const char **why)
{
    struct log_status log;
    struct find_query find = {
        .by = q->by_contract ? FIND_CONTRACT : FIND_MATTER, .value = q->value, .source = q->source};
    struct issuing x = {
        .bank = bank, .db = db, .q = q, .visit = visit, .ctx = ctx, .out = out, .why = why};
    log_service_status(bank->log, &log);
    *out = (struct voucher_summary){.log_size = log.published_size};
    *why = "";
    do {
        TRY(find_records(bank, db, &find, take, &x, &find.after));
    } while (find.after != 0);
    return out->matter[0] == 0 ? GZ_MISSING : GZ_OK;
}

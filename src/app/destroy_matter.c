#include "app/destroy_matter.h"

#include <stdio.h>

#include "app/destroy_finish.h"
#include "host/host.h"
#include "store/audit.h"
#include "store/erasure.h"
#include "store/hold.h"
#include "store/matter.h"
#include "store/record.h"
#include "store/search.h"

enum { ORDER_MEMORY = 4 * DESTROY_ORDER_MAX, BEIJING_MINUTES = 8 * 60 };

/* An order on its way. */
struct job {
    const struct bank   *bank;
    struct db           *db;
    struct time          now;
    struct bytes         wire;
    struct note          note;
    struct destroy_order order;
    struct matter        matter;
    struct buf           memory, who;
    struct buf          *why;
};
static void job_fini(struct job *j)
{
    buf_fini(&j->memory);
    buf_fini(&j->who);
}

static enum gz_err refuse(struct job *j, enum gz_err e, const char *what)
{
    TRY(buf_addf(j->why, "%s\n", what));
    return e;
}

static int64_t milliseconds(struct time t)
{
    return t.s * 1000 + t.ns / 1000000;
}

/* --- the order -------------------------------------------------------------------------------- */

static enum gz_err read_order(struct job *j, const struct key *operators, size_t operators_n)
{
    const char *said = "";
    if (j->wire.n > DESTROY_ORDER_MAX) return refuse(j, GZ_LIMIT, "指令文件过大");
    if (note_decode(j->wire, &j->note) != GZ_OK)
        return refuse(j, GZ_MALFORMED, "指令还没有签名，或不是签名文件：先用 guzheng sign-order");
    TRY(buf_reserve(&j->memory, ORDER_MEMORY));
    struct arena arena = {.p = j->memory.p, .cap = ORDER_MEMORY};
    enum gz_err  e = destroy_order_decode(j->note.text, &arena, &j->order, &said);
    if (e != GZ_OK) return refuse(j, e, said);
    if (!bytes_eq(j->order.organisation, j->bank->organisation))
        return refuse(j, GZ_DENIED, "指令所写的机构不是本机构");
    e = destroy_order_verify(&j->note, operators, operators_n, &j->who, &said);
    return e == GZ_OK ? GZ_OK : refuse(j, e, said);
}

static enum gz_err find_matter(struct job *j)
{
    DEFER(record_fini) struct record r = {0};
    int64_t                          id = 0;
    enum gz_err                      e;
    if (j->order.record.n > 0) {
        e = record_get(j->db, j->order.record, &r);
        id = r.matter_id;
    } else e = search_matter(j->db, j->order.matter, &id);
    if (e == GZ_OK) e = matter_get_id(j->db, id, &j->matter);
    if (e == GZ_MISSING) return refuse(j, e, "没有指令所指的贷款或存证");
    TRY(e);
    return matter_is_erased(&j->matter) ? refuse(j, GZ_CONFLICT, "这笔贷款已依法销毁") : GZ_OK;
}

/* --- may it be destroyed? --------------------------------------------------------------------- */

struct retention {
    const struct catalog *catalog;
    int64_t               last_id, until_ms;
    size_t                n;
    bool                  is_unknown; /* of a kind that is not there any more */
};
static enum gz_err note_record(void *ctx, const struct record *r)
{
    struct retention  *t = ctx;
    const struct kind *kind = catalog_kind(t->catalog, bytes_str(r->kind));
    t->last_id = r->id;
    t->n++;
    t->is_unknown |= kind == NULL;
    if (kind == NULL) return GZ_OK;
    const int64_t until = r->received_ms + (int64_t)kind->retention_days * 24 * 3600 * 1000;
    if (until > t->until_ms) t->until_ms = until;
    return GZ_OK;
}

static enum gz_err refuse_until(struct job *j, int64_t until_s)
{
    char text[TIME_TEXT_SIZE], why[128];
    (void)time_encode((struct time){.s = until_s}, BEIJING_MINUTES, text);
    (void)snprintf(why, sizeof why, "保存期限未满：按各记录类别的 retention_days，至 %.10s 止",
                   text);
    return refuse(j, GZ_CONFLICT, why);
}

/* LAW 个人信息保护法#19: as long as it is needed, and not longer. */
static enum gz_err check_retention(struct job *j)
{
    struct retention t = {.catalog = j->bank->catalog};
    const int64_t    stated = date_to_days(j->order.retention_until);
    do {
        t.n = 0;
        TRY(search_by_matter(j->db, j->matter.id, t.last_id, note_record, &t));
    } while (t.n == SEARCH_PAGE);
    if (t.is_unknown)
        return refuse(j, GZ_CONFLICT, "其中有的记录类别已不在类别目录中，期限无从核对");
    if (stated * 24 * 3600 >= j->now.s)
        return refuse(j, GZ_CONFLICT, "保存期限未满：指令所载的 retention_until 尚未过去");
    return t.until_ms >= milliseconds(j->now) ? refuse_until(j, t.until_ms / 1000) : GZ_OK;
}

static enum gz_err count_hold(void *ctx, const struct hold *h)
{
    (void)h;
    ++*(size_t *)ctx;
    return GZ_OK;
}

static enum gz_err check_holds(struct job *j)
{
    size_t n = 0;
    TRY(hold_list(j->db, j->matter.id, count_hold, &n));
    if (n > 0 || !j->order.no_legal_hold)
        return refuse(j, GZ_CONFLICT, "有保全或留存要求未解除 (guzheng hold list)");
    return j->order.no_open_grievance ? GZ_OK : refuse(j, GZ_CONFLICT, "有投诉未办结");
}

/* --- ordering --------------------------------------------------------------------------------- */

static enum gz_err store_order(struct job *j)
{
    DEFER(db_rollback) struct db *open = NULL;
    DEFER(erasure_fini)
    struct erasure             e = {.matter_id = j->matter.id, .ordered_ms = milliseconds(j->now)};
    DEFER(buf_fini) struct buf detail = {0};
    TRY(buf_add(&e.order, j->wire));
    TRY(buf_add(&detail, j->order.reason));
    TRY(buf_add_str(&detail, "; "));
    TRY(buf_add(&detail, j->order.ground));
    const struct audit a = {.at_ms = e.ordered_ms,
                            .action = BYTES_LIT("destroy_ordered"),
                            .matter = bytes_str(j->matter.handle),
                            .who = buf_bytes(&j->who),
                            .detail = buf_bytes(&detail)};
    TRY(db_begin(j->db));
    open = j->db;
    TRY(erasure_add(j->db, &e));
    TRY(audit_add(j->db, &a));
    open = NULL;
    return db_commit(j->db);
}

static enum gz_err destroy_locked(struct job *j)
{
    struct vault *const vaults[SIDES] = {j->bank->vault, j->bank->identity};
    TRY(destroy_finish_locked(vaults, j->db, j->now, j->why));
    TRY(find_matter(j));
    TRY(check_holds(j));
    TRY(check_retention(j));
    TRY(store_order(j));
    return destroy_finish_locked(vaults, j->db, j->now, j->why);
}

enum gz_err destroy_matter(const struct bank *bank, struct db *db, const struct key *operators,
                           size_t operators_n, struct bytes order, struct time now, struct buf *why)
{
    DEFER(job_fini)
    struct job j = {.bank = bank, .db = db, .now = now, .wire = order, .why = why};
    TRY(read_order(&j, operators, operators_n));
    if (vault_lock(bank->vault) != GZ_OK)
        return refuse(&j, GZ_BUSY, "保险库正在使用：先停止银行进程");
    DEFER(vault_share) struct vault *business = bank->vault;
    if (vault_lock(bank->identity) != GZ_OK)
        return refuse(&j, GZ_BUSY, "保险库正在使用：先停止银行进程");
    DEFER(vault_share) struct vault *identity = bank->identity;
    assert(business != NULL && identity != NULL);
    return destroy_locked(&j);
}

enum gz_err destroy_finish(struct vault *const vaults[SIDES], struct db *db, struct time now,
                           struct buf *why)
{
    int64_t           id;
    const enum gz_err e = erasure_pending(db, &id);
    if (e != GZ_OK) return e == GZ_MISSING ? GZ_OK : e;
    TRY(vault_lock(vaults[SIDE_BUSINESS]));
    DEFER(vault_share) struct vault *business = vaults[SIDE_BUSINESS];
    TRY(vault_lock(vaults[SIDE_IDENTITY]));
    DEFER(vault_share) struct vault *identity = vaults[SIDE_IDENTITY];
    assert(business != NULL && identity != NULL);
    return destroy_finish_locked(vaults, db, now, why);
}

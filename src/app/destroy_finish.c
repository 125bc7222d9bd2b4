#include "app/destroy_finish.h"

#include <string.h>

#include "host/host.h"
#include "store/audit.h"
#include "store/erasure.h"
#include "store/identity.h"
#include "store/record.h"
#include "store/search.h"

/* --- new master keys, under which all but one key is wrapped -----------------------------------
 */

struct change {
    struct vault *const *vaults;
    struct db           *db;
    int64_t              erased; /* matter */
    struct buf          *why;
    bool                 is_committing; /* the database may have it: nothing may be undone */
};

static void change_abort(struct change *c)
{
    if (c->is_committing) return;
    for (size_t i = 0; i < SIDES; i++) vault_rotate_abort(c->vaults[i]);
}

static enum gz_err rewrap_matter(const struct change *c, struct matter *m)
{
    if (m->id == c->erased) {
        m->wrapped_key[0] = 0;
        m->wrapped_key_n = MATTER_ERASED_SIZE;
        return matter_set_key(c->db, m);
    }
    if (matter_is_erased(m)) return GZ_OK;
    if (m->wrapped_key_n != VAULT_WRAPPED_SIZE) return GZ_CORRUPT;
    TRY(vault_rewrap(c->vaults[SIDE_BUSINESS], bytes_str(m->handle), m->wrapped_key));
    return matter_set_key(c->db, m);
}

static enum gz_err rewrap_business(const struct change *c)
{
    struct matter m = {0};
    for (;;) {
        const enum gz_err e = matter_next(c->db, m.id, &m);
        if (e == GZ_MISSING) return GZ_OK;
        TRY(e);
        TRY(rewrap_matter(c, &m));
    }
}

static enum gz_err remove_identity_key(const struct change *c)
{
    struct identity_link at;
    const enum gz_err    e = identity_matter_link(c->db, c->erased, &at);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    return identity_remove_key(c->db, &at);
}

static enum gz_err rewrap_identity(const struct change *c)
{
    struct identity_matter m = {0};
    TRY(remove_identity_key(c));
    for (;;) {
        const enum gz_err e = identity_next_matter(c->db, m.at.id, &m);
        if (e == GZ_MISSING) return GZ_OK;
        TRY(e);
        if (m.wrapped_key_n != VAULT_WRAPPED_SIZE) return GZ_CORRUPT;
        TRY(vault_rewrap(c->vaults[SIDE_IDENTITY], BYTES_OF(m.at.link), m.wrapped_key));
        TRY(identity_set_key(c->db, &m));
    }
}

static enum gz_err change_side(const struct change *c, enum vault_side side)
{
    struct vault_state now, next;
    TRY(vault_state_get(c->db, side, &now));
    TRY(vault_rotate_begin(c->vaults[side], &now, &next, c->why));
    TRY(side == SIDE_IDENTITY ? rewrap_identity(c) : rewrap_business(c));
    return vault_state_put(c->db, side, &next);
}

/* Whatever cannot be unwrapped would be lost with the old master key. */
static enum gz_err change_both(struct change *c)
{
    DEFER(db_rollback) struct db *open = NULL;
    TRY(db_begin(c->db));
    open = c->db;
    for (size_t i = 0; i < SIDES; i++) {
        const enum gz_err e = change_side(c, (enum vault_side)i);
        if (e == GZ_MISMATCH || e == GZ_CORRUPT) {
            TRY(buf_addf(c->why, "有密钥打不开，未作改动：先运行 guzheng fsck (%s)\n",
                         side_name((enum vault_side)i)));
            return GZ_CORRUPT;
        }
        TRY(e);
    }
    open = NULL;
    c->is_committing = true;
    return db_commit(c->db);
}

static enum gz_err change_masters(struct vault *const vaults[SIDES], struct db *db, int64_t erased,
                                  struct buf *why)
{
    DEFER(change_abort)
    struct change c = {.vaults = vaults, .db = db, .erased = erased, .why = why};
    TRY(change_both(&c));
    for (size_t i = 0; i < SIDES; i++) TRY(vault_rotate_end(vaults[i], why));
    return GZ_OK;
}

/* --- originals -------------------------------------------------------------------------------- */

struct removal {
    struct vault *const *vaults;
    struct db           *db;
    int64_t              last_id;
    size_t               n;
};

static enum gz_err remove_original(void *ctx, const struct record_file *f)
{
    const struct removal *r = ctx;
    return blob_remove(r->vaults[f->side], f->blob);
}

static enum gz_err remove_originals_of(void *ctx, const struct record *head)
{
    struct removal *r = ctx;
    r->last_id = head->id;
    r->n++;
    return record_list_files(r->db, head->id, remove_original, r);
}

static enum gz_err remove_originals(struct vault *const vaults[SIDES], struct db *db,
                                    int64_t matter_id)
{
    struct removal r = {.vaults = vaults, .db = db};
    do {
        r.n = 0;
        TRY(search_by_matter(db, matter_id, r.last_id, remove_originals_of, &r));
    } while (r.n == SEARCH_PAGE);
    return GZ_OK;
}

/* --- one after another ------------------------------------------------------------------------ */

static enum gz_err note_done(struct db *db, const struct matter *m, struct time now)
{
    DEFER(db_rollback) struct db *open = NULL;
    const int64_t                 at_ms = now.s * 1000 + now.ns / 1000000;
    const struct audit            a = {.at_ms = at_ms,
                                       .action = BYTES_LIT("destroyed"),
                                       .matter = bytes_str(m->handle),
                                       .who = BYTES_LIT("guzheng"),
                                       .detail = BYTES_LIT("")};
    TRY(db_begin(db));
    open = db;
    TRY(erasure_done(db, m->id, at_ms));
    TRY(audit_add(db, &a));
    open = NULL;
    return db_commit(db);
}

static enum gz_err finish_one(struct vault *const vaults[SIDES], struct db *db, int64_t id,
                              struct time now, struct buf *why)
{
    struct matter m;
    TRY(matter_get_id(db, id, &m));
    if (!matter_is_erased(&m)) TRY(change_masters(vaults, db, id, why));
    TRY(remove_originals(vaults, db, id));
    TRY(note_done(db, &m, now));
    log_line(LOG_INFO, "vault", "keys destroyed by order matter=%s", m.handle);
    return GZ_OK;
}

enum gz_err destroy_finish_locked(struct vault *const vaults[SIDES], struct db *db, struct time now,
                                  struct buf *why)
{
    for (;;) {
        int64_t           id;
        const enum gz_err e = erasure_pending(db, &id);
        if (e == GZ_MISSING) return GZ_OK;
        TRY(e);
        TRY(finish_one(vaults, db, id, now, why));
    }
}

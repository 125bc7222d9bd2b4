#include "app/open_vaults.h"

#include <errno.h>
#include <unistd.h>

#include "host/host.h"
#include "store/identity.h"
#include "store/record.h"

/* --- opening ---------------------------------------------------------------------------------- */

static void close_all(struct vault *(*vaults)[SIDES])
{
    for (size_t i = 0; i < SIDES; i++) vault_close(&(*vaults)[i]);
}

/* Where the identity store was lost, the bank's database still has a copy of its state: with it
 * each matter is recognised as before, as long as the master key was kept. */
static enum gz_err get_state(struct db *db, enum vault_side side, struct vault_state *out,
                             bool *is_stored)
{
    *out = (struct vault_state){0};
    const enum gz_err e = vault_state_get(db, side, out);
    *is_stored = e == GZ_OK;
    if (e != GZ_MISSING || side != SIDE_IDENTITY) return e == GZ_MISSING ? GZ_OK : e;
    const enum gz_err recalled = vault_state_recall(db, out);
    if (recalled == GZ_OK)
        log_line(LOG_ALARM, "vault", "the identity store is new, its records are lost: restore it");
    return recalled == GZ_MISSING ? GZ_OK : recalled;
}

/* An installation from before there were two vaults has one master key only. */
static enum gz_err make_master(const struct master_source *s, struct buf *why)
{
    if (access(s->path, F_OK) == 0 || errno != ENOENT) return GZ_OK;
    TRY(master_create(s, why));
    log_line(LOG_INFO, "vault", "master key of the identity vault made: %s", s->path);
    return GZ_OK;
}

/* A new master key beside a new identity store and an empty folder: the old side was given up. */
static enum gz_err open_with(const struct vault_options *options, struct vault_state *state,
                             bool is_stored, struct vault **out, struct buf *why)
{
    const size_t      before = why->n;
    const enum gz_err e = vault_open(options, state, out, why);
    if (e != GZ_MISMATCH || is_stored || state->generation == 0) return e;
    why->n = before;
    *state = (struct vault_state){0};
    TRY(vault_open(options, state, out, why));
    log_line(LOG_ALARM, "vault", "begun anew with another master key folder=%s", options->folder);
    return GZ_OK;
}

static enum gz_err open_one(const struct vault_options *options, struct db *db,
                            enum vault_side side, struct vault **out, struct buf *why)
{
    struct vault_state state;
    bool               is_stored = false;
    TRY(get_state(db, side, &state, &is_stored));
    if (side == SIDE_IDENTITY && state.generation == 0) TRY(make_master(&options->master, why));
    TRY(open_with(options, &state, is_stored, out, why));
    return is_stored ? GZ_OK : vault_state_put(db, side, &state);
}

enum gz_err vaults_open(const struct vault_options options[SIDES], struct db *db,
                        struct vault *out[SIDES], struct buf *why)
{
    DEFER(close_all) struct vault *opened[SIDES] = {0};
    DEFER(db_rollback) struct db  *open = NULL;
    struct vault_options           identity = options[SIDE_IDENTITY];
    bool                           is_older = false;
    TRY(db_begin(db));
    open = db;
    TRY(open_one(&options[SIDE_BUSINESS], db, SIDE_BUSINESS, &opened[SIDE_BUSINESS], why));
    TRY(identity_is_unused(db, &is_older));
    if (is_older) identity.hashes_as = opened[SIDE_BUSINESS];
    TRY(open_one(&identity, db, SIDE_IDENTITY, &opened[SIDE_IDENTITY], why));
    open = NULL;
    TRY(db_commit(db));
    for (size_t i = 0; i < SIDES; i++) {
        out[i] = opened[i];
        opened[i] = NULL;
    }
    return GZ_OK;
}

/* --- sweeping --------------------------------------------------------------------------------- */

struct side_of {
    struct db      *db;
    enum vault_side side;
};

static enum gz_err holds_blob(void *ctx, const char *name, bool *holds)
{
    const struct side_of *s = ctx;
    return record_holds_blob(s->db, s->side, name, holds);
}

static enum gz_err sweep_parts(struct db *db, uint64_t *removed)
{
    DEFER(db_rollback) struct db *open = NULL;
    TRY(db_begin(db));
    open = db;
    const enum gz_err e = identity_sweep(db, removed);
    if (e == GZ_CONFLICT) return GZ_OK; /* said in the log; a start must not fail by it */
    TRY(e);
    open = NULL;
    return db_commit(db);
}

enum gz_err vaults_sweep(struct vault *const vaults[SIDES], struct db *db, uint64_t *removed)
{
    uint64_t n = 0;
    *removed = 0;
    for (size_t i = 0; i < SIDES; i++) {
        struct side_of side = {db, (enum vault_side)i};
        TRY(blob_sweep(vaults[i], holds_blob, &side, &n));
        *removed += n;
    }
    n = 0;
    TRY(sweep_parts(db, &n));
    *removed += n;
    return GZ_OK;
}

#include "app/matter_keys.h"

#include <string.h>

#include "host/host.h"

void matter_keys_fini(struct matter_keys *k)
{
    for (size_t i = 0; i < SIDES; i++) vault_key_fini(&k->key[i]);
}

enum gz_err matter_keys_complete(const struct bank *bank, struct db *db, const struct matter *m,
                                 struct matter_keys *k)
{
    struct identity_matter side = {.wrapped_key_n = VAULT_WRAPPED_SIZE};
    if (k->has_identity) return GZ_OK;
    random_bytes(side.at.link, sizeof side.at.link);
    TRY(vault_key_make(bank->identity, BYTES_OF(side.at.link), &k->key[SIDE_IDENTITY],
                       side.wrapped_key));
    TRY(identity_add_matter(db, m->id, &side));
    k->has_identity = true;
    return GZ_OK;
}

enum gz_err matter_keys_make(const struct bank *bank, struct db *db,
                             const uint8_t reference[HASH_SIZE], struct matter *m,
                             struct matter_keys *out)
{
    *out = (struct matter_keys){0};
    m->wrapped_key_n = VAULT_WRAPPED_SIZE;
    TRY(vault_key_make(bank->vault, bytes_str(m->handle), &out->key[SIDE_BUSINESS],
                       m->wrapped_key));
    TRY(matter_add(db, reference, m));
    return matter_keys_complete(bank, db, m, out);
}

enum gz_err keys_note(enum gz_err e, enum gz_err *state)
{
    if (e == GZ_IO || e == GZ_MEMORY || e == GZ_BUSY) return e;
    *state = e == GZ_OK || e == GZ_MISSING || e == GZ_ERASED ? e : GZ_CORRUPT;
    return GZ_OK;
}

static enum gz_err open_business(const struct bank *bank, const struct matter *m,
                                 struct vault_key *out)
{
    const struct bytes wrapped = {m->wrapped_key, m->wrapped_key_n};
    if (bank->vault == NULL) return GZ_MISSING;
    return vault_key_unwrap(bank->vault, bytes_str(m->handle), wrapped, out);
}

static enum gz_err open_identity(const struct bank *bank, struct db *db, const struct matter *m,
                                 struct matter_keys *out)
{
    struct identity_link   at;
    struct identity_matter side;
    enum gz_err            e = identity_matter_link(db, m->id, &at);
    out->has_identity = e != GZ_MISSING;
    if (e == GZ_MISSING) return GZ_OK;
    if (e == GZ_OK && bank->identity == NULL) return GZ_MISSING;
    if (e == GZ_OK) e = identity_get_matter(db, &at, &side);
    if (e != GZ_OK) return e;
    const struct bytes wrapped = {side.wrapped_key, side.wrapped_key_n};
    return vault_key_unwrap(bank->identity, BYTES_OF(at.link), wrapped, &out->key[SIDE_IDENTITY]);
}

enum gz_err matter_keys_get(const struct bank *bank, struct db *db, const struct matter *m,
                            struct matter_keys *out)
{
    *out = (struct matter_keys){0};
    if (matter_is_erased(m)) {
        out->has_identity = true;
        for (size_t i = 0; i < SIDES; i++) out->state[i] = GZ_ERASED;
        return GZ_OK;
    }
    TRY(keys_note(open_business(bank, m, &out->key[SIDE_BUSINESS]), &out->state[SIDE_BUSINESS]));
    return keys_note(open_identity(bank, db, m, out), &out->state[SIDE_IDENTITY]);
}

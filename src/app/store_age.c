#include "app/store_age.h"

#include "store/search.h"

static enum gz_err note(void *ctx, const struct record *head)
{
    (void)head;
    *(bool *)ctx = true;
    return GZ_OK;
}

enum gz_err store_is_behind(const struct chain_files *log, struct bytes organisation, struct db *db,
                            bool *is_behind)
{
    const uint64_t size = chain_size(log);
    *is_behind = false;
    for (uint64_t i = 0; i < size && i < STORE_AGE_LOOK_BACK; i++) {
        struct chain_entry e;
        bool               is_known = false;
        TRY(chain_entry(log, size - 1 - i, &e));
        if (!bytes_eq(e.org, organisation)) continue;
        TRY(search_by_fingerprint(db, e.fingerprint, 0, note, &is_known));
        *is_behind = !is_known;
        return GZ_OK;
    }
    return GZ_OK;
}

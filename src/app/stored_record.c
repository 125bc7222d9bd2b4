#include "app/stored_record.h"

#include <string.h>

#include "app/record_parts.h"
#include "core/entry.h"

enum { ENTRY_ROOM = 4 * ENTRY_SIZE_MAX };

void stored_record_fini(struct stored_record *s)
{
    for (size_t i = 0; i < SIDES; i++) vault_key_fini(&s->key[i]);
    record_fini(&s->record);
    buf_fini(&s->identity);
}

enum gz_err stored_record_error(enum gz_err e)
{
    const bool is_about_us = e == GZ_IO || e == GZ_MEMORY || e == GZ_BUSY;
    return e == GZ_OK || is_about_us ? e : GZ_CORRUPT;
}

static enum gz_err read_identity(struct db *db, struct stored_record *s)
{
    const enum gz_err e = identity_part_link(db, s->record.id, &s->at);
    if (e == GZ_MISSING) return GZ_OK; /* nothing of this record is in the identity store */
    TRY(e);
    s->has_identity = true;
    return identity_get_part(db, &s->at, &s->identity);
}

enum gz_err stored_record_read(struct db *db, int64_t id, const struct matter_keys *keys,
                               struct stored_record *out)
{
    DEFER(stored_record_fini) struct stored_record s = {0};
    TRY(record_get_id(db, id, &s.record));
    TRY(read_identity(db, &s));
    memcpy(s.key, keys->key, sizeof s.key);
    *out = s;
    s = (struct stored_record){0};
    return GZ_OK;
}

static enum gz_err check_parts(const struct stored_record *s, const struct entry *e)
{
    DEFER(record_parts_fini) struct record_parts parts = {0};
    TRY(vault_unseal(&s->key[SIDE_BUSINESS], bytes_str(s->record.uuid),
                     buf_bytes(&s->record.sealed), &parts.plain[SIDE_BUSINESS]));
    if (s->has_identity)
        TRY(vault_unseal(&s->key[SIDE_IDENTITY], BYTES_OF(s->at.link), buf_bytes(&s->identity),
                         &parts.plain[SIDE_IDENTITY]));
    return record_parts_check(&parts, e);
}

enum gz_err stored_record_check(const struct stored_record *s, struct hash entry_hash)
{
    DEFER(buf_fini) struct buf memory = {0};
    const struct record       *r = &s->record;
    struct entry               e;
    const char                *why;
    if (!hash_eq(entry_hash, s->fingerprint) || !hash_eq(entry_hash, r->fingerprint) ||
        strcmp(r->uuid, s->uuid) != 0 || r->seq != s->seq)
        return GZ_CORRUPT;
    TRY(buf_reserve(&memory, ENTRY_ROOM));
    struct arena arena = {.p = memory.p, .cap = ENTRY_ROOM};
    TRY(stored_record_error(entry_decode(buf_bytes(&r->entry), &arena, &e, &why)));
    if (!bytes_eq(e.supersedes, bytes_str(s->corrects_uuid)) || !bytes_eq(e.id, bytes_str(r->uuid)))
        return GZ_CORRUPT;
    return stored_record_error(check_parts(s, &e));
}

#include "app/find_records.h"

#include <string.h>

#include "app/keyed.h"
#include "base/text.h"
#include "core/base64.h"
#include "store/annotation.h"
#include "store/correction.h"
#include "store/matter.h"

static const char *const words[] = {
    [FIND_ID] = "id",
    [FIND_FINGERPRINT] = "fingerprint",
    [FIND_INDEX] = "index",
    [FIND_EVENT] = "event",
    [FIND_CONTRACT] = "contract",
    [FIND_MATTER] = "matter",
    [FIND_FILE] = "file",
    [FIND_TIME] = "time",
};

enum gz_err find_by_of(const char *word, enum find_by *out)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i], word) == 0) {
            *out = (enum find_by)i;
            return GZ_OK;
        }
    return GZ_MALFORMED;
}

/* --- what is shown of each -------------------------------------------------------------------- */

struct search {
    const struct bank       *bank;
    struct db               *db;
    const struct find_query *q;
    found_visitor            visit;
    void                    *ctx;
    size_t                   n; /* of this page */
    int64_t                  last;
};

static enum gz_err copy_uuid(struct db *db, int64_t id, char out[ENTRY_ID_SIZE + 1])
{
    DEFER(record_fini) struct record r = {0};
    TRY(record_get_id(db, id, &r));
    memcpy(out, r.uuid, sizeof r.uuid);
    return GZ_OK;
}

static enum gz_err add_corrections(struct db *db, struct found_record *f)
{
    int64_t     id;
    enum gz_err e = correction_get(db, f->record->id, &id);
    if (e == GZ_OK) e = copy_uuid(db, id, f->corrects);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    e = correction_latest(db, f->record->id, &id);
    if (e == GZ_OK) e = copy_uuid(db, id, f->corrected_by);
    return e == GZ_MISSING ? GZ_OK : e;
}

struct noting {
    struct db           *db;
    struct found_record *f;
};
/* The newest at the place of the oldest that they push out. */
static enum gz_err add_note(void *ctx, int64_t id)
{
    struct noting *n = ctx;
    return copy_uuid(n->db, id, n->f->notes[n->f->notes_n++ % FOUND_NOTES_MAX]);
}

static enum gz_err add_notes(struct db *db, struct found_record *f)
{
    struct noting n = {db, f};
    int64_t       id;
    enum gz_err   e = annotation_get(db, f->record->id, &id);
    if (e == GZ_OK) e = copy_uuid(db, id, f->about);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    return annotation_list(db, f->record->id, add_note, &n);
}

static enum gz_err show(void *ctx, const struct record *r)
{
    struct search      *s = ctx;
    struct found_record f = {.record = r};
    struct matter       m;
    s->n++;
    s->last = r->id;
    TRY(search_origin(s->db, r, &f.origin));
    TRY(matter_get_id(s->db, r->matter_id, &m));
    memcpy(f.matter, m.handle, sizeof f.matter);
    TRY(add_corrections(s->db, &f));
    TRY(add_notes(s->db, &f));
    return s->visit(s->ctx, &f);
}

/* --- looking ---------------------------------------------------------------------------------- */

static enum gz_err by_fingerprint(struct search *s)
{
    struct hash h;
    TRY(base64_decode_exact(BASE64_URL_BARE, s->q->value, h.b, HASH_SIZE));
    return search_by_fingerprint(s->db, h, s->q->after, show, s);
}

static enum gz_err by_index(struct search *s)
{
    uint64_t index;
    TRY(text_to_u64(s->q->value, INT64_MAX, &index));
    return search_by_index(s->db, index, show, s);
}

static enum gz_err by_matter(struct search *s)
{
    int64_t           id;
    const enum gz_err e = search_matter(s->db, s->q->value, &id);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    return search_by_matter(s->db, id, s->q->after, show, s);
}

static enum gz_err by_file(struct search *s)
{
    struct hash sm3;
    uint8_t     digest[HASH_SIZE];
    TRY(text_from_hex(s->q->value, sm3.b, HASH_SIZE));
    TRY(keyed_file(s->bank, sm3, digest));
    return search_by_file(s->db, digest, s->q->after, show, s);
}

static enum gz_err of_contract(struct search *s, struct bytes source)
{
    uint8_t       reference[HASH_SIZE];
    struct matter m;
    TRY(keyed_matter(s->bank, source, s->q->value, reference));
    const enum gz_err e = matter_get(s->db, reference, &m);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    return search_by_matter(s->db, m.id, s->q->after, show, s);
}

static enum gz_err of_event(struct search *s, struct bytes source)
{
    return search_by_event(s->db, source, s->q->value, show, s);
}

/* In the source that is named, or in each that anything was recorded of: whoever pushes names
 * sources that no mapping has. */
static enum gz_err in_sources(struct search *s,
                              enum gz_err (*of)(struct search *s, struct bytes source))
{
    char        source[EVENT_SOURCE_MAX + 1] = "";
    enum gz_err e;
    if (s->q->source.n > 0) return of(s, s->q->source);
    while ((e = search_next_source(s->db, source)) == GZ_OK) TRY(of(s, bytes_str(source)));
    return e == GZ_MISSING ? GZ_OK : e;
}

static enum gz_err run(struct search *s)
{
    const struct bytes kind = s->q->kind.n > 0 ? s->q->kind : BYTES_LIT("");
    switch (s->q->by) {
    case FIND_ID: return search_by_uuid(s->db, s->q->value, show, s);
    case FIND_FINGERPRINT: return by_fingerprint(s);
    case FIND_INDEX: return by_index(s);
    case FIND_EVENT: return in_sources(s, of_event);
    case FIND_CONTRACT: return in_sources(s, of_contract);
    case FIND_MATTER: return by_matter(s);
    case FIND_FILE: return by_file(s);
    case FIND_TIME:
        return search_by_time(s->db, s->q->from_ms, s->q->to_ms, kind, s->q->after, show, s);
    }
    return GZ_MALFORMED;
}

enum gz_err find_records(const struct bank *bank, struct db *db, const struct find_query *q,
                         found_visitor visit, void *ctx, int64_t *next)
{
    struct search s = {.bank = bank, .db = db, .q = q, .visit = visit, .ctx = ctx};
    TRY(run(&s));
    *next = s.n >= SEARCH_PAGE ? s.last : 0;
    return GZ_OK;
}

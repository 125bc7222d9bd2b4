#include "app/make_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keyed.h"
#include "core/base64.h"
#include "core/json.h"
#include "host/host.h"
#include "store/correction.h"
#include "store/event.h"
#include "store/matter.h"
#include "store/outbox.h"
#include "store/search.h"

enum {
    BEIJING_OFFSET_MINUTES = 8 * 60,
    FILES_MAX = 16, /* of one row */
    FILE_NAME_MAX = 16,
    MATTER_RANDOM = 16,
    ENTRY_MEMORY = 4 * ENTRY_SIZE_MAX,
};

/* A record on its way: what was made of the row so far. */
struct draft {
    const struct bank        *bank;
    struct db                *db;
    const struct intake_item *item;
    struct matter             matter;
    struct vault_key          key;
    struct record             record;
    int64_t                   corrects_id; /* record that this one corrects, 0: none */
    char                      corrects_uuid[ENTRY_ID_SIZE + 1];
    struct buf                disclosures; /* D LF D LF … */
    struct hash               digests[CATALOG_FIELDS_MAX];
    size_t                    digests_n;
    struct record_file        files[FILES_MAX];
    struct hash               originals[FILES_MAX]; /* SM3 */
    size_t                    files_n;
};

static void draft_fini(struct draft **d)
{
    if (*d == NULL) return;
    vault_key_fini(&(*d)->key);
    record_fini(&(*d)->record);
    if ((*d)->disclosures.p != NULL) explicit_bzero((*d)->disclosures.p, (*d)->disclosures.n);
    buf_fini(&(*d)->disclosures);
    free(*d);
    *d = NULL;
}

/* --- is it known? ----------------------------------------------------------------------------- */

static const struct intake_value *value_of(const struct intake_item *item,
                                           const struct kind_field  *field)
{
    for (size_t i = 0; i < item->values_n; i++)
        if (item->values[i].field == field) return &item->values[i];
    return NULL;
}

/* In the order of the kind's fields, so that a moved column is no other content. */
static enum gz_err content_hash(const struct draft *d, uint8_t out[HASH_SIZE])
{
    DEFER(buf_fini) struct buf text = {0};
    TRY(buf_add(&text, d->item->kind->name));
    for (size_t i = 0; i < d->item->kind->fields_n; i++) {
        const struct intake_value *v = value_of(d->item, &d->item->kind->fields[i]);
        if (v == NULL || v->field->derived) continue; /* what intake made itself */
        TRY(buf_add_byte(&text, '\n'));
        TRY(buf_add(&text, v->field->name));
        TRY(buf_add_byte(&text, '\n'));
        if (v->field->type != FIELD_FILE) {
            TRY(buf_add(&text, v->json));
            continue;
        }
        const struct hash h = hash_of(SUITE_GM, v->original);
        TRY(json_add_string(v->file_name, &text));
        TRY(buf_add(&text, BYTES_OF(h.b)));
    }
    if (d->item->corrects.n > 0) {
        TRY(buf_add_str(&text, "\ncorrects\n"));
        TRY(buf_add(&text, d->item->corrects));
    }
    return vault_keyed_hash(d->bank->vault, "event", buf_bytes(&text), out);
}

/* --- matter ----------------------------------------------------------------------------------- */

static enum gz_err new_matter(struct draft *d, const uint8_t reference[HASH_SIZE])
{
    uint8_t random[MATTER_RANDOM];
    random_bytes(random, sizeof random);
    d->matter = (struct matter){.wrapped_key_n = VAULT_WRAPPED_SIZE};
    base64_encode(BASE64_URL_BARE, BYTES_OF(random), d->matter.handle);
    TRY(vault_key_make(d->bank->vault, bytes_str(d->matter.handle), &d->key,
                       d->matter.wrapped_key));
    return matter_add(d->db, reference, &d->matter);
}

/* The loan that this row belongs to, with its data key. */
static enum gz_err find_matter(struct draft *d)
{
    uint8_t reference[HASH_SIZE];
    TRY(keyed_matter(d->bank, d->item->source, d->item->matter, reference));
    const enum gz_err e = matter_get(d->db, reference, &d->matter);
    if (e == GZ_MISSING && d->item->corrects.n > 0) return e; /* a correction begins no matter */
    if (e == GZ_MISSING) return new_matter(d, reference);
    TRY(e);
    const struct bytes wrapped = {d->matter.wrapped_key, d->matter.wrapped_key_n};
    const enum gz_err  opened =
        vault_key_unwrap(d->bank->vault, bytes_str(d->matter.handle), wrapped, &d->key);
    return opened == GZ_MISMATCH ? GZ_CORRUPT : opened;
}

/* What the item says it corrects: a record of the same source and matter. GZ_MISSING: there is none
 * such. */
static enum gz_err find_corrected(struct draft *d)
{
    DEFER(record_fini) struct record target = {0};
    const struct event event = {.source = d->item->source, .number = d->item->corrects};
    enum event_answer  known;
    if (d->item->corrects.n == 0) return GZ_OK;
    TRY(event_find(d->db, &event, &known, &d->corrects_id));
    if (known == EVENT_IS_NEW) return GZ_MISSING;
    TRY(record_get_id(d->db, d->corrects_id, &target));
    memcpy(d->corrects_uuid, target.uuid, sizeof d->corrects_uuid);
    return target.matter_id == d->matter.id ? GZ_OK : GZ_MISSING;
}

/* GZ_MISSING: what it says it corrects is not there. */
static enum gz_err find_place(struct draft *d)
{
    TRY(find_matter(d));
    return find_corrected(d);
}

/* --- disclosures ------------------------------------------------------------------------------ */

static enum gz_err add_disclosure(struct draft *d, struct bytes name, struct bytes json)
{
    uint8_t      salt[DISCLOSURE_SALT_SIZE];
    const size_t before = d->disclosures.n;
    if (d->digests_n == COUNT_OF(d->digests)) return GZ_LIMIT;
    random_bytes(salt, sizeof salt);
    TRY(disclosure_encode(salt, name, json, &d->disclosures));
    const struct bytes made = bytes_slice(buf_bytes(&d->disclosures), before, d->disclosures.n);
    d->digests[d->digests_n++] = disclosure_digest(d->bank->suite, made);
    return buf_add_byte(&d->disclosures, '\n');
}

/* An original: its bytes into the vault, its name, size and digests into a disclosure. */
static enum gz_err add_original(struct draft *d, const struct intake_value *v)
{
    DEFER(buf_fini) struct buf json = {0};
    struct record_file        *file = &d->files[d->files_n];
    unsigned                   n = 0;
    if (d->files_n == FILES_MAX) return GZ_LIMIT;
    char name[FILE_NAME_MAX];
    snprintf(name, sizeof name, "%.*s", (int)v->field->name.n, (const char *)v->field->name.p);
    if (sscanf(name, "file/%u", &n) != 1) return GZ_MALFORMED;
    const struct disclosed_file about = {v->file_name, bytes_str(v->media_type), v->original.n,
                                         hash_of(SUITE_GM, v->original),
                                         hash_of(SUITE_INTL, v->original)};
    TRY(disclosed_file_encode(&about, &json));
    TRY(add_disclosure(d, v->field->name, buf_bytes(&json)));
    *file = (struct record_file){.n = n, .size = v->original.n};
    TRY(blob_put(d->bank->vault, &d->key, v->original, file->blob));
    d->originals[d->files_n++] = about.sm3;
    return GZ_OK;
}

static enum gz_err add_disclosures(struct draft *d)
{
    for (size_t i = 0; i < d->item->values_n; i++) {
        const struct intake_value *v = &d->item->values[i];
        if (v->field->type == FIELD_FILE) TRY(add_original(d, v));
        else TRY(add_disclosure(d, v->field->name, v->json));
    }
    return GZ_OK;
}

/* --- entry and record ------------------------------------------------------------------------- */

static enum gz_err add_entry(struct draft *d, struct time now)
{
    DEFER(buf_fini) struct buf memory = {0};
    char                       recorded_at[TIME_TEXT_SIZE];
    struct record             *r = &d->record;
    TRY(buf_reserve(&memory, ENTRY_MEMORY));
    struct arena arena = {.p = memory.p, .cap = ENTRY_MEMORY};
    now.ns -= now.ns % 1000000; /* the text has milliseconds */
    uuid_v7(now, r->uuid);
    r->matter_id = d->matter.id;
    r->seq = d->matter.last_seq + 1;
    r->received_ms = now.s * 1000 + now.ns / 1000000;
    memcpy(r->kind, d->item->kind->name.p, d->item->kind->name.n);
    const struct entry e = {
        .suite = d->bank->suite,
        .id = bytes_str(r->uuid),
        .org = d->bank->organisation,
        .kind = d->item->kind->name,
        .matter = bytes_str(d->matter.handle),
        .seq = r->seq,
        .has_prev = r->seq > 1,
        .prev = d->matter.last_fingerprint,
        .supersedes = bytes_str(d->corrects_uuid),
        .recorded_at_text = bytes_str(time_encode(now, BEIJING_OFFSET_MINUTES, recorded_at)),
        .recorded_at = now,
        .digests_n = d->digests_n,
        .digests = d->digests,
    };
    TRY(entry_encode(&e, &arena, &r->entry));
    r->fingerprint = hash_of(d->bank->suite, buf_bytes(&r->entry));
    return GZ_OK;
}

static enum gz_err store_file(struct draft *d, size_t i)
{
    uint8_t digest[HASH_SIZE];
    TRY(record_add_file(d->db, d->record.id, &d->files[i]));
    TRY(keyed_file(d->bank, d->originals[i], digest));
    return file_digest_add(d->db, digest, d->record.id, d->files[i].n);
}

static enum gz_err store(struct draft *d, const struct event *event)
{
    struct record *r = &d->record;
    TRY(vault_seal(&d->key, bytes_str(r->uuid), buf_bytes(&d->disclosures), &r->sealed));
    TRY(record_add(d->db, r));
    for (size_t i = 0; i < d->files_n; i++) TRY(store_file(d, i));
    TRY(outbox_add(d->db, r->id));
    if (d->corrects_id != 0) TRY(correction_add(d->db, r->id, d->corrects_id));
    TRY(event_add(d->db, event, r->id));
    return matter_advance(d->db, &d->matter, r->fingerprint);
}

/* --- reading back ----------------------------------------------------------------------------- */

static bool is_one_of(struct hash h, const struct entry *e)
{
    for (size_t i = 0; i < e->digests_n; i++)
        if (hash_eq(h, e->digests[i])) return true;
    return false;
}

/* Every stored disclosure is one of the entry's, and there are as many. */
static enum gz_err check_disclosures(const struct draft *d, const struct entry *e,
                                     struct bytes plain)
{
    struct bytes line;
    size_t       n = 0;
    for (; bytes_take_line(&plain, &line); n++)
        if (!is_one_of(disclosure_digest(d->bank->suite, line), e)) return GZ_CORRUPT;
    return plain.n == 0 && n == e->digests_n ? GZ_OK : GZ_CORRUPT;
}

static enum gz_err check_original(const struct draft *d, size_t i)
{
    DEFER(buf_fini) struct buf plain = {0};
    struct record_file         file;
    TRY(record_get_file(d->db, d->record.id, d->files[i].n, &file));
    TRY(blob_get(d->bank->vault, &d->key, file.blob, &plain));
    const struct hash h = hash_of(SUITE_GM, buf_bytes(&plain));
    return plain.n == file.size && hash_eq(h, d->originals[i]) ? GZ_OK : GZ_CORRUPT;
}

static enum gz_err check_entry(const struct draft *d, const struct record *r)
{
    DEFER(buf_fini) struct buf memory = {0}, plain = {0};
    struct entry               e;
    const char                *why;
    TRY(buf_reserve(&memory, ENTRY_MEMORY));
    struct arena arena = {.p = memory.p, .cap = ENTRY_MEMORY};
    TRY(entry_decode(buf_bytes(&r->entry), &arena, &e, &why));
    TRY(vault_unseal(&d->key, e.id, buf_bytes(&r->sealed), &plain));
    if (!bytes_eq(e.supersedes, bytes_str(d->corrects_uuid))) return GZ_CORRUPT;
    return check_disclosures(d, &e, buf_bytes(&plain));
}

/* What the database and the vault now hold is what was meant. */
static enum gz_err read_back(const struct draft *d)
{
    DEFER(record_fini) struct record r = {0};
    TRY(record_get_id(d->db, d->record.id, &r));
    const struct hash h = hash_of(d->bank->suite, buf_bytes(&r.entry));
    if (!hash_eq(h, d->record.fingerprint) || !hash_eq(h, r.fingerprint)) return GZ_CORRUPT;
    if (strcmp(r.uuid, d->record.uuid) != 0 || r.seq != d->record.seq) return GZ_CORRUPT;
    TRY(check_entry(d, &r));
    for (size_t i = 0; i < d->files_n; i++) TRY(check_original(d, i));
    return GZ_OK;
}

/* Whatever it cannot make sense of is not what was written. */
static enum gz_err check_stored(const struct draft *d)
{
    const enum gz_err e = read_back(d);
    const bool        is_about_us = e == GZ_IO || e == GZ_MEMORY || e == GZ_BUSY;
    return e == GZ_OK || is_about_us ? e : GZ_CORRUPT;
}

/* --- the answer ------------------------------------------------------------------------------- */

static enum gz_err answer(struct intake_answer *out, enum intake_result result, int64_t record_id,
                          const char *code, const char *hint)
{
    *out = (struct intake_answer){.result = result, .record_id = record_id, .code = code};
    (void)snprintf(out->hint, sizeof out->hint, "%s", hint);
    return GZ_OK;
}

static enum gz_err answer_known(enum event_answer known, int64_t record_id,
                                struct intake_answer *out)
{
    if (known == EVENT_IS_REPEATED) return answer(out, INTAKE_REPEATED, record_id, NULL, "");
    return answer(out, INTAKE_CONFLICT, record_id, "conflict",
                  "这个事件编号已登记过不同的内容：更正须用新的事件编号");
}

static enum gz_err answer_nothing_to_correct(struct intake_answer *out)
{
    return answer(out, INTAKE_REFUSED, 0, "corrects",
                  "所更正的事件编号没有登记过，或不属于同一笔贷款：请先核对原事件编号");
}

/* Consents cannot be recorded yet, so there is none to be found: the kind stays closed. */
static enum gz_err answer_no_consent(struct intake_answer *out)
{
    return answer(out, INTAKE_REFUSED, 0, "consent",
                  "这个类别须有有效的授权，本版本尚不能登记授权，暂不受理");
}

enum gz_err record_make(const struct bank *bank, struct db *db, const struct intake_item *item,
                        int64_t batch_id, struct time now, struct intake_answer *out)
{
    DEFER(draft_fini) struct draft *d = calloc(1, sizeof *d);
    struct event                    event = {.source = item->source, .number = item->event_number};
    enum event_answer               known;
    int64_t                         record_id;
    assert(item->defects_n == 0);
    if (d == NULL) return GZ_MEMORY;
    d->bank = bank, d->db = db, d->item = item;
    d->record.batch_id = batch_id;
    TRY(content_hash(d, event.content));
    TRY(event_find(db, &event, &known, &record_id));
    if (known != EVENT_IS_NEW) return answer_known(known, record_id, out);
    if (item->kind->consent.agreement != AGREEMENT_NONE) return answer_no_consent(out);
    const enum gz_err found = find_place(d);
    if (found == GZ_MISSING) return answer_nothing_to_correct(out);
    TRY(found);
    TRY(add_disclosures(d));
    TRY(add_entry(d, now));
    TRY(store(d, &event));
    TRY(check_stored(d));
    return answer(out, INTAKE_ACCEPTED, d->record.id, NULL, "");
}

#include "app/make_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/annotation_target.h"
#include "app/check_consent.h"
#include "app/keyed.h"
#include "core/base64.h"
#include "core/json.h"
#include "host/host.h"
#include "store/annotation.h"
#include "store/correction.h"
#include "store/event.h"
#include "store/outbox.h"
#include "store/search.h"

enum {
    BEIJING_OFFSET_MINUTES = 8 * 60,
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
    struct matter_keys        keys;
    bool                      has_matter;           /* false: the item begins one */
    uint8_t                   reference[HASH_SIZE]; /* of the matter */
    struct record             record;
    int64_t                   corrects_id; /* record that this one corrects, 0: none */
    int64_t                   about_id;    /* record that this one is a note of, 0: none */
    char                      corrects_uuid[ENTRY_ID_SIZE + 1];
    struct item_disclosures  *made;  /* of the item */
    struct stored_check      *check; /* NULL: at once */
    size_t                    files_n;
    struct record_file        files[ITEM_FILES_MAX]; /* in the order of made->sm3 */
};

static void wipe(struct buf *b)
{
    if (b->p != NULL) explicit_bzero(b->p, b->n);
    buf_fini(b);
}

static void draft_fini(struct draft **d)
{
    if (*d == NULL) return;
    matter_keys_fini(&(*d)->keys);
    record_fini(&(*d)->record);
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
static enum gz_err content_text(const struct draft *d, struct buf *text)
{
    TRY(buf_add(text, d->item->kind->name));
    for (size_t i = 0; i < d->item->kind->fields_n; i++) {
        const struct intake_value *v = value_of(d->item, &d->item->kind->fields[i]);
        /* What intake made itself, or the mapping says, is not what the source has sent. */
        if (v == NULL || v->field->derived || v->constant) continue;
        TRY(buf_add_byte(text, '\n'));
        TRY(buf_add(text, v->field->name));
        TRY(buf_add_byte(text, '\n'));
        if (v->field->type != FIELD_FILE) {
            TRY(buf_add(text, v->json));
            continue;
        }
        const struct hash h = item_disclosures_sm3(d->made, d->item, v);
        TRY(json_add_string(v->file_name, text));
        TRY(buf_add(text, BYTES_OF(h.b)));
    }
    if (d->item->corrects.n == 0) return GZ_OK;
    TRY(buf_add_str(text, "\ncorrects\n"));
    return buf_add(text, d->item->corrects);
}

/* Under the matter's own identity key: nobody guesses names by it who has the database alone, nor
 * after the key was destroyed. */
static enum gz_err content_hash(const struct draft *d, uint8_t out[HASH_SIZE])
{
    DEFER(wipe) struct buf text = {0};
    TRY(content_text(d, &text));
    return vault_key_hash(&d->keys.key[SIDE_IDENTITY], "event", buf_bytes(&text), out);
}

/* As it was before there were two vaults. */
static enum gz_err old_content_hash(const struct draft *d, uint8_t out[HASH_SIZE])
{
    DEFER(wipe) struct buf text = {0};
    TRY(content_text(d, &text));
    return vault_keyed_hash(d->bank->identity, "event", buf_bytes(&text), out);
}

/* --- matter ----------------------------------------------------------------------------------- */

static enum gz_err new_matter(struct draft *d)
{
    uint8_t random[MATTER_RANDOM];
    random_bytes(random, sizeof random);
    d->matter = (struct matter){0};
    base64_encode(BASE64_URL_BARE, BYTES_OF(random), d->matter.handle);
    return matter_keys_make(d->bank, d->db, d->reference, &d->matter, &d->keys);
}

/* The loan that this row belongs to, with its data keys. */
static enum gz_err find_matter(struct draft *d)
{
    TRY(keyed_matter(d->bank, d->item->source, d->item->matter, d->reference));
    const enum gz_err e = matter_get(d->db, d->reference, &d->matter);
    if (e == GZ_MISSING) return GZ_OK;
    TRY(e);
    d->has_matter = true;
    TRY(matter_keys_get(d->bank, d->db, &d->matter, &d->keys));
    for (size_t i = 0; i < SIDES; i++) {
        if (d->keys.state[i] == GZ_OK || d->keys.state[i] == GZ_ERASED) continue;
        log_line(LOG_ALARM, "vault", "no key of this matter side=%s matter=%s: %s", side_name(i),
                 d->matter.handle, err_name(d->keys.state[i]));
        return d->keys.state[i] == GZ_MISSING ? GZ_OK : d->keys.state[i];
    }
    return GZ_OK;
}

static bool has_keys(const struct draft *d)
{
    return d->keys.state[SIDE_BUSINESS] == GZ_OK && d->keys.state[SIDE_IDENTITY] == GZ_OK;
}

/* What is recorded is other content also where it is of another matter. */
static enum gz_err find_event(struct draft *d, struct event *event, enum event_answer *known,
                              int64_t *record_id)
{
    struct identity_link at;
    if (d->keys.has_identity) TRY(content_hash(d, event->content));
    TRY(event_find(d->db, event, known, record_id));
    if (*known != EVENT_IS_OTHER || !d->has_matter) return GZ_OK;
    const enum gz_err e = identity_part_link(d->db, *record_id, &at);
    if (e != GZ_MISSING) return e;
    TRY(old_content_hash(d, event->content));
    return event_find(d->db, event, known, record_id);
}

/* What the item says it corrects: a record of the same source and matter. GZ_MISSING: there is none
 * such. */
static enum gz_err find_corrected(struct draft *d)
{
    DEFER(record_fini) struct record target = {0};
    const struct event event = {.source = d->item->source, .number = d->item->corrects};
    enum event_answer  known;
    if (d->item->corrects.n == 0) return GZ_OK;
    if (!d->has_matter) return GZ_MISSING; /* a correction begins no matter */
    TRY(event_find(d->db, &event, &known, &d->corrects_id));
    if (known == EVENT_IS_NEW) return GZ_MISSING;
    TRY(record_get_id(d->db, d->corrects_id, &target));
    memcpy(d->corrects_uuid, target.uuid, sizeof d->corrects_uuid);
    return target.matter_id == d->matter.id ? GZ_OK : GZ_MISSING;
}

/* GZ_MISSING: what it says it corrects is not there. */
static enum gz_err find_place(struct draft *d)
{
    TRY(find_corrected(d));
    if (!d->has_matter) return new_matter(d);
    return matter_keys_complete(d->bank, d->db, &d->matter, &d->keys);
}

/* --- originals -------------------------------------------------------------------------------- */

static enum gz_err put_original(struct draft *d, const struct intake_value *v)
{
    struct record_file *file = &d->files[d->files_n];
    unsigned            n = 0;
    char                name[FILE_NAME_MAX];
    assert(d->files_n < d->made->files_n);
    snprintf(name, sizeof name, "%.*s", (int)v->field->name.n, (const char *)v->field->name.p);
    if (sscanf(name, "file/%u", &n) != 1) return GZ_MALFORMED;
    *file = (struct record_file){.n = n, .size = v->original.n, .side = kind_field_side(v->field)};
    d->files_n++;
    return blob_put(bank_vault(d->bank, file->side), &d->keys.key[file->side], v->original,
                    file->blob);
}

static enum gz_err put_originals(struct draft *d)
{
    for (size_t i = 0; i < d->item->values_n; i++)
        if (d->item->values[i].field->type == FIELD_FILE) TRY(put_original(d, &d->item->values[i]));
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
        .digests_n = d->made->digests_n,
        .digests = item_disclosures_digests(d->made),
    };
    TRY(entry_encode(&e, &arena, &r->entry));
    r->fingerprint = hash_of(d->bank->suite, buf_bytes(&r->entry));
    return GZ_OK;
}

static enum gz_err store_file(struct draft *d, size_t i)
{
    uint8_t digest[HASH_SIZE];
    TRY(record_add_file(d->db, d->record.id, &d->files[i]));
    TRY(keyed_file(d->bank, d->made->sm3[i], digest));
    return file_digest_add(d->db, digest, d->record.id, d->files[i].n);
}

static enum gz_err store_identity(struct draft *d)
{
    DEFER(buf_fini) struct buf sealed = {0};
    struct identity_link       at = {0};
    const struct bytes         plain = buf_bytes(&d->made->lines[SIDE_IDENTITY]);
    if (plain.n == 0) return GZ_OK;
    random_bytes(at.link, sizeof at.link);
    TRY(vault_seal(&d->keys.key[SIDE_IDENTITY], BYTES_OF(at.link), plain, &sealed));
    return identity_add_part(d->db, d->record.id, &at, buf_bytes(&sealed));
}

static enum gz_err store(struct draft *d, const struct event *event)
{
    struct record *r = &d->record;
    TRY(vault_seal(&d->keys.key[SIDE_BUSINESS], bytes_str(r->uuid),
                   buf_bytes(&d->made->lines[SIDE_BUSINESS]), &r->sealed));
    TRY(record_add(d->db, r));
    TRY(store_identity(d));
    for (size_t i = 0; i < d->files_n; i++) TRY(store_file(d, i));
    TRY(outbox_add(d->db, r->id));
    if (d->corrects_id != 0) TRY(correction_add(d->db, r->id, d->corrects_id));
    if (d->about_id != 0) TRY(annotation_add(d->db, r->id, d->about_id));
    TRY(event_add(d->db, event, r->id));
    return matter_advance(d->db, &d->matter, r->fingerprint);
}

/* --- reading back ----------------------------------------------------------------------------- */

static enum gz_err check_original(const struct draft *d, size_t i)
{
    DEFER(buf_fini) struct buf plain = {0};
    struct record_file         file;
    TRY(record_get_file(d->db, d->record.id, d->files[i].n, &file));
    TRY(blob_get(bank_vault(d->bank, file.side), &d->keys.key[file.side], file.blob, &plain));
    const struct hash h = hash_of(SUITE_GM, buf_bytes(&plain));
    return plain.n == file.size && hash_eq(h, d->made->sm3[i]) ? GZ_OK : GZ_CORRUPT;
}

/* What the database and the vault now hold, beside what was meant. */
static enum gz_err read_back(const struct draft *d, struct stored_record *out)
{
    TRY(stored_record_read(d->db, d->record.id, &d->keys, out));
    out->suite = d->bank->suite;
    out->fingerprint = d->record.fingerprint;
    out->seq = d->record.seq;
    memcpy(out->uuid, d->record.uuid, sizeof out->uuid);
    memcpy(out->corrects_uuid, d->corrects_uuid, sizeof out->corrects_uuid);
    for (size_t i = 0; i < d->files_n; i++) TRY(check_original(d, i));
    return GZ_OK;
}

static enum gz_err check_stored(const struct draft *d)
{
    DEFER(stored_record_fini) struct stored_record s = {0};
    TRY(stored_record_error(read_back(d, &s)));
    if (d->check == NULL)
        return stored_record_check(&s, hash_of(s.suite, buf_bytes(&s.record.entry)));
    stored_check_add(d->check, &s);
    return GZ_OK;
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

static enum gz_err answer_nothing_to_note(struct intake_answer *out)
{
    return answer(out, INTAKE_REFUSED, 0, "about",
                  "所说明的事件编号（或证据编号）没有登记过，或不属于同一笔贷款：请先核对");
}

/* A new key in place of a lost one would make the old parts unreadable for good. */
static enum gz_err answer_no_key(const struct matter_keys *keys, struct intake_answer *out)
{
    if (keys->state[SIDE_BUSINESS] == GZ_ERASED)
        return answer(out, INTAKE_REFUSED, 0, "erased", "这笔贷款的数据已依法销毁，不再受理");
    return answer(out, INTAKE_REFUSED, 0, "vault",
                  "这笔贷款的密钥不在保险库中：请先从备份恢复身份库，再重新提交");
}

static struct consent_place consents_of(const struct draft *d)
{
    return (struct consent_place){d->db, d->matter.id, &d->keys};
}

static enum gz_err add_record(struct draft *d, const struct event *event, struct time now)
{
    if (!d->made->is_made) TRY(item_disclosures_make(d->bank, d->item, now, d->made));
    TRY(put_originals(d));
    TRY(add_entry(d, now));
    TRY(store(d, event));
    const struct consent_place after = consents_of(d);
    TRY(consent_note(&after, d->item, d->record.id));
    return check_stored(d);
}

static enum gz_err make(struct draft *d, struct time now, struct intake_answer *out)
{
    const struct intake_item *item = d->item;
    struct event              event = {.source = item->source, .number = item->event_number};
    enum event_answer         known;
    struct consent_refusal    refusal;
    int64_t                   record_id;
    TRY(find_matter(d));
    if (!has_keys(d)) return answer_no_key(&d->keys, out);
    const bool had_identity = d->keys.has_identity;
    TRY(find_event(d, &event, &known, &record_id));
    if (known != EVENT_IS_NEW) return answer_known(known, record_id, out);
    const struct consent_place before = consents_of(d);
    TRY(consent_admit(&before, item, now, &refusal));
    if (refusal.code != NULL) return answer(out, INTAKE_REFUSED, 0, refusal.code, refusal.hint);
    const enum gz_err target = annotation_target(d->db, item, d->matter.id, &d->about_id);
    if (target == GZ_MISSING) return answer_nothing_to_note(out);
    TRY(target);
    const enum gz_err found = find_place(d);
    if (found == GZ_MISSING) return answer_nothing_to_correct(out);
    TRY(found);
    if (!had_identity) TRY(content_hash(d, event.content)); /* else find_event has made it */
    TRY(add_record(d, &event, now));
    return answer(out, INTAKE_ACCEPTED, d->record.id, NULL, "");
}

enum gz_err record_make_of(const struct bank *bank, struct db *db, const struct intake_item *item,
                           const struct record_help *help, int64_t batch_id, struct time now,
                           struct intake_answer *out)
{
    DEFER(draft_fini) struct draft *d = calloc(1, sizeof *d);
    assert(item->defects_n == 0);
    if (d == NULL) return GZ_MEMORY;
    d->bank = bank, d->db = db, d->item = item;
    d->made = help->made, d->check = help->check;
    d->record.batch_id = batch_id;
    TRY(item_disclosures_hash(item, help->made));
    return make(d, now, out);
}

enum gz_err record_make(const struct bank *bank, struct db *db, const struct intake_item *item,
                        int64_t batch_id, struct time now, struct intake_answer *out)
{
    DEFER(item_disclosures_fini) struct item_disclosures made = {0};
    const struct record_help                             help = {.made = &made};
    return record_make_of(bank, db, item, &help, batch_id, now, out);
}

#include "app/issue_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/kind_file.h"
#include "app/masked_text.h"
#include "app/record_parts.h"
#include "core/json.h"
#include "core/verify.h"

/* Room to decode one record's disclosures: they are sealed together in at most VAULT_PLAIN_MAX, of
 * which a row makes far less. */
enum { DISCLOSURES_MEMORY_PER_BYTE = 4, MEMORY_LEAST = 64 * 1024 };

void issued_certificate_fini(struct issued_certificate *c)
{
    buf_fini(&c->gzcert);
    buf_fini(&c->masked_text);
}

/* --- choosing --------------------------------------------------------------------------------- */

/* The chosen disclosures of a record. */
struct selection {
    struct buf         plain, memory; /* all D that could be opened, LF behind each; for decoding */
    const struct kind *kind;          /* NULL: the installation has it no more */
    size_t             n;
    struct bytes      *list; /* into plain, in the order of the kind's fields */
    size_t             rank[ENTRY_DISCLOSURES_MAX];
};
static void selection_fini(struct selection *s)
{
    if (s->plain.p != NULL) explicit_bzero(s->plain.p, s->plain.n);
    buf_fini(&s->plain);
    buf_fini(&s->memory);
    free(s->list);
}

static bool take_name(struct bytes *rest, struct bytes *name)
{
    if (rest->n == 0) return false;
    const size_t comma = bytes_find(*rest, ',');
    *name = bytes_slice(*rest, 0, comma);
    *rest = bytes_slice(*rest, comma < rest->n ? comma + 1 : comma, rest->n);
    return true;
}

static bool is_chosen(const struct certificate_choice *choice, struct bytes name)
{
    struct bytes rest = choice->names, one;
    if (choice->all) return true;
    while (take_name(&rest, &one))
        if (bytes_eq(one, name)) return true;
    return false;
}

static size_t count_names(struct bytes names)
{
    struct bytes one;
    size_t       n = 0;
    while (take_name(&names, &one)) n++;
    return n;
}

/* "file/3" → its number and the file's own name. */
static enum gz_err note_file(const struct disclosure *d, struct issued_certificate *out)
{
    struct disclosed_file    f;
    struct certificate_file *to = &out->files[out->files_n];
    char                     field[16];
    if (!bytes_starts(d->name, bytes_str("file/"))) return GZ_OK;
    if (out->files_n == CERTIFICATE_FILES_MAX || d->name.n >= sizeof field) return GZ_LIMIT;
    TRY(disclosed_file_decode(d, &f));
    if (f.name.n >= sizeof to->name) return GZ_LIMIT;
    snprintf(field, sizeof field, "%.*s", (int)d->name.n, (const char *)d->name.p);
    if (sscanf(field, "file/%u", &to->n) != 1) return GZ_CORRUPT;
    to->name[json_unescape(f.name, (uint8_t *)to->name)] = 0;
    out->files_n++;
    return GZ_OK;
}

/* Behind those of fields before it in the kind: the two vaults give each their own. */
static void place(struct selection *s, struct bytes name, struct bytes d)
{
    const size_t rank = s->kind == NULL ? 0 : kind_find(s->kind, name);
    size_t       at = s->n++;
    for (; at > 0 && s->rank[at - 1] > rank; at--) {
        s->list[at] = s->list[at - 1];
        s->rank[at] = s->rank[at - 1];
    }
    s->list[at] = d;
    s->rank[at] = rank;
}

/* Nothing of a file is shown but that it was not disclosed. */
static enum gz_err note_masked(const struct kind_field *field, const struct disclosure *d,
                               struct issued_certificate *out)
{
    struct masked_value *to = &out->masked[out->masked_n];
    if (bytes_starts(d->name, BYTES_LIT("file/"))) return GZ_OK;
    if (out->masked_n == COUNT_OF(out->masked)) return GZ_LIMIT;
    to->name.n = d->name.n; /* where they stand is known when all are there */
    TRY(buf_add(&out->masked_text, d->name));
    const size_t before = out->masked_text.n;
    TRY(masked_text_add(field, d->value, &out->masked_text));
    to->text.n = out->masked_text.n - before;
    out->masked_n++;
    return GZ_OK;
}

static void place_masked(struct issued_certificate *out)
{
    const uint8_t *at = out->masked_text.p;
    for (size_t i = 0; i < out->masked_n; i++) {
        out->masked[i].name.p = at;
        out->masked[i].text.p = at + out->masked[i].name.n;
        at = out->masked[i].text.p + out->masked[i].text.n;
    }
}

/* Does this holder see it in full? Of a masked view the rest is noted. */
static enum gz_err choose_one(const struct certificate_choice *choice, const struct kind *kind,
                              const struct disclosure *d, struct issued_certificate *out,
                              bool *chosen)
{
    const struct kind_field *field = kind_field_named(kind, d->name);
    const bool               is_open = field != NULL && field->mask == MASK_NONE;
    *chosen = choice->masked ? is_open : is_chosen(choice, d->name);
    return choice->masked && !is_open ? note_masked(field, d, out) : GZ_OK;
}

static enum gz_err choose(const struct certificate_choice *choice, struct selection *s,
                          struct issued_certificate *out, const char **why)
{
    struct bytes rest = buf_bytes(&s->plain), d;
    const size_t room = MEMORY_LEAST + DISCLOSURES_MEMORY_PER_BYTE * s->plain.n;
    TRY(buf_reserve(&s->memory, room));
    struct arena arena = {.p = s->memory.p, .cap = room};
    s->list = calloc(ENTRY_DISCLOSURES_MAX, sizeof *s->list);
    if (s->list == NULL) return GZ_MEMORY;
    while (bytes_take_line(&rest, &d)) {
        struct disclosure about;
        if (disclosure_decode(d, &arena, &about, why) != GZ_OK) return GZ_CORRUPT;
        bool chosen;
        TRY(choose_one(choice, s->kind, &about, out, &chosen));
        if (!chosen) continue;
        if (s->n == ENTRY_DISCLOSURES_MAX) return GZ_CORRUPT;
        place(s, about.name, d);
        TRY(note_file(&about, out));
    }
    *why = "这条记录没有所选的字段，请核对字段名";
    place_masked(out);
    const bool by_name = !choice->all && !choice->masked;
    return !by_name || s->n == count_names(choice->names) ? GZ_OK : GZ_MISSING;
}

/* A part that is not there must not look like a record that is not there. */
static enum gz_err lost(enum gz_err state)
{
    return state == GZ_MISSING ? GZ_CORRUPT : state;
}

static enum gz_err gather(const struct record_parts *parts, struct selection *s)
{
    TRY(buf_reserve(&s->plain, parts->plain[SIDE_IDENTITY].n + parts->plain[SIDE_BUSINESS].n + 1));
    TRY(buf_add(&s->plain, buf_bytes(&parts->plain[SIDE_IDENTITY])));
    return buf_add(&s->plain, buf_bytes(&parts->plain[SIDE_BUSINESS]));
}

/* Where one vault's part is lost, what lies in the other can still be chosen by name. */
static enum gz_err choose_opened(const struct record_parts       *parts,
                                 const struct certificate_choice *choice, struct selection *s,
                                 struct issued_certificate *out, const char **why)
{
    enum gz_err state = GZ_OK;
    for (size_t i = 0; i < SIDES; i++)
        if (state == GZ_OK) state = parts->state[i];
    if ((choice->all || choice->masked) && state != GZ_OK) return lost(state);
    const enum gz_err e = choose(choice, s, out, why);
    return e == GZ_MISSING && state != GZ_OK ? lost(state) : e;
}

/* --- proof ------------------------------------------------------------------------------------ */

/* Under the earliest kept checkpoint that covers the record. */
static enum gz_err prove(const struct bank *bank, const struct record *r, struct buf *out)
{
    DEFER(buf_fini) struct buf note = {0};
    struct kept_checkpoint     kept;
    struct merkle_path         path;
    const enum gz_err e = log_service_checkpoint_covering(bank->log, r->index, &note, &kept);
    if (e == GZ_MISSING) return GZ_BUSY;
    TRY(e);
    TRY(chain_inclusion(log_service_chain(bank->log), r->index, kept.size, &path));
    return proof_encode(r->index, &path, buf_bytes(&note), out);
}

static enum gz_err encode(const struct bank *bank, const struct record *r,
                          const struct selection *s, struct bytes proof, struct buf *out)
{
    DEFER(buf_fini) struct buf memory = {0};
    const struct certificate   c = {.suite = bank->suite,
                                    .entry = buf_bytes(&r->entry),
                                    .disclosures_n = s->n,
                                    .disclosures = s->list,
                                    .proof = proof};
    TRY(buf_reserve(&memory, CERTIFICATE_SIZE_MAX));
    struct arena arena = {.p = memory.p, .cap = CERTIFICATE_SIZE_MAX};
    return certificate_encode(&c, &arena, out);
}

/* Whoever gets it must find it valid: only missing originals may be left open. */
static enum gz_err check(const struct bank *bank, struct bytes wire)
{
    DEFER(buf_fini) struct buf  memory = {0};
    struct verify_report        report;
    const struct policy_version open = {.version = 1, .policy = bank->policy};
    const struct policy_history history = {.n = 1, .versions = &open};
    const size_t                room = verify_arena_size(wire.n);
    TRY(buf_reserve(&memory, room));
    struct arena arena = {.p = memory.p, .cap = room};
    TRY(verify_certificate(wire, &history, NULL, 0, &arena, &report));
    return report.result == VERIFY_INVALID ? GZ_CORRUPT : GZ_OK;
}

enum gz_err issue_certificate(const struct bank *bank, struct db *db, struct bytes uuid,
                              const struct certificate_choice *choice,
                              struct issued_certificate *out, const char **why)
{
    DEFER(record_fini) struct record             r = {0};
    DEFER(record_parts_fini) struct record_parts parts = {0};
    DEFER(selection_fini) struct selection       s = {0};
    DEFER(buf_fini) struct buf                   proof = {0};
    *why = "没有这个证据编号的记录，请核对编号";
    TRY(record_get(db, uuid, &r));
    if (!r.has_index) return GZ_BUSY;
    TRY(prove(bank, &r, &proof));
    TRY(record_parts_open(bank, db, &r, &parts));
    TRY(gather(&parts, &s));
    s.kind = catalog_kind(bank->catalog, bytes_str(r.kind));
    TRY(choose_opened(&parts, choice, &s, out, why));
    TRY(encode(bank, &r, &s, buf_bytes(&proof), &out->gzcert));
    return check(bank, buf_bytes(&out->gzcert));
}

enum gz_err issue_original(const struct bank *bank, struct db *db, struct bytes uuid, unsigned n,
                           struct buf *out)
{
    DEFER(record_fini) struct record           r = {0};
    DEFER(matter_keys_fini) struct matter_keys keys = {0};
    struct matter                              matter;
    struct record_file                         file;
    TRY(record_get(db, uuid, &r));
    TRY(record_get_file(db, r.id, n, &file));
    TRY(matter_get_id(db, r.matter_id, &matter));
    TRY(matter_keys_get(bank, db, &matter, &keys));
    if (keys.state[file.side] != GZ_OK) return lost(keys.state[file.side]);
    const enum gz_err e =
        blob_get(bank_vault(bank, file.side), &keys.key[file.side], file.blob, out);
    return e == GZ_MISMATCH || e == GZ_MISSING ? GZ_CORRUPT : e;
}

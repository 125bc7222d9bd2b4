/* A witness's copy against our log: what it has signed, then what it serves, byte by byte. */
#include <stdio.h>
#include <string.h>

#include "app/reconcile_internal.h"
#include "base/text.h"
#include "core/entry.h"
#include "core/tile.h"
#include "host/host.h"
#include "host/http_client.h"
#include "node/checkpoint_store.h"

enum { URL_SIZE = 1024, ENTRY_BYTES_MAX = 2 + ENTRY_ORG_MAX + 1 + HASH_SIZE };

struct mirror {
    struct reconciliation *r;
    struct http_client    *http;
    const char            *name;
    char                   base[URL_SIZE / 2];
    uint64_t               size; /* that is compared: signed by it, and within our log */
};

/* GZ_MISSING: nothing of this kind there; GZ_BUSY: no answer. */
static enum gz_err get(struct mirror *m, const char *path, size_t max, struct http_answer *a)
{
    char url[URL_SIZE];
    if ((size_t)snprintf(url, sizeof url, "%s/%s", m->base, path) >= sizeof url) return GZ_LIMIT;
    if (http_get(m->http, url, RECONCILE_TIMEOUT_MS, max, a) != GZ_OK) return GZ_BUSY;
    if (a->status == 404) return GZ_MISSING;
    return a->status == 200 ? GZ_OK : GZ_BUSY;
}

/* --- what it has signed ----------------------------------------------------------------------- */

static bool is_signed_by(const struct note *note, const struct key *k)
{
    struct bytes     lines = note->lines;
    struct note_line line;
    uint64_t         time;
    while (note_next_line(&lines, &line))
        if (note_verify_line(&line, k, note->text, &time) == GZ_OK) return true;
    return false;
}

/* Its newest checkpoint with its own cosignature. GZ_BUSY: it shows none such. */
static enum gz_err get_signed(struct mirror *m, const struct key *k, struct checkpoint *c)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    struct note                                note;
    TRY(get(m, "checkpoint", CHECKPOINT_NOTE_MAX, &a));
    if (note_decode(buf_bytes(&a.body), &note) != GZ_OK) return GZ_BUSY;
    if (checkpoint_decode(note.text, c) != GZ_OK || !is_signed_by(&note, k)) return GZ_BUSY;
    c->origin = m->r->bank->origin; /* the answer ends here */
    return GZ_OK;
}

static void say(struct mirror *m, enum difference what, uint64_t index, struct hash expected,
                struct hash found)
{
    const struct found_difference d = {.what = what,
                                       .where = m->name,
                                       .uuid = "",
                                       .index = index,
                                       .has_values = true,
                                       .expected = expected,
                                       .found = found};
    reconcile_say(m->r, &d);
}

static enum gz_err compare_root(struct mirror *m, const struct checkpoint *c)
{
    struct hash ours = {{0}};
    m->size = c->size;
    if (c->size > chain_size(m->r->chain)) {
        say(m, DIFFERENCE_MIRROR_AHEAD, c->size, ours, c->root);
        m->size = chain_size(m->r->chain);
        return GZ_OK;
    }
    TRY(chain_root(m->r->chain, c->size, &ours));
    if (!hash_eq(ours, c->root)) say(m, DIFFERENCE_MIRROR_ROOT, c->size, ours, c->root);
    return GZ_OK;
}

/* --- what it serves --------------------------------------------------------------------------- */

/* Fingerprint at the end of an entry, zeros where it has not that form. */
static struct hash fingerprint_of(struct bytes entry)
{
    struct hash h = {{0}};
    if (entry.n > HASH_SIZE) memcpy(h.b, entry.p + entry.n - HASH_SIZE, HASH_SIZE);
    return h;
}

static struct bytes take_entry(struct bytes *rest)
{
    if (rest->n < 2 || rest->n - 2 < read_be16(rest->p)) return (struct bytes){NULL, 0};
    const size_t       n = read_be16(rest->p);
    const struct bytes entry = bytes_slice(*rest, 2, 2 + n);
    *rest = bytes_slice(*rest, 2 + n, rest->n);
    return entry;
}

static void compare_entries(struct mirror *m, uint64_t first, unsigned width, struct bytes ours,
                            struct bytes theirs)
{
    for (unsigned i = 0; i < width; i++) {
        const struct bytes a = take_entry(&ours), b = take_entry(&theirs);
        if (!bytes_eq(a, b))
            say(m, DIFFERENCE_MIRROR_OTHER, first + i, fingerprint_of(a), fingerprint_of(b));
    }
}

static enum gz_err compare_bundle(void *ctx, uint64_t bundle, unsigned width)
{
    struct mirror                             *m = ctx;
    DEFER(http_answer_fini) struct http_answer a = {0};
    DEFER(buf_fini) struct buf                 ours = {0};
    const struct tile_address address = {.is_entries = true, .n = bundle, .width = width};
    char                      tile[TILE_PATH_SIZE], path[TILE_PATH_SIZE + 8];
    snprintf(path, sizeof path, "tile/%s", tile_encode(&address, tile));
    TRY(chain_entry_bundle(m->r->chain, bundle, width, &ours));
    const enum gz_err e = get(m, path, TILE_HASHES * ENTRY_BYTES_MAX, &a);
    if (e != GZ_OK && e != GZ_MISSING) return e;
    m->r->result->mirror_entries += width;
    if (!bytes_eq(buf_bytes(&ours), buf_bytes(&a.body)) || e == GZ_MISSING)
        compare_entries(m, bundle * TILE_HASHES, width, buf_bytes(&ours), buf_bytes(&a.body));
    return GZ_OK;
}

static enum gz_err compare(struct mirror *m, const struct key *k)
{
    struct checkpoint c;
    const enum gz_err e = get_signed(m, k, &c);
    if (e == GZ_MISSING) return GZ_OK; /* it has cosigned nothing yet */
    TRY(e);
    TRY(compare_root(m, &c));
    return reconcile_each_bundle(m->r, m->size, m, compare_bundle);
}

enum gz_err reconcile_mirror(struct reconciliation *r, size_t witness)
{
    DEFER(http_client_free) struct http_client *http = NULL;
    struct mirror                               m = {.r = r};
    struct bytes                                url;
    char                                        hex[2 * HASH_SIZE + 1];
    const struct key                           *k = policy_witness(r->bank->policy, witness, &url);
    const struct hash                           site = hash_of(SUITE_INTL, r->bank->origin);
    TRY(http_client_new(&http));
    text_to_hex(BYTES_OF(site.b), hex);
    m.http = http;
    m.name = k->name;
    const int n = snprintf(m.base, sizeof m.base, "%.*s/%s", (int)url.n, (const char *)url.p, hex);
    const enum gz_err e = url.n == 0 || (size_t)n >= sizeof m.base ? GZ_BUSY : compare(&m, k);
    if (e != GZ_BUSY) return e;
    r->result->silent++;
    log_line(LOG_WARNING, "reconcile", "witness=%s gives no answer to compare", m.name);
    return GZ_OK;
}

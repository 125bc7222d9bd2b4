#include "ledger/ledger_state.h"

#include <string.h>

static const char head[] = "guzheng/ledger-state/v1\n";

static enum gz_err add_u64(uint64_t v, struct buf *out)
{
    uint8_t be[8];
    write_be64(be, v);
    return buf_add(out, BYTES_OF(be));
}

static enum gz_err take_u64(struct bytes *rest, uint64_t *out)
{
    if (rest->n < 8) return GZ_MALFORMED;
    *out = read_be64(rest->p);
    *rest = bytes_slice(*rest, 8, rest->n);
    return GZ_OK;
}

/* Head, H(genesis), tree size, edge hashes, next seq of each organisation, owners, corrections, and
 * H of all before: a snapshot that was cut or changed is not used. */
enum gz_err ledger_encode(const struct ledger *l, struct buf *out)
{
    DEFER(buf_fini) struct buf made = {0};
    TRY(buf_add_str(&made, head));
    TRY(buf_add(&made, BYTES_OF(l->genesis.hash.b)));
    TRY(add_u64(l->tree.size, &made));
    for (int i = 0; i < __builtin_popcountll(l->tree.size); i++)
        TRY(buf_add(&made, BYTES_OF(l->tree.edge[i].b)));
    for (size_t i = 0; i < l->orgs_n; i++) TRY(add_u64(l->orgs[i].next_seq, &made));
    TRY(add_u64(l->owners_n, &made));
    for (size_t i = 0; i < l->owners_n; i++) {
        TRY(add_u64(l->owners[i].first_index, &made));
        TRY(add_u64(l->owners[i].org_id, &made));
    }
    TRY(add_u64(l->corrections_n, &made));
    for (size_t i = 0; i < l->corrections_n; i++) {
        TRY(add_u64(l->corrections[i].index, &made));
        TRY(add_u64(l->corrections[i].by, &made));
    }
    const struct hash sum = hash_of(l->genesis.suite, buf_bytes(&made));
    TRY(buf_add(&made, BYTES_OF(sum.b)));
    return buf_add(out, buf_bytes(&made));
}

static enum gz_err take_tree(struct ledger *l, struct bytes *rest)
{
    TRY(take_u64(rest, &l->tree.size));
    const size_t n = (size_t)__builtin_popcountll(l->tree.size);
    if (l->tree.size > INT64_MAX || rest->n < n * HASH_SIZE) return GZ_MALFORMED;
    for (size_t i = 0; i < n; i++) memcpy(l->tree.edge[i].b, rest->p + i * HASH_SIZE, HASH_SIZE);
    *rest = bytes_slice(*rest, n * HASH_SIZE, rest->n);
    for (size_t i = 0; i < l->orgs_n; i++) TRY(take_u64(rest, &l->orgs[i].next_seq));
    return GZ_OK;
}

/* What every later step relies on: runs of indexes from 0 to the tree's size in order, corrections
 * of earlier entries in order, numbers that count from 1. */
static bool is_sound(const struct ledger *l)
{
    if ((l->owners_n == 0) != (l->tree.size == 0)) return false;
    if (l->owners_n > 0 && l->owners[0].first_index != 0) return false;
    for (size_t i = 0; i < l->owners_n; i++) {
        const struct ledger_owner *o = &l->owners[i];
        if (o->first_index >= l->tree.size) return false;
        if (i > 0 && (o->first_index <= o[-1].first_index || o->org_id == o[-1].org_id))
            return false;
    }
    for (size_t i = 0; i < l->corrections_n; i++) {
        const struct ledger_correction *c = &l->corrections[i];
        if (c->index >= c->by || c->by >= l->tree.size) return false;
        if (i > 0 && (c->index < c[-1].index || (c->index == c[-1].index && c->by <= c[-1].by)))
            return false;
    }
    for (size_t i = 0; i < l->orgs_n; i++)
        if (l->orgs[i].next_seq == 0 || l->orgs[i].next_seq > INT64_MAX) return false;
    return true;
}

static enum gz_err take_owners(struct ledger *l, struct bytes *rest)
{
    uint64_t n = 0, id = 0;
    TRY(take_u64(rest, &n));
    if (n > rest->n / 16) return GZ_MALFORMED;
    TRY(ledger_reserve(l, (size_t)n, 0));
    for (; l->owners_n < n; l->owners_n++) {
        TRY(take_u64(rest, &l->owners[l->owners_n].first_index));
        TRY(take_u64(rest, &id));
        if (id >= l->orgs_n) return GZ_MALFORMED;
        l->owners[l->owners_n].org_id = (uint16_t)id;
    }
    return GZ_OK;
}

static enum gz_err take_corrections(struct ledger *l, struct bytes *rest)
{
    uint64_t n = 0;
    TRY(take_u64(rest, &n));
    if (n > rest->n / 16) return GZ_MALFORMED;
    TRY(ledger_reserve(l, 0, (size_t)n));
    for (; l->corrections_n < n; l->corrections_n++) {
        TRY(take_u64(rest, &l->corrections[l->corrections_n].index));
        TRY(take_u64(rest, &l->corrections[l->corrections_n].by));
    }
    return GZ_OK;
}

static enum gz_err take_all(struct ledger *l, struct bytes wire)
{
    const size_t fixed = sizeof head - 1;
    if (wire.n < fixed + 2 * HASH_SIZE || !bytes_starts(wire, bytes_str(head))) return GZ_MALFORMED;
    struct bytes      rest = bytes_slice(wire, fixed + HASH_SIZE, wire.n - HASH_SIZE);
    const struct hash sum = hash_of(l->genesis.suite, bytes_slice(wire, 0, wire.n - HASH_SIZE));
    if (memcmp(wire.p + fixed, l->genesis.hash.b, HASH_SIZE) != 0) return GZ_MISMATCH;
    if (memcmp(wire.p + wire.n - HASH_SIZE, sum.b, HASH_SIZE) != 0) return GZ_MALFORMED;
    TRY(take_tree(l, &rest));
    TRY(take_owners(l, &rest));
    TRY(take_corrections(l, &rest));
    return rest.n == 0 && is_sound(l) ? GZ_OK : GZ_MALFORMED;
}

enum gz_err ledger_decode(struct bytes genesis, struct bytes wire, struct ledger **out)
{
    struct ledger *l = NULL;
    const char    *why = NULL;
    TRY(ledger_new(genesis, &l, &why));
    const enum gz_err e = take_all(l, wire);
    if (e != GZ_OK) ledger_free(&l);
    TRY(e);
    *out = l;
    return GZ_OK;
}

/* --- a chain that goes on from a log ---------------------------------------------------------- */

size_t ledger_count_corrections(const struct ledger *l)
{
    return l->corrections_n;
}

void ledger_correction_at(const struct ledger *l, size_t i, uint64_t *index, uint64_t *by)
{
    assert(i < l->corrections_n);
    *index = l->corrections[i].index;
    *by = l->corrections[i].by;
}

uint64_t ledger_continued_size(const struct ledger *l)
{
    return l->genesis.continues.size;
}

struct hash ledger_continued_root(const struct ledger *l)
{
    return l->genesis.continues.root;
}

static uint64_t stated_seq(const struct genesis_continues *c, struct bytes org)
{
    for (size_t i = 0; i < c->seqs_n; i++)
        if (bytes_eq(c->seqs[i].org, org)) return c->seqs[i].last_seq;
    return 0;
}

static bool are_corrections_stated(const struct ledger *l)
{
    const struct genesis_continues *c = &l->genesis.continues;
    if (c->pairs_n != l->corrections_n) return false;
    for (size_t i = 0; i < c->pairs_n; i++)
        if (c->pairs[i].index != l->corrections[i].index || c->pairs[i].by != l->corrections[i].by)
            return false;
    return true;
}

static enum gz_err differs(const char **why, const char *text)
{
    *why = text;
    return GZ_MISMATCH;
}

enum gz_err ledger_check_continued(const struct ledger *l, const char **why)
{
    const struct genesis_continues *c = &l->genesis.continues;
    if (l->tree.size != c->size) return differs(why, "another number of entries than the genesis");
    if (!hash_eq(merkle_root(&l->tree), c->root)) return differs(why, "another root");
    for (size_t i = 0; i < l->orgs_n; i++)
        if (l->orgs[i].next_seq - 1 != stated_seq(c, l->orgs[i].name))
            return differs(why, "another last number of an organisation");
    return are_corrections_stated(l) ? GZ_OK : differs(why, "other corrections");
}

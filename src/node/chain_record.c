/* The records of the chain's files: encoding, reading, deriving. */
#include <string.h>

#include "node/chain_store.h"

void record_head_encode(enum suite suite, const struct record *r, struct bytes wire,
                        uint8_t out[RECORD_HEAD])
{
    struct hasher h;
    write_be32(out, r->length);
    write_be32(out + 4, r->count);
    write_be64(out + 8, r->first_index);
    hasher_init(&h, suite);
    hasher_add(&h, (struct bytes){out, 16});
    hasher_add(&h, wire);
    const struct hash sum = hasher_end(&h);
    memcpy(out + 16, sum.b, 8);
}

enum gz_err record_read(const struct append_file *f, enum suite suite, uint64_t offset,
                        struct record *out, struct buf *wire)
{
    uint8_t head[RECORD_HEAD], again[RECORD_HEAD];
    TRY(append_read(f, offset, head, sizeof head));
    const struct record r = {read_be32(head), read_be32(head + 4), read_be64(head + 8)};
    if (r.length > SUBMISSION_SIZE_MAX) return GZ_CORRUPT;
    wire->n = 0;
    TRY(buf_reserve(wire, r.length));
    TRY(append_read(f, offset + RECORD_HEAD, wire->p, r.length));
    wire->n = r.length;
    record_head_encode(suite, &r, buf_bytes(wire), again);
    if (memcmp(head, again, sizeof head) != 0) return GZ_CORRUPT;
    *out = r;
    return GZ_OK;
}

enum gz_err seq_record_read(const struct append_file *f, uint64_t seq, struct seq_record *out)
{
    uint8_t raw[SEQ_RECORD];
    if (seq == 0) return GZ_MISSING;
    TRY(append_read(f, (seq - 1) * SEQ_RECORD, raw, sizeof raw));
    *out = (struct seq_record){
        read_be64(raw), read_be64(raw + 8), read_be32(raw + 16), read_be32(raw + 20), {{0}}};
    memcpy(out->body_hash.b, raw + 24, HASH_SIZE);
    return GZ_OK;
}

static enum gz_err derive_seq(struct chain_files *c, const struct ledger_execution *e,
                              uint64_t offset)
{
    uint8_t raw[SEQ_RECORD];
    write_be64(raw, offset);
    write_be64(raw + 8, e->first_index);
    write_be32(raw + 16, e->count);
    write_be32(raw + 20, (uint32_t)e->wire.n);
    memcpy(raw + 24, e->body_hash.b, HASH_SIZE);
    return buf_add(&c->seqs[e->org_id].pending, BYTES_OF(raw));
}

static enum gz_err derive_entry(struct chain_files *c, const struct ledger_execution *e,
                                struct hash fingerprint)
{
    uint8_t raw[ENTRY_RECORD] = {0};
    memcpy(raw, fingerprint.b, HASH_SIZE);
    write_be64(raw + 32, e->seq);
    write_be16(raw + 40, e->org_id);
    return buf_add(&c->entries.pending, BYTES_OF(raw));
}

/* The ledger has hashed every node that this execution brings. */
static enum gz_err derive_levels(struct chain_files *c, const struct ledger_execution *e)
{
    const struct hash *next = e->nodes;
    if (e->first_index + e->count >= UINT64_C(1) << (CHAIN_LEVELS - 1)) return GZ_LIMIT;
    for (unsigned level = 0; level < CHAIN_LEVELS; level++) {
        const size_t n = (size_t)merkle_count_new(e->first_index, e->count, level);
        if (n == 0) return GZ_OK;
        TRY(buf_add(&c->levels[level].pending, (struct bytes){next->b, n * HASH_SIZE}));
        next += n;
    }
    return GZ_OK;
}

enum gz_err chain_derive(struct chain_files *c, const struct ledger_execution *e, uint64_t offset)
{
    DEFER(buf_fini) struct buf room = {0};
    struct submission          s;
    TRY(buf_reserve(&room, SUBMISSION_ITEMS_MAX * sizeof(struct submission_item) + 64));
    struct arena arena = {.p = room.p, .cap = room.cap};
    TRY(submission_decode(e->wire, &arena, &s));
    TRY(buf_reserve(&c->entries.pending, s.items_n * ENTRY_RECORD));
    for (uint32_t i = 0; i < s.items_n; i++) TRY(derive_entry(c, e, s.items[i].fingerprint));
    TRY(derive_levels(c, e));
    return derive_seq(c, e, offset);
}

enum gz_err chain_executed(void *ctx, uint16_t org_id, uint64_t seq, struct hash *body_hash,
                           uint64_t *first_index, uint32_t *count)
{
    const struct chain_files *c = ctx;
    struct seq_record         r;
    TRY(seq_record_read(&c->seqs[org_id], seq, &r));
    *body_hash = r.body_hash;
    *first_index = r.first_index;
    *count = r.count;
    return GZ_OK;
}

static struct hash state_sum(enum suite suite, const uint8_t length[8], struct bytes ledger)
{
    struct hasher h;
    hasher_init(&h, suite);
    hasher_add(&h, (struct bytes){length, 8});
    hasher_add(&h, ledger);
    return hasher_end(&h);
}

enum gz_err state_encode(const struct ledger *l, uint64_t submissions_length, struct buf *out)
{
    DEFER(buf_fini) struct buf ledger = {0};
    uint8_t                    length[8];
    write_be64(length, submissions_length);
    TRY(ledger_encode(l, &ledger));
    const struct hash sum = state_sum(ledger_suite(l), length, buf_bytes(&ledger));
    TRY(buf_add(out, BYTES_OF(length)));
    TRY(buf_add(out, BYTES_OF(sum.b)));
    return buf_add(out, buf_bytes(&ledger));
}

enum gz_err state_decode(struct bytes genesis, enum suite suite, struct bytes wire,
                         struct ledger **out, uint64_t *submissions_length)
{
    if (wire.n < STATE_HEAD) return GZ_MALFORMED;
    const struct bytes ledger = bytes_slice(wire, STATE_HEAD, wire.n);
    const struct hash  sum = state_sum(suite, wire.p, ledger);
    if (memcmp(sum.b, wire.p + 8, HASH_SIZE) != 0) return GZ_MALFORMED;
    TRY(ledger_decode(genesis, ledger, out));
    *submissions_length = read_be64(wire.p);
    return GZ_OK;
}

/* Readers: committed bytes only, by pread, without a lock. */
#include <string.h>

#include "node/chain_store.h"

uint64_t chain_size(const struct chain_files *c)
{
    return atomic_load(&c->size);
}

/* Every full subtree's root is kept, so a proof is read, not computed. */
static enum gz_err get_node(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
    const struct chain_files *c = ctx;
    struct hash               h;
    if (level >= CHAIN_LEVELS) return GZ_MISSING;
    if (node_cache_get(c->nodes, level, index, out)) return GZ_OK;
    TRY(file_read_all(c->levels[level].fd, h.b, HASH_SIZE, index * HASH_SIZE));
    node_cache_put(c->nodes, level, index, h);
    *out = h;
    return GZ_OK;
}

struct merkle_source chain_source(const struct chain_files *c)
{
    union {
        const struct chain_files *in;
        void                     *out;
    } ctx = {.in = c}; /* get_node only reads */
    return (struct merkle_source){ctx.out, get_node};
}

enum gz_err chain_root(const struct chain_files *c, uint64_t size, struct hash *out)
{
    struct merkle m;
    if (size > chain_size(c)) return GZ_MISSING;
    TRY(merkle_load(&m, c->suite, chain_source(c), size));
    *out = merkle_root(&m);
    return GZ_OK;
}

enum gz_err chain_inclusion(const struct chain_files *c, uint64_t index, uint64_t size,
                            struct merkle_path *out)
{
    if (size > chain_size(c) || index >= size) return GZ_MISSING;
    return merkle_prove_inclusion(c->suite, chain_source(c), index, size, out);
}

enum gz_err chain_consistency(const struct chain_files *c, uint64_t from, uint64_t to,
                              struct merkle_path *out)
{
    if (to > chain_size(c)) return GZ_MISSING;
    return merkle_prove_consistency(c->suite, chain_source(c), from, to, out);
}

enum gz_err chain_tile(const struct chain_files *c, unsigned level, uint64_t n, unsigned width,
                       struct buf *out)
{
    const unsigned height = TILE_HEIGHT * level;
    if (height >= CHAIN_LEVELS || width == 0 || width > TILE_WIDTH) return GZ_MISSING;
    const uint64_t have = chain_size(c) >> height;
    if (n > have / TILE_WIDTH || n * TILE_WIDTH + width > have) return GZ_MISSING;
    TRY(buf_reserve(out, width * HASH_SIZE));
    TRY(file_read_all(c->levels[height].fd, out->p + out->n, width * HASH_SIZE,
                      n * TILE_WIDTH * HASH_SIZE));
    out->n += width * HASH_SIZE;
    return GZ_OK;
}

enum gz_err chain_entry(const struct chain_files *c, uint64_t index, struct chain_entry *out)
{
    uint8_t raw[ENTRY_RECORD];
    if (index >= chain_size(c)) return GZ_MISSING;
    TRY(file_read_all(c->entries.fd, raw, sizeof raw, index * ENTRY_RECORD));
    struct chain_entry e = {.org_id = read_be16(raw + 40), .submission_seq = read_be64(raw + 32)};
    if (e.org_id >= c->orgs_n) return GZ_CORRUPT;
    e.org = ledger_org_name(c->ledger, e.org_id);
    memcpy(e.fingerprint.b, raw, HASH_SIZE);
    *out = e;
    return GZ_OK;
}

enum gz_err chain_entry_bundle(const struct chain_files *c, uint64_t n, unsigned width,
                               struct buf *out)
{
    const uint64_t have = chain_size(c);
    if (width == 0 || width > TILE_WIDTH) return GZ_MISSING;
    if (n > have / TILE_WIDTH || n * TILE_WIDTH + width > have) return GZ_MISSING;
    for (unsigned i = 0; i < width; i++) {
        struct chain_entry e;
        uint8_t            length[2];
        TRY(chain_entry(c, n * TILE_WIDTH + i, &e));
        write_be16(length, (uint16_t)(e.org.n + 1 + HASH_SIZE));
        TRY(buf_add(out, BYTES_OF(length)));
        TRY(buf_add(out, e.org));
        TRY(buf_add_byte(out, '\n'));
        TRY(buf_add(out, BYTES_OF(e.fingerprint.b)));
    }
    return GZ_OK;
}

static enum gz_err find_org(const struct chain_files *c, struct bytes name, uint16_t *out)
{
    for (size_t i = 0; i < c->orgs_n; i++)
        if (bytes_eq(ledger_org_name(c->ledger, (uint16_t)i), name)) {
            *out = (uint16_t)i;
            return GZ_OK;
        }
    return GZ_MISSING;
}

/* The record of a submission, read straight from the file: sizes only bound what is committed. */
static enum gz_err read_record(const struct chain_files *c, uint16_t org_id, uint64_t seq,
                               struct seq_record *r)
{
    uint8_t raw[SEQ_RECORD];
    if (seq == 0 || seq > atomic_load(&c->seqs_size[org_id])) return GZ_MISSING;
    TRY(file_read_all(c->seqs[org_id].fd, raw, sizeof raw, (seq - 1) * SEQ_RECORD));
    *r = (struct seq_record){
        read_be64(raw), read_be64(raw + 8), read_be32(raw + 16), read_be32(raw + 20), {{0}}};
    memcpy(r->body_hash.b, raw + 24, HASH_SIZE);
    return GZ_OK;
}

static enum gz_err read_submission(const struct chain_files *c, uint16_t org_id, uint64_t seq,
                                   struct seq_record *r, struct buf *out)
{
    TRY(read_record(c, org_id, seq, r));
    if (r->length > SUBMISSION_SIZE_MAX) return GZ_CORRUPT;
    TRY(buf_reserve(out, r->length));
    TRY(file_read_all(c->submissions.fd, out->p + out->n, r->length, r->offset + RECORD_HEAD));
    out->n += r->length;
    return GZ_OK;
}

enum gz_err chain_submission(const struct chain_files *c, struct bytes org, uint64_t seq,
                             uint64_t *first_index, struct buf *out)
{
    uint16_t          org_id = 0;
    struct seq_record r;
    TRY(find_org(c, org, &org_id));
    TRY(read_submission(c, org_id, seq, &r, out));
    *first_index = r.first_index;
    return GZ_OK;
}

enum gz_err chain_find(const struct chain_files *c, struct bytes org, uint64_t seq,
                       struct hash *body_hash, uint64_t *first_index, uint32_t *count)
{
    uint16_t          org_id = 0;
    struct seq_record r;
    TRY(find_org(c, org, &org_id));
    TRY(read_record(c, org_id, seq, &r));
    *body_hash = r.body_hash;
    *first_index = r.first_index;
    *count = r.count;
    return GZ_OK;
}

enum gz_err chain_submissions_from(const struct chain_files *c, uint64_t index, uint64_t limit,
                                   struct buf *out)
{
    DEFER(buf_fini) struct buf wire = {0};
    const uint64_t             size = chain_size(c);
    for (uint64_t i = 0; i < limit && index < size; i++) {
        struct chain_entry e;
        struct seq_record  r;
        wire.n = 0;
        TRY(chain_entry(c, index, &e));
        TRY(read_submission(c, e.org_id, e.submission_seq, &r, &wire));
        TRY(submission_add_varint(r.first_index, out));
        TRY(submission_add_varint(wire.n, out));
        TRY(buf_add(out, buf_bytes(&wire)));
        index = r.first_index + r.count;
    }
    return GZ_OK;
}

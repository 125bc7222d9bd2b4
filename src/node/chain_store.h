/* The inside of the chain's files, for chain_*.c alone. Numbers are big-endian.
 *
 * submissions: length (4), count (4), first index (8); the first 8 bytes of H(those 16 bytes ‖
 * signed bytes); the signed bytes. The only file a commit syncs.
 *
 * entries: 48 bytes an entry: fingerprint, seq of its submission (8), organisation (2), zeros.
 *
 * level-N: 32 bytes a node: roots of the full subtrees of 2^N leaves, in order. Levels 0, 8, 16 …
 * are the tiles of C2SP; with those between, a proof is read and not computed.
 *
 * seq-N: 56 bytes for each submission of organisation N: offset in submissions (8), first index
 * (8), count (4), length (4), H(body).
 *
 * state: snapshot: length of submissions (8), H(that ‖ the rest), ledger_encode; every other file
 * was synced up to it before it was written.
 *
 * lock: held by the process that writes. */
#pragma once
#include <stdatomic.h>

#include "node/append_file.h"
#include "node/chain_files.h"
#include "node/node_cache.h"

enum {
    RECORD_HEAD = 24,
    ENTRY_RECORD = 48,
    SEQ_RECORD = 56,
    CHAIN_LEVELS = 41, /* so a chain has fewer than 2^40 entries */
    TILE_WIDTH = 256,
    TILE_HEIGHT = 8, /* levels of the tree in a tile */
    STATE_HEAD = 8 + HASH_SIZE,
    STATE_SIZE_MAX = 256 * 1024 * 1024,
    SNAPSHOT_EVERY = 256 * 1024, /* entries between snapshots: bounds the replay at open */
};

struct chain_files {
    char               folder[1024];
    int                lock;
    struct ledger     *ledger;
    enum suite         suite;
    size_t             orgs_n;
    struct append_file submissions, entries, levels[CHAIN_LEVELS];
    struct append_file seqs[LEDGER_ORGANISATIONS_MAX];
    struct node_cache *nodes; /* only of an open chain: at open the files may be made anew */
    _Atomic uint64_t   size;  /* committed entries */
    _Atomic uint64_t   seqs_size[LEDGER_ORGANISATIONS_MAX]; /* committed submissions of each */
    uint64_t           snapshot_size;
    uint64_t           open_at; /* entries to open with; UINT64_MAX: all */
    bool               failed;  /* a commit went wrong: open again */
};

struct record {
    uint32_t length, count;
    uint64_t first_index;
};
struct seq_record {
    uint64_t    offset, first_index;
    uint32_t    count, length;
    struct hash body_hash;
};

void        record_head_encode(enum suite suite, const struct record *r, struct bytes wire,
                               uint8_t out[RECORD_HEAD]);
/* At offset of the file; wire gets the signed bytes. GZ_MISSING: it ends before; GZ_CORRUPT: the
 * check bytes differ. */
enum gz_err record_read(const struct append_file *f, enum suite suite, uint64_t offset,
                        struct record *out, struct buf *wire);
/* The `state` file. decode: GZ_MISMATCH: another genesis; GZ_MALFORMED: damaged. */
enum gz_err state_encode(const struct ledger *l, uint64_t submissions_length, struct buf *out);
enum gz_err state_decode(struct bytes genesis, enum suite suite, struct bytes wire,
                         struct ledger **out, uint64_t *submissions_length);
/* ledger_lookup of a struct chain_files, pending submissions included. */
enum gz_err chain_executed(void *ctx, uint16_t org_id, uint64_t seq, struct hash *body_hash,
                           uint64_t *first_index, uint32_t *count);
enum gz_err seq_record_read(const struct append_file *f, uint64_t seq, struct seq_record *out);
/* What one executed submission adds to every derived file, as pending bytes. */
enum gz_err chain_derive(struct chain_files *c, const struct ledger_execution *e, uint64_t offset);
struct merkle_source chain_source(const struct chain_files *c);

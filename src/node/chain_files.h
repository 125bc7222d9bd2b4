/* The log in append-only files, for the bank's own log and for every mirror alike.
 * `submissions` is the only file that must be synced for a commit: everything else (entries, tile
 * levels, seq index, snapshot of the ledger's state) is derived from it, and is mended or made anew
 * at open. One writer thread; any number of readers beside it. */
#pragma once
#include "host/file.h"
#include "ledger/ledger.h"

struct chain_files;

/* folder must exist. Takes a lock file: GZ_BUSY while another process has it. Replays what a crash
 * left behind the snapshot; a torn tail is cut. GZ_CORRUPT: *why names file and offset. */
enum gz_err chain_open(const char *folder, struct bytes genesis, struct chain_files **out,
                       struct buf *why);
/* The same for a node that knows how many entries its last block left: what a crash left behind
 * that size is cut off. GZ_CORRUPT: there is less, or size is in the middle of a submission. */
enum gz_err chain_open_at(const char *folder, struct bytes genesis, uint64_t size,
                          struct chain_files **out, struct buf *why);
void        chain_close(struct chain_files **c);

/* --- writer ---------------------------------------------------------------------------------- */
/* ledger_step on one submission; what it executes is buffered, not durable. */
enum gz_err chain_add(struct chain_files *c, struct bytes wire, struct ledger_outcome *out);
/* ledger_check: what chain_add would say, without a change. */
enum gz_err chain_check(struct chain_files *c, struct bytes wire, struct ledger_outcome *out);
void        chain_forget_waiting(struct chain_files *c); /* ledger_forget_waiting */
/* Make everything added durable and readable (one fdatasync). On GZ_IO the chain is unusable until
 * it is opened again. */
enum gz_err chain_commit(struct chain_files *c);
/* What was added since the last commit is never written; the chain is unusable until it is opened
 * again. */
void        chain_abandon(struct chain_files *c);
const struct ledger *chain_ledger(const struct chain_files *c); /* writer thread only */

/* --- readers: committed data only ------------------------------------------------------------- */
uint64_t    chain_size(const struct chain_files *c);
/* Root at any size up to chain_size. */
enum gz_err chain_root(const struct chain_files *c, uint64_t size, struct hash *out);
enum gz_err chain_inclusion(const struct chain_files *c, uint64_t index, uint64_t size,
                            struct merkle_path *out);
enum gz_err chain_consistency(const struct chain_files *c, uint64_t from, uint64_t to,
                              struct merkle_path *out);
/* C2SP tiles: width 1 to 256 hashes of tile n of a level; GZ_MISSING beyond size. */
enum gz_err chain_tile(const struct chain_files *c, unsigned level, uint64_t n, unsigned width,
                       struct buf *out);
enum gz_err chain_entry_bundle(const struct chain_files *c, uint64_t n, unsigned width,
                               struct buf *out);
struct chain_entry {
    struct bytes org; /* lives with the chain */
    uint16_t     org_id;
    struct hash  fingerprint;
    uint64_t     submission_seq;
};
enum gz_err chain_entry(const struct chain_files *c, uint64_t index, struct chain_entry *out);
/* The stored signed bytes. GZ_MISSING: not executed yet. */
enum gz_err chain_submission(const struct chain_files *c, struct bytes org, uint64_t seq,
                             uint64_t *first_index, struct buf *out);
/* H(body), first index and count, without the bytes. GZ_MISSING. */
enum gz_err chain_find(const struct chain_files *c, struct bytes org, uint64_t seq,
                       struct hash *body_hash, uint64_t *first_index, uint32_t *count);
/* Appends at most limit submissions as varint first index, varint n, bytes, from the one that
 * contains index (network.md section 2). */
enum gz_err chain_submissions_from(const struct chain_files *c, uint64_t index, uint64_t limit,
                                   struct buf *out);
/* Re-derive every hash from `submissions`, checking signatures, and compare with every derived
 * file. Each difference is one line in *report; GZ_CORRUPT if there is any. Opens nothing for
 * writing. GZ_BUSY: a process has the chain open, so that what is read may be half written. */
enum gz_err chain_fsck(const char *folder, struct bytes genesis, struct buf *report);

/* A root that somebody has signed, to be compared as well. */
struct chain_claim {
    uint64_t    size;
    struct hash root;
    bool        is_right; /* out: `submissions` give this root at this size */
};
struct chain_check {
    size_t              claims_n;
    struct chain_claim *claims; /* ascending sizes; a wrong one is no line in the report */
    uint64_t            size;   /* out: entries that `submissions` give, and their root */
    struct hash         root;
};
enum gz_err chain_fsck_claims(const char *folder, struct bytes genesis, struct chain_check *check,
                              struct buf *report);

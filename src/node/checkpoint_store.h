/* The kept cosigned checkpoints of one log, in an append-only file of notes: of those whose quorum
 * time is the same second the largest is kept, closing ones always. A torn tail is cut at open;
 * later cosignature lines are appended as notes of the same text and merged. Thread-safe. */
#pragma once
#include "base/buf.h"
#include "core/policy.h"

enum { CHECKPOINT_NOTE_MAX = 64 * 1024 };

struct checkpoint_store;

struct kept_checkpoint {
    uint64_t    size;
    struct hash root;
    uint64_t    quorum_time; /* Unix seconds, by the lines known now; never later than at first */
};
enum checkpoint_keep { CHECKPOINT_ORDINARY, CHECKPOINT_CLOSING };

/* path is made where missing. policy may be NULL (a mirror: what it keeps has one cosignature, its
 * own, and "quorum time" is the time of that): then the time comes with put. The policy must
 * outlive the store. GZ_CORRUPT: damaged before its tail. */
enum gz_err checkpoint_store_open(const char *path, const struct policy *policy,
                                  struct checkpoint_store **out);
void        checkpoint_store_close(struct checkpoint_store **s);
/* Keep a note, or merge its lines into the kept one of the same text; durable before it returns.
 * With a policy the note must meet it: GZ_MISMATCH. GZ_CONFLICT: another root is kept for this
 * size. time: Unix seconds, only used without a policy. */
enum gz_err checkpoint_store_put(struct checkpoint_store *s, struct bytes note, uint64_t time,
                                 enum checkpoint_keep keep);
/* GZ_MISSING: none. note (appended) and out may be NULL. */
enum gz_err checkpoint_store_newest(struct checkpoint_store *s, struct buf *note,
                                    struct kept_checkpoint *out);
enum gz_err checkpoint_store_at(struct checkpoint_store *s, uint64_t size, struct buf *note,
                                struct kept_checkpoint *out);
/* The earliest kept that covers the entry: smallest size above index. */
enum gz_err checkpoint_store_covering(struct checkpoint_store *s, uint64_t index, struct buf *note,
                                      struct kept_checkpoint *out);

/* Every record of a store's file, in the order of writing, for fsck: opened for reading alone,
 * nothing is cut. A later record of the same size replaces the earlier one. */
struct checkpoint_record {
    uint64_t     offset, time; /* time: of the quorum, or as it was put */
    struct bytes note;         /* lives until the visitor returns */
};
typedef enum gz_err (*checkpoint_visitor)(void *ctx, const struct checkpoint_record *r);
/* GZ_CORRUPT: a broken or torn record at *offset, where reading stopped. GZ_MISSING: no file. Else
 * what the visitor returned. */
enum gz_err checkpoint_store_visit(const char *path, checkpoint_visitor visit, void *ctx,
                                   uint64_t *offset);

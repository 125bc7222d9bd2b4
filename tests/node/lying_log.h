/* A log that signs whatever it is told: submissions of any kind under a root that fits their
 * entries, and bytes that do not fit it. */
#pragma once
#include "core/entry.h"
#include "network.h"

enum { LIE_MAX = 80 };

struct lying_log {
    struct net   *net;
    struct buf    wires[LIE_MAX];
    uint64_t      first[LIE_MAX];
    size_t        n;
    struct merkle tree, trees[LIE_MAX + 1]; /* after each submission */
    struct buf    instead;                  /* not empty: the answer to every /submissions */
    int           status;                   /* not 0: its status */
    bool has_checkpoints, is_forging; /* GET /checkpoint?covers=: of any size; not signed by it */
};
/* Stands at the log's port from now on. */
void               lie_begin(struct lying_log *l, struct net *n);
void               lie_end(struct lying_log *l);
void               lie_add(struct lying_log *l, struct bytes wire);
void               lie_add_good(struct lying_log *l, uint64_t seq, uint32_t count); /* the bank's */
/* The checkpoint after the first so many submissions, signed by the log. */
void               lie_sign(struct lying_log *l, size_t submissions, struct buf *note);
void               lie_sign_root(struct net *n, uint64_t size, struct hash root, struct buf *note);
/* Proof between two of those sizes. */
struct merkle_path lie_proof(const struct lying_log *l, size_t from, size_t to);
/* POST /add-checkpoint of that checkpoint to witness w, proved from the one after `from`. */
int                lie_post(struct lying_log *l, size_t w, size_t from, size_t to);
int net_add_checkpoint(struct net *n, size_t w, uint64_t old, const struct merkle_path *proof,
                       struct bytes note);
int lie_post_note(struct net *n, uint64_t old, const struct buf *note); /* to 0, without proof */

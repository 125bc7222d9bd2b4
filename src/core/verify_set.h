/* Comparison of certificates that are by themselves valid or incomplete, of one origin (check 9).
 * Pure. */
#pragma once
#include "core/entry.h"

/* What is kept of each certificate: hashes of the strings, so that it is small and flat. */
struct set_item {
    size_t      at; /* the caller's number of the certificate */
    struct hash fingerprint, prev;
    struct hash id, matter; /* SM3(origin LF org LF id), SM3(origin LF org LF matter) */
    uint64_t    seq;
    bool        has_prev;
};
struct set_item set_item_of(const struct entry *e, struct hash fingerprint, struct bytes origin,
                            size_t at);

enum set_finding_kind { SET_CONFLICT, SET_MISSING };
struct set_finding {
    enum set_finding_kind kind;
    const char           *reason; /* a static English sentence */
    size_t   a, b; /* the certificates; of SET_MISSING a is the one that needs the gap */
    uint64_t seq_from, seq_to; /* SET_MISSING: numbers that are not there */
};
/* Sorts items. Calls found for each finding, at most five times as often as there are items; every
 * certificate that contradicts another is in one, copies of it too, whatever the order given. */
void set_compare(struct set_item *items, size_t                               n,
                 void (*found)(void *ctx, const struct set_finding *f), void *ctx);

/* The state of governance as bytes: what the application hash commits to, and what a snapshot
 * carries. One encoding for each state; numbers are big-endian, 8 bytes. Pure. */
#pragma once
#include "ledger/governance.h"

enum { GOV_ACT_SIZE = 5 * 8 + GOV_NAME_MAX + KEY_PUBLIC_MAX + GOV_ENGINE_KEY_SIZE + HASH_SIZE };

/* The same characters as an organisation's name in a submission. */
bool         gov_is_name(struct bytes name);
/* An act, as it stands in the state and in the history: written into space and returned. */
struct bytes gov_act_bytes(const struct gov_act *a, uint8_t space[GOV_ACT_SIZE]);
enum gz_err  gov_encode(const struct governance *g, struct buf *out);
/* Rejects trailing bytes, other encodings of the same state, and what no step leads to.
 * GZ_MALFORMED. */
enum gz_err  gov_decode(struct bytes wire, struct governance *out);
/* H(encoding). GZ_MEMORY. */
enum gz_err  gov_hash(const struct governance *g, struct hash *out);

/* ABCI 2.0 on the wire, as CometBFT v0.38 speaks it over a local socket: each message is an
 * unsigned varint of its length, then protobuf (abci.proto). Nothing on the wire says which of the
 * four connections it is: what is asked decides. */
#pragma once
#include "base/buf.h"
#include "node/abci.pb-c.h"

enum {
    ABCI_MESSAGE_MAX = 64 * 1024 * 1024, /* a block of the largest size and its frame */
    ABCI_HEAD_MAX = 10,                  /* bytes of a varint */
};

/* Take one request off the front of *rest. GZ_MISSING: it is not whole yet, and *wanted says how
 * many bytes it has at least. GZ_MALFORMED; GZ_LIMIT: over ABCI_MESSAGE_MAX. On an error *rest is
 * unchanged. */
enum gz_err abci_take(struct bytes *rest, size_t *wanted, Abci__Request **out);
void        abci_request_free(Abci__Request **r); /* for DEFER */
/* A response behind its length. */
enum gz_err abci_add(const Abci__Response *r, struct buf *out);

/* A submission (链上交易): an organisation's signed batch of fingerprints. Strict protobuf. Pure.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "core/key_cache.h"

enum { SUBMISSION_ITEMS_MAX = 4096, SUBMISSION_SIZE_MAX = 256 * 1024, SUBMISSION_ORG_MAX = 64 };

struct submission_item {
    struct hash fingerprint;
    bool        has_supersedes;
    uint64_t    supersedes_index;
};
struct submission {
    struct bytes                  body; /* the signed bytes, borrowed */
    struct bytes                  org;
    uint8_t                       key_id[KEY_ID_SIZE];
    uint64_t                      seq;
    uint32_t                      items_n;
    const struct submission_item *items; /* in the arena */
    uint8_t                       signature[KEY_SIGNATURE_SIZE];
};

/* GZ_MALFORMED: form, no item, over 4,096 items. GZ_LIMIT: over 256 KiB. */
enum gz_err submission_decode(struct bytes wire, struct arena *arena, struct submission *out);
/* The body alone, to be signed; then the whole from body and signature. */
enum gz_err submission_encode_body(const struct submission *s, struct buf *out);
enum gz_err submission_encode(struct bytes body, const uint8_t signature[KEY_SIGNATURE_SIZE],
                              struct buf *out);
/* "guzheng/submission/v1 LF origin LF body": what the signature is over. */
enum gz_err submission_message(struct bytes origin, struct bytes body, struct buf *out);
/* GZ_DENIED: name, key ID or signature is not k's. cache: of keys that are trusted, as k is; NULL:
 * none. */
enum gz_err submission_verify(const struct submission *s, struct bytes origin, const struct key *k,
                              struct key_cache *cache);

/* Minimal base-128 varints, as in the body; the stream of submissions uses them too. */
enum gz_err submission_add_varint(uint64_t v, struct buf *out);
enum gz_err submission_take_varint(struct bytes *rest, uint64_t *out);
/* One submission off the front of a log's stream (GET /submissions): varint first index, varint
 * number of bytes, the bytes, which are not judged here. GZ_MALFORMED: cut, or no varint; *rest is
 * unchanged. */
enum gz_err submission_take_served(struct bytes *rest, uint64_t *first_index, struct bytes *wire);

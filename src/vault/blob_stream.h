/* Blobs of any size in constant memory: sealed and read piece by piece. Version 2 of a blob:
 *
 *   02 ‖ segments, each of SM4-GCM(plain of 64 KiB, the last of 0 to 64 KiB) ‖ tag of 16 bytes
 *
 * under a key for this blob alone, HMAC-SM3(data key, its name). The nonce is seven zero bytes, the
 * number of the segment (big-endian, four bytes), and 1 for the last one, else 0: segments cannot
 * be exchanged, left out, repeated or cut off. About: the name. */
#pragma once
#include "vault/blob.h"

enum {
    BLOB_SEGMENT_SIZE = 64 * 1024, /* plain bytes */
    BLOB_STREAM_VERSION = 2,
};
#define BLOB_STREAM_MAX (UINT64_C(16) << 30) /* plain bytes */

struct blob_sums {
    uint64_t    size;
    struct hash sm3, sha256;
};

struct blob_writer;
enum gz_err blob_writer_open(struct vault *v, const struct vault_key *k, struct blob_writer **out);
/* GZ_LIMIT: over BLOB_STREAM_MAX. After any error only close. */
enum gz_err blob_writer_add(struct blob_writer *w, struct bytes piece);
/* Synced, and in its place; then it is a blob as of blob_put. */
enum gz_err blob_writer_finish(struct blob_writer *w, char name[BLOB_NAME_SIZE + 1],
                               struct blob_sums *sums);
void        blob_writer_close(struct blob_writer **w); /* for DEFER; removes what is unfinished */

/* Of either version; a blob of version 1 is one piece, held whole. */
struct blob_reader;
/* As blob_get. k lives as long as the reader. */
enum gz_err blob_reader_open(struct vault *v, const struct vault_key *k, const char *name,
                             struct blob_reader **out);
/* The next piece, verified; it lives until the next call. GZ_MISSING: the blob has ended, and is
 * whole. GZ_MISMATCH: altered, cut, or of another key: what came before is not to be used. */
enum gz_err blob_reader_next(struct blob_reader *r, struct bytes *piece);
void        blob_reader_close(struct blob_reader **r); /* for DEFER; wipes */

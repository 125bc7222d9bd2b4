/* A receipt (回执): the organisation's signed promise that a record which it has accepted will be
 * under a quorum by publish_by (network.md section 3 of the format). A note with the text lines
 * guzheng/receipt/v1, origin, organisation, fingerprint (base64url), received_at, publish_by. Pure.
 */
#pragma once
#include "base/buf.h"
#include "base/time.h"
#include "core/note.h"

enum { RECEIPT_SIZE_MAX = 4096 };

struct receipt {
    struct bytes origin, org;
    struct hash  fingerprint;
    struct time  received_at, publish_by; /* whole milliseconds; received_at <= publish_by */
    struct bytes received_at_text, publish_by_text; /* of decode: as they stand there */
};

/* Is this a note that wants to be a receipt (its first line)? */
bool        receipt_is_one(struct bytes wire);
/* The text that is signed; times in Beijing time. GZ_MALFORMED: a value that decode would refuse.
 */
enum gz_err receipt_encode(const struct receipt *r, struct buf *text);
/* Borrows wire. GZ_MALFORMED with *why; GZ_LIMIT: over RECEIPT_SIZE_MAX. */
enum gz_err receipt_decode(struct bytes wire, struct note *note, struct receipt *out,
                           const char **why);
/* One line of the note is of one of these keys, of purpose KEY_RECEIPT and the receipt's
 * organisation; a line of a known key that does not verify fails it. GZ_MISMATCH with *why. */
enum gz_err receipt_verify(const struct note *note, const struct receipt *r, const struct key *keys,
                           size_t keys_n, const char **why);

/* What became of the promise, by a log's copy under a checkpoint with quorum. */
enum receipt_verdict {
    RECEIPT_KEPT,    /* the quorum that covers it was met by publish_by */
    RECEIPT_LATE,    /* it is there; the quorum was met after publish_by */
    RECEIPT_OMITTED, /* a quorum met after publish_by covers a tree in which it is not */
    RECEIPT_OPEN,    /* not there, and the newest quorum was met before publish_by */
};
/* found: it stands in the tree; time: quorum time (Unix seconds) of the earliest checkpoint known
 * that covers it, or, where it is not there, of the checkpoint whose whole tree was searched. */
enum receipt_verdict receipt_judge(const struct receipt *r, bool found, uint64_t time);

/* C2SP signed notes and the checkpoints in them. Pure; everything is borrowed from the input. */
#pragma once
#include "core/key_cache.h"

enum {
    NOTE_LINES_MAX = 64,
    NOTE_COSIGNED_MAX = 1024, /* cosigned bytes; a checkpoint's origin has at most 128 */
    COSIGNATURE_BLOB_SIZE = 8 + KEY_SIGNATURE_SIZE,
};

struct note {
    struct bytes text;  /* with its final LF */
    struct bytes lines; /* the signature lines, each with its LF */
};
struct note_line {
    struct bytes name;
    uint8_t      id[KEY_ID_SIZE];
    size_t       blob_n; /* bytes after the key ID; only the first COSIGNATURE_BLOB_SIZE are kept */
    uint8_t      blob[COSIGNATURE_BLOB_SIZE];
};
struct checkpoint {
    struct bytes origin;
    uint64_t     size;
    struct hash  root;
};

/* Split at the last empty line; the text is valid UTF-8 without control characters but LF, and
 * every signature line has its form. GZ_MALFORMED; GZ_LIMIT: more than NOTE_LINES_MAX lines. */
enum gz_err note_decode(struct bytes wire, struct note *out);
/* Take the next line off *lines (from note.lines). False at the end. */
bool        note_next_line(struct bytes *lines, struct note_line *out);
enum gz_err note_add_line(struct bytes name, const uint8_t id[KEY_ID_SIZE], struct bytes blob,
                          struct buf *out);
/* Exactly three lines. GZ_MALFORMED. */
enum gz_err checkpoint_decode(struct bytes text, struct checkpoint *out);
enum gz_err checkpoint_encode(const struct checkpoint *c, struct buf *out);
/* The bytes that a witness signs: "cosignature/v1 LF time <t> LF" + text. */
enum gz_err cosignature_message(uint64_t time, struct bytes text, struct buf *out);
/* One line against one key, by name, id and purpose. GZ_MISSING: another key's line. GZ_MISMATCH:
 * its signature (or, of a witness, its time outside 1 to 2^63-1) is wrong. *time is 0 for a log's
 * line. */
enum gz_err note_verify_line(const struct note_line *line, const struct key *k, struct bytes text,
                             uint64_t *time);
/* The same for a trusted key, by its table where cache has one. cache NULL: without. */
enum gz_err note_verify_known_line(const struct note_line *line, const struct key *k,
                                   struct bytes text, struct key_cache *cache, uint64_t *time);

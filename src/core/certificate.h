/* The certificate (存证证书, .gzcert): its strict form, and the texts inside it. Pure. */
#pragma once
#include "core/entry.h"
#include "core/merkle.h"
#include "core/note.h"

enum {
    CERTIFICATE_SIZE_MAX = 4 * 1024 * 1024,
    CERTIFICATE_TIMESTAMPS_MAX = 16,
};

/* As read: the strings unescaped, borrowed or in the arena; nothing in them is judged yet. */
struct certificate {
    enum suite          suite;
    struct bytes        entry; /* the entry's own bytes, decoded */
    size_t              disclosures_n;
    const struct bytes *disclosures;
    struct bytes        proof;
    bool                has_consistency;
    size_t              consistency_n; /* 64: too many, which fails check 5 */
    const struct bytes *consistency;   /* base64 hashes, not yet decoded */
    size_t              timestamps_n;
    const struct bytes *timestamps;
};

/* GZ_MALFORMED with *why: members, limits, suite, base64url of the entry. GZ_MEMORY: arena full. */
enum gz_err certificate_decode(struct bytes wire, struct arena *arena, struct certificate *out,
                               const char **why);
/* c->entry holds the entry bytes; timestamps are none. The result is read back before it is handed
 * out. */
enum gz_err certificate_encode(const struct certificate *c, struct arena *arena, struct buf *out);

/* The proof's text (C2SP tlog-proof): index and path before its first empty line, the note behind.
 */
struct proof {
    uint64_t           index;
    struct merkle_path path;
    struct bytes       note;
};
enum gz_err proof_decode(struct bytes text, struct proof *out);
enum gz_err proof_encode(uint64_t index, const struct merkle_path *path, struct bytes note,
                         struct buf *out);
/* At most 63 base64 hashes into a path. */
enum gz_err consistency_decode(const struct bytes *list, size_t n, struct merkle_path *out);

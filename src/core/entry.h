/* The entry (存证记录) and its disclosures (披露项). Pure. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"
#include "core/hash.h"

enum {
    ENTRY_SIZE_MAX = 64 * 1024,
    ENTRY_ORG_MAX = 64,
    ENTRY_KIND_MAX = 64,
    ENTRY_DISCLOSURES_MAX = 1000,
    ENTRY_ID_SIZE = 36,     /* UUIDv7, lower case */
    ENTRY_MATTER_SIZE = 22, /* base64url of 16 bytes */
    DISCLOSURE_SIZE_MAX = 64 * 1024,
    DISCLOSURE_SALT_SIZE = 16,
    DISCLOSURE_NAME_MAX = 128,
};

struct entry {
    enum suite   suite;                             /* from _sd_alg */
    struct bytes id, org, kind, matter, supersedes; /* supersedes empty where absent */
    uint64_t     seq;
    bool         has_prev;
    struct hash  prev;
    struct bytes recorded_at_text;
    struct time  recorded_at;
    size_t       digests_n;
    const struct hash
        *digests; /* of decode: in the arena. Of encode: any order; sorted by encode */
};

/* Strict. GZ_MALFORMED with *why. Strings are borrowed from wire. */
enum gz_err entry_decode(struct bytes wire, struct arena *arena, struct entry *out,
                         const char **why);
/* Appends the JSON bytes. Checks every member as decode does. */
enum gz_err entry_encode(const struct entry *e, struct arena *arena, struct buf *out);
/* Log entry = org LF fingerprint, at most ENTRY_ORG_MAX + 33 bytes; returns its length. */
size_t      entry_log_bytes(struct bytes org, struct hash fingerprint,
                            uint8_t out[ENTRY_ORG_MAX + 1 + HASH_SIZE]);

/* Is this the name of an entry member (which no disclosure may have)? */
bool entry_is_member(struct bytes name);

struct disclosure {
    struct bytes name;  /* unescaped, in the arena or borrowed */
    struct bytes value; /* the JSON bytes of the value, borrowed or in the arena */
};
/* D is the base64url string. GZ_MALFORMED, GZ_LIMIT with *why. */
enum gz_err disclosure_decode(struct bytes d, struct arena *arena, struct disclosure *out,
                              const char **why);
/* Appends D for a name and a JSON value (which must be strict, checked by decoding the result). */
enum gz_err disclosure_encode(const uint8_t salt[DISCLOSURE_SALT_SIZE], struct bytes name,
                              struct bytes value_json, struct buf *out);
struct hash disclosure_digest(enum suite suite, struct bytes d);

struct disclosed_file {
    struct bytes name, media_type; /* JSON string bodies, still escaped */
    uint64_t     size;
    struct hash  sm3, sha256;
};
/* The value of a disclosure whose name begins with "file/". GZ_MALFORMED. */
enum gz_err disclosed_file_decode(const struct disclosure *d, struct disclosed_file *out);
/* The value for such a disclosure; here name and media_type are not escaped yet. */
enum gz_err disclosed_file_encode(const struct disclosed_file *f, struct buf *out);

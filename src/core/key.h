/* Public keys as C2SP vkeys: name+id+base64(type [‖ identifier ‖ 00] ‖ key). One purpose each.
 * KEY_OPERATOR signs orders inside of one organisation and stands in no genesis. Pure. */
#pragma once
#include "base/buf.h"
#include "core/hash.h"

enum key_purpose {
    KEY_LOG = 1,
    KEY_WITNESS = 2,
    KEY_SUBMISSION = 3,
    KEY_RECEIPT = 4,
    KEY_OPERATOR = 5
};

enum { KEY_NAME_MAX = 128, KEY_PUBLIC_MAX = 65, KEY_ID_SIZE = 4, KEY_SIGNATURE_SIZE = 64 };

struct key {
    enum suite       suite;
    enum key_purpose purpose;
    uint8_t          id[KEY_ID_SIZE];
    char             name[KEY_NAME_MAX + 1];
    uint8_t          public_n; /* 65 (gm) or 32 (intl) */
    uint8_t          public_key[KEY_PUBLIC_MAX];
};

/* Can a key have this name (C2SP signed-note)? UTF-8, not empty, no '+', no Unicode white space, no
 * control character. Of any length: KEY_NAME_MAX is only ours. */
bool        key_name_has_form(struct bytes name);
/* Fills id. GZ_MALFORMED: a name without that form or over KEY_NAME_MAX, no point of the curve. */
enum gz_err key_init(struct key *k, enum suite suite, enum key_purpose purpose, struct bytes name,
                     const uint8_t *public_key);
/* GZ_MALFORMED: form, unknown type, id that does not match, no point of the curve. */
enum gz_err key_decode(struct bytes vkey, struct key *out);
enum gz_err key_encode(const struct key *k, struct buf *out);
/* Over the exact message. GZ_MISMATCH: does not verify. */
enum gz_err key_verify(const struct key *k, struct bytes message,
                       const uint8_t signature[KEY_SIGNATURE_SIZE]);

#include "core/key.h"

#include <string.h>

#include "base/text.h"
#include "core/base64.h"
#include "core/ed25519.h"
#include "core/sm2.h"

/* Key types (evidence format "Checkpoint and cosignatures", network.md section 1). A type is one
 * byte, or 0xff, an identifier and a zero byte. */
static const struct key_type {
    enum suite       suite;
    enum key_purpose purpose;
    struct bytes     type;
} types[] = {
    {SUITE_GM, KEY_LOG, {(const uint8_t *)"\xffsm2-sm3/note/v1", 17}},
    {SUITE_GM, KEY_WITNESS, {(const uint8_t *)"\xffsm2-sm3/cosignature/v1", 24}},
    {SUITE_GM, KEY_SUBMISSION, {(const uint8_t *)"\xffsm2-sm3/submission/v1", 23}},
    {SUITE_GM, KEY_RECEIPT, {(const uint8_t *)"\xffsm2-sm3/receipt/v1", 20}},
    {SUITE_GM, KEY_OPERATOR, {(const uint8_t *)"\xffsm2-sm3/operator/v1", 21}},
    {SUITE_INTL, KEY_LOG, {(const uint8_t *)"\x01", 1}},
    {SUITE_INTL, KEY_WITNESS, {(const uint8_t *)"\x04", 1}},
    {SUITE_INTL,
     KEY_SUBMISSION,
     {(const uint8_t *)"\xff"
                       "ed25519/submission/v1",
      23}},
    {SUITE_INTL,
     KEY_RECEIPT,
     {(const uint8_t *)"\xff"
                       "ed25519/receipt/v1",
      20}},
    {SUITE_INTL,
     KEY_OPERATOR,
     {(const uint8_t *)"\xff"
                       "ed25519/operator/v1",
      21}},
};

enum { TYPE_MAX = 24, TYPED_KEY_MAX = TYPE_MAX + KEY_PUBLIC_MAX };

static const struct key_type *type_of(enum suite suite, enum key_purpose purpose)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (types[i].suite == suite && types[i].purpose == purpose) return &types[i];
    return NULL;
}

static size_t public_size(enum suite suite)
{
    return suite == SUITE_GM ? SM2_POINT_SIZE : ED25519_KEY_SIZE;
}

/* White_Space of Unicode, as Go's unicode.IsSpace has it, which C2SP's own code asks. */
static bool is_space(uint32_t r)
{
    return r == ' ' || (r >= 0x09 && r <= 0x0d) || r == 0x85 || r == 0xa0 || r == 0x1680 ||
           (r >= 0x2000 && r <= 0x200a) || r == 0x2028 || r == 0x2029 || r == 0x202f ||
           r == 0x205f || r == 0x3000;
}

static bool is_control(uint32_t r)
{
    return r < 0x20 || (r >= 0x7f && r <= 0x9f);
}

bool key_name_has_form(struct bytes name)
{
    if (name.n == 0 || !text_is_utf8(name)) return false;
    for (size_t at = 0; at < name.n;) {
        const uint32_t rune = text_next_rune(name, &at);
        if (rune == '+' || is_space(rune) || is_control(rune)) return false;
    }
    return true;
}

static void derive_id(struct key *k, const struct key_type *type)
{
    struct hasher h;
    hasher_init(&h, k->suite);
    hasher_add(&h, bytes_str(k->name));
    hasher_add(&h, BYTES_LIT("\n"));
    hasher_add(&h, type->type);
    hasher_add(&h, (struct bytes){k->public_key, k->public_n});
    const struct hash id = hasher_end(&h);
    memcpy(k->id, id.b, KEY_ID_SIZE);
}

enum gz_err key_init(struct key *k, enum suite suite, enum key_purpose purpose, struct bytes name,
                     const uint8_t *public_key)
{
    const struct key_type *type = type_of(suite, purpose);
    struct key             made = {.suite = suite, .purpose = purpose};
    if (type == NULL || name.n > KEY_NAME_MAX || !key_name_has_form(name)) return GZ_MALFORMED;
    TRY(suite == SUITE_GM ? sm2_check_point(public_key) : ed25519_check_key(public_key));
    made.public_n = (uint8_t)public_size(suite);
    memcpy(made.name, name.p, name.n);
    memcpy(made.public_key, public_key, made.public_n);
    derive_id(&made, type);
    *k = made;
    return GZ_OK;
}

/* Which type begins these bytes, with a key of the right length behind it? */
static const struct key_type *type_in(struct bytes typed)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (bytes_starts(typed, types[i].type) &&
            typed.n == types[i].type.n + public_size(types[i].suite))
            return &types[i];
    return NULL;
}

enum gz_err key_decode(struct bytes vkey, struct key *out)
{
    uint8_t      typed[TYPED_KEY_MAX], id[KEY_ID_SIZE];
    size_t       typed_n = 0;
    const size_t plus = bytes_find(vkey, '+');
    struct key   made;
    if (vkey.n < plus + 2 + 2 * KEY_ID_SIZE || vkey.p[plus + 1 + 2 * KEY_ID_SIZE] != '+')
        return GZ_MALFORMED;
    TRY(text_from_hex(bytes_slice(vkey, plus + 1, plus + 1 + 2 * KEY_ID_SIZE), id, sizeof id));
    const struct bytes encoded = bytes_slice(vkey, plus + 2 + 2 * KEY_ID_SIZE, vkey.n);
    if (base64_decode(BASE64_STD_PADDED, encoded, typed, sizeof typed, &typed_n) != GZ_OK)
        return GZ_MALFORMED;
    const struct key_type *type = type_in((struct bytes){typed, typed_n});
    if (type == NULL) return GZ_MALFORMED;
    TRY(key_init(&made, type->suite, type->purpose, bytes_slice(vkey, 0, plus),
                 typed + type->type.n));
    if (memcmp(made.id, id, sizeof id) != 0) return GZ_MALFORMED;
    *out = made;
    return GZ_OK;
}

enum gz_err key_encode(const struct key *k, struct buf *out)
{
    const struct key_type *type = type_of(k->suite, k->purpose);
    uint8_t                typed[TYPED_KEY_MAX];
    char                   hex[2 * KEY_ID_SIZE + 1];
    assert(type != NULL);
    memcpy(typed, type->type.p, type->type.n);
    memcpy(typed + type->type.n, k->public_key, k->public_n);
    text_to_hex(BYTES_OF(k->id), hex);
    TRY(buf_addf(out, "%s+%s+", k->name, hex));
    return base64_add(BASE64_STD_PADDED, (struct bytes){typed, type->type.n + k->public_n}, out);
}

enum gz_err key_verify(const struct key *k, struct bytes message,
                       const uint8_t signature[KEY_SIGNATURE_SIZE])
{
    return k->suite == SUITE_GM ? sm2_verify(k->public_key, message, signature)
                                : ed25519_verify(k->public_key, message, signature);
}

/* What the vault takes of libgcrypt: SM4-GCM with 96-bit nonces and 128-bit tags (GB/T 32907,
 * GB/T 36624, as in RFC 8998) and HMAC-SM3. Thread-safe. Used by the vault alone. */
#pragma once
#include "base/buf.h"
#include "core/hash.h"

enum { SM4_KEY_SIZE = 16, SM4_GCM_NONCE_SIZE = 12, SM4_GCM_TAG_SIZE = 16 };

/* Once before anything else; further calls do nothing. GZ_IO: this libgcrypt has no SM4. */
enum gz_err cipher_init(void);
/* cipher takes plain.n bytes. A nonce must never be used twice under one key. */
enum gz_err sm4_gcm_encrypt(const uint8_t key[SM4_KEY_SIZE],
                            const uint8_t nonce[SM4_GCM_NONCE_SIZE], struct bytes about,
                            struct bytes plain, uint8_t *cipher, uint8_t tag[SM4_GCM_TAG_SIZE]);
/* plain takes cipher.n bytes. GZ_MISMATCH: the tag is not theirs; plain is then wiped. */
enum gz_err sm4_gcm_decrypt(const uint8_t key[SM4_KEY_SIZE],
                            const uint8_t nonce[SM4_GCM_NONCE_SIZE], struct bytes about,
                            struct bytes cipher, const uint8_t tag[SM4_GCM_TAG_SIZE],
                            uint8_t *plain);
enum gz_err hmac_sm3(struct bytes key, struct bytes data, uint8_t out[HASH_SIZE]);

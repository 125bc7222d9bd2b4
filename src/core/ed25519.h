/* Ed25519 verification (RFC 8032 without the cofactor; S < L; R compared byte for byte). A key's
 * second encodings are read as OpenSSL and Go read them. Public data only. Pure, no allocation. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum { ED25519_KEY_SIZE = 32, ED25519_SIGNATURE_SIZE = 64 };

/* GZ_MALFORMED: does not decode to a point of the curve. */
enum gz_err ed25519_check_key(const uint8_t key[ED25519_KEY_SIZE]);
/* Agrees with OpenSSL and Go crypto/ed25519. GZ_MISMATCH: does not verify. */
enum gz_err ed25519_verify(const uint8_t key[ED25519_KEY_SIZE], struct bytes message,
                           const uint8_t signature[ED25519_SIGNATURE_SIZE]);

/* SHA-512 (FIPS 180-4), which Ed25519 needs. Pure. */
#pragma once
#include "base/bytes.h"

enum { SHA512_SIZE = 64 };

/* Of the parts one after the other. */
void sha512_of(const struct bytes *parts, size_t parts_n, uint8_t out[SHA512_SIZE]);

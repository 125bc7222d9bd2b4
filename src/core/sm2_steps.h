/* The steps that SM2 verification has in common, with a key's table and without. For sm2*.c alone.
 * Pure. */
#pragma once
#include "core/hash.h"
#include "core/sm2.h"
#include "core/sm2_point.h"

/* GZ_MALFORMED: no point of the curve. */
enum gz_err sm2_read_point(const uint8_t wire[SM2_POINT_SIZE], struct point *out);
/* r, s and t = r + s mod n. False: one of them is out of 1 … n - 1. */
struct sm2_scalars {
    struct u256 r, s, t;
};
bool sm2_read_signature(const uint8_t signature[SM2_SIGNATURE_SIZE], struct sm2_scalars *out);
/* Is r = e + x(sum) mod n? GZ_MISMATCH: no. */
enum gz_err sm2_judge(const struct point *sum, const struct u256 *r, const uint8_t e[32]);
/* Z of section 5.5: the digest of the signer's ID, the curve and the key. */
struct hash sm2_identity(const uint8_t point[SM2_POINT_SIZE]);
/* e = SM3(Z ‖ message). */
struct hash sm2_message_digest(struct hash z, struct bytes message);

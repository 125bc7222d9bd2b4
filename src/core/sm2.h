/* SM2 signature verification (GB/T 32918.2 with SM3, ID 1234567812345678). Public data only,
 * so variable time. Pure, no allocation. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum { SM2_POINT_SIZE = 65, SM2_SIGNATURE_SIZE = 64 };

/* GZ_MALFORMED: not 04‖X‖Y with coordinates below p on the curve. */
enum gz_err sm2_check_point(const uint8_t point[SM2_POINT_SIZE]);
/* signature = r‖s big-endian, 1 <= r, s < n. GZ_MISMATCH: does not verify (also when out of range
 * or when the key is no point of the curve). */
enum gz_err sm2_verify(const uint8_t point[SM2_POINT_SIZE], struct bytes message,
                       const uint8_t signature[SM2_SIGNATURE_SIZE]);
/* The same from the digest e (big-endian, any 256-bit value). */
enum gz_err sm2_verify_digest(const uint8_t point[SM2_POINT_SIZE], const uint8_t e[32],
                              const uint8_t signature[SM2_SIGNATURE_SIZE]);

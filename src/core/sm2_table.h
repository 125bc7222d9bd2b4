/* SM2 verification for keys that sign again and again: with the multiples of a key laid out once, a
 * signature needs no doublings. The same results as sm2.h. The tables are the caller's, and large:
 * made for keys that are trusted already, or strangers decide what memory and time is spent.
 * Public data only, so variable time. Pure, no allocation. */
#pragma once
#include "core/hash.h"
#include "core/sm2.h"
#include "core/sm2_base.h"

/* Signed digits of 7 bits: 37 of them hold 256 bits and the carry. */
enum { SM2_TABLE_WIDTH = 7, SM2_TABLE_DIGITS = 37, SM2_TABLE_MULTIPLES = 64 };

/* 148 KiB: rows[i][j] = (j + 1) 2^(7 i) P. */
struct sm2_table {
    struct hash       identity; /* Z of the key */
    struct sm2_affine rows[SM2_TABLE_DIGITS][SM2_TABLE_MULTIPLES];
};

/* About as long as 20 verifications. GZ_MALFORMED: no point of the curve; *out is unchanged. */
enum gz_err sm2_table_init(struct sm2_table *out, const uint8_t point[SM2_POINT_SIZE]);
/* The table of the base point, which every verification needs beside the key's. */
void        sm2_table_init_base(struct sm2_table *out);
/* As sm2_verify and sm2_verify_digest with the key's point. */
enum gz_err sm2_table_verify(const struct sm2_table *base, const struct sm2_table *key,
                             struct bytes message, const uint8_t signature[SM2_SIGNATURE_SIZE]);
enum gz_err sm2_table_verify_digest(const struct sm2_table *base, const struct sm2_table *key,
                                    const uint8_t e[32],
                                    const uint8_t signature[SM2_SIGNATURE_SIZE]);

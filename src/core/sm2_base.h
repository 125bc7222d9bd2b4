/* Odd multiples of SM2's base point, made at build time by tools/sm2-base.py. For sm2.c alone. */
#pragma once
#include "core/u256.h"

enum { SM2_BASE_WIDTH = 7, SM2_BASE_TABLE = 32 }; /* of the signed digits; 2^(width - 2) */

/* In Montgomery form. */
struct sm2_affine {
    struct u256 x, y;
};
/* G, 3G, 5G … 63G. */
extern const struct sm2_affine sm2_base[SM2_BASE_TABLE];

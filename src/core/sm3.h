/* What the implementations of SM3 share. For hash.c and hash_many.c alone. */
#pragma once
#include <stdint.h>

extern const uint32_t sm3_start[8]; /* the state before the first block */
extern const uint32_t sm3_k[64];    /* T_j <<< j of round j */

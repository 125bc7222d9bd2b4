/* Keyed hashes by which the bank's database recognises what it must not keep in clear. The identity
 * vault has their key, so that whoever has the business side alone can test no guess. */
#pragma once
#include "app/bank.h"

/* The loan that a source calls by this number (its contract number, say). */
enum gz_err keyed_matter(const struct bank *bank, struct bytes source, struct bytes number,
                         uint8_t out[HASH_SIZE]);
/* An original, by its SM3. */
enum gz_err keyed_file(const struct bank *bank, struct hash sm3, uint8_t out[HASH_SIZE]);

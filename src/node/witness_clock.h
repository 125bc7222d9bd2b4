/* May a witness trust its clock now? Asks the kernel, or peers for the Date header of any answer of
 * theirs (network.md section 4). Thread-safe but for open and close. */
#pragma once
#include "base/buf.h"
#include "node/witness.h"

struct witness_clock_check;
/* urls: base addresses of the peers; copied. Of WITNESS_CLOCK_PEERS a thread asks them every
 * WITNESS_CLOCK_EVERY_S; after a second already where nobody answered or the own clock has jumped.
 * Three rounds without an end, and the clock is trusted no more. */
enum gz_err witness_clock_open(enum witness_clock how, const char *const *urls, size_t urls_n,
                               struct witness_clock_check **out);
void        witness_clock_close(struct witness_clock_check **c);
bool        witness_clock_is_trusted(struct witness_clock_check *c);

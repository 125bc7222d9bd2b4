/* Addresses of tiles (C2SP tlog-tiles): what stands behind "/tile/" in a URL. Pure. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum { TILE_PATH_SIZE = 64, TILE_HASHES = 256, TILE_LEVEL_MAX = 7 /* of trees below 2^63 */ };

struct tile_address {
    bool     is_entries; /* an entry bundle; else hashes of level */
    unsigned level;
    uint64_t n;
    unsigned width; /* TILE_HASHES, or fewer of a partial tile */
};

/* "<L>/<N>[.p/<W>]" or "entries/<N>[.p/<W>]", each address in its one form: N in groups of three
 * digits, all but the last with an x before them, no group of zeros in front. GZ_MALFORMED. */
enum gz_err tile_decode(struct bytes path, struct tile_address *out);
/* The address in its one form, NUL at its end, written into path and returned. */
const char *tile_encode(const struct tile_address *t, char path[TILE_PATH_SIZE]);

#include "core/hash.h"

bool hash_eq(struct hash a, struct hash b)
{
    return bytes_eq(BYTES_OF(a.b), BYTES_OF(b.b));
}

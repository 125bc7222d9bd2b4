#include "app/keyed.h"

#include "base/buf.h"

enum gz_err keyed_matter(const struct bank *bank, struct bytes source, struct bytes number,
                         uint8_t out[HASH_SIZE])
{
    DEFER(buf_fini) struct buf text = {0};
    TRY(buf_add(&text, source));
    TRY(buf_add_byte(&text, '\n'));
    TRY(buf_add(&text, number));
    return vault_keyed_hash(bank->identity, "matter", buf_bytes(&text), out);
}

enum gz_err keyed_file(const struct bank *bank, struct hash sm3, uint8_t out[HASH_SIZE])
{
    return vault_keyed_hash(bank->identity, "file", BYTES_OF(sm3.b), out);
}

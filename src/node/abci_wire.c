#include "node/abci_wire.h"

enum { VARINT_BITS = 7 };

/* GZ_MISSING: it does not end yet. */
static enum gz_err take_length(struct bytes wire, uint64_t *length, size_t *used)
{
    uint64_t v = 0;
    for (size_t i = 0; i < wire.n && i < ABCI_HEAD_MAX; i++) {
        v |= (uint64_t)(wire.p[i] & 0x7f) << (VARINT_BITS * i);
        if (wire.p[i] & 0x80) continue;
        *length = v;
        *used = i + 1;
        return GZ_OK;
    }
    return wire.n < ABCI_HEAD_MAX ? GZ_MISSING : GZ_MALFORMED;
}

enum gz_err abci_take(struct bytes *rest, size_t *wanted, Abci__Request **out)
{
    uint64_t length = 0;
    size_t   head = 0;
    *wanted = rest->n + 1;
    TRY(take_length(*rest, &length, &head));
    if (length > ABCI_MESSAGE_MAX) return GZ_LIMIT;
    *wanted = head + (size_t)length;
    if (rest->n < *wanted) return GZ_MISSING;
    Abci__Request *r = abci__request__unpack(NULL, (size_t)length, rest->p + head);
    if (r == NULL) return GZ_MALFORMED;
    *rest = bytes_slice(*rest, *wanted, rest->n);
    *out = r;
    return GZ_OK;
}

void abci_request_free(Abci__Request **r)
{
    if (*r != NULL) abci__request__free_unpacked(*r, NULL);
    *r = NULL;
}

enum gz_err abci_add(const Abci__Response *r, struct buf *out)
{
    const size_t n = abci__response__get_packed_size(r);
    uint64_t     rest = n;
    TRY(buf_reserve(out, ABCI_HEAD_MAX + n));
    for (; rest >= 0x80; rest >>= VARINT_BITS)
        TRY(buf_add_byte(out, (uint8_t)(rest & 0x7f) | 0x80));
    TRY(buf_add_byte(out, (uint8_t)rest));
    out->n += abci__response__pack(r, out->p + out->n);
    return GZ_OK;
}

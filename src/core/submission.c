#include "core/submission.h"

#include <string.h>

static const char message_head[] = "guzheng/submission/v1\n";

/* --- strict protobuf: ascending fields, minimal varints, nothing unknown, nothing left over ------
 */

static enum gz_err take_varint(struct bytes *rest, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 10 && i < rest->n; i++) {
        const uint8_t byte = rest->p[i];
        if (i == 9 && byte > 1) return GZ_MALFORMED; /* over 64 bits */
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte >= 0x80) continue;
        if (byte == 0 && i > 0) return GZ_MALFORMED; /* not minimal */
        *rest = bytes_slice(*rest, i + 1, rest->n);
        *out = v;
        return GZ_OK;
    }
    return GZ_MALFORMED;
}

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

/* Does the next field have this number and type? Then its tag is taken. */
static bool take_tag(struct bytes *rest, unsigned field, unsigned type)
{
    if (rest->n == 0 || rest->p[0] != (field << 3 | type)) return false;
    *rest = bytes_slice(*rest, 1, rest->n);
    return true;
}

static enum gz_err take_bytes(struct bytes *rest, unsigned field, struct bytes *out)
{
    uint64_t n = 0;
    if (!take_tag(rest, field, WIRE_BYTES)) return GZ_MALFORMED;
    TRY(take_varint(rest, &n));
    if (n > rest->n) return GZ_MALFORMED;
    *out = bytes_slice(*rest, 0, (size_t)n);
    *rest = bytes_slice(*rest, (size_t)n, rest->n);
    return GZ_OK;
}

static enum gz_err decode_item(struct bytes wire, struct submission_item *out)
{
    struct bytes fingerprint;
    TRY(take_bytes(&wire, 1, &fingerprint));
    if (fingerprint.n != HASH_SIZE) return GZ_MALFORMED;
    memcpy(out->fingerprint.b, fingerprint.p, HASH_SIZE);
    out->has_supersedes = take_tag(&wire, 2, WIRE_VARINT);
    if (out->has_supersedes) TRY(take_varint(&wire, &out->supersedes_index));
    return wire.n == 0 ? GZ_OK : GZ_MALFORMED;
}

static enum gz_err decode_items(struct bytes wire, struct arena *arena, struct submission *s)
{
    struct bytes rest = wire, item;
    size_t       n = 0;
    for (; rest.n > 0; n++) {
        TRY(take_bytes(&rest, 4, &item));
        if (n == SUBMISSION_ITEMS_MAX) return GZ_MALFORMED;
    }
    if (n == 0) return GZ_MALFORMED;
    struct submission_item *items = arena_array(arena, n, sizeof *items);
    if (items == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < n; i++) {
        TRY(take_bytes(&wire, 4, &item));
        TRY(decode_item(item, &items[i]));
    }
    s->items = items;
    s->items_n = (uint32_t)n;
    return GZ_OK;
}

static bool is_org(struct bytes org)
{
    if (org.n == 0 || org.n > SUBMISSION_ORG_MAX) return false;
    for (size_t i = 0; i < org.n; i++) {
        const uint8_t c = org.p[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-') return false;
    }
    return true;
}

static enum gz_err decode_body(struct bytes body, struct arena *arena, struct submission *s)
{
    struct bytes key_id;
    s->body = body;
    TRY(take_bytes(&body, 1, &s->org));
    TRY(take_bytes(&body, 2, &key_id));
    if (!take_tag(&body, 3, WIRE_VARINT)) return GZ_MALFORMED;
    TRY(take_varint(&body, &s->seq));
    if (!is_org(s->org) || key_id.n != KEY_ID_SIZE || s->seq == 0 || s->seq > INT64_MAX)
        return GZ_MALFORMED;
    memcpy(s->key_id, key_id.p, KEY_ID_SIZE);
    return decode_items(body, arena, s);
}

enum gz_err submission_decode(struct bytes wire, struct arena *arena, struct submission *out)
{
    struct submission s = {0};
    struct bytes      body, signature;
    if (wire.n > SUBMISSION_SIZE_MAX) return GZ_LIMIT;
    TRY(take_bytes(&wire, 1, &body));
    TRY(take_bytes(&wire, 2, &signature));
    if (wire.n != 0 || signature.n != KEY_SIGNATURE_SIZE) return GZ_MALFORMED;
    memcpy(s.signature, signature.p, KEY_SIGNATURE_SIZE);
    TRY(decode_body(body, arena, &s));
    *out = s;
    return GZ_OK;
}

/* --- encode ----------------------------------------------------------------------------------- */

enum gz_err submission_add_varint(uint64_t v, struct buf *out)
{
    for (; v >= 0x80; v >>= 7) TRY(buf_add_byte(out, (uint8_t)(v | 0x80)));
    return buf_add_byte(out, (uint8_t)v);
}

enum gz_err submission_take_varint(struct bytes *rest, uint64_t *out)
{
    return take_varint(rest, out);
}

enum gz_err submission_take_served(struct bytes *rest, uint64_t *first_index, struct bytes *wire)
{
    struct bytes left = *rest;
    uint64_t     first = 0, n = 0;
    TRY(take_varint(&left, &first));
    TRY(take_varint(&left, &n));
    if (n > left.n) return GZ_MALFORMED;
    *first_index = first;
    *wire = bytes_slice(left, 0, (size_t)n);
    *rest = bytes_slice(left, (size_t)n, left.n);
    return GZ_OK;
}

static enum gz_err add_bytes(unsigned field, struct bytes value, struct buf *out)
{
    TRY(buf_add_byte(out, (uint8_t)(field << 3 | WIRE_BYTES)));
    TRY(submission_add_varint(value.n, out));
    return buf_add(out, value);
}

static enum gz_err add_item(const struct submission_item *item, struct buf *out)
{
    DEFER(buf_fini) struct buf wire = {0};
    TRY(add_bytes(1, BYTES_OF(item->fingerprint.b), &wire));
    if (item->has_supersedes) {
        TRY(buf_add_byte(&wire, 2 << 3 | WIRE_VARINT));
        TRY(submission_add_varint(item->supersedes_index, &wire));
    }
    return add_bytes(4, buf_bytes(&wire), out);
}

enum gz_err submission_encode_body(const struct submission *s, struct buf *out)
{
    DEFER(buf_fini) struct buf body = {0};
    if (!is_org(s->org) || s->seq == 0) return GZ_MALFORMED;
    if (s->items_n == 0 || s->items_n > SUBMISSION_ITEMS_MAX) return GZ_MALFORMED;
    TRY(add_bytes(1, s->org, &body));
    TRY(add_bytes(2, BYTES_OF(s->key_id), &body));
    TRY(buf_add_byte(&body, 3 << 3 | WIRE_VARINT));
    TRY(submission_add_varint(s->seq, &body));
    for (uint32_t i = 0; i < s->items_n; i++) TRY(add_item(&s->items[i], &body));
    return buf_add(out, buf_bytes(&body));
}

enum gz_err submission_encode(struct bytes body, const uint8_t signature[KEY_SIGNATURE_SIZE],
                              struct buf *out)
{
    DEFER(buf_fini) struct buf wire = {0};
    TRY(add_bytes(1, body, &wire));
    TRY(add_bytes(2, (struct bytes){signature, KEY_SIGNATURE_SIZE}, &wire));
    if (wire.n > SUBMISSION_SIZE_MAX) return GZ_LIMIT;
    return buf_add(out, buf_bytes(&wire));
}

enum gz_err submission_message(struct bytes origin, struct bytes body, struct buf *out)
{
    TRY(buf_add_str(out, message_head));
    TRY(buf_add(out, origin));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, body);
}

enum gz_err submission_verify(const struct submission *s, struct bytes origin, const struct key *k,
                              struct key_cache *cache)
{
    DEFER(buf_fini) struct buf message = {0};
    if (!bytes_eq(s->org, bytes_str(k->name)) || memcmp(s->key_id, k->id, KEY_ID_SIZE) != 0)
        return GZ_DENIED;
    TRY(submission_message(origin, s->body, &message));
    return key_cache_verify(cache, k, buf_bytes(&message), s->signature) == GZ_OK ? GZ_OK
                                                                                  : GZ_DENIED;
}

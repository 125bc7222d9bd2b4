#include "core/base64.h"

static const char alphabets[2][65] = {
    [BASE64_STD_PADDED] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL_BARE] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

/* Value of one character, -1 where it is not in the alphabet. */
static int value_of(enum base64_variant v, uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == (uint8_t)alphabets[v][62]) return 62;
    if (c == (uint8_t)alphabets[v][63]) return 63;
    return -1;
}

size_t base64_decoded_max(size_t n)
{
    return n / 4 * 3 + 2;
}

/* Cut the padding off; false where it is not what the variant wants. */
static bool strip_padding(enum base64_variant v, struct bytes *text)
{
    if (v == BASE64_URL_BARE) return text->n % 4 != 1;
    if (text->n % 4 != 0) return false;
    for (unsigned i = 0; i < 2 && text->n > 0 && text->p[text->n - 1] == '='; i++) text->n--;
    return text->n % 4 != 1;
}

enum gz_err base64_decode_front(enum base64_variant v, struct bytes text, uint8_t *out,
                                size_t out_cap, size_t *whole_n)
{
    if (!strip_padding(v, &text)) return GZ_MALFORMED;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t   n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const int value = value_of(v, text.p[i]);
        if (value < 0) return GZ_MALFORMED;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        if (n < out_cap) out[n] = (uint8_t)(bits >> held);
        n++;
        bits &= (1u << held) - 1;
    }
    if (bits != 0) return GZ_MALFORMED; /* spare bits */
    *whole_n = n;
    return GZ_OK;
}

enum gz_err base64_decode(enum base64_variant v, struct bytes text, uint8_t *out, size_t out_cap,
                          size_t *out_n)
{
    size_t n = 0;
    TRY(base64_decode_front(v, text, out, out_cap, &n));
    if (n > out_cap) return GZ_LIMIT;
    *out_n = n;
    return GZ_OK;
}

enum gz_err base64_decode_exact(enum base64_variant v, struct bytes text, uint8_t *out,
                                size_t out_n)
{
    size_t n = 0;
    if (text.n != base64_encoded_size(v, out_n)) return GZ_MALFORMED;
    if (base64_decode(v, text, out, out_n, &n) != GZ_OK) return GZ_MALFORMED;
    return n == out_n ? GZ_OK : GZ_MALFORMED;
}

size_t base64_encoded_size(enum base64_variant v, size_t n)
{
    if (v == BASE64_STD_PADDED) return (n + 2) / 3 * 4;
    return n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1);
}

void base64_encode(enum base64_variant v, struct bytes data, char *out)
{
    const char *alphabet = alphabets[v];
    uint32_t    bits = 0;
    unsigned    held = 0;
    size_t      n = 0;
    for (size_t i = 0; i < data.n; i++) {
        bits = bits << 8 | data.p[i];
        for (held += 8; held >= 6; held -= 6) out[n++] = alphabet[bits >> (held - 6) & 63];
        bits &= 63;
    }
    if (held > 0) out[n++] = alphabet[bits << (6 - held) & 63];
    while (v == BASE64_STD_PADDED && n % 4 != 0) out[n++] = '=';
}

enum gz_err base64_add(enum base64_variant v, struct bytes data, struct buf *out)
{
    const size_t n = base64_encoded_size(v, data.n);
    TRY(buf_reserve(out, n));
    base64_encode(v, data, (char *)out->p + out->n);
    out->n += n;
    return GZ_OK;
}

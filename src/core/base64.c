#include "core/base64.h"

static const char alphabets[2][65] = {
    [BASE64_STD_PADDED] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL_BARE] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

/* Value of one character plus one, 0 where it is not in the alphabet. */
#define LETTERS_AND_DIGITS                                                                         \
    ['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
    25, 26, ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,    \
    46, 47, 48, 49, 50, 51, 52, ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62
static const uint8_t values[2][256] = {
    [BASE64_STD_PADDED] = {LETTERS_AND_DIGITS, ['+'] = 63, ['/'] = 64},
    [BASE64_URL_BARE] = {LETTERS_AND_DIGITS, ['-'] = 63, ['_'] = 64},
};

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

/* Fours of characters from the front, as long as out has room for them. False: one is not in the
 * alphabet. */
static bool decode_fours(enum base64_variant v, struct bytes text, uint8_t *out, size_t out_cap,
                         size_t *done)
{
    const uint8_t *of = values[v];
    size_t         at = 0, n = 0;
    for (; at + 4 <= text.n && n + 3 <= out_cap; at += 4, n += 3) {
        const uint32_t a = of[text.p[at]], b = of[text.p[at + 1]], c = of[text.p[at + 2]],
                       d = of[text.p[at + 3]];
        if (a == 0 || b == 0 || c == 0 || d == 0) return false;
        const uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        out[n] = (uint8_t)(bits >> 16);
        out[n + 1] = (uint8_t)(bits >> 8);
        out[n + 2] = (uint8_t)bits;
    }
    *done = at;
    return true;
}

enum gz_err base64_decode_front(enum base64_variant v, struct bytes text, uint8_t *out,
                                size_t out_cap, size_t *whole_n)
{
    if (!strip_padding(v, &text)) return GZ_MALFORMED;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t   done = 0;
    if (!decode_fours(v, text, out, out_cap, &done)) return GZ_MALFORMED;
    size_t n = done / 4 * 3;
    for (size_t i = done; i < text.n; i++) {
        const uint32_t value = values[v][text.p[i]];
        if (value == 0) return GZ_MALFORMED;
        bits = bits << 6 | (value - 1);
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
    size_t      n = 0, at = 0;
    for (; at + 3 <= data.n; at += 3) {
        const uint32_t three =
            (uint32_t)data.p[at] << 16 | (uint32_t)data.p[at + 1] << 8 | data.p[at + 2];
        out[n++] = alphabet[three >> 18];
        out[n++] = alphabet[three >> 12 & 63];
        out[n++] = alphabet[three >> 6 & 63];
        out[n++] = alphabet[three & 63];
    }
    for (size_t i = at; i < data.n; i++) {
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

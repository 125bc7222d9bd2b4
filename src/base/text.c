#include "base/text.h"

#include <string.h>

enum gz_err text_to_u64(struct bytes text, uint64_t max, uint64_t *out)
{
    if (text.n == 0 || text.n > TEXT_U64_SIZE - 1) return GZ_MALFORMED;
    if (text.n > 1 && text.p[0] == '0') return GZ_MALFORMED;
    uint64_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        const unsigned digit = text.p[i] - (unsigned)'0';
        if (digit > 9) return GZ_MALFORMED;
        if (digit > max || v > (max - digit) / 10) return GZ_MALFORMED;
        v = v * 10 + digit;
    }
    *out = v;
    return GZ_OK;
}

const char *text_of_u64(uint64_t v, char digits[TEXT_U64_SIZE])
{
    char *p = digits + TEXT_U64_SIZE - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    return p;
}

/* Bytes of the well-formed sequence at the front of p[0..n), 0 if there is none (RFC 3629). */
static size_t utf8_sequence(const uint8_t *p, size_t n)
{
    const uint8_t a = p[0];
    if (a < 0x80) return 1;
    const size_t need = a >= 0xc2 && a <= 0xdf   ? 2
                        : a >= 0xe0 && a <= 0xef ? 3
                        : a >= 0xf0 && a <= 0xf4 ? 4
                                                 : 0;
    if (need == 0 || need > n) return 0;
    const uint8_t low = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < need; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return need;
}

bool text_is_utf8(struct bytes text)
{
    for (size_t at = 0; at < text.n;) {
        uint64_t eight;
        if (text.n - at >= sizeof eight) {
            memcpy(&eight, text.p + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight; /* ASCII, as most of it is */
                continue;
            }
        }
        const size_t step = utf8_sequence(text.p + at, text.n - at);
        if (step == 0) return false;
        at += step;
    }
    return true;
}

uint32_t text_next_rune(struct bytes text, size_t *at)
{
    const uint8_t *p = text.p + *at;
    const size_t   step = utf8_sequence(p, text.n - *at);
    assert(step != 0);
    static const uint8_t mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t             rune = p[0] & mask[step];
    for (size_t i = 1; i < step; i++) rune = rune << 6 | (p[i] & 0x3fu);
    *at += step;
    return rune;
}

int text_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

enum gz_err text_from_hex(struct bytes hex, uint8_t *out, size_t out_n)
{
    if (hex.n != 2 * out_n) return GZ_MALFORMED;
    for (size_t i = 0; i < hex.n; i++)
        if (text_hex_digit(hex.p[i]) < 0) return GZ_MALFORMED;
    for (size_t i = 0; i < out_n; i++)
        out[i] = (uint8_t)(text_hex_digit(hex.p[2 * i]) << 4 | text_hex_digit(hex.p[2 * i + 1]));
    return GZ_OK;
}

void text_to_hex(struct bytes data, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < data.n; i++) {
        out[2 * i] = digits[data.p[i] >> 4];
        out[2 * i + 1] = digits[data.p[i] & 15];
    }
    out[2 * data.n] = '\0';
}

bool text_is_hidden_rune(uint32_t r)
{
    return r < 0x20 || (r >= 0x7f && r <= 0x9f) || r == 0xad || r == 0x61c ||
           (r >= 0x200b && r <= 0x200f) || (r >= 0x2028 && r <= 0x202e) ||
           (r >= 0x2060 && r <= 0x206f) || r == 0xfeff || (r >= 0xe0000 && r <= 0xe007f);
}

#include "base/money.h"

#include <stdio.h>

#include "base/text.h"

#define MONEY_YUAN_MAX UINT64_C(10000000000000)

enum gz_err money_decode(struct bytes text, struct money *out)
{
    if (text.n < 4 || text.p[text.n - 3] != '.') return GZ_MALFORMED;
    uint64_t yuan;
    TRY(text_to_u64(bytes_slice(text, 0, text.n - 3), MONEY_YUAN_MAX, &yuan));
    const unsigned tens = text.p[text.n - 2] - (unsigned)'0';
    const unsigned ones = text.p[text.n - 1] - (unsigned)'0';
    if (tens > 9 || ones > 9) return GZ_MALFORMED;
    *out = (struct money){(int64_t)(yuan * 100 + tens * 10 + ones)};
    return GZ_OK;
}

const char *money_encode(struct money m, char out[MONEY_TEXT_SIZE])
{
    assert(m.fen >= 0);
    (void)snprintf(out, MONEY_TEXT_SIZE, "%lld.%02lld", (long long)(m.fen / 100),
                   (long long)(m.fen % 100));
    return out;
}

enum gz_err money_add(struct money a, struct money b, struct money *sum)
{
    int64_t fen;
    if (__builtin_add_overflow(a.fen, b.fen, &fen)) return GZ_LIMIT;
    *sum = (struct money){fen};
    return GZ_OK;
}

int money_cmp(struct money a, struct money b)
{
    return (a.fen > b.fen) - (a.fen < b.fen);
}

enum gz_err money_subtract(struct money a, struct money b, struct money *out)
{
    if (b.fen < 0 || a.fen < b.fen) return GZ_LIMIT;
    *out = (struct money){a.fen - b.fen};
    return GZ_OK;
}

enum gz_err money_add_grouped(struct money m, struct buf *out)
{
    char         text[MONEY_TEXT_SIZE];
    const size_t yuan = bytes_str(money_encode(m, text)).n - 3;
    for (size_t i = 0; i < yuan; i++) {
        if (i > 0 && (yuan - i) % 3 == 0) TRY(buf_add_byte(out, ','));
        TRY(buf_add_byte(out, (uint8_t)text[i]));
    }
    return buf_add_str(out, text + yuan);
}

static const char *const capitals[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

/* Four digits; a gap inside of them, or before the first, is one 零. */
static enum gz_err add_group(uint64_t group, bool *has_gap, bool *is_begun, struct buf *out)
{
    static const char *const places[] = {"仟", "佰", "拾", ""};
    uint64_t                 unit = 1000;
    for (size_t i = 0; i < COUNT_OF(places); i++, unit /= 10) {
        const uint64_t digit = group / unit % 10;
        if (digit == 0) {
            *has_gap = *is_begun;
            continue;
        }
        if (*has_gap) TRY(buf_add_str(out, capitals[0]));
        TRY(buf_add_str(out, capitals[digit]));
        TRY(buf_add_str(out, places[i]));
        *has_gap = false;
        *is_begun = true;
    }
    return GZ_OK;
}

static enum gz_err add_yuan(uint64_t yuan, struct buf *out)
{
    static const char *const names[] = {"万亿", "亿", "万", ""};
    uint64_t                 unit = UINT64_C(1000000000000);
    bool                     has_gap = false, is_begun = false;
    for (size_t i = 0; i < COUNT_OF(names); i++, unit /= 10000) {
        const uint64_t group = yuan / unit % 10000;
        TRY(add_group(group, &has_gap, &is_begun, out));
        if (group > 0) TRY(buf_add_str(out, names[i]));
    }
    return GZ_OK;
}

enum gz_err money_add_capitals(struct money m, struct buf *out)
{
    assert(m.fen >= 0);
    const uint64_t yuan = (uint64_t)m.fen / 100, tens = (uint64_t)m.fen / 10 % 10,
                   ones = (uint64_t)m.fen % 10;
    TRY(add_yuan(yuan, out));
    if (m.fen == 0) TRY(buf_add_str(out, capitals[0]));
    if (yuan > 0 || m.fen == 0) TRY(buf_add_str(out, "元"));
    if (yuan > 0 && tens == 0 && ones > 0) TRY(buf_add_str(out, capitals[0]));
    if (tens > 0) TRY(buf_addf(out, "%s角", capitals[tens]));
    if (ones > 0) return buf_addf(out, "%s分", capitals[ones]);
    return buf_add_str(out, "整");
}

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

#include "app/check_digit.h"

#include <string.h>

enum { MOD_ID = 11, MOD_CREDIT = 31 };

static bool are_digits(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9') return false;
    return true;
}

static int number_of(struct bytes digits)
{
    int v = 0;
    for (size_t i = 0; i < digits.n; i++) v = v * 10 + (digits.p[i] - '0');
    return v;
}

static bool is_birth(struct bytes text, struct date today)
{
    const struct date d = {number_of(bytes_slice(text, 6, 10)),
                           number_of(bytes_slice(text, 10, 12)),
                           number_of(bytes_slice(text, 12, 14))};
    return date_is_real(d) && d.year >= ID_BIRTH_YEAR_MIN && date_to_days(d) <= date_to_days(today);
}

enum check_digit id_number_check(struct bytes text, struct date today)
{
    static const char last[] = "0123456789X";
    const size_t      body = ID_NUMBER_SIZE - 1;
    if (text.n != ID_NUMBER_SIZE || !are_digits(bytes_slice(text, 0, body)) || text.p[0] == '0')
        return CHECK_DIGIT_FORM;
    const char *check = memchr(last, text.p[body], sizeof last - 1);
    if (check == NULL) return CHECK_DIGIT_FORM;
    if (!is_birth(text, today)) return CHECK_DIGIT_BIRTH;
    /* The weights are 2^17 … 2^1, 2^0 modulo 11, and the whole is 1 modulo 11: Horner's rule. */
    unsigned sum = 0;
    for (size_t i = 0; i < body; i++) sum = (sum + (text.p[i] - (unsigned)'0')) * 2 % MOD_ID;
    const unsigned whole = (sum + (unsigned)(check - last)) % MOD_ID;
    return whole == 1 ? CHECK_DIGIT_OK : CHECK_DIGIT_WRONG;
}

enum check_digit credit_code_check(struct bytes text)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned          sum = 0, weight = 1;
    if (text.n != CREDIT_CODE_SIZE || text.p[0] == '0' || !are_digits(bytes_slice(text, 2, 8)))
        return CHECK_DIGIT_FORM;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = memchr(alphabet, text.p[i], sizeof alphabet - 1);
        if (at == NULL) return CHECK_DIGIT_FORM;
        /* The check character makes the sum of the others up to a multiple of 31. */
        sum += (unsigned)(at - alphabet) * (i == text.n - 1 ? 1 : weight);
        weight = weight * 3 % MOD_CREDIT;
    }
    return sum % MOD_CREDIT == 0 ? CHECK_DIGIT_OK : CHECK_DIGIT_WRONG;
}

#include "compliance/tripwire_match.h"

#include <string.h>

#include "base/err.h"

/* How a value behind a word must look to be one. */
enum rule {
    RULE_SECRET,  /* ':' or the like, then four visible characters that are no state */
    RULE_PIN,     /* four to eight digits, or an encrypted block of 16 hexadecimal digits */
    RULE_CODE,    /* four to eight digits; behind ':' or '=' letters may be among them */
    RULE_CVV,     /* three or four digits */
    RULE_EXPIRY,  /* a month and a year */
    RULE_TEMPLATE /* ':' or the like, then 16 characters of base64, hexadecimal or a list */
};

/* Lower case; '_' stands for nothing, '_', '-' or a blank. Longer ones before their beginnings. */
static const struct word {
    const char   *text;
    enum rule     rule;
    enum tripwire what;
} words[] = {
    {"password", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"passwd", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"passcode", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"passphrase", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"pwd", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"pin_block", RULE_PIN, TRIPWIRE_PASSWORD},
    {"pin_code", RULE_PIN, TRIPWIRE_PASSWORD},
    {"pin", RULE_PIN, TRIPWIRE_PASSWORD},
    {"security_answer", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"密码", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"口令", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"密保答案", RULE_SECRET, TRIPWIRE_PASSWORD},
    {"one_time_password", RULE_CODE, TRIPWIRE_CODE},
    {"one_time_code", RULE_CODE, TRIPWIRE_CODE},
    {"otp_code", RULE_CODE, TRIPWIRE_CODE},
    {"otp", RULE_CODE, TRIPWIRE_CODE},
    {"totp", RULE_CODE, TRIPWIRE_CODE},
    {"sms_code", RULE_CODE, TRIPWIRE_CODE},
    {"verify_code", RULE_CODE, TRIPWIRE_CODE},
    {"verification_code", RULE_CODE, TRIPWIRE_CODE},
    {"captcha", RULE_CODE, TRIPWIRE_CODE},
    {"验证码", RULE_CODE, TRIPWIRE_CODE},
    {"动态码", RULE_CODE, TRIPWIRE_CODE},
    {"动态密码", RULE_CODE, TRIPWIRE_CODE},
    {"动态口令", RULE_CODE, TRIPWIRE_CODE},
    {"短信码", RULE_CODE, TRIPWIRE_CODE},
    {"短信密码", RULE_CODE, TRIPWIRE_CODE},
    {"cvv2", RULE_CVV, TRIPWIRE_CARD},
    {"cvv", RULE_CVV, TRIPWIRE_CARD},
    {"cvc2", RULE_CVV, TRIPWIRE_CARD},
    {"cvc", RULE_CVV, TRIPWIRE_CARD},
    {"cvn2", RULE_CVV, TRIPWIRE_CARD},
    {"cvn", RULE_CVV, TRIPWIRE_CARD},
    {"安全码", RULE_CVV, TRIPWIRE_CARD},
    {"card_expiry", RULE_EXPIRY, TRIPWIRE_CARD},
    {"exp_date", RULE_EXPIRY, TRIPWIRE_CARD},
    {"valid_thru", RULE_EXPIRY, TRIPWIRE_CARD},
    {"卡有效期", RULE_EXPIRY, TRIPWIRE_CARD},
    {"卡片有效期", RULE_EXPIRY, TRIPWIRE_CARD},
    {"face_template", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"face_features", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"face_feature", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"feature_vector", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"embedding", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"faceprint", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"voiceprint", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"fingerprint_template", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"人脸特征", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"人脸模板", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"特征向量", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"特征模板", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"声纹", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"指纹模板", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
    {"指纹特征", RULE_TEMPLATE, TRIPWIRE_BIOMETRIC},
};

/* --- what stands between a word and its value ------------------------------------------------- */

static bool begins(struct bytes text, size_t at, const char *token)
{
    return bytes_starts(bytes_slice(text, at, text.n), bytes_str(token));
}

/* Move *at behind one of the tokens. */
static bool skip_token(struct bytes text, size_t *at, const char *const *tokens, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (begins(text, *at, tokens[i])) {
            *at += bytes_str(tokens[i]).n;
            return true;
        }
    return false;
}

static const char *const blanks[] = {" ", "\t", "\"", "'", "\\", "“", "”", "　"};
static const char *const signs[] = {":", "=", "：", "＝"};
static const char *const verbs[] = {"是", "为", "is ", "(", "（", "[", "【", "<b>"};

struct gap {
    size_t end;
    bool   has_sign, has_verb;
};

static struct gap read_gap(struct bytes text, size_t at)
{
    struct gap g = {at, false, false};
    for (;;) {
        if (skip_token(text, &g.end, blanks, COUNT_OF(blanks))) continue;
        if (skip_token(text, &g.end, signs, COUNT_OF(signs))) g.has_sign = true;
        else if (skip_token(text, &g.end, verbs, COUNT_OF(verbs))) g.has_verb = true;
        else return g;
    }
}

/* --- values ----------------------------------------------------------------------------------- */

static bool is_visible(uint8_t c)
{
    return c > 0x20 && c < 0x7f && c != '"' && c != '\'' && c != ',' && c != ';' && c != '&' &&
           c != '}' && c != ')' && c != '<';
}

static size_t count_visible(struct bytes text, size_t at)
{
    size_t n = 0;
    while (at + n < text.n && is_visible(text.p[at + n])) n++;
    return n;
}

/* Masked, or a word about the state of a password. */
static bool is_state(struct bytes value)
{
    static const char *const states[] = {"null",    "none",   "true",    "false",    "unset",
                                         "empty",   "passed", "failed",  "changed",  "reset",
                                         "wrong",   "error",  "correct", "required", "redacted",
                                         "expired", "locked", "verified"};
    size_t                   same = 0;
    while (same < value.n && value.p[same] == value.p[0]) same++;
    if (same == value.n && (value.p[0] == '*' || value.p[0] == 'x' || value.p[0] == 'X' ||
                            value.p[0] == '.' || value.p[0] == '-'))
        return true;
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (bytes_eq(value, bytes_str(states[i]))) return true;
    return false;
}

static bool is_secret(struct bytes text, struct gap g)
{
    const size_t n = count_visible(text, g.end);
    return (g.has_sign || g.has_verb) && n >= 4 && !is_state(bytes_slice(text, g.end, g.end + n));
}

/* Is the run that ends here bounded: no letter or digit, no decimal places behind it? */
static bool is_bounded(struct bytes text, size_t end)
{
    if (end == text.n) return true;
    const uint8_t c = text.p[end];
    if (tripwire_is_digit(c) || tripwire_is_letter(c) || c == '_') return false;
    return (c != '.' && c != '-' && c != '/') || end + 1 == text.n ||
           !tripwire_is_digit(text.p[end + 1]);
}

static bool is_number(struct bytes text, size_t at, size_t least, size_t most)
{
    const size_t n = tripwire_count_digits(text, at);
    return n >= least && n <= most && is_bounded(text, at + n);
}

static bool is_hex_block(struct bytes text, size_t at)
{
    size_t n = 0;
    for (; at + n < text.n; n++) {
        const uint8_t c = text.p[at + n];
        if (!tripwire_is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) break;
    }
    return n == 16 && is_bounded(text, at + n);
}

static bool is_mixed_code(struct bytes text, size_t at)
{
    size_t n = 0, digits = 0;
    for (; at + n < text.n; n++) {
        const uint8_t c = text.p[at + n];
        if (!tripwire_is_digit(c) && !tripwire_is_letter(c)) break;
        digits += tripwire_is_digit(c);
    }
    return n >= 4 && n <= 8 && digits > 0 && is_bounded(text, at + n);
}

/* 12/27, 1227, 2027-12, 2027年12月 */
static bool is_expiry(struct bytes text, size_t at)
{
    const size_t first = tripwire_count_digits(text, at);
    size_t       next = at + first;
    if (first == 4 && is_bounded(text, next) && !begins(text, next, "年")) return true;
    static const char *const between[] = {"/", "-", "年", "."};
    if ((first != 2 && first != 4) || !skip_token(text, &next, between, COUNT_OF(between)))
        return false;
    const size_t second = tripwire_count_digits(text, next);
    return second == 2 || (first == 2 && second == 4);
}

static bool is_template(struct bytes text, struct gap g)
{
    size_t n = 0;
    for (; g.has_sign && g.end + n < text.n; n++) {
        const uint8_t c = text.p[g.end + n];
        const bool    list = c == '.' || c == ',' || c == '-' || c == '+' || c == '/' || c == '=';
        if (!tripwire_is_digit(c) && !tripwire_is_letter(c) && !list) break;
    }
    return n >= 16;
}

/* --- a code before its word ------------------------------------------------------------------- */

static bool drop_token(struct bytes *text, const char *token)
{
    const struct bytes t = bytes_str(token);
    if (text->n < t.n || !bytes_eq(bytes_slice(*text, text->n - t.n, text->n), t)) return false;
    text->n -= t.n;
    return true;
}

/* "123456 is your verification code", "123456为您的登录验证码", "123456（验证码）" */
static bool has_code_before(struct bytes text, size_t at, size_t end)
{
    static const char *const fillers[] = {" ",        "您",   "你",   "的",   "本次",
                                          "登录",     "支付", "交易", "短信", "手机",
                                          "one-time", "your", "the"};
    static const char *const binders[] = {"是", "为", "is"};
    struct bytes             before = bytes_slice(text, 0, at);
    bool                     bound = false;
    for (bool dropped = true; dropped;) {
        dropped = false;
        for (size_t i = 0; i < COUNT_OF(fillers); i++) dropped |= drop_token(&before, fillers[i]);
        for (size_t i = 0; i < COUNT_OF(binders); i++)
            if (drop_token(&before, binders[i])) dropped = bound = true;
    }
    if (drop_token(&before, "（")) bound = begins(text, end, "）");
    else if (drop_token(&before, "(")) bound = begins(text, end, ")");
    size_t digits = 0;
    while (digits < before.n && tripwire_is_digit(before.p[before.n - 1 - digits])) digits++;
    return bound && digits >= 4 && digits <= 8;
}

/* --- words ------------------------------------------------------------------------------------ */

/* A letter before the word means that it is the end of another one, unless a capital begins it:
 * loginPassword. */
static bool begins_word(struct bytes text, size_t at)
{
    if (at == 0 || !tripwire_is_letter(text.p[at]) || !tripwire_is_letter(text.p[at - 1]))
        return true;
    return text.p[at] < 'a' && text.p[at - 1] >= 'a';
}

/* Behind the word at this place; at: it does not stand there. */
static size_t word_end(const char *word, struct bytes text, size_t at)
{
    size_t i = at;
    for (const char *w = word; *w != 0; w++) {
        if (*w == '_') {
            i += i < text.n && (text.p[i] == '_' || text.p[i] == '-' || text.p[i] == ' ');
            continue;
        }
        if (i == text.n) return at;
        const uint8_t c = tripwire_is_letter(text.p[i]) ? text.p[i] | 0x20 : text.p[i];
        if (c != (uint8_t)*w) return at;
        i++;
    }
    const bool ascii = (uint8_t)word[0] < 0x80;
    const bool goes_on =
        ascii && i < text.n && (tripwire_is_letter(text.p[i]) || tripwire_is_digit(text.p[i]));
    return goes_on ? at : i;
}

static bool has_value(const struct word *w, struct bytes text, size_t at, size_t end)
{
    const struct gap g = read_gap(text, end);
    switch (w->rule) {
    case RULE_SECRET: return is_secret(text, g);
    case RULE_PIN: return is_number(text, g.end, 4, 8) || is_hex_block(text, g.end);
    case RULE_CODE:
        return is_number(text, g.end, 4, 8) || (g.has_sign && is_mixed_code(text, g.end)) ||
               has_code_before(text, at, end);
    case RULE_CVV: return is_number(text, g.end, 3, 4);
    case RULE_EXPIRY: return is_expiry(text, g.end);
    case RULE_TEMPLATE: return is_template(text, g);
    }
    return false;
}

/* Most characters begin no word of the table: every text of every record comes by here. */
static bool may_begin(struct bytes text, size_t at)
{
    static const char        letters[] = "pcotsvef";
    static const char *const signs_of[] = {"密", "口", "验", "动", "短", "安",
                                           "卡", "人", "特", "声", "指"};
    const uint8_t            c = text.p[at];
    const struct bytes       rest = bytes_slice(text, at, text.n);
    if (c < 0x80) return memchr(letters, c | 0x20, sizeof letters - 1) != NULL;
    if ((c & 0xf0) != 0xe0 || rest.n < 3) return false;
    for (size_t i = 0; i < COUNT_OF(signs_of); i++)
        if (memcmp(rest.p, signs_of[i], 3) == 0) return true;
    return false;
}

enum tripwire tripwire_at_word(struct bytes text, size_t at)
{
    const uint8_t first = text.p[at] < 0x80 ? text.p[at] | 0x20 : text.p[at];
    if (!may_begin(text, at) || !begins_word(text, at)) return TRIPWIRE_NONE;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if ((uint8_t)words[i].text[0] != first) continue;
        const size_t end = word_end(words[i].text, text, at);
        if (end > at && has_value(&words[i], text, at, end)) return words[i].what;
    }
    return TRIPWIRE_NONE;
}

/* The tripwire for what authenticates a person (JR/T 0171-2020, class C3): passwords, one-time
 * codes, card verification values and expiry, track data, samples and templates of face, voice or
 * finger. They may stand in no record and no log. It answers with a code, never with what tripped
 * it. It knows forms, not secrets: six digits alone are no one-time code to it. Pure; one pass, no
 * allocation. */
#pragma once
#include "base/bytes.h"

/* X(name, stable code, what to do in Chinese) */
#define TRIPWIRE_TABLE(X)                                                                          \
    X(NONE, "", "")                                                                                \
    X(PASSWORD, "c3_password", "含密码一类的鉴别信息，本系统一律不收，请删去后重新提交")           \
    X(CODE, "c3_one_time_code", "含短信验证码或动态口令，本系统一律不收，请删去后重新提交")        \
    X(CARD, "c3_card", "含银行卡安全码或有效期，本系统一律不收，请删去后重新提交")                 \
    X(TRACK, "c3_track", "含银行卡磁道数据，本系统一律不收，请删去后重新提交")                     \
    X(BIOMETRIC, "c3_biometric",                                                                   \
      "含人脸、声纹、指纹等样本或特征模板，本系统只收核验结果，请删去后重新提交")

enum tripwire {
#define TRIPWIRE_ENUM(name, code, hint) TRIPWIRE_##name,
    TRIPWIRE_TABLE(TRIPWIRE_ENUM)
#undef TRIPWIRE_ENUM
        TRIPWIRES
};
const char *tripwire_code(enum tripwire t);
const char *tripwire_hint(enum tripwire t);

enum {
    TRIPWIRE_BASE64_MIN = 200, /* characters in a row: over a signature, under a template */
    TRIPWIRE_HEX_MIN = 256,
    TRIPWIRE_VECTOR_MIN = 32, /* decimal fractions in a row */
};

/* A field's, column's or file's name: "smsCode", "card_cvv2", "登录密码", "face.jpg". Names of a
 * result about such a thing ("otp_result", "liveness_score") are none. */
enum tripwire tripwire_name(struct bytes name);
/* A value, or any text: "password=…", "您的验证码为 123456", ";62…=2712…", templates in base64 or
 * hexadecimal, vectors of features. Need not be UTF-8. */
enum tripwire tripwire_text(struct bytes text);

#include "compliance/tripwire_match.h"

#include <string.h>

#include "base/err.h"

enum { NAME_MAX_USED = 256 };

/* In the form that plain() gives: "_pin_" is a word of its own, "密码" stands anywhere. */
static const struct {
    const char   *text;
    enum tripwire what;
} names[] = {
    {"_password_", TRIPWIRE_PASSWORD},
    {"_passwd_", TRIPWIRE_PASSWORD},
    {"_pwd_", TRIPWIRE_PASSWORD},
    {"_passcode_", TRIPWIRE_PASSWORD},
    {"_passphrase_", TRIPWIRE_PASSWORD},
    {"_pin_", TRIPWIRE_PASSWORD},
    {"_pinblock_", TRIPWIRE_PASSWORD},
    {"_security_answer_", TRIPWIRE_PASSWORD},
    {"密码", TRIPWIRE_PASSWORD},
    {"口令", TRIPWIRE_PASSWORD},
    {"密保答案", TRIPWIRE_PASSWORD},
    {"_otp_", TRIPWIRE_CODE},
    {"_totp_", TRIPWIRE_CODE},
    {"_sms_code_", TRIPWIRE_CODE},
    {"_smscode_", TRIPWIRE_CODE},
    {"_verify_code_", TRIPWIRE_CODE},
    {"_verification_code_", TRIPWIRE_CODE},
    {"_one_time_code_", TRIPWIRE_CODE},
    {"_captcha_", TRIPWIRE_CODE},
    {"验证码", TRIPWIRE_CODE},
    {"动态码", TRIPWIRE_CODE},
    {"短信码", TRIPWIRE_CODE},
    {"_cvv_", TRIPWIRE_CARD},
    {"_cvv_2_", TRIPWIRE_CARD},
    {"_cvc_", TRIPWIRE_CARD},
    {"_cvc_2_", TRIPWIRE_CARD},
    {"_cvn_", TRIPWIRE_CARD},
    {"_cvn_2_", TRIPWIRE_CARD},
    {"_card_security_code_", TRIPWIRE_CARD},
    {"_card_expiry_", TRIPWIRE_CARD},
    {"_card_exp_", TRIPWIRE_CARD},
    {"_valid_thru_", TRIPWIRE_CARD},
    {"安全码", TRIPWIRE_CARD},
    {"卡有效期", TRIPWIRE_CARD},
    {"卡片有效期", TRIPWIRE_CARD},
    {"_track_1_", TRIPWIRE_TRACK},
    {"_track_2_", TRIPWIRE_TRACK},
    {"_track_3_", TRIPWIRE_TRACK},
    {"_track_data_", TRIPWIRE_TRACK},
    {"_magstripe_", TRIPWIRE_TRACK},
    {"磁道", TRIPWIRE_TRACK},
    {"磁条", TRIPWIRE_TRACK},
    {"_face_image_", TRIPWIRE_BIOMETRIC},
    {"_face_photo_", TRIPWIRE_BIOMETRIC},
    {"_face_sample_", TRIPWIRE_BIOMETRIC},
    {"_face_template_", TRIPWIRE_BIOMETRIC},
    {"_face_feature_", TRIPWIRE_BIOMETRIC},
    {"_face_features_", TRIPWIRE_BIOMETRIC},
    {"_face_jpg_", TRIPWIRE_BIOMETRIC},
    {"_face_jpeg_", TRIPWIRE_BIOMETRIC},
    {"_face_png_", TRIPWIRE_BIOMETRIC},
    {"_selfie_", TRIPWIRE_BIOMETRIC},
    {"_feature_vector_", TRIPWIRE_BIOMETRIC},
    {"_embedding_", TRIPWIRE_BIOMETRIC},
    {"_faceprint_", TRIPWIRE_BIOMETRIC},
    {"_voiceprint_", TRIPWIRE_BIOMETRIC},
    {"_fingerprint_template_", TRIPWIRE_BIOMETRIC},
    {"_fingerprint_image_", TRIPWIRE_BIOMETRIC},
    {"_iris_", TRIPWIRE_BIOMETRIC},
    {"人脸", TRIPWIRE_BIOMETRIC},
    {"刷脸", TRIPWIRE_BIOMETRIC},
    {"特征向量", TRIPWIRE_BIOMETRIC},
    {"特征模板", TRIPWIRE_BIOMETRIC},
    {"声纹", TRIPWIRE_BIOMETRIC},
    {"指纹模板", TRIPWIRE_BIOMETRIC},
    {"虹膜", TRIPWIRE_BIOMETRIC},
};
/* A name with one of these is of a result, not of the thing. */
static const char *const results[] = {
    "_result_",   "_passed_",    "_status_",  "_method_",    "_mode_",  "_time_",  "_at_",
    "_score_",    "_threshold_", "_version_", "_algorithm_", "_count_", "_times_", "_liveness_",
    "_required_", "结果",        "状态",      "方式",        "方法",    "时间",    "次数",
    "是否",       "通过",        "阈值",      "得分",        "分数",    "版本",    "算法",
    "活体",       "核验",        "比对"};

/* "smsCode", "SMS-Code" and "sms.code" become "_sms_code_", "cvv2" "_cvv_2_". */
static void plain(struct bytes name, char out[2 * NAME_MAX_USED + 3])
{
    size_t  n = 0;
    uint8_t before = '_';
    out[n++] = '_';
    for (size_t i = 0; i < name.n && i < NAME_MAX_USED; i++) {
        const uint8_t c = name.p[i];
        const bool    letter = tripwire_is_letter(c), digit = tripwire_is_digit(c);
        if (!letter && !digit && c < 0x80) {
            if (out[n - 1] != '_') out[n++] = '_';
            before = '_';
            continue;
        }
        const bool camel = letter && c < 'a' && before >= 'a' && before <= 'z';
        const bool turns = tripwire_is_digit(before) != digit || (before >= 0x80) != (c >= 0x80);
        if ((camel || turns) && out[n - 1] != '_') out[n++] = '_';
        out[n++] = (char)(letter ? c | 0x20 : c);
        before = c;
    }
    if (out[n - 1] != '_') out[n++] = '_';
    out[n] = 0;
}

enum tripwire tripwire_name(struct bytes name)
{
    char text[2 * NAME_MAX_USED + 3];
    plain(name, text);
    for (size_t i = 0; i < COUNT_OF(results); i++)
        if (strstr(text, results[i]) != NULL) return TRIPWIRE_NONE;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strstr(text, names[i].text) != NULL) return names[i].what;
    return TRIPWIRE_NONE;
}

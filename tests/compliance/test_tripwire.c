/* The tripwire: every known form of what authenticates a person trips it, and what a loan's records
 * hold does not. The samples are invented; those with numbers are made from a seed. */
#include "compliance/tripwire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/base64.h"

enum { SAMPLE_MAX = 8192, SAMPLES_MIN = 200 };

static uint64_t seed;

static uint64_t next(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

static void add_digits(char *out, size_t n)
{
    const size_t at = strlen(out);
    for (size_t i = 0; i < n; i++) out[at + i] = (char)('0' + next(10));
    out[at + n] = 0;
}

/* n digits with Luhn's check digit, the first not 0. */
static void make_card(char *out, size_t n)
{
    unsigned sum = 0;
    out[0] = 0;
    add_digits(out, n);
    out[0] = '6';
    for (size_t i = 1; i < n; i++) {
        const unsigned d = (unsigned)(out[n - 1 - i] - '0');
        sum += i % 2 == 0 ? d : 2 * d > 9 ? 2 * d - 9 : 2 * d;
    }
    out[n - 1] = (char)('0' + (10 - sum % 10) % 10);
}

static void make_blob(char *out, size_t n, bool hex)
{
    static uint8_t bytes[4096];
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)next(256);
    bytes[0] = 0x17; /* no DER */
    if (!hex) {
        base64_encode(BASE64_STD_PADDED, (struct bytes){bytes, n}, out);
        out[base64_encoded_size(BASE64_STD_PADDED, n)] = 0;
    }
    for (size_t i = 0; hex && i < n; i++) snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static size_t trips;
static void   must_trip(const char *text, enum tripwire what)
{
    const enum tripwire t = tripwire_text(bytes_str(text));
    if (t != what) fail_msg("%.200s: %s", text, t == TRIPWIRE_NONE ? "nothing" : tripwire_code(t));
    trips++;
}

static size_t passes;
static void   must_pass(const char *text)
{
    const enum tripwire t = tripwire_text(bytes_str(text));
    if (t != TRIPWIRE_NONE) fail_msg("%.200s: %s", text, tripwire_code(t));
    passes++;
}

/* --- what trips ------------------------------------------------------------------------------- */

/* Each form with each value; %s is the value. */
static void cross(const char *const *forms, size_t forms_n, const char *const *values,
                  size_t values_n, enum tripwire what)
{
    char text[512];
    for (size_t i = 0; i < forms_n; i++)
        for (size_t j = 0; j < values_n; j++) {
            const char *at = strstr(forms[i], "%s");
            snprintf(text, sizeof text, "%.*s%s%s", (int)(at - forms[i]), forms[i], values[j],
                     at + 2);
            must_trip(text, what);
        }
}

static void passwords(void)
{
    static const char *const forms[] = {
        "password=%s",
        "Password: %s",
        "user=a&passwd=%s&x=1",
        "{\"pwd\":\"%s\"}",
        "loginPassword=%s",
        "登录密码：%s",
        "密码是%s",
        "交易密码为 %s，请记住",
        "查询密码:%s",
        "user_password = %s",
        "口令：%s",
        "passphrase: \"%s\"",
    };
    static const char *const values[] = {"Abc12345", "123456", "p@ss!word", "Qwer-0987"};
    cross(forms, COUNT_OF(forms), values, COUNT_OF(values), TRIPWIRE_PASSWORD);
    static const char *const pins[] = {"PIN: %s", "pin=%s", "pin_code=%s", "card pin %s"};
    static const char *const digits[] = {"1234", "654321", "0A1B2C3D4E5F6071"};
    cross(pins, COUNT_OF(pins), digits, COUNT_OF(digits), TRIPWIRE_PASSWORD);
}

static void codes(void)
{
    static const char *const forms[] = {
        "验证码：%s",
        "您的验证码是%s，5分钟内有效",
        "【某银行】验证码%s，请勿泄露",
        "短信验证码 %s",
        "动态密码为%s",
        "序号12的动态口令为%s",
        "otp=%s",
        "OTP: %s",
        "{\"smsCode\":\"%s\"}",
        "sms_code=%s&next=1",
        "verification code: %s",
        "verify-code %s",
        "%s is your verification code",
        "%s为您的登录验证码",
        "%s（动态码）",
        "captcha=%s",
        "totp: %s",
        "短信码：%s",
        "your one-time password is %s",
    };
    static const char *const values[] = {"1234", "123456", "00987654"};
    cross(forms, COUNT_OF(forms), values, COUNT_OF(values), TRIPWIRE_CODE);
    must_trip("验证码：A3F9K2", TRIPWIRE_CODE);
}

static void cards(void)
{
    static const char *const forms[] = {"CVV: %s",    "cvv2=%s",    "\"cvc\":\"%s\"", "cvn2 %s",
                                        "安全码：%s", "安全码为%s", "CVN=%s"};
    static const char *const values[] = {"123", "0987"};
    cross(forms, COUNT_OF(forms), values, COUNT_OF(values), TRIPWIRE_CARD);
    static const char *const dated[] = {"valid thru %s", "exp_date=%s", "卡有效期：%s",
                                        "card_expiry: %s"};
    static const char *const dates[] = {"12/27", "1227", "12/2027", "2027-12"};
    cross(dated, COUNT_OF(dated), dates, COUNT_OF(dates), TRIPWIRE_CARD);
}

static void tracks(void)
{
    static const size_t lengths[] = {13, 16, 17, 18, 19};
    char                card[32], text[256];
    for (size_t i = 0; i < 4 * COUNT_OF(lengths); i++) {
        const unsigned month = (unsigned)next(12) + 1;
        make_card(card, lengths[i % COUNT_OF(lengths)]);
        snprintf(text, sizeof text, ";%s=27%02u2200000012345678?", card, month);
        must_trip(text, TRIPWIRE_TRACK);
        snprintf(text, sizeof text, "%%B%s^ZHANG/SAN^27%02u2200000000000000?", card, month);
        must_trip(text, TRIPWIRE_TRACK);
        snprintf(text, sizeof text, "track %sD27%02u22000000123F", card, month);
        must_trip(text, TRIPWIRE_TRACK);
        snprintf(text, sizeof text, "57%02zu%sd27%02u2200000012", strlen(card), card, month);
        must_trip(text, TRIPWIRE_TRACK);
        snprintf(text, sizeof text, "99%s=1561560000000000000003000000", card);
        if (strlen(card) > 17) must_trip(text, TRIPWIRE_TRACK);
    }
}

static void biometrics(void)
{
    static char         blob[SAMPLE_MAX], text[SAMPLE_MAX + 64];
    static const size_t sizes[] = {150, 256, 512, 1024, 2048};
    for (size_t i = 0; i < 4 * COUNT_OF(sizes); i++) {
        make_blob(blob, sizes[i % COUNT_OF(sizes)], false);
        must_trip(blob, TRIPWIRE_BIOMETRIC);
        snprintf(text, sizeof text, "备注 {\"x\":\"%s\"}", blob);
        must_trip(text, TRIPWIRE_BIOMETRIC);
        make_blob(blob, sizes[i % COUNT_OF(sizes)], true);
        must_trip(blob, TRIPWIRE_BIOMETRIC);
    }
    for (size_t n = 32; n <= 512; n *= 2) {
        size_t at = (size_t)snprintf(text, sizeof text, "[");
        for (size_t i = 0; i < n; i++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s-0.%04llu", i == 0 ? "" : ", ",
                                   (unsigned long long)next(10000));
        must_trip(text, TRIPWIRE_BIOMETRIC);
    }
    static const char *const starts[] = {"/9j/", "iVBORw0KGgo", "Rk1S", "RkFD", "UklGR"};
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        make_blob(blob, 60, false);
        snprintf(text, sizeof text, "%s%s", starts[i], blob);
        must_trip(text, TRIPWIRE_BIOMETRIC);
    }
    must_trip("data:image/png;base64,iVBOR", TRIPWIRE_BIOMETRIC);
    must_trip("人脸特征：a3b4c5d6e7f80912", TRIPWIRE_BIOMETRIC);
    must_trip("face_template=a3b4c5d6e7f80912", TRIPWIRE_BIOMETRIC);
    must_trip("特征向量：a3b4c5d6e7f80912", TRIPWIRE_BIOMETRIC);
    must_trip("指纹模板=a3b4c5d6e7f80912", TRIPWIRE_BIOMETRIC);
    must_trip("声纹:0.1,0.2,0.3,0.4,0.5", TRIPWIRE_BIOMETRIC);
}

static void known_forms_trip(void **state)
{
    (void)state;
    seed = 1, trips = 0;
    passwords();
    codes();
    cards();
    tracks();
    biometrics();
    assert_true(trips >= SAMPLES_MIN);
}

/* Wherever in a text it stands. */
static void what_stands_around_it_does_not_hide_it(void **state)
{
    (void)state;
    static const char *const around[] = {"客户来电，", "a, ", "2026-11-25 09:30:00 ", "x=1;", "("};
    static const char *const samples[] = {"password=Abc12345", "验证码：123456", "CVV: 123",
                                          ";6222021234567890128=27122200000012?"};
    char                     text[512];
    for (size_t i = 0; i < COUNT_OF(around); i++)
        for (size_t j = 0; j < COUNT_OF(samples); j++) {
            snprintf(text, sizeof text, "%s%s %s", around[i], samples[j], around[i]);
            assert_int_not_equal(tripwire_text(bytes_str(text)), TRIPWIRE_NONE);
        }
}

/* --- what passes ------------------------------------------------------------------------------ */

static void words_about_it_pass(void)
{
    static const char *const texts[] = {
        "客户已修改密码",
        "密码错误三次，账户锁定",
        "密码：由客户自行设置",
        "密码：******",
        "password: ********",
        "password=null",
        "password reset",
        "the password was changed",
        "商用密码算法 SM2、SM3",
        "短信验证码核验通过",
        "验证码校验通过 20261125",
        "验证码发送次数：3",
        "验证码有效期为 300 秒",
        "otp passed",
        "otp_result=passed",
        "贷款金额 50000，短信验证码核验通过",
        "手机号 13712349050 验证码核验通过",
        "金额为120000.00，验证码通过",
        "人脸识别通过，活体检测通过，阈值 0.85，得分 0.9231",
        "face compare passed score=0.9231 threshold=0.85",
        "人脸特征：不保存",
        "指纹：SM3 摘要",
        "CVV 未采集",
        "cvv not collected",
        "安全码未采集",
        "pinpoint 1234",
        "shopping 1234",
        "opinion: 2026",
        "证件有效期 2020-01-01 至 2040-01-01",
        "营业执照有效期：长期",
        "valid until 2027-12-31",
        "磁道数据不采集",
        "声纹不采集",
        "等额本息",
        "按月付息到期还本",
        "随借随还，按日计息",
        "采购原材料（面粉、食用油）",
        "山东省济南市历下区泉城路1号阳光小区3号楼",
        "借款人逾期12天，应还本金10000.00元，利息87.50元",
        "第九条 加速到期",
        "合同约定由贷款人住所地人民法院管辖",
        "买买提·艾力",
        "𠮷野商行",
        "http://127.0.0.1:18000/checkpoint",
        "files/LS20261125001000001.pdf",
        "template_id=HT-2024-03 version=2024.1",
        "1.000, 2.000, 3.000, 4.000",
        "D2712",
        "6222021234567890128",
        "6222021234567890128=1",
        "622202 1234 5678 9012",
        "",
        "=",
        "password",
        "password=",
        "验证码",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) must_pass(texts[i]);
}

static void log_lines_pass(void)
{
    static const char *const lines[] = {
        "info bank started suite=gm records=12345 waiting=0",
        "warning publisher the log answers 409 seq=17",
        "alarm witness another submission under this number org=ccb.sd seq=3",
        "error store disk I/O error code=10 extended=778",
        "info witness cosigned size=123456 origin=guzheng/shandong time=1795594800",
        "alarm host test: the clock is shifted seconds=-86400",
        "info job file taken name=contract_20261125_1.txt rows=1000 accepted=900 refused=100",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) must_pass(lines[i]);
}

/* What a loan's records hold, made from the seed. */
static void numbers_pass(void)
{
    static char text[SAMPLE_MAX], part[SAMPLE_MAX];
    for (int i = 0; i < 40; i++) {
        make_blob(part, 32, true); /* a digest */
        must_pass(part);
        make_blob(part, 72, false); /* a signature */
        snprintf(text, sizeof text, "signature=%s", part);
        must_pass(text);
        part[0] = 0;
        add_digits(part, 19);
        must_pass(part);
        snprintf(text, sizeof text, "LS20261125%s", part);
        must_pass(text);
        part[0] = 0;
        add_digits(part, 6);
        snprintf(text, sizeof text, "合同 %s 验证通过，还款 %s.00 元", part, part);
        must_pass(text);
    }
    make_blob(part, 900, false); /* a certificate in base64 begins as DER does */
    memcpy(part, "MIIE", 4);
    must_pass(part);
    size_t at = 0;
    for (int i = 0; i < 60; i++) /* a plan of instalments */
        at += (size_t)snprintf(text + at, sizeof text - at, "%d,2026-%02d-20,1000.00,%d.50; ", i,
                               i % 12 + 1, 90 - i);
    must_pass(text);
    at = 0;
    for (int i = 0; i < 60; i++) at += (size_t)snprintf(text + at, sizeof text - at, "1000.00, ");
    must_pass(text);
    at = (size_t)snprintf(text, sizeof text, "http://127.0.0.1/");
    while (at < 600)
        at += (size_t)snprintf(text + at, sizeof text - at, "originals/LS20261125/contract-1/");
    must_pass(text);
}

static void ordinary_values_pass(void **state)
{
    (void)state;
    seed = 2, passes = 0;
    words_about_it_pass();
    log_lines_pass();
    numbers_pass();
    assert_true(passes >= SAMPLES_MIN);
}

/* --- names ------------------------------------------------------------------------------------ */

static void names(void **state)
{
    (void)state;
    static const struct {
        const char   *name;
        enum tripwire what;
    } all[] = {
        {"password", TRIPWIRE_PASSWORD},
        {"borrower.password", TRIPWIRE_PASSWORD},
        {"loginPassword", TRIPWIRE_PASSWORD},
        {"trade_pwd", TRIPWIRE_PASSWORD},
        {"PIN", TRIPWIRE_PASSWORD},
        {"登录密码", TRIPWIRE_PASSWORD},
        {"otp", TRIPWIRE_CODE},
        {"smsCode", TRIPWIRE_CODE},
        {"SMS-Code", TRIPWIRE_CODE},
        {"短信验证码", TRIPWIRE_CODE},
        {"cvv2", TRIPWIRE_CARD},
        {"card.CVN2", TRIPWIRE_CARD},
        {"card_expiry", TRIPWIRE_CARD},
        {"卡有效期", TRIPWIRE_CARD},
        {"track2", TRIPWIRE_TRACK},
        {"磁道信息", TRIPWIRE_TRACK},
        {"face_template", TRIPWIRE_BIOMETRIC},
        {"faceImage", TRIPWIRE_BIOMETRIC},
        {"face.jpg", TRIPWIRE_BIOMETRIC},
        {"LS2026_face_photo.png", TRIPWIRE_BIOMETRIC},
        {"人脸照.jpg", TRIPWIRE_BIOMETRIC},
        {"voiceprint", TRIPWIRE_BIOMETRIC},
        {"指纹模板", TRIPWIRE_BIOMETRIC},
        {"otp_result", TRIPWIRE_NONE},
        {"password_changed_at", TRIPWIRE_NONE},
        {"face_score", TRIPWIRE_NONE},
        {"人脸核验结果", TRIPWIRE_NONE},
        {"liveness", TRIPWIRE_NONE},
        {"fingerprint", TRIPWIRE_NONE}, /* of a record */
        {"template_id", TRIPWIRE_NONE},
        {"pinyin", TRIPWIRE_NONE},
        {"opinion", TRIPWIRE_NONE},
        {"tracking_no", TRIPWIRE_NONE},
        {"surface", TRIPWIRE_NONE},
        {"borrower.name", TRIPWIRE_NONE},
        {"合同编号", TRIPWIRE_NONE},
        {"LS20261125001000001.pdf", TRIPWIRE_NONE},
        {"", TRIPWIRE_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (tripwire_name(bytes_str(all[i].name)) != all[i].what) fail_msg("%s", all[i].name);
    static char longest[4096];
    memset(longest, 'A', sizeof longest - 1);
    assert_int_equal(tripwire_name(bytes_str(longest)), TRIPWIRE_NONE);
}

/* Any bytes: it ends, and stays inside (sanitizers watch). */
static void any_bytes(void **state)
{
    (void)state;
    static uint8_t text[600];
    seed = 3;
    for (int round = 0; round < 3000; round++) {
        const size_t n = (size_t)next(sizeof text);
        uint8_t     *heap = malloc(n + 1);
        assert_non_null(heap);
        for (size_t i = 0; i < n; i++)
            heap[i] = (uint8_t)(round % 3 == 0   ? next(256)
                                : round % 3 == 1 ? '0' + next(24)
                                                 : 0x20 + next(95));
        (void)tripwire_text((struct bytes){heap, n});
        (void)tripwire_name((struct bytes){heap, n});
        free(heap);
    }
    for (int t = 0; t < TRIPWIRES; t++) assert_non_null(tripwire_hint((enum tripwire)t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_forms_trip),
        cmocka_unit_test(what_stands_around_it_does_not_hide_it),
        cmocka_unit_test(ordinary_values_pass),
        cmocka_unit_test(names),
        cmocka_unit_test(any_bytes),
    };
    RUN_TESTS(tests);
}

/* The masking table: what of each value is shown, and that nothing else ever is. */
#include "compliance/masking.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

struct masked {
    enum mask   mask;
    const char *text, *shown;
};

static void expect(const struct masked *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        DEFER(buf_fini) struct buf out = {0};
        assert_ok(mask_add(all[i].mask, bytes_str(all[i].text), &out));
        assert_ok(buf_add_byte(&out, 0));
        if (strcmp((const char *)out.p, all[i].shown) != 0)
            fail_msg("%s: %s instead of %s", all[i].text, out.p, all[i].shown);
    }
}

static void names(void **state)
{
    (void)state;
    static const struct masked all[] = {
        {MASK_NAME, "张三", "*三"},
        {MASK_NAME, "张三丰", "**丰"},
        {MASK_NAME, "欧阳娜娜", "***娜"},
        {MASK_NAME, "甲", "*"},
        {MASK_NAME, "𠮷野家", "**家"},          /* U+20BB7, two units of UTF-16 */
        {MASK_NAME, "王𠮷", "*𠮷"},             /* a rare character is one */
        {MASK_NAME, "李䶮", "*䶮"},             /* U+4DAE */
        {MASK_NAME, "葛\xf3\xa0\x84\x80", "*"}, /* with a variation selector */
        {MASK_NAME, "王葛\xf3\xa0\x84\x80", "*葛\xf3\xa0\x84\x80"},
        {MASK_NAME, "买买提·艾力", "*****力"},
        {MASK_NAME, "阿·b", "**b"},
        {MASK_NAME, "John Smith", "*********h"},
        {MASK_NAME, "", ""},
        {MASK_NAME, "\xff\xfe", "****"},
    };
    expect(all, COUNT_OF(all));
}

static void numbers(void **state)
{
    (void)state;
    static const struct masked all[] = {
        {MASK_ID, "379999199001011232", "3****************2"},
        {MASK_ID, "37999919900101123X", "3****************X"},
        {MASK_ID, "379999900101123", "3*************3"}, /* of 15 digits */
        {MASK_ID, "379999 19900101 1232", "3****************2"},
        {MASK_ID, "91379999MA0000000X", "9****************X"},
        {MASK_ID, "E12345678", "****"}, /* a passport: too short for the rule */
        {MASK_ID, "3", "****"},
        {MASK_ID, "３７９９９９１９９００１０１１２３２", "****"},
        {MASK_ID, "", ""},
        {MASK_PHONE, "13712349050", "137****9050"},
        {MASK_PHONE, "+8613712349050", "137****9050"},
        {MASK_PHONE, "+86 137 1234 9050", "137****9050"},
        {MASK_PHONE, "86-13712349050", "137****9050"},
        {MASK_PHONE, "008613712349050", "137****9050"},
        {MASK_PHONE, "(+86) 13712349050", "137****9050"},
        {MASK_PHONE, "0531-88888888", "****"},
        {MASK_PHONE, "1371234905", "****"},
        {MASK_PHONE, "137123490501", "****"},
        {MASK_PHONE, "137123a9050", "****"},
        {MASK_PHONE, "1", "****"},
        {MASK_CARD, "6227001234567891234", "622700*********1234"},
        {MASK_CARD, "6227 0012 3456 7891 234", "622700*********1234"},
        {MASK_CARD, "6227-0012-3456-7891", "622700******7891"},
        {MASK_CARD, "1234567890123", "123456***0123"},
        {MASK_CARD, "123456789012", "****9012"},
        {MASK_CARD, "12345678", "****5678"},
        {MASK_CARD, "1234567", "****"},
        {MASK_CARD, "ABCDEF0123456789", "****6789"},
        {MASK_LAST6, "LS20261125000001", "****000001"},
        {MASK_LAST6, "合同2026第0001号", "****第0001号"},
        {MASK_LAST6, "123456", "****"},
        {MASK_LAST6, "1234567", "****234567"},
        {MASK_HIDDEN, "120000.00", "****"},
        {MASK_HIDDEN, "", ""},
        {MASK_NONE, "等额本息", "等额本息"},
    };
    expect(all, COUNT_OF(all));
}

static void addresses(void **state)
{
    (void)state;
    static const struct masked all[] = {
        {MASK_ADDRESS, "山东省济南市历下区泉城路1号", "山东省济南市历下区****"},
        {MASK_ADDRESS, "北京市海淀区中关村大街1号", "北京市海淀区****"},
        {MASK_ADDRESS, "上海市浦东新区世纪大道1号", "上海市浦东新区****"},
        {MASK_ADDRESS, "济南市历下区省府前街1号", "济南市历下区****"},
        {MASK_ADDRESS, "内蒙古自治区呼和浩特市新城区1号", "内蒙古自治区呼和浩特市新城区****"},
        {MASK_ADDRESS, "内蒙古自治区呼伦贝尔市鄂温克族自治旗1号",
         "内蒙古自治区呼伦贝尔市鄂温克族自治旗****"},
        {MASK_ADDRESS, "海南省陵水黎族自治县椰林镇中心市场1号", "海南省陵水黎族自治县****"},
        {MASK_ADDRESS, "甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县1号",
         "甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县****"},
        {MASK_ADDRESS, "山东省济宁市曲阜市鲁城街道1号", "山东省济宁市曲阜市****"},
        {MASK_ADDRESS, "山东省济南市阳光小区3号楼", "山东省济南市****"},
        {MASK_ADDRESS, "山东省济南市1号", "山东省济南市****"},
        {MASK_ADDRESS, "泉城路1号阳光小区", "****"},
        {MASK_ADDRESS, "阳光小区", "****"},
        {MASK_ADDRESS, "3号楼东区", "****"},
        {MASK_EMAIL, "zhangsan@126.com", "z***@126.com"},
        {MASK_EMAIL, "z@126.com", "***@126.com"},
        {MASK_EMAIL, "张三@126.com", "张***@126.com"},
        {MASK_EMAIL, "@126.com", "****"},
        {MASK_EMAIL, "zhangsan", "****"},
        {MASK_EMAIL, "zhangsan@", "****"},
        {MASK_IP, "192.0.2.17", "192.0.2.*"},
        {MASK_IP, "2001:db8::1", "****"},
        {MASK_IP, "192.0.2", "****"},
    };
    expect(all, COUNT_OF(all));
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    for (int m = 0; m < MASKS; m++) {
        DEFER(buf_fini) struct buf out = {0};
        assert_ok(mask_add((enum mask)m, (struct bytes){NULL, 0}, &out));
        assert_int_equal(out.n, 0);
        assert_non_null(mask_words[m]);
    }
}

/* Whatever the bytes, and of every length: it ends, and what is masked is not shown whole. */
static void no_value_is_shown_whole(void **state)
{
    (void)state;
    uint8_t  text[40];
    uint64_t seed = 20261125;
    for (int round = 0; round < 20000; round++) {
        const size_t n = (size_t)round % sizeof text + 1;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = round % 2 == 0 ? (uint8_t)('0' + (seed >> 60) % 10) : (uint8_t)(seed >> 56);
        }
        for (int m = MASK_HIDDEN; m < MASKS; m++) {
            DEFER(buf_fini) struct buf out = {0};
            assert_ok(mask_add((enum mask)m, (struct bytes){text, n}, &out));
            if (memchr(text, '*', n) == NULL && memmem(out.p, out.n, text, n) != NULL)
                fail_msg("round %d mask %s", round, mask_words[m]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(numbers),
        cmocka_unit_test(addresses),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(no_value_is_shown_whole),
    };
    RUN_TESTS(tests);
}

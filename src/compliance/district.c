#include "compliance/district.h"

#include "base/err.h"
#include "base/text.h"

/* The ends of a level's names. Longer ones first: 自治区 is no district (区). */
struct level {
    size_t      runes_max; /* a name is no longer, its end included */
    const char *ends[8];
};
static const struct level levels[] = {
    {8, {"特别行政区", "自治区", "省"}},
    {14, {"自治州", "地区", "盟", "市"}},
    {16, {"自治县", "自治旗", "区", "县", "旗", "市"}},
};
/* Ends in these are a housing estate or a shop, and the text may stand before a house number. */
static const char *const strangers[] = {"小区", "园区",   "社区",   "校区", "厂区", "景区", "院区",
                                        "库区", "住宅区", "生活区", "超市", "门市", "菜市"};

static bool ends_with(struct bytes text, const char *end)
{
    const struct bytes e = bytes_str(end);
    return text.n >= e.n && bytes_eq(bytes_slice(text, text.n - e.n, text.n), e);
}

static bool is_stranger(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        if (ends_with(name, strangers[i])) return true;
    return false;
}

/* Does the name end as those of this level do, and is there something before the end? */
static bool is_name(const struct level *l, struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(l->ends) && l->ends[i] != NULL; i++)
        if (ends_with(name, l->ends[i]) && name.n > bytes_str(l->ends[i]).n)
            return !is_stranger(name);
    return false;
}

/* A level may be left out (北京市海淀区, 济南市历下区): the name is then a lower one's. */
static bool is_lower(size_t level, struct bytes name)
{
    for (size_t i = level + 1; i < COUNT_OF(levels); i++)
        if (is_name(&levels[i], name)) return true;
    return false;
}

/* Behind the name of this level that begins at from; from: there is none. */
static size_t name_end(size_t level, struct bytes text, size_t from)
{
    const struct level *l = &levels[level];
    size_t              at = from;
    for (size_t runes = 0; at < text.n && runes < l->runes_max; runes++) {
        const uint32_t     r = text_next_rune(text, &at);
        const struct bytes name = bytes_slice(text, from, at);
        if (r <= 0x7f) return from; /* digits and letters stand in no such name */
        if (is_name(l, name)) return at;
        if (is_lower(level, name)) return from;
    }
    return from;
}

size_t district_end(struct bytes text)
{
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(levels); i++) at = name_end(i, text, at);
    return at;
}

#include "document/page_text.h"

#include "core/json.h"

enum {
    BEIJING_MINUTES = 8 * 60,
    MS_PER_S = 1000,
    MS_PER_DAY = 24 * 3600 * MS_PER_S,
    FIELD_LABEL_PT = 148
};
#define YEAR_9999_END INT64_C(253402300799)

enum gz_err page_add_time(uint64_t unix_s, struct buf *out)
{
    char text[TIME_TEXT_SIZE];
    if (unix_s > YEAR_9999_END) return buf_addf(out, "Unix %llu", (unsigned long long)unix_s);
    time_encode((struct time){(int64_t)unix_s, 0}, BEIJING_MINUTES, text);
    return buf_addf(out, "%.10s %.8s（北京时间）", text, text + 11);
}

enum gz_err page_add_lag(int64_t ms, struct buf *out)
{
    const bool     is_before = ms <= -MS_PER_S;
    const uint64_t size = is_before ? -(uint64_t)ms : (uint64_t)ms;
    if (!is_before && ms < MS_PER_S) return buf_add_str(out, "不足 1 秒");
    TRY(buf_addf(out, "%s%llu 秒", is_before ? "-" : "", (unsigned long long)(size / MS_PER_S)));
    if (size < MS_PER_DAY) return GZ_OK;
    return buf_addf(out, "（约 %llu 天）", (unsigned long long)(size / MS_PER_DAY));
}

static enum gz_err unescape(struct bytes json, struct buf *out)
{
    struct json  j;
    struct bytes body;
    TRY(json_init(&j, json));
    TRY(json_string_raw(&j, &body));
    TRY(buf_reserve(out, body.n + 1));
    out->n = json_unescape(body, out->p);
    return GZ_OK;
}

enum gz_err page_add_value(struct fonts *f, struct bytes json, struct buf *out)
{
    DEFER(buf_fini) struct buf text = {0};
    if (json.n == 0 || json.p[0] != '"') return fonts_add_text(f, json, out);
    TRY(unescape(json, &text));
    return fonts_add_text(f, buf_bytes(&text), out);
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct bytes str(const char *s)
{
    return bytes_str(s);
}

enum gz_err write_heading(struct writing *w, const char *text)
{
    const struct page_row row = {
        .cells_n = 1, .cells = {{.text = str(text), .style = PAGE_HEADING}}, .above_pt = 13};
    return sheet_add(w->sheet, &row);
}

enum gz_err write_paragraph(struct writing *w, enum page_style style, const char *text)
{
    const struct page_row row = {
        .cells_n = 1, .cells = {{.text = str(text), .style = style}}, .above_pt = 2};
    return sheet_add(w->sheet, &row);
}

static enum gz_err add_value(struct writing *w, const char *label, struct bytes value,
                             enum page_style style, int label_pt, int inset_pt)
{
    const struct page_row row = {
        .cells_n = 2,
        .cells = {{.text = str(label), .style = PAGE_LABEL, .width_pt = label_pt},
                  {.text = value, .style = style}},
        .inset_pt = inset_pt,
        .ruled = inset_pt == 0};
    return sheet_add(w->sheet, &row);
}

enum gz_err write_value(struct writing *w, const char *label, struct bytes value,
                        enum page_style style)
{
    return add_value(w, label, value, style, PAGE_LABEL_PT, 0);
}

enum gz_err write_value_beside_qr(struct writing *w, const char *label, struct bytes value,
                                  enum page_style style)
{
    return add_value(w, label, value, style, PAGE_LABEL_PT, PAGE_QR_PT + 16);
}

enum gz_err write_digest(struct writing *w, const char *label, struct bytes hex)
{
    return add_value(w, label, hex, PAGE_MONO, FIELD_LABEL_PT, 0);
}

enum gz_err write_field(struct writing *w, struct bytes label, struct bytes name,
                        struct bytes value)
{
    DEFER(buf_fini) struct buf both = {0};
    if (label.n > 0) {
        TRY(fonts_add_text(w->fonts, label, &both));
        TRY(buf_add_str(&both, "　"));
    }
    TRY(fonts_add_text(w->fonts, name, &both));
    const struct page_row row = {
        .cells_n = 2,
        .cells = {{.text = buf_bytes(&both), .style = PAGE_LABEL, .width_pt = FIELD_LABEL_PT},
                  {.text = value, .style = PAGE_BODY}},
        .ruled = true};
    return sheet_add(w->sheet, &row);
}

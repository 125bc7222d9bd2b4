#include "document/pdf_signature.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "document/pdf_signature_find.h"

enum { SECONDS_OF_DAY = 24 * 3600, DATE_DIGITS = 14 };

const char *pdf_signature_word(enum pdf_signature_state state)
{
    static const char *const words[] = {
#define PDF_SIGNATURE_WORD(name, word) [PDF_SIGNATURE_##name] = word,
        PDF_SIGNATURE_TABLE(PDF_SIGNATURE_WORD)
#undef PDF_SIGNATURE_WORD
    };
    return words[state];
}

/* --- one of them ------------------------------------------------------------------------------ */

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The hexadecimal string between the two parts. GZ_MALFORMED: something else stands there. */
static enum gz_err read_contents(struct bytes hex, struct buf *out)
{
    int high = -1;
    for (size_t i = 0; i < hex.n; i++) {
        const int v = hex_value(hex.p[i]);
        if (v < 0 && hex.p[i] != '\n' && hex.p[i] != '\r' && hex.p[i] != ' ') return GZ_MALFORMED;
        if (v < 0) continue;
        if (high >= 0) TRY(buf_add_byte(out, (uint8_t)(high << 4 | v)));
        high = high >= 0 ? -1 : v;
    }
    return high < 0 ? GZ_OK : GZ_MALFORMED;
}

/* "D:20261125093000+08'00'"; without an offset it is no moment. */
static bool read_time(const char *text, struct time *out)
{
    int  v[6], hours = 0, minutes = 0;
    char sign = 0;
    if (sscanf(text, "D:%4d%2d%2d%2d%2d%2d%c%2d'%2d", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
               &sign, &hours, &minutes) < 7)
        return false;
    const struct date day = {v[0], v[1], v[2]};
    if (strspn(text + 2, "0123456789") != DATE_DIGITS || !date_is_real(day) || v[3] > 23 ||
        v[4] > 59 || v[5] > 59 || strchr("Z+-", sign) == NULL || hours < 0 || minutes < 0)
        return false;
    const int64_t away = sign == 'Z' ? 0 : (hours * 60 + minutes) * 60;
    const int64_t local = date_to_days(day) * SECONDS_OF_DAY + (v[3] * 60 + v[4]) * 60 + v[5];
    *out = (struct time){sign == '-' ? local + away : local - away, 0};
    return true;
}

static bool is_known_filter(const char *filter)
{
    return strcmp(filter, "adbe.pkcs7.detached") == 0 || strcmp(filter, "ETSI.CAdES.detached") == 0;
}

static enum gz_err check_place(struct bytes pdf, const struct pdf_signature_place *place,
                               struct cms_question *q, struct cms_answer *out)
{
    DEFER(buf_fini) struct buf cms = {0};
    *out = (struct cms_answer){.state = CMS_INVALID, .why = place->defect};
    if (place->defect != NULL) return GZ_OK;
    *out = (struct cms_answer){.state = CMS_UNSUPPORTED, .why = "签名的类型 (SubFilter) 不支持"};
    if (!is_known_filter(place->filter)) return GZ_OK;
    *out = (struct cms_answer){.state = CMS_UNSUPPORTED, .why = "签名数据过大"};
    if (place->rest - place->gap > 2 * CMS_SIZE_MAX + 2) return GZ_OK;
    const enum gz_err e = read_contents(bytes_slice(pdf, place->gap + 1, place->rest - 1), &cms);
    *out = (struct cms_answer){.state = CMS_INVALID, .why = "签名数据不是十六进制串"};
    if (e == GZ_MALFORMED) return GZ_OK;
    TRY(e);
    q->cms = buf_bytes(&cms);
    q->head = bytes_slice(pdf, 0, place->gap);
    q->tail = bytes_slice(pdf, place->rest, place->end);
    q->has_time = read_time(place->time, &q->time);
    return cms_signature_check(q, out);
}

/* --- all of them ------------------------------------------------------------------------------ */

static void take_worst(struct pdf_signatures *all, const struct cms_answer *one)
{
    static const enum pdf_signature_state states[] = {[CMS_VALID] = PDF_SIGNATURE_VALID,
                                                      [CMS_UNTRUSTED] = PDF_SIGNATURE_UNTRUSTED,
                                                      [CMS_UNSUPPORTED] = PDF_SIGNATURE_UNSUPPORTED,
                                                      [CMS_INVALID] = PDF_SIGNATURE_INVALID};
    all->n++;
    if (states[one->state] <= all->state) return;
    all->state = states[one->state];
    all->shown = *one;
}

static void take_too_many(struct pdf_signatures *all)
{
    take_worst(all, &(struct cms_answer){.state = CMS_INVALID, .why = "签名过多，没有逐一核验"});
}

/* By a time-stamping authority, not by a party; its token is not verified. */
static bool is_timestamp(const struct pdf_signature_place *place)
{
    return place->defect == NULL && strcmp(place->filter, "ETSI.RFC3161") == 0;
}

static void write_detail(struct pdf_signatures *s)
{
    char  *to = s->detail;
    size_t room = sizeof s->detail;
    if (s->n > 1) {
        const int n = snprintf(to, room, "共 %u 处签名，以最差的一处为准。", s->n);
        to += n, room -= (size_t)n;
    }
    if (s->shown.why != NULL) {
        const int n = snprintf(to, room, "%s。", s->shown.why);
        to += n, room -= (size_t)n;
    }
    if (s->timestamps > 0) {
        const int n = snprintf(to, room, "另有 %u 处文档时间戳，没有核验。", s->timestamps);
        to += n, room -= (size_t)n;
    }
    if (s->n > 0 && s->behind > 0)
        (void)snprintf(to, room, "签名所覆盖的范围之后还有 %llu 字节，不在签名之内。",
                       (unsigned long long)s->behind);
}

enum gz_err pdf_signatures_check(struct bytes pdf, const struct signature_roots *roots,
                                 struct time now, struct pdf_signatures *out)
{
    struct pdf_signature_search search = {.pdf = pdf};
    struct pdf_signature_place  place;
    size_t                      covered = 0;
    enum gz_err                 e;
    *out = (struct pdf_signatures){.state = PDF_SIGNATURE_NONE};
    while ((e = pdf_signature_next(&search, &place)) == GZ_OK && out->n < PDF_SIGNATURES_MAX) {
        struct cms_question q = {.roots = roots, .now = now};
        struct cms_answer   one;
        TRY(check_place(pdf, &place, &q, &one));
        if (place.end > covered) covered = place.end;
        if (is_timestamp(&place) && out->timestamps < PDF_SIGNATURES_MAX) {
            out->timestamps++;
            continue;
        }
        take_worst(out, &one);
    }
    if (e != GZ_MISSING) take_too_many(out);
    out->behind = covered > 0 ? pdf.n - covered : 0;
    write_detail(out);
    return GZ_OK;
}

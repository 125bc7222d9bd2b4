/* libguzheng: a report's lines, and text made safe, into a buffer of the caller. */
#include "guzheng/verify.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "core/wording.h"

enum { BEIJING_MINUTES = 8 * 60 };
#define TIME_SHOWN_MAX UINT64_C(253402300799) /* 9999-12-31T23:59:59Z */

_Static_assert(GZ_LANG_ZH == (int)LANG_ZH && GZ_LANG_EN == (int)LANG_EN, "one number");

/* Writes while there is room for a whole piece and a NUL; counts always. */
struct writer {
    char  *out;
    size_t cap, n;
    bool   is_full; /* a piece did not fit: nothing more is written, so that no hole arises */
};

static void add(struct writer *w, struct bytes piece)
{
    w->is_full = w->is_full || piece.n >= w->cap || w->n > w->cap - 1 - piece.n;
    if (!w->is_full) memcpy(w->out + w->n, piece.p, piece.n);
    if (!w->is_full) w->out[w->n + piece.n] = '\0';
    w->n += piece.n;
}

static void add_u64(struct writer *w, uint64_t v)
{
    char digits[TEXT_U64_SIZE];
    add(w, bytes_str(text_of_u64(v, digits)));
}

/* Character by character, so that a cut leaves none in halves. */
static void add_str(struct writer *w, const char *s)
{
    const struct bytes text = bytes_str(s);
    for (size_t at = 0, from = 0; at < text.n; from = at) {
        (void)text_next_rune(text, &at);
        add(w, bytes_slice(text, from, at));
    }
}

static struct writer writer_of(char *out, size_t out_n)
{
    if (out_n > 0) out[0] = '\0';
    return (struct writer){.out = out, .cap = out_n};
}

/* --- safe text -------------------------------------------------------------------------------- */

/* "\u{202e}" or "\x80". */
static void add_escape(struct writer *w, const char *head, uint32_t v, unsigned digits,
                       const char *tail)
{
    char   text[16];
    size_t n = strlen(head);
    memcpy(text, head, n);
    while (digits < 8 && v >> (4 * digits) != 0) digits++;
    while (digits > 0) text[n++] = "0123456789abcdef"[v >> (4 * --digits) & 15];
    memcpy(text + n, tail, strlen(tail) + 1);
    add(w, bytes_str(text));
}

static void add_bytes_safe(struct writer *w, struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 0x20 && text.p[i] < 0x7f) add(w, bytes_slice(text, i, i + 1));
        else add_escape(w, "\\x", text.p[i], 2, "");
}

size_t gz_text_safe(struct gz_bytes text, char *out, size_t out_n)
{
    struct writer      w = writer_of(out, out_n);
    const struct bytes t = {text.p, text.n};
    if (!text_is_utf8(t)) {
        add_bytes_safe(&w, t);
        return w.n;
    }
    for (size_t at = 0, from = 0; at < t.n; from = at) {
        const uint32_t rune = text_next_rune(t, &at);
        if (text_is_hidden_rune(rune)) add_escape(&w, "\\u{", rune, 1, "}");
        else add(&w, bytes_slice(t, from, at));
    }
    return w.n;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* In Beijing time; beyond the year 9999 as a number. */
static void add_time(struct writer *w, uint64_t unix_s)
{
    char text[TIME_TEXT_SIZE];
    if (unix_s > TIME_SHOWN_MAX - BEIJING_MINUTES * 60) {
        add_str(w, "Unix ");
        add_u64(w, unix_s);
        return;
    }
    time_encode((struct time){(int64_t)unix_s, 0}, BEIJING_MINUTES, text);
    add_str(w, text);
}

static void add_verdict(struct writer *w, enum lang lang, const struct gz_report *r)
{
    const bool zh = lang == LANG_ZH;
    add_str(w, zh ? "核验结论：" : "Verdict: ");
    add_str(w, wording_result(lang, (enum verify_result)r->result));
    if (r->result == GZ_RESULT_VALID) {
        add_str(w, zh ? "，不晚于 " : ", not later than ");
        add_time(w, r->proven_time);
        return;
    }
    if (r->result == GZ_RESULT_INVALID) {
        add_str(w, zh ? "，第 " : ", check ");
        add_u64(w, r->check);
        add_str(w, zh ? " 项（" : " (");
        add_str(w, wording_check(lang, r->check));
        add_str(w, zh ? "）" : ")");
    }
    add_str(w, zh ? "：" : ": ");
    add_str(w, wording_reason(lang, r->reason));
}

static void add_check(struct writer *w, enum lang lang, const struct gz_report *r, unsigned check)
{
    const bool  zh = lang == LANG_ZH;
    const char *detail = wording_reason(lang, r->details[check - 1]);
    add_u64(w, check);
    add_str(w, " ");
    add_str(w, wording_check(lang, check));
    add_str(w, zh ? "：" : ": ");
    add_str(w, wording_outcome(lang, (enum verify_outcome)r->outcomes[check - 1]));
    if (detail == NULL) return;
    add_str(w, zh ? "，" : ", ");
    add_str(w, detail);
}

size_t gz_report_line(const struct gz_report *report, enum gz_lang lang, unsigned line, char *out,
                      size_t out_n)
{
    struct writer w = writer_of(out, out_n);
    assert(line <= GZ_CHECKS);
    if (line == 0) add_verdict(&w, (enum lang)lang, report);
    else add_check(&w, (enum lang)lang, report, line);
    return w.n;
}

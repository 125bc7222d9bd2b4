#include "core/receipt.h"

#include "base/text.h"
#include "core/base64.h"
#include "core/entry.h"

enum { BEIJING_MINUTES = 8 * 60, ORIGIN_MAX = 128, FIRST_LINE = 19 };

static const struct bytes first_line = {(const uint8_t *)"guzheng/receipt/v1\n", FIRST_LINE};

static enum gz_err refuse(const char **why, const char *text)
{
    *why = text;
    return GZ_MALFORMED;
}

bool receipt_is_one(struct bytes wire)
{
    return bytes_starts(wire, first_line);
}

static enum gz_err check(const struct receipt *r, const char **why)
{
    if (r->origin.n == 0 || r->origin.n > ORIGIN_MAX)
        return refuse(why, "the origin is empty or too long");
    if (r->org.n == 0 || r->org.n > ENTRY_ORG_MAX)
        return refuse(why, "the organisation is empty or too long");
    if (time_cmp(r->received_at, r->publish_by) > 0)
        return refuse(why, "publish_by lies before received_at");
    return GZ_OK;
}

enum gz_err receipt_encode(const struct receipt *r, struct buf *text)
{
    char        received[TIME_TEXT_SIZE], publish[TIME_TEXT_SIZE];
    const char *why;
    TRY(check(r, &why));
    TRY(buf_add(text, first_line));
    TRY(buf_add(text, r->origin));
    TRY(buf_add_byte(text, '\n'));
    TRY(buf_add(text, r->org));
    TRY(buf_add_byte(text, '\n'));
    TRY(base64_add(BASE64_URL_BARE, BYTES_OF(r->fingerprint.b), text));
    return buf_addf(text, "\n%s\n%s\n", time_encode(r->received_at, BEIJING_MINUTES, received),
                    time_encode(r->publish_by, BEIJING_MINUTES, publish));
}

/* Milliseconds and offset, as recorded_at of an entry. */
static enum gz_err decode_time(struct bytes text, struct time *out)
{
    if (text.n != 24 && text.n != 29) return GZ_MALFORMED;
    if (text.p[19] != '.' || text.p[23] == '.' || (text.p[23] >= '0' && text.p[23] <= '9'))
        return GZ_MALFORMED;
    return time_decode(text, out);
}

static enum gz_err decode_lines(struct bytes text, struct receipt *r, const char **why)
{
    enum { LINES = 6 };
    struct bytes lines[LINES];
    for (size_t i = 0; i < LINES; i++)
        if (!bytes_take_line(&text, &lines[i])) return refuse(why, "a line is missing");
    if (text.n != 0) return refuse(why, "there are more lines than six");
    r->origin = lines[1];
    r->org = lines[2];
    if (base64_decode_exact(BASE64_URL_BARE, lines[3], r->fingerprint.b, HASH_SIZE) != GZ_OK)
        return refuse(why, "the fingerprint is not base64url of 32 bytes");
    r->received_at_text = lines[4];
    r->publish_by_text = lines[5];
    if (decode_time(lines[4], &r->received_at) != GZ_OK)
        return refuse(why, "received_at is no time with milliseconds and offset");
    if (decode_time(lines[5], &r->publish_by) != GZ_OK)
        return refuse(why, "publish_by is no time with milliseconds and offset");
    return check(r, why);
}

enum gz_err receipt_decode(struct bytes wire, struct note *note, struct receipt *out,
                           const char **why)
{
    struct receipt r = {0};
    struct note    n;
    *why = "it is too large";
    if (wire.n > RECEIPT_SIZE_MAX) return GZ_LIMIT;
    if (!receipt_is_one(wire)) return refuse(why, "its first line is not guzheng/receipt/v1");
    if (note_decode(wire, &n) != GZ_OK) return refuse(why, "it is no signed note");
    TRY(decode_lines(n.text, &r, why));
    *note = n;
    *out = r;
    return GZ_OK;
}

enum gz_err receipt_verify(const struct note *note, const struct receipt *r, const struct key *keys,
                           size_t keys_n, const char **why)
{
    struct bytes     lines = note->lines;
    struct note_line line;
    uint64_t         time;
    bool             is_signed = false;
    *why = "a signature of the organisation's receipt key is wrong";
    while (note_next_line(&lines, &line)) {
        if (!bytes_eq(line.name, r->org)) continue;
        for (size_t i = 0; i < keys_n; i++) {
            if (keys[i].purpose != KEY_RECEIPT) continue;
            const enum gz_err e = note_verify_line(&line, &keys[i], note->text, &time);
            if (e == GZ_MISMATCH) return e;
            is_signed |= e == GZ_OK;
        }
    }
    *why = "no receipt key of the organisation has signed it";
    return is_signed ? GZ_OK : GZ_MISMATCH;
}

enum receipt_verdict receipt_judge(const struct receipt *r, bool found, uint64_t time)
{
    const struct time at = {time > INT64_MAX ? INT64_MAX : (int64_t)time, 0};
    const bool        in_time = time_cmp(at, r->publish_by) <= 0;
    if (found) return in_time ? RECEIPT_KEPT : RECEIPT_LATE;
    return in_time ? RECEIPT_OPEN : RECEIPT_OMITTED;
}

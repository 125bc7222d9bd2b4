#include "core/note.h"

#include <string.h>

#include "base/text.h"
#include "core/base64.h"

static const uint8_t dash[] = {0xe2, 0x80, 0x94, ' '}; /* EM DASH, space */

/* UTF-8, and no control character but LF. */
static bool is_note_text(struct bytes text)
{
    if (!text_is_utf8(text)) return false;
    for (size_t i = 0; i < text.n; i++)
        if ((text.p[i] < 0x20 && text.p[i] != '\n') || text.p[i] == 0x7f) return false;
    return true;
}

/* Key ID and what follows it; of a longer blob, which no key of ours makes, only the front is kept.
 */
static enum gz_err decode_blob(struct bytes text, struct note_line *out)
{
    uint8_t blob[KEY_ID_SIZE + COSIGNATURE_BLOB_SIZE] = {0};
    size_t  n = 0;
    TRY(base64_decode_front(BASE64_STD_PADDED, text, blob, sizeof blob, &n));
    if (n < KEY_ID_SIZE + 1) return GZ_MALFORMED;
    memcpy(out->id, blob, KEY_ID_SIZE);
    memcpy(out->blob, blob + KEY_ID_SIZE, COSIGNATURE_BLOB_SIZE);
    out->blob_n = n - KEY_ID_SIZE;
    return GZ_OK;
}

static enum gz_err decode_line(struct bytes line, struct note_line *out)
{
    if (!bytes_starts(line, BYTES_OF(dash))) return GZ_MALFORMED;
    line = bytes_slice(line, sizeof dash, line.n);
    const size_t space = bytes_find(line, ' ');
    if (space == line.n) return GZ_MALFORMED;
    out->name = bytes_slice(line, 0, space);
    if (!key_name_has_form(out->name)) return GZ_MALFORMED;
    return decode_blob(bytes_slice(line, space + 1, line.n), out);
}

bool note_next_line(struct bytes *lines, struct note_line *out)
{
    struct bytes line;
    return bytes_take_line(lines, &line) && decode_line(line, out) == GZ_OK;
}

/* Every line of the block has its form, and there are 1 to NOTE_LINES_MAX of them. */
static enum gz_err check_lines(struct bytes lines)
{
    struct bytes     line;
    struct note_line parsed;
    size_t           n = 0;
    if (lines.n == 0 || lines.p[lines.n - 1] != '\n') return GZ_MALFORMED;
    while (bytes_take_line(&lines, &line)) {
        TRY(decode_line(line, &parsed));
        if (++n > NOTE_LINES_MAX) return GZ_LIMIT;
    }
    return GZ_OK;
}

enum gz_err note_decode(struct bytes wire, struct note *out)
{
    if (!is_note_text(wire)) return GZ_MALFORMED;
    size_t at = wire.n;
    while (at >= 2 && !(wire.p[at - 2] == '\n' && wire.p[at - 1] == '\n')) at--;
    if (at < 2) return GZ_MALFORMED;
    const struct note made = {bytes_slice(wire, 0, at - 1), bytes_slice(wire, at, wire.n)};
    TRY(check_lines(made.lines));
    *out = made;
    return GZ_OK;
}

enum gz_err note_add_line(struct bytes name, const uint8_t id[KEY_ID_SIZE], struct bytes blob,
                          struct buf *out)
{
    DEFER(buf_fini) struct buf line = {0}, whole = {0};
    TRY(buf_add(&whole, (struct bytes){id, KEY_ID_SIZE}));
    TRY(buf_add(&whole, blob));
    TRY(buf_add(&line, BYTES_OF(dash)));
    TRY(buf_add(&line, name));
    TRY(buf_add_byte(&line, ' '));
    TRY(base64_add(BASE64_STD_PADDED, buf_bytes(&whole), &line));
    TRY(buf_add_byte(&line, '\n'));
    return buf_add(out, buf_bytes(&line));
}

enum gz_err checkpoint_decode(struct bytes text, struct checkpoint *out)
{
    struct bytes      origin, size, root;
    struct checkpoint c;
    if (!bytes_take_line(&text, &origin) || !bytes_take_line(&text, &size) ||
        !bytes_take_line(&text, &root) || text.n != 0 || origin.n == 0)
        return GZ_MALFORMED;
    TRY(text_to_u64(size, INT64_MAX, &c.size));
    TRY(base64_decode_exact(BASE64_STD_PADDED, root, c.root.b, HASH_SIZE));
    c.origin = origin;
    *out = c;
    return GZ_OK;
}

enum gz_err checkpoint_encode(const struct checkpoint *c, struct buf *out)
{
    TRY(buf_add(out, c->origin));
    TRY(buf_addf(out, "\n%llu\n", (unsigned long long)c->size));
    TRY(base64_add(BASE64_STD_PADDED, BYTES_OF(c->root.b), out));
    return buf_add_byte(out, '\n');
}

/* Appends what stands before the note text; GZ_MEMORY only. */
enum gz_err cosignature_message(uint64_t time, struct bytes text, struct buf *out)
{
    TRY(buf_addf(out, "cosignature/v1\ntime %llu\n", (unsigned long long)time));
    return buf_add(out, text);
}

/* The same message without a heap. False: longer than any checkpoint of ours. */
static bool cosigned_bytes(uint64_t time, struct bytes text, uint8_t out[NOTE_COSIGNED_MAX],
                           size_t *n)
{
    char         digits[TEXT_U64_SIZE];
    struct bytes parts[] = {BYTES_LIT("cosignature/v1\ntime "),
                            bytes_str(text_of_u64(time, digits)), BYTES_LIT("\n"), text};
    size_t       at = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].n > NOTE_COSIGNED_MAX - at) return false;
        memcpy(out + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    *n = at;
    return true;
}

static enum gz_err verify_cosignature(const struct note_line *line, const struct key *k,
                                      struct bytes text, struct key_cache *cache, uint64_t *time)
{
    uint8_t        message[NOTE_COSIGNED_MAX];
    size_t         n = 0;
    const uint64_t t = read_be64(line->blob);
    if (line->blob_n != COSIGNATURE_BLOB_SIZE) return GZ_MISMATCH;
    if (t < 1 || t > INT64_MAX || !cosigned_bytes(t, text, message, &n)) return GZ_MISMATCH;
    TRY(key_cache_verify(cache, k, (struct bytes){message, n}, line->blob + 8));
    *time = t;
    return GZ_OK;
}

enum gz_err note_verify_known_line(const struct note_line *line, const struct key *k,
                                   struct bytes text, struct key_cache *cache, uint64_t *time)
{
    if (!bytes_eq(line->name, bytes_str(k->name)) || memcmp(line->id, k->id, KEY_ID_SIZE) != 0)
        return GZ_MISSING;
    if (k->purpose == KEY_WITNESS) return verify_cosignature(line, k, text, cache, time);
    if (line->blob_n != KEY_SIGNATURE_SIZE) return GZ_MISMATCH;
    TRY(key_cache_verify(cache, k, text, line->blob));
    *time = 0;
    return GZ_OK;
}

enum gz_err note_verify_line(const struct note_line *line, const struct key *k, struct bytes text,
                             uint64_t *time)
{
    return note_verify_known_line(line, k, text, NULL, time);
}

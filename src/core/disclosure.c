#include <string.h>

#include "base/text.h"
#include "core/base64.h"
#include "core/entry.h"
#include "core/json.h"

static const struct bytes file_prefix = {(const uint8_t *)"file/", 5};

enum { FILE_NUMBER_MAX = 9999 };

static enum gz_err refuse(const char **why, const char *text)
{
    *why = text;
    return GZ_MALFORMED;
}

/* Control characters, and those that turn the direction of text (what a reader sees must be what
 * was signed). */
static bool is_forbidden_rune(uint32_t r)
{
    return r <= 0x1f || (r >= 0x7f && r <= 0x9f) || r == 0x200e || r == 0x200f ||
           (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069);
}

static bool is_file_name(struct bytes name)
{
    uint64_t n = 0;
    return text_to_u64(bytes_slice(name, file_prefix.n, name.n), FILE_NUMBER_MAX, &n) == GZ_OK &&
           n >= 1;
}

static enum gz_err check_name(struct bytes name, const char **why)
{
    if (name.n == 0 || name.n > DISCLOSURE_NAME_MAX)
        return refuse(why, "the name of a disclosure is not of 1 to 128 bytes");
    if (entry_is_member(name) || bytes_eq(name, BYTES_LIT("...")))
        return refuse(why, "the name of a disclosure is that of an entry member");
    for (size_t at = 0; at < name.n;)
        if (is_forbidden_rune(text_next_rune(name, &at)))
            return refuse(why, "the name of a disclosure holds a control or direction character");
    if (bytes_starts(name, file_prefix) && !is_file_name(name))
        return refuse(why, "file/ is not followed by 1 to 9999");
    return GZ_OK;
}

/* [salt, name, value] and nothing more. */
static enum gz_err read_array(struct bytes text, struct arena *arena, struct disclosure *out,
                              const char **why)
{
    static const char *const forbidden[] = {"_sd", "...", NULL};
    struct json              j;
    struct bytes             salt;
    uint8_t                  raw[DISCLOSURE_SALT_SIZE];
    size_t                   n = 0;
    bool                     more = true;
    *why = "a disclosure is not an array of salt, name and strict value";
    TRY(json_init(&j, text));
    TRY(json_enter_array(&j));
    TRY(json_next_element(&j, &n, &more));
    TRY(json_text(&j, arena, &salt));
    TRY(json_next_element(&j, &n, &more));
    TRY(json_text(&j, arena, &out->name));
    TRY(json_next_element(&j, &n, &more));
    TRY(json_value(&j, arena, forbidden, &out->value));
    TRY(json_next_element(&j, &n, &more));
    if (more) return GZ_MALFORMED;
    TRY(json_end(&j));
    if (base64_decode_exact(BASE64_URL_BARE, salt, raw, sizeof raw) != GZ_OK)
        return refuse(why, "the salt of a disclosure is not base64url of 16 bytes");
    return GZ_OK;
}

enum gz_err disclosure_decode(struct bytes d, struct arena *arena, struct disclosure *out,
                              const char **why)
{
    struct disclosure made = {0};
    size_t            n = 0;
    if (d.n > DISCLOSURE_SIZE_MAX) {
        *why = "a disclosure of more than 64 KiB";
        return GZ_LIMIT;
    }
    const size_t cap = base64_decoded_max(d.n);
    uint8_t     *text = arena_alloc(arena, cap);
    if (text == NULL) return GZ_MEMORY;
    if (base64_decode(BASE64_URL_BARE, d, text, cap, &n) != GZ_OK)
        return refuse(why, "a disclosure is not base64url without padding");
    TRY(read_array((struct bytes){text, n}, arena, &made, why));
    TRY(check_name(made.name, why));
    struct disclosed_file file;
    if (bytes_starts(made.name, file_prefix) && disclosed_file_decode(&made, &file) != GZ_OK)
        return refuse(why, "the value of a disclosed file has not its five members");
    *out = made;
    return GZ_OK;
}

/* [salt, name, value], as it is encoded. */
static enum gz_err add_array(const uint8_t salt[DISCLOSURE_SALT_SIZE], struct bytes name,
                             struct bytes value_json, struct buf *text)
{
    TRY(buf_reserve(text, 2 * name.n + value_json.n + 64));
    TRY(buf_add_str(text, "[\""));
    TRY(base64_add(BASE64_URL_BARE, (struct bytes){salt, DISCLOSURE_SALT_SIZE}, text));
    TRY(buf_add_str(text, "\","));
    TRY(json_add_string(name, text));
    TRY(buf_add_byte(text, ','));
    TRY(buf_add(text, value_json));
    return buf_add_byte(text, ']');
}

/* What was written is read back: no disclosure leaves here that a verifier would refuse. */
static enum gz_err check_again(struct bytes d)
{
    DEFER(buf_fini) struct buf room = {0};
    struct disclosure          again;
    const char                *why = NULL;
    TRY(buf_reserve(&room, 12 * d.n + 4096)); /* names of the values' members */
    struct arena arena = {.p = room.p, .cap = room.cap};
    return disclosure_decode(d, &arena, &again, &why);
}

enum gz_err disclosure_encode(const uint8_t salt[DISCLOSURE_SALT_SIZE], struct bytes name,
                              struct bytes value_json, struct buf *out)
{
    DEFER(buf_fini) struct buf text = {0};
    const size_t               before = out->n;
    TRY(add_array(salt, name, value_json, &text));
    TRY(base64_add(BASE64_URL_BARE, buf_bytes(&text), out));
    const enum gz_err e = check_again(bytes_slice(buf_bytes(out), before, out->n));
    if (e != GZ_OK) out->n = before;
    return e;
}

struct hash disclosure_digest(enum suite suite, struct bytes d)
{
    return hash_of(suite, d);
}

enum gz_err disclosed_file_encode(const struct disclosed_file *f, struct buf *out)
{
    char sm3[2 * HASH_SIZE + 1], sha256[2 * HASH_SIZE + 1];
    text_to_hex(BYTES_OF(f->sm3.b), sm3);
    text_to_hex(BYTES_OF(f->sha256.b), sha256);
    TRY(buf_add_str(out, "{\"name\":"));
    TRY(json_add_string(f->name, out));
    TRY(buf_add_str(out, ",\"media_type\":"));
    TRY(json_add_string(f->media_type, out));
    return buf_addf(out, ",\"size\":%llu,\"sm3\":\"%s\",\"sha256\":\"%s\"}",
                    (unsigned long long)f->size, sm3, sha256);
}

/* An escape in a digest's string is legal JSON, and stands for its digit. */
static enum gz_err read_hex(struct json *j, struct hash *out)
{
    uint8_t      plain[2 * HASH_SIZE * JSON_ESCAPE_MAX];
    struct bytes body;
    TRY(json_string_raw(j, &body));
    if (body.n > sizeof plain) return GZ_MALFORMED;
    return text_from_hex((struct bytes){plain, json_unescape(body, plain)}, out->b, HASH_SIZE);
}

static enum gz_err read_file_member(struct json *j, size_t which, struct disclosed_file *f)
{
    switch (which) {
    case 0: return json_string_raw(j, &f->name);
    case 1: return json_string_raw(j, &f->media_type);
    case 2: return json_uint(j, &f->size);
    case 3: return read_hex(j, &f->sm3);
    default: return read_hex(j, &f->sha256);
    }
}

enum gz_err disclosed_file_decode(const struct disclosure *d, struct disclosed_file *out)
{
    static const char *const names[] = {"name", "media_type", "size", "sm3", "sha256"};
    struct disclosed_file    f;
    struct json              j;
    uint32_t                 seen = 0;
    size_t                   which = 0;
    TRY(json_init(&j, d->value));
    TRY(json_enter_object(&j));
    for (bool more = true;;) {
        TRY(json_next_member(&j, names, COUNT_OF(names), &seen, &which, &more));
        if (!more) break;
        TRY(read_file_member(&j, which, &f));
    }
    if (seen != (1u << COUNT_OF(names)) - 1) return GZ_MALFORMED;
    *out = f;
    return GZ_OK;
}

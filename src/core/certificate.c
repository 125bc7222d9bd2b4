#include "core/certificate.h"

#include "base/text.h"
#include "core/base64.h"
#include "core/json.h"

static const char type_text[] = "guzheng/certificate/v1";
static const char proof_head[] = "c2sp.org/tlog-proof@v1";

enum { M_TYPE, M_SUITE, M_ENTRY, M_DISCLOSURES, M_PROOF, M_CONSISTENCY, M_TIMESTAMPS, MEMBERS };

static const char *const names[MEMBERS] = {"type",  "suite",       "entry",     "disclosures",
                                           "proof", "consistency", "timestamps"};

struct reading {
    struct json        j;
    struct arena      *arena;
    struct certificate c;
    struct bytes       type, suite, entry;
};

/* An array of strings: at most max of them are kept, *n counts one more where there were more. */
static enum gz_err read_strings(struct reading *r, size_t max, const struct bytes **list, size_t *n)
{
    size_t        count = 0;
    struct bytes *items = arena_array(r->arena, max, sizeof *items), over;
    if (items == NULL) return GZ_MEMORY;
    TRY(json_enter_array(&r->j));
    for (bool more = true;;) {
        TRY(json_next_element(&r->j, &count, &more));
        if (!more) break;
        if (count > max) TRY(json_string_raw(&r->j, &over));
        else TRY(json_text(&r->j, r->arena, &items[count - 1]));
    }
    *list = items;
    *n = count <= max ? count : max + 1;
    return GZ_OK;
}

static enum gz_err read_limited(struct reading *r, size_t max, const struct bytes **list, size_t *n)
{
    TRY(read_strings(r, max, list, n));
    return *n <= max ? GZ_OK : GZ_MALFORMED;
}

/* One hash more than a path holds is enough to see that there are too many, which is for check 5 to
 * say. */
static enum gz_err read_consistency(struct reading *r)
{
    enum { KEPT = MERKLE_DEPTH_MAX + 1 };
    struct certificate *c = &r->c;
    c->has_consistency = true;
    TRY(read_strings(r, KEPT, &c->consistency, &c->consistency_n));
    if (c->consistency_n > KEPT) c->consistency_n = KEPT;
    return GZ_OK;
}

static enum gz_err read_member(struct reading *r, size_t which)
{
    struct certificate *c = &r->c;
    switch (which) {
    case M_TYPE: return json_text(&r->j, r->arena, &r->type);
    case M_SUITE: return json_text(&r->j, r->arena, &r->suite);
    case M_ENTRY: return json_text(&r->j, r->arena, &r->entry);
    case M_DISCLOSURES:
        return read_limited(r, ENTRY_DISCLOSURES_MAX, &c->disclosures, &c->disclosures_n);
    case M_PROOF: return json_text(&r->j, r->arena, &c->proof);
    case M_CONSISTENCY: return read_consistency(r);
    default: return read_limited(r, CERTIFICATE_TIMESTAMPS_MAX, &c->timestamps, &c->timestamps_n);
    }
}

static enum gz_err read_members(struct reading *r)
{
    uint32_t seen = 0;
    size_t   which = 0;
    TRY(json_enter_object(&r->j));
    for (bool more = true;;) {
        TRY(json_next_member(&r->j, names, MEMBERS, &seen, &which, &more));
        if (!more) break;
        TRY(read_member(r, which));
    }
    if ((seen | 1u << M_CONSISTENCY) != (1u << MEMBERS) - 1) return GZ_MALFORMED;
    return json_end(&r->j);
}

static enum gz_err decode_entry_bytes(struct reading *r)
{
    const size_t cap = ENTRY_SIZE_MAX;
    size_t       n = 0;
    if (r->entry.n > base64_encoded_size(BASE64_URL_BARE, cap)) return GZ_MALFORMED;
    uint8_t *p = arena_alloc(r->arena, base64_decoded_max(r->entry.n));
    if (p == NULL) return GZ_MEMORY;
    TRY(base64_decode(BASE64_URL_BARE, r->entry, p, cap, &n));
    r->c.entry = (struct bytes){p, n};
    return GZ_OK;
}

static enum gz_err refuse(const char **why, const char *text)
{
    *why = text;
    return GZ_MALFORMED;
}

enum gz_err certificate_decode(struct bytes wire, struct arena *arena, struct certificate *out,
                               const char **why)
{
    struct reading r = {.arena = arena};
    if (wire.n > CERTIFICATE_SIZE_MAX) return refuse(why, "a certificate of more than 4 MiB");
    enum gz_err e = json_init(&r.j, wire);
    if (e == GZ_OK) e = read_members(&r);
    if (e == GZ_MALFORMED)
        return refuse(why,
                      "the JSON is cut, or a member is unknown, repeated, missing or too long");
    TRY(e);
    if (!bytes_eq(r.type, bytes_str(type_text)))
        return refuse(why, "its type is not guzheng/certificate/v1");
    if (suite_decode(r.suite, &r.c.suite) != GZ_OK) return refuse(why, "an unknown suite");
    e = decode_entry_bytes(&r);
    if (e == GZ_MEMORY) return e;
    if (e != GZ_OK) return refuse(why, "the entry is not base64url of at most 64 KiB");
    *out = r.c;
    return GZ_OK;
}

/* --- encode ----------------------------------------------------------------------------------- */

/* Text of ours: ASCII, UTF-8 and LF; nothing else needs an escape. */
static enum gz_err add_string(struct bytes text, struct buf *out)
{
    TRY(buf_add_byte(out, '"'));
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (c == '\n') TRY(buf_add_str(out, "\\n"));
        else if (c < 0x20 || c == '"' || c == '\\') return GZ_MALFORMED;
        else TRY(buf_add_byte(out, c));
    }
    return buf_add_byte(out, '"');
}

static enum gz_err add_list(const char *name, const struct bytes *list, size_t n, struct buf *out)
{
    TRY(buf_addf(out, ",\n \"%s\": [", name));
    for (size_t i = 0; i < n; i++) {
        TRY(buf_add_str(out, i == 0 ? "\n  " : ",\n  "));
        TRY(add_string(list[i], out));
    }
    return buf_add_str(out, n == 0 ? "]" : "\n ]");
}

static enum gz_err add_members(const struct certificate *c, struct buf *out)
{
    TRY(buf_addf(out, "{\n \"type\": \"%s\",\n \"suite\": \"%s\",\n \"entry\": \"", type_text,
                 suite_name(c->suite)));
    TRY(base64_add(BASE64_URL_BARE, c->entry, out));
    TRY(buf_add_byte(out, '"'));
    TRY(add_list("disclosures", c->disclosures, c->disclosures_n, out));
    TRY(buf_add_str(out, ",\n \"proof\": "));
    TRY(add_string(c->proof, out));
    if (c->has_consistency) TRY(add_list("consistency", c->consistency, c->consistency_n, out));
    TRY(add_list("timestamps", c->timestamps, c->timestamps_n, out));
    return buf_add_str(out, "\n}\n");
}

enum gz_err certificate_encode(const struct certificate *c, struct arena *arena, struct buf *out)
{
    DEFER(buf_fini) struct buf made = {0};
    struct certificate         again;
    const char                *why = NULL;
    TRY(add_members(c, &made));
    TRY(certificate_decode(buf_bytes(&made), arena, &again, &why));
    return buf_add(out, buf_bytes(&made));
}

/* --- proof text ------------------------------------------------------------------------------- */

enum gz_err proof_decode(struct bytes text, struct proof *out)
{
    struct proof p = {0};
    struct bytes line;
    if (!bytes_take_line(&text, &line) || !bytes_eq(line, bytes_str(proof_head)))
        return GZ_MALFORMED;
    if (!bytes_take_line(&text, &line) || !bytes_starts(line, BYTES_LIT("index ")))
        return GZ_MALFORMED;
    TRY(text_to_u64(bytes_slice(line, 6, line.n), INT64_MAX, &p.index));
    for (;;) {
        if (!bytes_take_line(&text, &line)) return GZ_MALFORMED;
        if (line.n == 0) break;
        if (p.path.n == MERKLE_DEPTH_MAX) return GZ_MALFORMED;
        TRY(base64_decode_exact(BASE64_STD_PADDED, line, p.path.path[p.path.n].b, HASH_SIZE));
        p.path.n++;
    }
    p.note = text;
    *out = p;
    return GZ_OK;
}

enum gz_err proof_encode(uint64_t index, const struct merkle_path *path, struct bytes note,
                         struct buf *out)
{
    TRY(buf_addf(out, "%s\nindex %llu\n", proof_head, (unsigned long long)index));
    for (uint32_t i = 0; i < path->n; i++) {
        TRY(base64_add(BASE64_STD_PADDED, BYTES_OF(path->path[i].b), out));
        TRY(buf_add_byte(out, '\n'));
    }
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, note);
}

enum gz_err consistency_decode(const struct bytes *list, size_t n, struct merkle_path *out)
{
    struct merkle_path path = {0};
    if (n > MERKLE_DEPTH_MAX) return GZ_MALFORMED;
    for (; path.n < n; path.n++)
        TRY(base64_decode_exact(BASE64_STD_PADDED, list[path.n], path.path[path.n].b, HASH_SIZE));
    *out = path;
    return GZ_OK;
}

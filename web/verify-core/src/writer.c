#include "writer.h"

#include <string.h>

#include "base/text.h"

void write_raw(struct writer *w, struct bytes text)
{
    w->is_full = w->is_full || text.n > w->cap - w->n;
    if (w->is_full || text.n == 0) return;
    memcpy(w->p + w->n, text.p, text.n);
    w->n += text.n;
}

static void write_escape(struct writer *w, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t     escape[] = {
            '\\', 'u', '0', '0', (uint8_t)digits[c >> 4], (uint8_t)digits[c & 15]};
    write_raw(w, BYTES_OF(escape));
}

static void write_string(struct writer *w, struct bytes text)
{
    size_t from = 0;
    write_raw(w, BYTES_LIT("\""));
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= 0x20 && text.p[i] != '"' && text.p[i] != '\\') continue;
        write_raw(w, bytes_slice(text, from, i));
        write_escape(w, text.p[i]);
        from = i + 1;
    }
    write_raw(w, bytes_slice(text, from, text.n));
    write_raw(w, BYTES_LIT("\""));
}

static void begin_item(struct writer *w)
{
    if (w->has_item) write_raw(w, BYTES_LIT(","));
    w->has_item = true;
}

void write_name(struct writer *w, struct bytes name)
{
    begin_item(w);
    write_string(w, name);
    write_raw(w, BYTES_LIT(":"));
}

static void begin(struct writer *w, const char *name)
{
    if (name != NULL) write_name(w, bytes_str(name));
    else begin_item(w);
}

void write_open(struct writer *w, const char *name, const char *bracket)
{
    begin(w, name);
    write_raw(w, bytes_str(bracket));
    w->has_item = false;
}

void write_close(struct writer *w, const char *bracket)
{
    write_raw(w, bytes_str(bracket));
    w->has_item = true;
}

void write_text(struct writer *w, const char *name, struct bytes text)
{
    begin(w, name);
    write_string(w, text);
}

void write_str(struct writer *w, const char *name, const char *s)
{
    begin(w, name);
    if (s == NULL) write_raw(w, BYTES_LIT("null"));
    else write_string(w, bytes_str(s));
}

void write_number(struct writer *w, const char *name, int64_t v)
{
    char digits[TEXT_U64_SIZE];
    begin(w, name);
    if (v < 0) write_raw(w, BYTES_LIT("-"));
    write_raw(w, bytes_str(text_of_u64(v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v, digits)));
}

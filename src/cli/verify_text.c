#include "cli/verify_text.h"

#include "base/text.h"

void text_print(FILE *out, struct bytes text)
{
    if (!text_is_utf8(text)) {
        for (size_t i = 0; i < text.n; i++)
            if (text.p[i] >= 0x20 && text.p[i] < 0x7f) fputc(text.p[i], out);
            else fprintf(out, "\\x%02x", text.p[i]);
        return;
    }
    for (size_t at = 0; at < text.n;) {
        const size_t   from = at;
        const uint32_t rune = text_next_rune(text, &at);
        if (text_is_hidden_rune(rune)) fprintf(out, "\\u{%x}", (unsigned)rune);
        else fwrite(text.p + from, 1, at - from, out);
    }
}

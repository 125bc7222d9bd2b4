#include "app/charset.h"

#include <iconv.h>
#include <stdlib.h>

#include "base/text.h"
#include "host/host.h"

struct charset_decoder {
    enum charset from;
    iconv_t      iconv; /* of CHARSET_GB18030 */
};

enum gz_err charset_open(enum charset from, struct charset_decoder **out)
{
    struct charset_decoder *d = calloc(1, sizeof *d);
    if (d == NULL) return GZ_MEMORY;
    d->from = from;
    if (from == CHARSET_GB18030) d->iconv = iconv_open("UTF-8", "GB18030");
    if (from == CHARSET_GB18030 && d->iconv == (iconv_t)-1) {
        log_line(LOG_ERROR, "charset", "iconv does not know GB18030");
        free(d);
        return GZ_IO;
    }
    *out = d;
    return GZ_OK;
}

void charset_close(struct charset_decoder **d)
{
    if (*d == NULL) return;
    if ((*d)->from == CHARSET_GB18030) (void)iconv_close((*d)->iconv);
    free(*d);
    *d = NULL;
}

/* A character of GB 18030 has 1, 2 or 4 bytes, and then at most 1, 3 or 4 in UTF-8. */
static enum gz_err from_gb18030(iconv_t iconv_handle, struct bytes text, struct arena *arena,
                                struct bytes *out)
{
    size_t   left = text.n, room = 2 * text.n;
    uint8_t *made = arena_alloc(arena, room);
    if (made == NULL) return GZ_MEMORY;
    char *to = (char *)made;
    char *from = (char *)(uintptr_t)text.p; /* iconv reads it only */
    (void)iconv(iconv_handle, NULL, NULL, NULL, NULL);
    /* More than 0 would be characters that were replaced. */
    if (text.n > 0 && iconv(iconv_handle, &from, &left, &to, &room) != 0) return GZ_MALFORMED;
    const struct bytes utf8 = {made, 2 * text.n - room};
    if (!text_is_utf8(utf8)) return GZ_MALFORMED;
    *out = utf8;
    return GZ_OK;
}

enum gz_err charset_decode(struct charset_decoder *d, struct bytes text, struct arena *arena,
                           struct bytes *out)
{
    if (d->from == CHARSET_GB18030) return from_gb18030(d->iconv, text, arena, out);
    if (!text_is_utf8(text)) return GZ_MALFORMED;
    *out = text;
    return GZ_OK;
}

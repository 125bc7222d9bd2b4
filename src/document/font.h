/* The fonts of printed pages, in a folder of our own (data/fonts): the machine's fonts are never
 * asked, so that the same text gives the same page everywhere. One thread at a time. */
#pragma once
#include "base/buf.h"

enum { FONT_PATH_MAX = 1024 };

struct fonts;

/* folder NULL: $GUZHENG_FONTS, else data/fonts beside the program, else ../share/guzheng/fonts from
 * it. GZ_MISSING, *why (one sentence, may be NULL): a font is not there. */
enum gz_err fonts_open(const char *folder, struct fonts **out, struct buf *why);
void        fonts_close(struct fonts **f); /* for DEFER */
/* The PangoFontMap. */
void       *fonts_map(const struct fonts *f);
/* Append text (checked UTF-8) as it can be printed: what is invisible, turns the direction of text,
 * or stands in none of the fonts becomes \u{…}. The files of rare characters are opened when the
 * first text needs them. */
enum gz_err fonts_add_text(struct fonts *f, struct bytes text, struct buf *out);

/* A page of whatever text, for the scripts: `page_maker OUT.pdf TEXT [COPIES]` writes an archival
 * PDF with the text as a field's value, and as a paragraph so many times. */
#include <stdio.h>
#include <stdlib.h>

#include "document/page_text.h"
#include "document/pdf_archive.h"
#include "host/file.h"

static enum gz_err write_page(struct fonts *fonts, struct bytes text, int copies, struct buf *pdf)
{
    DEFER(sheet_free) struct sheet *sheet = NULL;
    DEFER(buf_fini) struct buf      safe = {0}, many = {0}, drawn = {0};
    TRY(sheet_new(fonts, BYTES_LIT("foot"), &sheet));
    struct writing w = {fonts, sheet};
    TRY(fonts_add_text(fonts, text, &safe));
    for (int i = 0; i < copies; i++) TRY(buf_add(&many, buf_bytes(&safe)));
    TRY(buf_add_byte(&many, 0));
    TRY(write_heading(&w, "heading"));
    TRY(write_field(&w, BYTES_LIT("字段"), BYTES_LIT("name"), buf_bytes(&safe)));
    TRY(write_paragraph(&w, PAGE_STRONG, (const char *)many.p));
    TRY(sheet_draw(sheet, &drawn));
    return pdf_archive(buf_bytes(&drawn), BYTES_LIT("title <&>"), NULL, pdf);
}

int main(int argc, char **argv)
{
    DEFER(fonts_close) struct fonts *fonts = NULL;
    DEFER(buf_fini) struct buf       pdf = {0}, why = {0};
    if (argc < 3) return 2;
    if (fonts_open(getenv("GUZHENG_FONTS"), &fonts, &why) != GZ_OK) return 1;
    const int         copies = argc > 3 ? atoi(argv[3]) : 1;
    const enum gz_err e = write_page(fonts, bytes_str(argv[2]), copies, &pdf);
    if (e != GZ_OK) fprintf(stderr, "%s\n", err_name(e));
    return e == GZ_OK && file_replace(argv[1], buf_bytes(&pdf), 0644) == GZ_OK ? 0 : 1;
}

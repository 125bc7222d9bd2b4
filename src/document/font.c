#include "document/font.h"

#include <limits.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* In the order in which a character is looked for; those of tier 0 are opened at once. */
static const struct font_file {
    const char *name;
    unsigned    tier;
} files[] = {
    {"serif.otf", 0},      {"serif-bold.otf", 0}, {"mono.ttf", 0},
    {"serif-rest.otf", 1}, {"symbols.ttf", 1},    {"han-rest.ttf", 2},
};
enum { TIERS = 3 };

struct fonts {
    char          folder[FONT_PATH_MAX];
    FcConfig     *config;
    PangoFontMap *map;
    unsigned      tiers; /* opened */
};

/* --- where they are --------------------------------------------------------------------------- */

static bool has_fonts(const char *folder)
{
    char path[FONT_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", folder, files[0].name);
    return access(path, R_OK) == 0;
}

static void find_folder(char out[FONT_PATH_MAX])
{
    static const char *const places[] = {"data/fonts", "../share/guzheng/fonts", "../data/fonts"};
    const char              *given = getenv("GUZHENG_FONTS");
    char                     program[PATH_MAX];
    if (given != NULL) {
        snprintf(out, FONT_PATH_MAX, "%s", given);
        return;
    }
    const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n < 0 ? 0 : n] = 0;
    char *slash = strrchr(program, '/');
    if (slash != NULL) *slash = 0;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const int length = snprintf(out, FONT_PATH_MAX, "%s/%s", program, places[i]);
        if (length > 0 && length < FONT_PATH_MAX && has_fonts(out)) return;
    }
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum gz_err open_tier(struct fonts *f, unsigned tier, struct buf *why)
{
    char path[FONT_PATH_MAX + 32];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        if (files[i].tier != tier) continue;
        snprintf(path, sizeof path, "%s/%s", f->folder, files[i].name);
        if (FcConfigAppFontAddFile(f->config, (const FcChar8 *)path)) continue;
        if (why != NULL)
            TRY(buf_addf(why, "字体文件 %s 不可用；请用 GUZHENG_FONTS 指明字体目录 (no such font)",
                         path));
        return GZ_MISSING;
    }
    f->tiers = tier + 1;
    if (f->map != NULL) pango_fc_font_map_config_changed(PANGO_FC_FONT_MAP(f->map));
    return GZ_OK;
}

enum gz_err fonts_open(const char *folder, struct fonts **out, struct buf *why)
{
    DEFER(fonts_close) struct fonts *f = calloc(1, sizeof *f);
    if (f == NULL) return GZ_MEMORY;
    if (folder == NULL) find_folder(f->folder);
    else snprintf(f->folder, sizeof f->folder, "%s", folder);
    f->config = FcConfigCreate();
    if (f->config == NULL) return GZ_MEMORY;
    TRY(open_tier(f, 0, why));
    f->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    if (f->map == NULL) return GZ_MEMORY;
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(f->map), f->config);
    *out = f;
    f = NULL;
    return GZ_OK;
}

void fonts_close(struct fonts **f)
{
    if (*f == NULL) return;
    if ((*f)->map != NULL) g_object_unref((*f)->map);
    if ((*f)->config != NULL) FcConfigDestroy((*f)->config);
    free(*f);
    *f = NULL;
}

void *fonts_map(const struct fonts *f)
{
    return f->map;
}

/* --- characters ------------------------------------------------------------------------------- */

static bool is_in_open_font(const struct fonts *f, uint32_t rune)
{
    const FcFontSet *set = FcConfigGetFonts(f->config, FcSetApplication);
    FcCharSet       *has;
    for (int i = 0; set != NULL && i < set->nfont; i++)
        if (FcPatternGetCharSet(set->fonts[i], FC_CHARSET, 0, &has) == FcResultMatch &&
            FcCharSetHasChar(has, rune))
            return true;
    return false;
}

/* A file of rare characters that is not there costs those characters, not the page. */
static bool is_printable(struct fonts *f, uint32_t rune)
{
    if (text_is_hidden_rune(rune)) return false;
    while (!is_in_open_font(f, rune)) {
        if (f->tiers == TIERS) return false;
        if (open_tier(f, f->tiers, NULL) != GZ_OK) f->tiers++;
    }
    return true;
}

enum gz_err fonts_add_text(struct fonts *f, struct bytes text, struct buf *out)
{
    for (size_t at = 0; at < text.n;) {
        const size_t   from = at;
        const uint32_t rune = text_next_rune(text, &at);
        if (is_printable(f, rune)) TRY(buf_add(out, bytes_slice(text, from, at)));
        else TRY(buf_addf(out, "\\u{%x}", (unsigned)rune));
    }
    return GZ_OK;
}

#include "cli/render.h"

#include <stdlib.h>

#include "cli/verify_kinds.h"
#include "document/certificate_page.h"
#include "host/file.h"

enum { PDF_MODE = 0644 };

static struct bytes text(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return (struct bytes){(const uint8_t *)json_string_value(v), json_string_length(v)};
}

static void free_list(struct certificate_masked **list)
{
    free(*list);
}

enum gz_err render_certificate(struct fonts *fonts, const struct verify_report *report,
                               struct bytes gzcert, const json_t *masked, struct buf *pdf)
{
    const size_t                                n = json_array_size(masked);
    DEFER(free_list) struct certificate_masked *list = calloc(n + 1, sizeof *list);
    if (list == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < n; i++)
        list[i] = (struct certificate_masked){text(json_array_get(masked, i), "name"),
                                              text(json_array_get(masked, i), "text")};
    uint64_t                      late_after_s = 0;
    const bool                    is_late = report_lateness(report, &late_after_s) == LATENESS_LATE;
    const struct certificate_page page = {
        .gzcert = gzcert,
        .report = report,
        .words = {kind_label(report->entry.kind), field_label, is_late, late_after_s},
        .is_masked = masked != NULL,
        .masked_n = n,
        .masked = list};
    return certificate_pdf(fonts, &page, pdf);
}

static enum gz_err render_into(const struct verify_report *report, struct bytes gzcert,
                               struct buf *pdf, struct buf *why)
{
    DEFER(fonts_close) struct fonts *fonts = NULL;
    TRY(fonts_open(NULL, &fonts, why));
    return render_certificate(fonts, report, gzcert, NULL, pdf);
}

enum gz_err render_to_file(const struct verify_report *report, struct bytes gzcert,
                           const char *path)
{
    DEFER(buf_fini) struct buf pdf = {0}, why = {0};
    enum gz_err                e = render_into(report, gzcert, &pdf, &why);
    if (e == GZ_OK) e = file_replace(path, buf_bytes(&pdf), PDF_MODE);
    if (e != GZ_OK)
        fprintf(stderr, "guzheng: 写不出 %s (cannot write the PDF): %.*s%s\n", path, (int)why.n,
                why.n == 0 ? "" : (const char *)why.p, why.n == 0 ? err_sentence(e) : "");
    return e;
}

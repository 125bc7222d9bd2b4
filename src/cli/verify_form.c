#include "cli/verify_form.h"

#include <string.h>

#include "cli/verify_input.h"
#include "document/pdf_read.h"

void opened_fini(struct opened *o)
{
    buf_fini(&o->gzcert);
    package_fini(&o->package);
    *o = (struct opened){0};
}

static enum gz_err open_pdf(const char *path, struct opened *out, const char **why)
{
    DEFER(buf_fini) struct buf pdf = {0};
    TRY(input_read(path, PDF_SIZE_MAX, &pdf));
    return pdf_certificate(buf_bytes(&pdf), &out->gzcert, why);
}

static enum gz_err open_package(const char *path, struct opened *out, const char **why)
{
    TRY(package_read(path, &out->package, why));
    out->gzcert = out->package.gzcert;
    out->package.gzcert = (struct buf){0};
    return GZ_OK;
}

enum gz_err form_open(const char *path, struct opened *out, const char **why)
{
    TRY(input_read(path, CERTIFICATE_SIZE_MAX, &out->gzcert));
    const bool is_pdf = pdf_is_one(buf_bytes(&out->gzcert));
    out->form = is_pdf                                    ? FORM_PDF
                : package_is_one(buf_bytes(&out->gzcert)) ? FORM_PACKAGE
                                                          : FORM_GZCERT;
    if (out->form == FORM_GZCERT) return GZ_OK;
    buf_fini(&out->gzcert);
    return is_pdf ? open_pdf(path, out, why) : open_package(path, out, why);
}

const char *form_word(enum certificate_form form)
{
    static const char *const words[] = {"gzcert", "pdf", "package"};
    return words[form];
}

bool form_is_named(const char *name, size_t *stem_n)
{
    static const char *const suffixes[] = {".gzcert", ".gzcert.pdf", ".gzcert.zip"};
    const size_t             n = strlen(name);
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        const size_t length = strlen(suffixes[i]);
        if (n <= length || strcmp(name + n - length, suffixes[i]) != 0) continue;
        if (stem_n != NULL) *stem_n = n - length;
        return true;
    }
    return false;
}

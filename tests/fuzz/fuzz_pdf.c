/* Certificate PDFs: a certificate comes out whole and within its limit, or a reason.
 * fuzz-with: src/document/pdf_read.c -lqpdf -lz */
#include "core/certificate.h"
#include "document/pdf_read.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(buf_fini) struct buf out = {0};
    const char                *why = NULL;
    const enum gz_err          e = pdf_certificate((struct bytes){data, size}, &out, &why);
    require(e == GZ_OK || why != NULL || e == GZ_MEMORY);
    require(out.n <= CERTIFICATE_SIZE_MAX + 1);
    return 0;
}

/* Signatures of PDFs: whatever the bytes, there is an answer; who signed is UTF-8 without anything
 * hidden.
 * fuzz-with: src/document/pdf_signature.c src/document/pdf_signature_find.c
 * fuzz-with: src/document/cms_signature.c src/document/signature_roots.c src/document/cms_gm.c
 * fuzz-with: src/host/file.c src/host/host.c -lcrypto */
#include "base/text.h"
#include "document/pdf_signature.h"
#include "document/pdf_signature_find.h"
#include "fuzz.h"

static struct signature_roots *no_roots(void)
{
    static struct signature_roots *roots;
    DEFER(buf_fini) struct buf     why = {0};
    if (roots == NULL) require(signature_roots_open("", &roots, &why) == GZ_OK);
    return roots;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes    pdf = {data, size};
    const struct time     now = {1795600000, 0};
    struct pdf_signatures s;
    require(pdf_signatures_check(pdf, no_roots(), now, &s) == GZ_OK);
    require((s.n == 0) == (s.state == PDF_SIGNATURE_NONE));
    require(s.state != PDF_SIGNATURE_VALID); /* nobody is trusted */
    require(s.behind <= size && s.n <= PDF_SIGNATURES_MAX + 1);
    const struct bytes signer = bytes_str(s.shown.signer);
    require(text_is_utf8(signer));
    for (size_t at = 0; at < signer.n;) require(!text_is_hidden_rune(text_next_rune(signer, &at)));
    return 0;
}

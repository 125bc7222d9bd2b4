#include "document/qr.h"

#include <errno.h>
#include <qrencode.h>

enum gz_err qr_encode(struct bytes text, struct qr *out)
{
    if (text.n == 0 || text.n > INT32_MAX) return GZ_LIMIT;
    QRcode *code = QRcode_encodeData((int)text.n, text.p, 0, QR_ECLEVEL_M);
    if (code == NULL) return errno == ENOMEM ? GZ_MEMORY : GZ_LIMIT;
    out->width = (size_t)code->width;
    for (size_t i = 0; i < out->width * out->width; i++) out->dark[i] = code->data[i] & 1;
    QRcode_free(code);
    return GZ_OK;
}

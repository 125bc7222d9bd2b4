/* QR codes: the modules of a symbol, for whoever draws. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum { QR_WIDTH_MAX = 177 };

struct qr {
    size_t  width; /* modules a side, without the quiet zone */
    uint8_t dark[QR_WIDTH_MAX * QR_WIDTH_MAX];
};
/* Error correction M. GZ_LIMIT: the text is too long for a symbol. */
enum gz_err qr_encode(struct bytes text, struct qr *out);

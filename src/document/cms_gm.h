/* GM/T 0010: the signed data of CMS under object identifiers of its own. */
#pragma once
#include "base/buf.h"

/* Append the same content under the identifier of CMS, without what follows it. GZ_MISSING: it is
 * no GM/T 0010 signed data in DER. */
enum gz_err cms_from_gm(struct bytes gm, struct buf *out);
/* What stands for "data" in it, dotted. */
#define CMS_GM_DATA "1.2.156.10197.6.1.4.2.1"

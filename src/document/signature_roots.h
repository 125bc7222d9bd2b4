/* The certificates whose owners a bank trusts to say who signed: those of certification
 * authorities, a file each in one folder. */
#pragma once
#include "base/buf.h"

enum { SIGNATURE_ROOTS_MAX = 1000, SIGNATURE_ROOT_SIZE_MAX = 64 * 1024 };

struct signature_roots;
/* Every *.pem, *.crt and *.cer, PEM or DER, one certificate a file; folder "" : none is trusted.
 * GZ_MISSING, GZ_MALFORMED, GZ_LIMIT with the file's name in *why. Threads may share it. */
enum gz_err signature_roots_open(const char *folder, struct signature_roots **out, struct buf *why);
void        signature_roots_close(struct signature_roots **r); /* for DEFER */
/* The X509_STORE. */
void       *signature_roots_store(const struct signature_roots *r);

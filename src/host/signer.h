/* Private keys: made, kept in PKCS#8 PEM files of mode 0600, and used, all through OpenSSL. SM2
 * with the ID 1234567812345678 set on every call, and the type of the key checked. Thread-safe. */
#pragma once
#include "core/key.h"

struct signer;
/* Make a key and write its file. GZ_CONFLICT: the file exists. */
enum gz_err       signer_create(const char *path, enum suite suite, enum key_purpose purpose,
                                struct bytes name, struct key *out);
/* GZ_DENIED: mode is not 0600 or wider than owner; GZ_MALFORMED: no key of this suite. */
enum gz_err       signer_open(const char *path, enum suite suite, enum key_purpose purpose,
                              struct bytes name, struct signer **out);
void              signer_free(struct signer **s);
const struct key *signer_key(const struct signer *s);
enum gz_err       signer_sign(struct signer *s, struct bytes message,
                              uint8_t signature[KEY_SIGNATURE_SIZE]);
/* Note lines: a log's signature, a witness's cosignature at time t. Appends "— name base64 LF". */
enum gz_err       signer_sign_note(struct signer *s, struct bytes text, struct buf *line);
enum gz_err       signer_cosign(struct signer *s, struct bytes text, uint64_t t, struct buf *line);

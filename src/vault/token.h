/* A PKCS#11 token (a hardware module, or SoftHSM) that wraps a master key: an AES-256 key that
 * never leaves the token, by CKM_AES_KEY_WRAP (RFC 3394), which every module with AES has. The
 * master key itself is in memory alone. */
#pragma once
#include "base/buf.h"

enum {
    TOKEN_SECRET_SIZE = 16,
    TOKEN_ID_SIZE = 16, /* CKA_ID of the wrapping key, random */
    TOKEN_WRAPPED_MAX = 64,
    TOKEN_PIN_MAX = 64,
};
/* Borrowed. */
struct token {
    const char *module;   /* path of the shared library */
    const char *label;    /* CKA_LABEL of the token */
    const char *pin_path; /* file of mode 0600: the PIN, LF behind it allowed */
};
struct token_wrapped {
    uint8_t id[TOKEN_ID_SIZE];
    size_t  n;
    uint8_t wrapped[TOKEN_WRAPPED_MAX];
};
/* GZ_MISSING: module, token, PIN file or key are not there; GZ_DENIED: the PIN is wrong or locked,
 * or its file is readable by others; GZ_MISMATCH: what was wrapped is altered; GZ_IO: the module
 * failed. Each with a line in *why for humans. Makes a new wrapping key. */
enum gz_err token_wrap(const struct token *t, const uint8_t secret[TOKEN_SECRET_SIZE],
                       struct token_wrapped *out, struct buf *why);
enum gz_err token_unwrap(const struct token *t, const struct token_wrapped *w,
                         uint8_t secret[TOKEN_SECRET_SIZE], struct buf *why);
/* The wrapping key is destroyed; one that is not there is fine. */
enum gz_err token_destroy(const struct token *t, const uint8_t id[TOKEN_ID_SIZE], struct buf *why);

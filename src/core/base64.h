/* Base64 as the evidence format wants it: no white space, spare bits zero (RFC 4648). Pure. */
#pragma once
#include "base/buf.h"

enum base64_variant { BASE64_STD_PADDED, BASE64_URL_BARE };

/* Bytes that a text of n characters can decode to, at most. */
size_t      base64_decoded_max(size_t n);
/* Decode into out[0..out_cap). GZ_MALFORMED: form; GZ_LIMIT: does not fit (out is then used up). */
enum gz_err base64_decode(enum base64_variant v, struct bytes text, uint8_t *out, size_t out_cap,
                          size_t *out_n);
/* Check the whole text, keep the first out_cap bytes; *whole_n: bytes that the whole text holds. */
enum gz_err base64_decode_front(enum base64_variant v, struct bytes text, uint8_t *out,
                                size_t out_cap, size_t *whole_n);
/* Exactly out_n bytes. GZ_MALFORMED: form or another length. */
enum gz_err base64_decode_exact(enum base64_variant v, struct bytes text, uint8_t *out,
                                size_t out_n);
size_t      base64_encoded_size(enum base64_variant v, size_t n); /* without NUL */
/* Writes base64_encoded_size characters, no NUL. */
void        base64_encode(enum base64_variant v, struct bytes data, char *out);
enum gz_err base64_add(enum base64_variant v, struct bytes data, struct buf *out);

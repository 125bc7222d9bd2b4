#include "vault/cipher.h"

#include <gcrypt.h>
#include <pthread.h>
#include <string.h>

#include "host/host.h"

#define GCRYPT_WANTED "1.9.0" /* the first with SM4 */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool           is_ready;

/* Its locked memory is not asked for: it is 32 KB for the whole process, and libgcrypt wipes every
 * handle when it is closed. */
static void init_once(void)
{
    if (gcry_check_version(GCRYPT_WANTED) == NULL) return;
    if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
        gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    }
    is_ready =
        gcry_cipher_test_algo(GCRY_CIPHER_SM4) == 0 && gcry_mac_test_algo(GCRY_MAC_HMAC_SM3) == 0;
}

enum gz_err cipher_init(void)
{
    if (pthread_once(&once, init_once) == 0 && is_ready) return GZ_OK;
    log_line(LOG_ERROR, "vault", "libgcrypt " GCRYPT_WANTED " or newer with SM4 and SM3 is needed");
    return GZ_IO;
}

static enum gz_err of_gcrypt(gcry_error_t e)
{
    if (e == 0) return GZ_OK;
    if (gcry_err_code(e) == GPG_ERR_CHECKSUM) return GZ_MISMATCH;
    log_line(LOG_ERROR, "vault", "libgcrypt failed: %s", gcry_strerror(e));
    return gcry_err_code(e) == GPG_ERR_ENOMEM ? GZ_MEMORY : GZ_IO;
}
#define TRY_GCRYPT(call) TRY(of_gcrypt(call))

static void close_cipher(gcry_cipher_hd_t *h)
{
    gcry_cipher_close(*h); /* wipes the key; of NULL: nothing */
}

static void close_mac(gcry_mac_hd_t *h)
{
    gcry_mac_close(*h);
}

static enum gz_err begin(gcry_cipher_hd_t *h, const uint8_t key[SM4_KEY_SIZE],
                         const uint8_t nonce[SM4_GCM_NONCE_SIZE], struct bytes about)
{
    TRY_GCRYPT(gcry_cipher_open(h, GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_GCM, 0));
    TRY_GCRYPT(gcry_cipher_setkey(*h, key, SM4_KEY_SIZE));
    TRY_GCRYPT(gcry_cipher_setiv(*h, nonce, SM4_GCM_NONCE_SIZE));
    if (about.n > 0) TRY_GCRYPT(gcry_cipher_authenticate(*h, about.p, about.n));
    return GZ_OK;
}

enum gz_err sm4_gcm_encrypt(const uint8_t key[SM4_KEY_SIZE],
                            const uint8_t nonce[SM4_GCM_NONCE_SIZE], struct bytes about,
                            struct bytes plain, uint8_t *cipher, uint8_t tag[SM4_GCM_TAG_SIZE])
{
    DEFER(close_cipher) gcry_cipher_hd_t h = NULL;
    TRY(begin(&h, key, nonce, about));
    if (plain.n > 0) TRY_GCRYPT(gcry_cipher_encrypt(h, cipher, plain.n, plain.p, plain.n));
    return of_gcrypt(gcry_cipher_gettag(h, tag, SM4_GCM_TAG_SIZE));
}

enum gz_err sm4_gcm_decrypt(const uint8_t key[SM4_KEY_SIZE],
                            const uint8_t nonce[SM4_GCM_NONCE_SIZE], struct bytes about,
                            struct bytes cipher, const uint8_t tag[SM4_GCM_TAG_SIZE],
                            uint8_t *plain)
{
    DEFER(close_cipher) gcry_cipher_hd_t h = NULL;
    TRY(begin(&h, key, nonce, about));
    if (cipher.n > 0) TRY_GCRYPT(gcry_cipher_decrypt(h, plain, cipher.n, cipher.p, cipher.n));
    const enum gz_err e = of_gcrypt(gcry_cipher_checktag(h, tag, SM4_GCM_TAG_SIZE));
    if (e != GZ_OK && cipher.n > 0) explicit_bzero(plain, cipher.n);
    return e;
}

enum gz_err hmac_sm3(struct bytes key, struct bytes data, uint8_t out[HASH_SIZE])
{
    DEFER(close_mac) gcry_mac_hd_t h = NULL;
    size_t                         n = HASH_SIZE;
    TRY_GCRYPT(gcry_mac_open(&h, GCRY_MAC_HMAC_SM3, 0, NULL));
    TRY_GCRYPT(gcry_mac_setkey(h, key.p, key.n));
    if (data.n > 0) TRY_GCRYPT(gcry_mac_write(h, data.p, data.n));
    return of_gcrypt(gcry_mac_read(h, out, &n));
}

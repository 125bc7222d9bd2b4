#include "host/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "check.h"
#include "core/note.h"
#include "host/file.h"
#include "host/host.h"

static char folder[64], path[128];

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_ALARM);
    (void)snprintf(folder, sizeof folder, "/tmp/guzheng-signer-XXXXXX");
    if (mkdtemp(folder) == NULL) return 1;
    return path_join(folder, "key.pem", path, sizeof path) != GZ_OK;
}

static int tear_down(void **state)
{
    (void)state;
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static struct signer *made(enum suite suite, enum key_purpose purpose)
{
    struct key     key;
    struct signer *s = NULL;
    assert_ok(signer_create(path, suite, purpose, BYTES_LIT("court.jn"), &key));
    assert_ok(signer_open(path, suite, purpose, BYTES_LIT("court.jn"), &s));
    assert_memory_equal(signer_key(s)->id, key.id, sizeof key.id);
    assert_memory_equal(signer_key(s)->public_key, key.public_key, key.public_n);
    return s;
}

static void core_verifies(enum suite suite)
{
    DEFER(signer_free) struct signer *s = made(suite, KEY_SUBMISSION);
    uint8_t                           m[300], signature[KEY_SIGNATURE_SIZE];
    for (size_t n = 0; n <= sizeof m; n += 37) {
        random_bytes(m, sizeof m);
        const struct bytes message = {m, n};
        assert_ok(signer_sign(s, message, signature));
        assert_ok(key_verify(signer_key(s), message, signature));
        signature[n % KEY_SIGNATURE_SIZE] ^= 1;
        assert_err(key_verify(signer_key(s), message, signature), GZ_MISMATCH);
        signature[n % KEY_SIGNATURE_SIZE] ^= 1;
        if (n == 0) continue;
        m[n - 1] ^= 0x80;
        assert_err(key_verify(signer_key(s), message, signature), GZ_MISMATCH);
    }
}

static void core_verifies_what_it_signs_gm(void **state)
{
    (void)state;
    core_verifies(SUITE_GM);
}

static void core_verifies_what_it_signs_intl(void **state)
{
    (void)state;
    core_verifies(SUITE_INTL);
}

/* r‖s as the DER that stock tools read: SEQUENCE of two INTEGERs. */
static struct bytes der_of(const uint8_t raw[64], uint8_t out[80])
{
    size_t n = 2;
    for (int i = 0; i < 2; i++) {
        const uint8_t *v = raw + 32 * i;
        size_t         skip = 0;
        while (skip < 31 && v[skip] == 0) skip++;
        const size_t pad = v[skip] >> 7;
        out[n++] = 2;
        out[n++] = (uint8_t)(32 - skip + pad);
        if (pad) out[n++] = 0;
        memcpy(out + n, v + skip, 32 - skip);
        n += 32 - skip;
    }
    out[0] = 0x30;
    out[1] = (uint8_t)(n - 2);
    return (struct bytes){out, n};
}

static void save(const char *name, struct bytes content)
{
    char to[128];
    assert_ok(path_join(folder, name, to, sizeof to));
    assert_ok(file_replace(to, content, 0600));
}

static int shell(const char *script)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "cd %s && { %s; } >out 2>&1", folder, script);
    return system(command);
}

static void stock_openssl_verifies_gm(void **state)
{
    (void)state;
    DEFER(signer_free) struct signer *s = made(SUITE_GM, KEY_LOG);
    uint8_t                           signature[KEY_SIGNATURE_SIZE], der[80];
    assert_ok(signer_sign(s, BYTES_LIT("guzheng/test\n"), signature));
    save("m", BYTES_LIT("guzheng/test\n"));
    save("sig", der_of(signature, der));
    assert_int_equal(shell("openssl pkey -in key.pem -pubout -out pub.pem"), 0);
    assert_int_equal(shell("openssl pkeyutl -verify -pubin -inkey pub.pem -in m -rawin -digest sm3 "
                           "-sigfile sig -pkeyopt distid:1234567812345678"),
                     0);
    assert_int_equal(shell("openssl dgst -sm3 -verify pub.pem -sigopt distid:1234567812345678 "
                           "-signature sig m"),
                     0);
    /* another ID, another message: the tool does say no */
    assert_int_not_equal(shell("openssl pkeyutl -verify -pubin -inkey pub.pem -in m -rawin -digest "
                               "sm3 -sigfile sig -pkeyopt distid:other"),
                         0);
}

static void stock_openssl_verifies_intl(void **state)
{
    (void)state;
    DEFER(signer_free) struct signer *s = made(SUITE_INTL, KEY_LOG);
    uint8_t                           signature[KEY_SIGNATURE_SIZE];
    assert_ok(signer_sign(s, BYTES_LIT("guzheng/test\n"), signature));
    save("m", BYTES_LIT("guzheng/test\n"));
    save("sig", BYTES_OF(signature));
    assert_int_equal(shell("openssl pkey -in key.pem -pubout -out pub.pem"), 0);
    const char *verify = "openssl pkeyutl -verify -pubin -inkey pub.pem -in m -rawin -sigfile sig";
    assert_int_equal(shell(verify), 0);
    save("m", BYTES_LIT("guzheng/tesT\n"));
    assert_int_not_equal(shell(verify), 0);
}

static void note_lines_verify(enum suite suite, enum key_purpose purpose, uint64_t t)
{
    (void)tear_down(NULL);
    (void)set_up(NULL);
    DEFER(signer_free) struct signer *s = made(suite, purpose);
    const struct bytes                text = BYTES_LIT("guzheng/demo\n1\nAAAA\n");
    DEFER(buf_fini) struct buf        line = {0};
    struct note_line                  decoded;
    uint64_t                          time = 7;
    if (purpose == KEY_WITNESS) assert_ok(signer_cosign(s, text, t, &line));
    else assert_ok(signer_sign_note(s, text, &line));
    struct bytes lines = buf_bytes(&line);
    assert_true(note_next_line(&lines, &decoded));
    assert_int_equal(lines.n, 0);
    assert_ok(note_verify_line(&decoded, signer_key(s), text, &time));
    assert_true(time == t);
    assert_err(note_verify_line(&decoded, signer_key(s), BYTES_LIT("other\n"), &time), GZ_MISMATCH);
}

static void note_lines_and_cosignatures_verify(void **state)
{
    (void)state;
    note_lines_verify(SUITE_GM, KEY_LOG, 0);
    note_lines_verify(SUITE_GM, KEY_RECEIPT, 0);
    note_lines_verify(SUITE_GM, KEY_WITNESS, 1772674200);
    note_lines_verify(SUITE_INTL, KEY_LOG, 0);
    note_lines_verify(SUITE_INTL, KEY_WITNESS, INT64_MAX);
}

static void key_files_are_kept_safe(void **state)
{
    (void)state;
    struct signer *s = NULL;
    struct key     key, untouched = {.public_n = 7};
    struct stat    st;
    assert_ok(signer_create(path, SUITE_GM, KEY_LOG, BYTES_LIT("a"), &key));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_err(signer_create(path, SUITE_GM, KEY_LOG, BYTES_LIT("a"), &untouched), GZ_CONFLICT);
    assert_int_equal(untouched.public_n, 7);
    assert_int_equal(chmod(path, 0640), 0);
    assert_err(signer_open(path, SUITE_GM, KEY_LOG, BYTES_LIT("a"), &s), GZ_DENIED);
    assert_int_equal(chmod(path, 0600), 0);
    assert_err(signer_open(path, SUITE_INTL, KEY_LOG, BYTES_LIT("a"), &s), GZ_MALFORMED);
    assert_err(signer_open(path, SUITE_GM, KEY_LOG, BYTES_LIT("a+b"), &s), GZ_MALFORMED);
    assert_err(signer_open(folder, SUITE_GM, KEY_LOG, BYTES_LIT("a"), &s), GZ_DENIED);
    assert_err(signer_open("/nowhere/key", SUITE_GM, KEY_LOG, BYTES_LIT("a"), &s), GZ_MISSING);
    assert_null(s);
}

/* An EC key on another curve, an encrypted file and rubbish are refused, and nothing is asked. */
static void other_keys_are_refused(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
        "openssl genpkey -algorithm SM2 -aes128 -pass pass:x -out key.pem",
        "openssl genpkey -algorithm ED25519 -out key.pem",
        "echo rubbish >key.pem",
        "openssl genpkey -algorithm SM2 -out s.pem && openssl pkey -in s.pem -pubout -out key.pem",
    };
    struct signer *s = NULL;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        assert_int_equal(shell(scripts[i]), 0);
        assert_int_equal(chmod(path, 0600), 0);
        assert_err(signer_open(path, SUITE_GM, KEY_LOG, BYTES_LIT("a"), &s), GZ_MALFORMED);
    }
    assert_int_equal(shell("openssl genpkey -algorithm SM2 -out key.pem"), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_ok(
        signer_open(path, SUITE_GM, KEY_LOG, BYTES_LIT("a"), &s)); /* stock tools' keys work */
    uint8_t signature[KEY_SIGNATURE_SIZE];
    assert_ok(signer_sign(s, BYTES_LIT("m"), signature));
    assert_ok(key_verify(signer_key(s), BYTES_LIT("m"), signature));
    signer_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(core_verifies_what_it_signs_gm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(core_verifies_what_it_signs_intl, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stock_openssl_verifies_gm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stock_openssl_verifies_intl, set_up, tear_down),
        cmocka_unit_test_setup_teardown(note_lines_and_cosignatures_verify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_files_are_kept_safe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_keys_are_refused, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

/* A master key that a PKCS#11 token wraps; SoftHSM plays the token. Skipped (77) without it. */
#include "vault/token.h"

#include "vault_fixture.h"

enum { SKIPPED = 77 };
#define UTIL "softhsm2-util"
static const char *const modules[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                      "/usr/lib64/pkcs11/libsofthsm2.so",
                                      "/usr/local/lib/softhsm/libsofthsm2.so"};
static const char       *module;

static bool find_softhsm(void)
{
    for (size_t i = 0; i < COUNT_OF(modules); i++)
        if (access(modules[i], R_OK) == 0) module = modules[i];
    return module != NULL && system(UTIL " --version > /dev/null 2>&1") == 0;
}

static char pin_path[512], master_path[512];

static struct token token_of(const char *label)
{
    return (struct token){module, label, pin_path};
}

static void set_pin(const char *pin)
{
    assert_ok(file_replace(pin_path, bytes_str(pin), 0600));
}

static int token_set_up(void **state)
{
    DEFER(buf_fini) struct buf conf = {0};
    if (folder_set_up(state)) return 1;
    snprintf(pin_path, sizeof pin_path, "%s/pin", folder);
    snprintf(master_path, sizeof master_path, "%s/master", folder);
    assert_ok(folder_make(in_folder("tokens"), 0700));
    assert_ok(buf_addf(&conf, "directories.tokendir = %s/tokens\nlog.level = ERROR\n", folder));
    assert_ok(file_replace(in_folder("softhsm.conf"), buf_bytes(&conf), 0600));
    assert_int_equal(setenv("SOFTHSM2_CONF", in_folder("softhsm.conf"), 1), 0);
    set_pin("12345678\n");
    return system(UTIL " --init-token --free --label guzheng --pin 12345678 --so-pin 87654321"
                       " > /dev/null 2>&1");
}

static int token_tear_down(void **state)
{
    vault_close(&vault);
    return folder_tear_down(state);
}

static const uint8_t secret[TOKEN_SECRET_SIZE] = "CANARY-of-master";

static enum gz_err unwrap_code(const struct token *t, const struct token_wrapped *w)
{
    DEFER(buf_fini) struct buf why = {0};
    uint8_t                    got[TOKEN_SECRET_SIZE] = {0};
    const enum gz_err          e = token_unwrap(t, w, got, &why);
    assert_true((e == GZ_OK) == (why.n == 0));
    assert_true((e == GZ_OK) == (memcmp(got, secret, sizeof got) == 0));
    assert_false(contains(buf_bytes(&why), BYTES_LIT("12345678")));
    return e;
}

static void what_is_wrapped_is_unwrapped_by_this_token_alone(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0};
    const struct token         t = token_of("guzheng");
    struct token_wrapped       w, bad;
    assert_ok(token_wrap(&t, secret, &w, &why));
    assert_ok(unwrap_code(&t, &w));
    for (size_t i = 0; i < w.n; i++) {
        bad = w;
        bad.wrapped[i] ^= 1;
        assert_err(unwrap_code(&t, &bad), GZ_MISMATCH);
    }
    bad = w;
    bad.id[3] ^= 1;
    assert_err(unwrap_code(&t, &bad), GZ_MISSING); /* no such key */
    assert_ok(token_destroy(&t, w.id, &why));
    assert_err(unwrap_code(&t, &w), GZ_MISSING);
    assert_ok(token_destroy(&t, w.id, &why));
    char command[160];
    (void)snprintf(command, sizeof command, "grep -rqaF CANARY-of-master %s", folder);
    assert_int_not_equal(system(command), 0);
}

static void each_thing_that_is_wrong_is_said(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0};
    struct token               t = token_of("guzheng");
    struct token_wrapped       w;
    assert_ok(token_wrap(&t, secret, &w, &why));
    t.label = "another";
    assert_err(unwrap_code(&t, &w), GZ_MISSING);
    t.label = "a label that is longer than any token can have";
    assert_err(unwrap_code(&t, &w), GZ_MISSING);
    t = token_of("guzheng");
    t.module = "/nowhere/module.so";
    assert_err(unwrap_code(&t, &w), GZ_MISSING);
    t.module = "/lib/x86_64-linux-gnu/libc.so.6";
    if (access(t.module, R_OK) == 0) assert_err(unwrap_code(&t, &w), GZ_MALFORMED);
    t = token_of("guzheng");
    set_pin("00000000\n");
    assert_err(unwrap_code(&t, &w), GZ_DENIED);
    set_pin("12345678");
    assert_ok(unwrap_code(&t, &w)); /* LF or none */
    assert_int_equal(chmod(pin_path, 0640), 0);
    assert_err(unwrap_code(&t, &w), GZ_DENIED);
    assert_int_equal(unlink(pin_path), 0);
    assert_err(unwrap_code(&t, &w), GZ_MISSING);
    set_pin("");
    assert_err(unwrap_code(&t, &w), GZ_MALFORMED);
}

static enum gz_err open_in_token(struct vault_state *s)
{
    DEFER(buf_fini) struct buf why = {0};
    const struct vault_options o = {.folder = in_folder("vault"),
                                    .master = {master_path, token_of("guzheng")}};
    vault_close(&vault);
    return vault_open(&o, s, &vault, &why);
}

static void a_vault_opens_by_a_token_and_changes_its_master(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0}, before = {0}, after = {0};
    const struct master_source source = {master_path, token_of("guzheng")};
    struct vault_state         s = {0}, next;
    struct vault_key           k, got;
    uint8_t                    wrapped[VAULT_WRAPPED_SIZE];
    assert_ok(master_create(&source, &why));
    assert_err(master_create(&source, &why), GZ_CONFLICT);
    assert_ok(open_in_token(&s));
    assert_ok(vault_key_make(vault, BYTES_LIT("handle"), &k, wrapped));
    assert_ok(file_read(master_path, 1000, &before));
    assert_ok(open_in_token(&s));
    assert_ok(vault_rotate_begin(vault, &s, &next, &why));
    assert_ok(vault_rewrap(vault, BYTES_LIT("handle"), wrapped));
    assert_ok(vault_rotate_end(vault, &why));
    assert_err(open_in_token(&s), GZ_MISMATCH); /* what the database said before */
    assert_ok(open_in_token(&next));
    assert_ok(vault_key_unwrap(vault, BYTES_LIT("handle"), BYTES_OF(wrapped), &got));
    assert_memory_equal(&k, &got, sizeof k);
    assert_ok(file_read(master_path, 1000, &after));
    assert_false(bytes_eq(buf_bytes(&before), buf_bytes(&after)));
    assert_ok(file_replace(master_path, buf_bytes(&before), 0600)); /* from a backup */
    assert_err(open_in_token(&next), GZ_MISSING); /* its key in the token is gone */
}

/* Killed between the database and the token: the state says which master counts. */
static void an_interrupted_change_is_undone_or_finished(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf why = {0};
    const struct master_source source = {master_path, token_of("guzheng")};
    struct vault_state         s = {0}, next;
    assert_ok(master_create(&source, &why));
    assert_ok(open_in_token(&s));
    assert_ok(vault_rotate_begin(vault, &s, &next, &why));
    assert_ok(open_in_token(&s)); /* nothing was committed */
    assert_false(exists(in_folder("master" MASTER_NEXT)));
    assert_ok(vault_rotate_begin(vault, &s, &next, &why));
    assert_ok(open_in_token(&next)); /* it was */
    assert_false(exists(in_folder("master" MASTER_NEXT)));
    assert_ok(open_in_token(&next));
}

#define TOKEN_TEST(name) cmocka_unit_test_setup_teardown(name, token_set_up, token_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(what_is_wrapped_is_unwrapped_by_this_token_alone),
        TOKEN_TEST(each_thing_that_is_wrong_is_said),
        TOKEN_TEST(a_vault_opens_by_a_token_and_changes_its_master),
        TOKEN_TEST(an_interrupted_change_is_undone_or_finished),
    };
    if (!find_softhsm()) {
        fputs("skipped: no SoftHSM (Debian: softhsm2)\n", stderr);
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

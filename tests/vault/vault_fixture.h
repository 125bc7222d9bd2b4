/* A vault with its master key in a temporary folder. */
#pragma once
#include "folder_fixture.h"
#include "vault/blob.h"

static struct vault *vault;

static inline enum gz_err open_code(const char *where, const char *master, struct vault **out)
{
    DEFER(buf_fini) struct buf why = {0};
    const struct vault_options o = {.folder = where, .master = {.path = master}};
    struct vault_state         state = {0};
    const enum gz_err          e = vault_open(&o, &state, out, &why);
    assert_true((e == GZ_OK) == (why.n == 0)); /* a refusal says why */
    return e;
}

static inline enum gz_err make_master(const char *name)
{
    DEFER(buf_fini) struct buf why = {0};
    const enum gz_err e = master_create(&(struct master_source){.path = in_folder(name)}, &why);
    assert_true((e == GZ_OK) == (why.n == 0));
    return e;
}

static inline void reopen(void)
{
    vault_close(&vault);
    assert_ok(open_code(in_folder("vault"), in_folder("master"), &vault));
}

static inline int vault_set_up(void **state)
{
    if (folder_set_up(state)) return 1;
    assert_ok(make_master("master"));
    reopen();
    return 0;
}

static inline int vault_tear_down(void **state)
{
    vault_close(&vault);
    return folder_tear_down(state);
}
#define VAULT_TEST(name) cmocka_unit_test_setup_teardown(name, vault_set_up, vault_tear_down)

static inline struct vault_key new_key(void)
{
    struct vault_key k;
    uint8_t          wrapped[VAULT_WRAPPED_SIZE];
    assert_ok(vault_key_make(vault, BYTES_LIT("handle"), &k, wrapped));
    return k;
}

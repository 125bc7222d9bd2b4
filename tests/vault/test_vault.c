#include "vault/vault.h"

#include <errno.h>

#include "vault_fixture.h"

#define HANDLE BYTES_LIT("q2tlyc3Mhx8bXUtBEzmEZQ")
#define UUID   BYTES_LIT("01a2130e-8d8d-7471-9915-c450decb3cc6")
#define CANARY BYTES_LIT("canary: 张三 340123199001011234")

/* --- the master key --------------------------------------------------------------------------- */

static void a_master_key_is_made_once(void **state)
{
    (void)state;
    struct stat st;
    struct buf  first = {0}, second = {0};
    assert_int_equal(stat(in_folder("master"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_ok(file_read(in_folder("master"), 100, &first));
    assert_int_equal(first.n, 33);
    assert_int_equal(first.p[32], '\n');
    assert_err(make_master("master"), GZ_CONFLICT);
    assert_ok(file_read(in_folder("master"), 100, &second));
    assert_true(bytes_eq(buf_bytes(&first), buf_bytes(&second)));
    assert_ok(make_master("other"));
    second.n = 0;
    assert_ok(file_read(in_folder("other"), 100, &second));
    assert_false(bytes_eq(buf_bytes(&first), buf_bytes(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

static void a_master_key_that_others_can_read_is_refused(void **state)
{
    (void)state;
    const unsigned wide[] = {0640, 0604, 0660, 0602, 0700, 0610};
    vault_close(&vault);
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        assert_int_equal(chmod(in_folder("master"), wide[i]), 0);
        assert_err(open_code(in_folder("vault"), in_folder("master"), &vault), GZ_DENIED);
    }
    assert_null(vault);
    assert_int_equal(chmod(in_folder("master"), 0400), 0);
    reopen();
}

static void what_is_no_master_key_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "0123456789abcdef0123456789abcdef",     /* no LF */
        "0123456789abcdef0123456789abcde\n",    /* short */
        "0123456789abcdef0123456789abcdef0\n",  /* long */
        "0123456789ABCDEF0123456789abcdef\n",   /* upper case */
        "0123456789abcdef0123456789abcdeg\n",   /* no digit */
        "0123456789abcdef0123456789abcdef\r\n", /* another line end */
        "0123456789abcdef0123456789abcdef\r",   /* none at all */
    };
    struct vault *none = NULL;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_ok(file_replace(in_folder("bad"), bytes_str(texts[i]), 0600));
        assert_err(open_code(in_folder("fresh"), in_folder("bad"), &none), GZ_MALFORMED);
    }
    assert_err(open_code(in_folder("fresh"), in_folder("none"), &none), GZ_MISSING);
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    assert_err(open_code(in_folder("fresh"), in_folder("fifo"), &none), GZ_MALFORMED);
    assert_int_equal(mkdir(in_folder("dir"), 0700), 0);
    assert_int_not_equal(open_code(in_folder("fresh"), in_folder("dir"), &none), GZ_OK);
    assert_null(none);
    assert_false(exists(in_folder("fresh"))); /* nothing was changed */
}

static void why_never_tells_the_key(void **state)
{
    (void)state;
    struct buf    why = {0};
    struct vault *none = NULL;
    assert_ok(
        file_replace(in_folder("bad"), BYTES_LIT("5ec2e75ec2e75ec2e75ec2e75ec2e7xx\n"), 0600));
    const struct vault_options o = {.folder = in_folder("fresh"),
                                    .master = {.path = in_folder("bad")}};
    struct vault_state         unset = {0};
    assert_err(vault_open(&o, &unset, &none, &why), GZ_MALFORMED);
    assert_int_equal(unset.generation, 0);
    assert_true(contains(buf_bytes(&why), bytes_str(in_folder("bad"))));
    assert_false(contains(buf_bytes(&why), BYTES_LIT("5ec2e7")));
    buf_fini(&why);
}

static void an_exchanged_master_key_is_refused(void **state)
{
    (void)state;
    struct vault *none = NULL;
    assert_ok(make_master("other"));
    assert_err(open_code(in_folder("vault"), in_folder("other"), &none), GZ_MISMATCH);
    assert_ok(open_code(in_folder("second"), in_folder("other"), &none)); /* its own vault */
    vault_close(&none);
    reopen();
    assert_ok(file_replace(in_folder("vault/master-check"), BYTES_LIT(""), 0600));
    assert_err(open_code(in_folder("vault"), in_folder("master"), &none), GZ_MISMATCH);
}

/* Each call of the opening fails in turn: an error, and the next opening is as if nothing was. */
static void opening_on_a_failing_disk_changes_nothing(void **state)
{
    (void)state;
    struct vault *v = NULL;
    for (uint64_t n = 0; n < 40; n++) {
        file_fault_set(FILE_FAULT_ANY, n, EIO);
        const enum gz_err e = open_code(in_folder("new"), in_folder("master"), &v);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        if (e == GZ_OK) {
            assert_true(n > 5);
            vault_close(&v);
            return;
        }
        assert_err(e, GZ_IO);
        assert_null(v);
    }
    fail_msg("never succeeded");
}

/* --- data keys -------------------------------------------------------------------------------- */

static void a_data_key_is_bound_to_its_handle_and_master(void **state)
{
    (void)state;
    struct vault_key k, got = {{0}};
    uint8_t          wrapped[VAULT_WRAPPED_SIZE];
    struct vault    *other = NULL;
    assert_ok(vault_key_make(vault, HANDLE, &k, wrapped));
    reopen();
    assert_ok(vault_key_unwrap(vault, HANDLE, BYTES_OF(wrapped), &got));
    assert_memory_equal(&k, &got, sizeof k);
    memset(&got, 7, sizeof got);
    const struct vault_key untouched = got;
    assert_err(vault_key_unwrap(vault, BYTES_LIT("another"), BYTES_OF(wrapped), &got), GZ_MISMATCH);
    assert_err(vault_key_unwrap(vault, (struct bytes){0}, BYTES_OF(wrapped), &got), GZ_MISMATCH);
    assert_ok(make_master("other"));
    assert_ok(open_code(in_folder("second"), in_folder("other"), &other));
    assert_err(vault_key_unwrap(other, HANDLE, BYTES_OF(wrapped), &got), GZ_MISMATCH);
    vault_close(&other);
    for (size_t n = 0; n < sizeof wrapped; n++)
        assert_err(vault_key_unwrap(vault, HANDLE, (struct bytes){wrapped, n}, &got), GZ_MISMATCH);
    for (size_t bit = 0; bit < 8 * sizeof wrapped; bit++) {
        wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_err(vault_key_unwrap(vault, HANDLE, BYTES_OF(wrapped), &got), GZ_MISMATCH);
        wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_memory_equal(&got, &untouched, sizeof got);
}

static void each_data_key_is_another(void **state)
{
    (void)state;
    struct vault_key a, b;
    uint8_t          wrapped_a[VAULT_WRAPPED_SIZE], wrapped_b[VAULT_WRAPPED_SIZE];
    assert_ok(vault_key_make(vault, HANDLE, &a, wrapped_a));
    assert_ok(vault_key_make(vault, HANDLE, &b, wrapped_b));
    assert_memory_not_equal(&a, &b, sizeof a);
    assert_memory_not_equal(wrapped_a + 1, wrapped_b + 1, VAULT_NONCE_SIZE);
    assert_false(contains(BYTES_OF(wrapped_a), BYTES_OF(a.secret)));
    vault_key_fini(&a);
    const struct vault_key wiped = {{0}};
    assert_memory_equal(&a, &wiped, sizeof a);
}

/* --- sealing ---------------------------------------------------------------------------------- */

static void what_is_sealed_is_unsealed(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    static uint8_t         text[5000];
    struct buf             sealed = {0}, plain = {0};
    for (size_t n = 0; n <= sizeof text; n = n < 40 ? n + 1 : n * 5) {
        random_bytes(text, sizeof text);
        sealed.n = plain.n = 0;
        assert_ok(buf_add_str(&sealed, "before"));
        assert_ok(buf_add_str(&plain, "kept"));
        assert_ok(vault_seal(&k, UUID, (struct bytes){text, n}, &sealed));
        assert_int_equal(sealed.n, 6 + n + VAULT_OVERHEAD);
        const struct bytes s = bytes_slice(buf_bytes(&sealed), 6, sealed.n);
        assert_ok(vault_unseal(&k, UUID, s, &plain));
        assert_int_equal(plain.n, 4 + n);
        assert_memory_equal(plain.p, "kept", 4);
        assert_memory_equal(plain.p + 4, text, n);
    }
    buf_fini(&sealed);
    buf_fini(&plain);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    struct buf             sealed = {0}, plain = {0};
    assert_ok(vault_seal(&k, UUID, CANARY, &sealed));
    assert_ok(buf_add_str(&plain, "kept"));
    assert_false(contains(buf_bytes(&sealed), BYTES_LIT("canary")));
    for (size_t bit = 0; bit < 8 * sealed.n; bit++) {
        sealed.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_err(vault_unseal(&k, UUID, buf_bytes(&sealed), &plain), GZ_MISMATCH);
        assert_int_equal(plain.n, 4);
        assert_false(contains((struct bytes){plain.p, plain.cap}, BYTES_LIT("canary"))); /* wiped */
        sealed.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < sealed.n; n++)
        assert_err(vault_unseal(&k, UUID, (struct bytes){sealed.p, n}, &plain), GZ_MISMATCH);
    assert_ok(vault_unseal(&k, UUID, buf_bytes(&sealed), &plain));
    assert_ok(buf_add_byte(&sealed, 0));
    assert_err(vault_unseal(&k, UUID, buf_bytes(&sealed), &plain), GZ_MISMATCH);
    buf_fini(&sealed);
    buf_fini(&plain);
}

static void another_key_or_subject_is_refused(void **state)
{
    (void)state;
    const struct vault_key k = new_key(), other = new_key();
    struct buf             sealed = {0}, plain = {0};
    assert_ok(vault_seal(&k, UUID, CANARY, &sealed));
    assert_err(vault_unseal(&other, UUID, buf_bytes(&sealed), &plain), GZ_MISMATCH);
    assert_err(vault_unseal(&k, HANDLE, buf_bytes(&sealed), &plain), GZ_MISMATCH);
    assert_err(vault_unseal(&k, (struct bytes){0}, buf_bytes(&sealed), &plain), GZ_MISMATCH);
    assert_int_equal(plain.n, 0);
    buf_fini(&sealed);
    buf_fini(&plain);
}

static void the_limit_is_kept(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    struct buf             sealed = {0}, plain = {0};
    uint8_t               *zeros = calloc(1, VAULT_PLAIN_MAX + 1);
    assert_non_null(zeros);
    assert_err(vault_seal(&k, UUID, (struct bytes){zeros, VAULT_PLAIN_MAX + 1}, &sealed), GZ_LIMIT);
    assert_int_equal(sealed.n, 0);
    assert_ok(vault_seal(&k, UUID, (struct bytes){zeros, VAULT_PLAIN_MAX}, &sealed));
    assert_ok(vault_unseal(&k, UUID, buf_bytes(&sealed), &plain));
    assert_int_equal(plain.n, VAULT_PLAIN_MAX);
    assert_memory_equal(plain.p, zeros, VAULT_PLAIN_MAX);
    free(zeros);
    buf_fini(&sealed);
    buf_fini(&plain);
}

/* --- keyed hashes ----------------------------------------------------------------------------- */

static void a_keyed_hash_is_of_its_vault_and_purpose(void **state)
{
    (void)state;
    uint8_t       a[HASH_SIZE], b[HASH_SIZE];
    struct vault *other = NULL;
    assert_ok(vault_keyed_hash(vault, "matter", CANARY, a));
    reopen();
    assert_ok(vault_keyed_hash(vault, "matter", CANARY, b));
    assert_memory_equal(a, b, HASH_SIZE);
    assert_ok(vault_keyed_hash(vault, "event", CANARY, b));
    assert_memory_not_equal(a, b, HASH_SIZE);
    assert_ok(vault_keyed_hash(vault, "matter", UUID, b));
    assert_memory_not_equal(a, b, HASH_SIZE);
    assert_ok(make_master("other"));
    assert_ok(open_code(in_folder("second"), in_folder("other"), &other));
    assert_ok(vault_keyed_hash(other, "matter", CANARY, b));
    assert_memory_not_equal(a, b, HASH_SIZE);
    vault_close(&other);
    const struct hash plain = hash_of(SUITE_GM, CANARY); /* no dictionary opens it */
    assert_memory_not_equal(a, plain.b, HASH_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VAULT_TEST(a_master_key_is_made_once),
        VAULT_TEST(a_master_key_that_others_can_read_is_refused),
        VAULT_TEST(what_is_no_master_key_is_refused),
        VAULT_TEST(why_never_tells_the_key),
        VAULT_TEST(an_exchanged_master_key_is_refused),
        VAULT_TEST(opening_on_a_failing_disk_changes_nothing),
        VAULT_TEST(a_data_key_is_bound_to_its_handle_and_master),
        VAULT_TEST(each_data_key_is_another),
        VAULT_TEST(what_is_sealed_is_unsealed),
        VAULT_TEST(every_flipped_bit_is_refused),
        VAULT_TEST(another_key_or_subject_is_refused),
        VAULT_TEST(the_limit_is_kept),
        VAULT_TEST(a_keyed_hash_is_of_its_vault_and_purpose),
    };
    RUN_TESTS(tests);
}

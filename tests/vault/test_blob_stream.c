/* Blobs in pieces: what went in comes out, and nothing else does. 2 GB with GUZHENG_SOAK. */
#include "vault/blob_stream.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "vault_fixture.h"

enum { PIECE = 100003, LARGE = 64 * 1024 * 1024, ROOM = 32 * 1024 * 1024 };
#define SOAK (UINT64_C(2) << 30)

static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 2654435761u >> 13);
}

static enum gz_err write_blob(const struct vault_key *k, uint64_t size,
                              char name[BLOB_NAME_SIZE + 1], struct blob_sums *sums)
{
    DEFER(blob_writer_close) struct blob_writer *w = NULL;
    static uint8_t                               piece[PIECE];
    TRY(blob_writer_open(vault, k, &w));
    for (uint64_t at = 0; at < size;) {
        const size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
        for (size_t i = 0; i < n; i++) piece[i] = byte_at(at + i);
        TRY(blob_writer_add(w, (struct bytes){piece, n}));
        at += n;
    }
    return blob_writer_finish(w, name, sums);
}

/* GZ_OK: it is whole, and what byte_at says. */
static enum gz_err read_blob(const struct vault_key *k, const char *name, struct blob_sums *sums)
{
    DEFER(blob_reader_close) struct blob_reader *r = NULL;
    struct hasher                                sm3, sha256;
    struct bytes                                 piece;
    enum gz_err                                  e;
    hasher_init(&sm3, SUITE_GM);
    hasher_init(&sha256, SUITE_INTL);
    sums->size = 0;
    TRY(blob_reader_open(vault, k, name, &r));
    while ((e = blob_reader_next(r, &piece)) == GZ_OK) {
        hasher_add(&sm3, piece);
        hasher_add(&sha256, piece);
        sums->size += piece.n;
    }
    sums->sm3 = hasher_end(&sm3);
    sums->sha256 = hasher_end(&sha256);
    return e == GZ_MISSING ? GZ_OK : e;
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    static const uint64_t  sizes[] = {0, 1, 65535, 65536, 65537, 131072, 131073, 1000000};
    const struct vault_key k = new_key(), other = new_key();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char             name[BLOB_NAME_SIZE + 1];
        struct blob_sums in, out;
        assert_ok(write_blob(&k, sizes[i], name, &in));
        reopen();
        assert_ok(read_blob(&k, name, &out));
        assert_int_equal(in.size, sizes[i]);
        assert_int_equal(out.size, sizes[i]);
        assert_true(hash_eq(in.sm3, out.sm3) && hash_eq(in.sha256, out.sha256));
        assert_err(read_blob(&other, name, &out), GZ_MISMATCH);
        DEFER(buf_fini) struct buf whole = {0}; /* who wants it whole can still have it */
        assert_ok(blob_get(vault, &k, name, &whole));
        assert_int_equal(whole.n, sizes[i]);
        assert_true(hash_eq(hash_of(SUITE_GM, buf_bytes(&whole)), in.sm3));
    }
}

static void a_blob_of_before_is_one_piece(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1];
    struct blob_sums       out;
    assert_ok(blob_put(vault, &k, BYTES_LIT("as of old"), name));
    assert_ok(read_blob(&k, name, &out));
    assert_int_equal(out.size, 9);
    assert_true(hash_eq(out.sm3, hash_of(SUITE_GM, BYTES_LIT("as of old"))));
    assert_err(read_blob(&k, "0123456789abcdef0123456789abcdef", &out), GZ_MISSING);
    assert_err(read_blob(&k, "../master-check", &out), GZ_MISSING);
}

static void path_of_blob(const char *name, char path[512])
{
    snprintf(path, 512, "%s/vault/%.2s/%s", folder, name, name);
    assert_int_equal(chmod(path, 0600), 0);
}

static void nothing_altered_comes_out(void **state)
{
    (void)state;
    const struct vault_key     k = new_key();
    DEFER(buf_fini) struct buf whole = {0};
    char                       name[BLOB_NAME_SIZE + 1], path[512];
    struct blob_sums           sums;
    assert_ok(write_blob(&k, 3 * BLOB_SEGMENT_SIZE + 100, name, &sums));
    path_of_blob(name, path);
    assert_ok(file_read(path, FILE_MAX, &whole));
    for (size_t i = 0; i < whole.n; i += i < 200 || i + 200 > whole.n ? 1 : 1009) {
        const uint8_t bad = whole.p[i] ^ 1;
        overwrite(path, i, (struct bytes){&bad, 1});
        assert_err(read_blob(&k, name, &sums), GZ_MISMATCH);
        overwrite(path, i, (struct bytes){whole.p + i, 1});
    }
    assert_ok(read_blob(&k, name, &sums));
}

static void put_whole(const char *path, struct bytes content)
{
    assert_ok(file_replace(path, content, 0600));
}

static void segments_cannot_be_cut_exchanged_or_repeated(void **state)
{
    (void)state;
    enum { S = BLOB_SEGMENT_SIZE + 16 };
    const struct vault_key     k = new_key();
    DEFER(buf_fini) struct buf whole = {0}, other = {0}, made = {0};
    char                       name[BLOB_NAME_SIZE + 1], path[512];
    struct blob_sums           sums;
    assert_ok(write_blob(&k, 3 * BLOB_SEGMENT_SIZE, name, &sums));
    path_of_blob(name, path);
    assert_ok(file_read(path, FILE_MAX, &whole));
    assert_int_equal(whole.n, 1 + 3 * S);
    for (size_t n = 0; n < whole.n; n += n % S < 20 || n % S > S - 3 ? 1 : 7919) {
        put_whole(path, bytes_slice(buf_bytes(&whole), 0, n));
        assert_err(read_blob(&k, name, &sums), GZ_MISMATCH);
    }
    assert_ok(buf_add(&made, buf_bytes(&whole))); /* 0 and 1 exchanged */
    memcpy(made.p + 1, whole.p + 1 + S, S);
    memcpy(made.p + 1 + S, whole.p + 1, S);
    put_whole(path, buf_bytes(&made));
    assert_err(read_blob(&k, name, &sums), GZ_MISMATCH);
    made.n = 0; /* the last one twice */
    assert_ok(buf_add(&made, buf_bytes(&whole)));
    assert_ok(buf_add(&made, bytes_slice(buf_bytes(&whole), 1 + 2 * S, whole.n)));
    put_whole(path, buf_bytes(&made));
    assert_err(read_blob(&k, name, &sums), GZ_MISMATCH);
    char another[BLOB_NAME_SIZE + 1], there[512]; /* of another blob of the same key */
    assert_ok(write_blob(&k, 3 * BLOB_SEGMENT_SIZE, another, &sums));
    path_of_blob(another, there);
    assert_ok(file_read(there, FILE_MAX, &other));
    put_whole(path, buf_bytes(&other));
    assert_err(read_blob(&k, name, &sums), GZ_MISMATCH);
    put_whole(path, buf_bytes(&whole));
    assert_ok(read_blob(&k, name, &sums));
}

static enum gz_err nobody_holds(void *ctx, const char *name, bool *holds)
{
    (void)ctx, (void)name;
    *holds = false;
    return GZ_OK;
}

static void every_failing_call_leaves_nothing(void **state)
{
    (void)state;
    const struct vault_key k = new_key();
    char                   name[BLOB_NAME_SIZE + 1];
    struct blob_sums       sums;
    enum gz_err            e = GZ_IO;
    uint64_t               removed, n = 0;
    for (; e != GZ_OK && n < 100; n++) {
        file_fault_set(FILE_FAULT_ANY, n, ENOSPC);
        e = write_blob(&k, 2 * BLOB_SEGMENT_SIZE + 5, name, &sums);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        if (e == GZ_OK) break;
        assert_err(e, GZ_IO);
        assert_ok(blob_sweep(vault, nobody_holds, NULL, &removed));
        assert_true(removed <= 1); /* in its place, and its folder not synced */
    }
    assert_in_range(n, 5, 99);
    assert_ok(read_blob(&k, name, &sums));
}

/* In a process that may not have as much memory as the blob has bytes. */
static int within_limit(uint64_t size)
{
    int         status = 0;
    const pid_t child = fork();
    if (child == 0) {
        const struct vault_key k = new_key();
        char                   name[BLOB_NAME_SIZE + 1];
        struct blob_sums       in, out;
        FILE                  *f = fopen("/proc/self/statm", "r");
        unsigned long          pages = 0;
        if (f == NULL || fscanf(f, "%lu", &pages) != 1) _exit(2);
        const struct rlimit limit = {pages * 4096ul + ROOM, pages * 4096ul + ROOM};
        if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(3);
        if (write_blob(&k, size, name, &in) != GZ_OK) _exit(4);
        if (read_blob(&k, name, &out) != GZ_OK) _exit(5);
        _exit(in.size == size && out.size == size && hash_eq(in.sm3, out.sm3) &&
                      hash_eq(in.sha256, out.sha256)
                  ? 0
                  : 6);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void memory_is_constant(void **state)
{
    (void)state;
    const bool is_soak = getenv("GUZHENG_SOAK") != NULL;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* whose shadow is larger than any limit */
#endif
    assert_int_equal(within_limit(LARGE), 0);
    if (is_soak) assert_int_equal(within_limit(SOAK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VAULT_TEST(what_goes_in_comes_out),
        VAULT_TEST(a_blob_of_before_is_one_piece),
        VAULT_TEST(nothing_altered_comes_out),
        VAULT_TEST(segments_cannot_be_cut_exchanged_or_repeated),
        VAULT_TEST(every_failing_call_leaves_nothing),
        VAULT_TEST(memory_is_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

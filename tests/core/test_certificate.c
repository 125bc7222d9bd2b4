/* Certificates and the texts in them: encode and decode, members, limits, proofs. */
#include "core/certificate.h"

#include <jansson.h>
#include <stdlib.h>

#include "vector.h"

enum { ARENA = 8 * 1024 * 1024 };

static const char *folder; /* tests/vectors */
static uint8_t     memory[ARENA];
static uint64_t    seed;

static enum gz_err decode(struct bytes wire, struct certificate *out, const char **why)
{
    struct arena arena = {.p = memory, .cap = sizeof memory};
    *why = NULL;
    return certificate_decode(wire, &arena, out, why);
}

static enum gz_err encode(const struct certificate *c, struct buf *out)
{
    static uint8_t space[ARENA];
    struct arena   arena = {.p = space, .cap = sizeof space};
    return certificate_encode(c, &arena, out);
}

static void assert_lists_equal(const struct bytes *a, size_t a_n, const struct bytes *b, size_t b_n)
{
    assert_int_equal(a_n, b_n);
    for (size_t i = 0; i < a_n; i++) assert_true(bytes_eq(a[i], b[i]));
}

static void assert_same(const struct certificate *a, const struct certificate *b)
{
    assert_int_equal(a->suite, b->suite);
    assert_true(bytes_eq(a->entry, b->entry));
    assert_true(bytes_eq(a->proof, b->proof));
    assert_int_equal(a->has_consistency, b->has_consistency);
    assert_lists_equal(a->disclosures, a->disclosures_n, b->disclosures, b->disclosures_n);
    assert_lists_equal(a->consistency, a->consistency_n, b->consistency, b->consistency_n);
    assert_lists_equal(a->timestamps, a->timestamps_n, b->timestamps, b->timestamps_n);
}

/* --- round trip --------------------------------------------------------------------------------
 */

/* Every published one that can be read and whose strings are of our texts is written and read. */
static void published_certificates_come_back(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf text = vector_read(folder, "vectors.json");
    json_t                    *rows = json_loadb((const char *)text.p, text.n, 0, NULL), *row;
    size_t                     i, written = 0;
    json_array_foreach(rows, i, row)
    {
        static uint8_t             other[ARENA];
        struct arena               arena = {.p = other, .cap = sizeof other};
        DEFER(buf_fini) struct buf wire = {0}, again = {0};
        struct certificate         c, d;
        const char                *why;
        wire = vector_read(folder, json_string_value(json_object_get(row, "certificate")));
        if (certificate_decode(buf_bytes(&wire), &arena, &c, &why) != GZ_OK) continue;
        if (encode(&c, &again) != GZ_OK) continue;
        assert_ok(decode(buf_bytes(&again), &d, &why));
        assert_same(&c, &d);
        written++;
    }
    assert_true(written > 250);
    json_decref(rows);
}

static struct certificate small(void)
{
    static const struct bytes list[] = {{(const uint8_t *)"AAAA", 4}, {(const uint8_t *)"BBBB", 4}};
    return (struct certificate){.suite = SUITE_GM,
                                .entry = BYTES_LIT("{}"),
                                .disclosures_n = 2,
                                .disclosures = list,
                                .proof = BYTES_LIT("c2sp.org/tlog-proof@v1\nindex 0\n\n"),
                                .has_consistency = true,
                                .consistency_n = 1,
                                .consistency = list,
                                .timestamps_n = 2,
                                .timestamps = list};
}

static void drawn_certificates_come_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        DEFER(buf_fini) struct buf wire = {0};
        struct certificate         c = small(), d;
        const char                *why;
        uint8_t                    entry[64];
        const size_t               n = (size_t)(draw(&seed) % sizeof entry);
        for (size_t k = 0; k < n; k++) entry[k] = (uint8_t)draw(&seed);
        c.entry = (struct bytes){entry, n};
        c.suite = draw(&seed) % 2 == 0 ? SUITE_GM : SUITE_INTL;
        c.disclosures_n = (size_t)(draw(&seed) % 3);
        c.has_consistency = draw(&seed) % 2 == 0;
        c.consistency_n = c.has_consistency ? (size_t)(draw(&seed) % 3) : 0;
        c.timestamps_n = (size_t)(draw(&seed) % 3);
        assert_ok(encode(&c, &wire));
        assert_ok(decode(buf_bytes(&wire), &d, &why));
        assert_same(&c, &d);
    }
}

static void encode_refuses_strings_that_are_not_ours(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\"b", "a\\b", "a\tb", "a\rb", "\x01", "\xff"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        DEFER(buf_fini) struct buf out = {0};
        struct certificate         c = small();
        c.proof = bytes_str(bad[i]);
        assert_err(encode(&c, &out), GZ_MALFORMED);
        const struct bytes list[] = {bytes_str(bad[i])};
        c = small();
        c.disclosures = list;
        c.disclosures_n = 1;
        assert_err(encode(&c, &out), GZ_MALFORMED);
        assert_int_equal(out.n, 0);
    }
}

/* --- members -----------------------------------------------------------------------------------
 */

static const struct member {
    const char *name, *value;
} base[] = {{"type", "\"guzheng/certificate/v1\""},
            {"suite", "\"gm\""},
            {"entry", "\"e30\""},
            {"disclosures", "[]"},
            {"proof", "\"x\""},
            {"timestamps", "[]"}};

static const char *why_refused(const char *name, const char *value, const char *more)
{
    DEFER(buf_fini) struct buf wire = {0};
    struct certificate         c;
    const char                *why, *before = "{";
    for (size_t i = 0; i < COUNT_OF(base); i++) {
        const bool  is_it = name != NULL && strcmp(base[i].name, name) == 0;
        const char *used = is_it ? value : base[i].value;
        if (used == NULL) continue;
        assert_ok(buf_addf(&wire, "%s\"%s\":%s", before, base[i].name, used));
        before = ",";
    }
    assert_ok(buf_addf(&wire, "%s}", more));
    const enum gz_err e = decode(buf_bytes(&wire), &c, &why);
    assert_true((e == GZ_OK) == (why == NULL));
    return why;
}

static void members_are_exactly_those(void **state)
{
    (void)state;
    static const char *const more[] = {",\"extra\":1",          ",\"Type\":\"\"",
                                       ",\"consistency\":null", ",\"consistency\":[1]",
                                       ",\"consistency\":\"\"", "x"};
    assert_null(why_refused(NULL, NULL, ""));
    assert_null(why_refused(NULL, NULL, ",\"consistency\":[]"));
    assert_null(why_refused(NULL, NULL, ",\"consistency\":[\"AAAA\"]"));
    for (size_t i = 0; i < COUNT_OF(base); i++) {
        char again[64];
        assert_non_null(why_refused(base[i].name, NULL, ""));
        assert_non_null(why_refused(base[i].name, "null", ""));
        assert_non_null(why_refused(base[i].name, "1", ""));
        assert_non_null(why_refused(base[i].name, "{}", ""));
        snprintf(again, sizeof again, ",\"%s\":%s", base[i].name, base[i].value);
        assert_non_null(why_refused(NULL, NULL, again));
    }
    for (size_t i = 0; i < COUNT_OF(more); i++)
        if (why_refused(NULL, NULL, more[i]) == NULL) fail_msg("accepted: %s", more[i]);
}

static void values_have_their_form(void **state)
{
    (void)state;
    assert_string_equal(why_refused("type", "\"guzheng/certificate/v2\"", ""),
                        "its type is not guzheng/certificate/v1");
    assert_string_equal(why_refused("suite", "\"GM\"", ""), "an unknown suite");
    assert_string_equal(why_refused("entry", "\"e30=\"", ""),
                        "the entry is not base64url of at most 64 KiB");
    assert_string_equal(why_refused("entry", "\"e31\"", ""),
                        "the entry is not base64url of at most 64 KiB");
    assert_null(why_refused("suite", "\"\\u0067m\"", ""));
}

/* --- limits ------------------------------------------------------------------------------------
 */

static enum gz_err with_lists(size_t disclosures, size_t consistency, size_t timestamps,
                              struct certificate *c)
{
    static struct buf  wire;
    const size_t       counts[] = {disclosures, consistency, timestamps};
    static const char *names[] = {"disclosures", "consistency", "timestamps"};
    const char        *why;
    wire.n = 0;
    assert_ok(buf_add_str(&wire, "{\"type\":\"guzheng/certificate/v1\",\"suite\":\"gm\","
                                 "\"entry\":\"e30\",\"proof\":\"x\""));
    for (size_t l = 0; l < COUNT_OF(names); l++) {
        assert_ok(buf_addf(&wire, ",\"%s\":[", names[l]));
        for (size_t i = 0; i < counts[l]; i++)
            assert_ok(buf_addf(&wire, "%s\"\\u0041\"", i == 0 ? "" : ","));
        assert_ok(buf_add_byte(&wire, ']'));
    }
    assert_ok(buf_add_byte(&wire, '}'));
    const enum gz_err e = decode(buf_bytes(&wire), c, &why);
    buf_fini(&wire);
    return e;
}

static void lists_have_their_limits(void **state)
{
    (void)state;
    struct certificate c;
    struct merkle_path path;
    assert_ok(with_lists(ENTRY_DISCLOSURES_MAX, 0, CERTIFICATE_TIMESTAMPS_MAX, &c));
    assert_err(with_lists(ENTRY_DISCLOSURES_MAX + 1, 0, 0, &c), GZ_MALFORMED);
    assert_err(with_lists(0, 0, CERTIFICATE_TIMESTAMPS_MAX + 1, &c), GZ_MALFORMED);
    /* A consistency proof of any length is read: check 5, not check 1, says that it is too long. */
    static const size_t many[] = {63, 64, 65, 1024, 1025, 100000};
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        assert_ok(with_lists(0, many[i], 0, &c));
        assert_true(c.has_consistency);
        assert_int_equal(consistency_decode(c.consistency, c.consistency_n, &path), GZ_MALFORMED);
    }
}

static void certificate_has_4_mib_at_most(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct certificate         c = small();
    const char                *why;
    assert_ok(encode(&c, &wire));
    while (wire.n < CERTIFICATE_SIZE_MAX) assert_ok(buf_add_byte(&wire, ' '));
    assert_ok(decode(buf_bytes(&wire), &c, &why));
    assert_ok(buf_add_byte(&wire, ' '));
    assert_err(decode(buf_bytes(&wire), &c, &why), GZ_MALFORMED);
    assert_string_equal(why, "a certificate of more than 4 MiB");
}

static void entry_has_64_kib_at_most(void **state)
{
    (void)state;
    static uint8_t entry[ENTRY_SIZE_MAX + 1];
    for (size_t n = ENTRY_SIZE_MAX - 2; n <= ENTRY_SIZE_MAX + 1; n++) {
        DEFER(buf_fini) struct buf out = {0};
        struct certificate         c = small();
        c.entry = (struct bytes){entry, n};
        assert_err(encode(&c, &out), n <= ENTRY_SIZE_MAX ? GZ_OK : GZ_MALFORMED);
    }
}

/* --- proofs ------------------------------------------------------------------------------------
 */

static void proofs_come_back(void **state)
{
    (void)state;
    for (uint32_t n = 0; n <= MERKLE_DEPTH_MAX; n++) {
        DEFER(buf_fini) struct buf text = {0};
        struct merkle_path         path = {.n = n};
        struct proof               p;
        for (uint32_t i = 0; i < n; i++) path.path[i].b[0] = (uint8_t)i;
        assert_ok(proof_encode(n * 7, &path, BYTES_LIT("note\n\nlines\n"), &text));
        assert_ok(proof_decode(buf_bytes(&text), &p));
        assert_int_equal(p.index, n * 7);
        assert_int_equal(p.path.n, n);
        assert_memory_equal(p.path.path, path.path, n * sizeof *path.path);
        assert_true(bytes_eq(p.note, BYTES_LIT("note\n\nlines\n")));
    }
}

static void proof_text_has_one_form(void **state)
{
    (void)state;
    static const char head[] = "c2sp.org/tlog-proof@v1\n";
    static const char hash[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    static const struct {
        const char *format; /* %1$s: the head, %2$s: a hash */
        bool        is_good;
    } rows[] = {
        {"%1$sindex 0\n\n", true},
        {"%1$sindex 5\n%2$s%2$s\nnote", true},
        {"%1$sindex 9223372036854775807\n\n", true},
        {"%1$sindex 9223372036854775808\n\n", false},
        {"%1$sindex 05\n\n", false},
        {"%1$sindex -1\n\n", false},
        {"%1$sindex  5\n\n", false},
        {"%1$sindex 5 \n\n", false},
        {"%1$sIndex 5\n\n", false},
        {"%1$sindex 5\n", false},
        {"%1$sindex 5\n%2$s", false},
        {"%1$sextra AAAA\nindex 5\n\n", false},
        {"%1$sindex 5\nextra AAAA\n\n", false},
        {"%1$sindex 5\n %2$s\n", false},
        {"%1$sindex 5\nAAAA\n\n", false},
        {"%1$sindex 5\r\n\n", false},
        {"\n%1$sindex 5\n\n", false},
        {"c2sp.org/tlog-proof@v2\nindex 5\n\n", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char         text[256];
        struct proof p;
        snprintf(text, sizeof text, rows[i].format, head, hash);
        if ((proof_decode(bytes_str(text), &p) == GZ_OK) != rows[i].is_good) fail_msg("row %zu", i);
    }
}

static void path_has_63_hashes_at_most(void **state)
{
    (void)state;
    struct bytes hashes[64];
    for (size_t i = 0; i < COUNT_OF(hashes); i++)
        hashes[i] = BYTES_LIT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    for (uint32_t n = 62; n <= 64; n++) {
        DEFER(buf_fini) struct buf text = {0};
        struct merkle_path         path;
        struct proof               p;
        assert_ok(buf_add_str(&text, "c2sp.org/tlog-proof@v1\nindex 0\n"));
        for (uint32_t i = 0; i < n; i++) {
            assert_ok(buf_add(&text, hashes[i]));
            assert_ok(buf_add_byte(&text, '\n'));
        }
        assert_ok(buf_add_byte(&text, '\n'));
        assert_err(proof_decode(buf_bytes(&text), &p), n <= 63 ? GZ_OK : GZ_MALFORMED);
        assert_err(consistency_decode(hashes, n, &path), n <= 63 ? GZ_OK : GZ_MALFORMED);
        assert_true(n > 63 || path.n == n);
    }
    hashes[0].n--;
    struct merkle_path path;
    assert_err(consistency_decode(hashes, 1, &path), GZ_MALFORMED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_certificates_come_back),
        cmocka_unit_test(drawn_certificates_come_back),
        cmocka_unit_test(encode_refuses_strings_that_are_not_ours),
        cmocka_unit_test(members_are_exactly_those),
        cmocka_unit_test(values_have_their_form),
        cmocka_unit_test(lists_have_their_limits),
        cmocka_unit_test(certificate_has_4_mib_at_most),
        cmocka_unit_test(entry_has_64_kib_at_most),
        cmocka_unit_test(proofs_come_back),
        cmocka_unit_test(proof_text_has_one_form),
        cmocka_unit_test(path_has_63_hashes_at_most),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    seed = draw_seed();
    RUN_TESTS(tests);
}

/* Addresses of tiles: C2SP's examples, one form for each, and nothing that overflows. */
#include "core/tile.h"

#include "vector.h"

static uint64_t seed;

/* As tlog-tiles says it. */
static void address_of(const struct tile_address *a, char out[64])
{
    char   groups[48] = {0}, digits[32];
    size_t n;
    snprintf(digits, sizeof digits, "%03llu", (unsigned long long)a->n);
    for (n = strlen(digits); n % 3 != 0; n++) memmove(digits + 1, digits, n + 1), digits[0] = '0';
    for (size_t i = 0; i < n; i += 3)
        snprintf(groups + strlen(groups), sizeof groups - strlen(groups), "%s%.3s%s",
                 i + 3 < n ? "x" : "", digits + i, i + 3 < n ? "/" : "");
    if (a->is_entries) snprintf(out, 64, "entries/%s", groups);
    else snprintf(out, 64, "%u/%s", a->level, groups);
    if (a->width < TILE_HASHES) snprintf(out + strlen(out), 12, ".p/%u", a->width);
}

static void examples_of_c2sp_are_read(void **state)
{
    (void)state;
    static const struct {
        const char         *text;
        struct tile_address want;
    } rows[] = {
        {"0/x001/x234/067", {false, 0, 1234067, 256}},
        {"0/000", {false, 0, 0, 256}},
        {"1/000.p/1", {false, 1, 0, 1}},
        {"7/999.p/255", {false, 7, 999, 255}},
        {"entries/x001/000", {true, 0, 1000, 256}},
        {"entries/273.p/112", {true, 0, 273, 112}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct tile_address a;
        assert_ok(tile_decode(bytes_str(rows[i].text), &a));
        assert_int_equal(a.is_entries, rows[i].want.is_entries);
        assert_int_equal(a.level, rows[i].want.level);
        assert_int_equal(a.n, rows[i].want.n);
        assert_int_equal(a.width, rows[i].want.width);
    }
}

static void other_forms_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0",
        "0/",
        "/000",
        "0/0",
        "0/00",
        "0/0000",
        "0/1234",
        "8/000",
        "00/000",
        "-1/000",
        "63/000",
        "Entries/000",
        "entries",
        "0/x000/000", /* is 0/000 */
        "0/x000/x001/000",
        "0/x001",
        "0/x001/",
        "0/x001/x234",
        "0/001/000",
        "0/X001/000",
        "0/x01/000",
        "0/x001000",
        "0/000.p",
        "0/000.p/",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/1/",
        "0/000.p/+1",
        "0/000/",
        "0/000 ",
        "0/..",
        "0/x../000",
        "0/x999/x999/x999/x999/x999/x999/999", /* over 2^63 */
        "0/x009/x223/x372/x036/x854/x775/808",
        "0/%30%30%30",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct tile_address a = {.n = 77};
        if (tile_decode(bytes_str(bad[i]), &a) != GZ_MALFORMED) fail_msg("accepted: %s", bad[i]);
        assert_int_equal(a.n, 77);
    }
}

static void every_address_is_read_as_it_is_written(void **state)
{
    char path[TILE_PATH_SIZE];
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        char                text[64];
        struct tile_address read;
        struct tile_address a = {.is_entries = draw(&seed) % 4 == 0,
                                 .n = draw(&seed) >> (8 + draw(&seed) % 56),
                                 .width = 1 + (unsigned)(draw(&seed) % TILE_HASHES)};
        a.level = a.is_entries ? 0 : (unsigned)(draw(&seed) % (TILE_LEVEL_MAX + 1));
        address_of(&a, text);
        assert_string_equal(tile_encode(&a, path), text);
        if (tile_decode(bytes_str(text), &read) != GZ_OK) fail_msg("refused: %s", text);
        assert_int_equal(read.n, a.n);
        assert_int_equal(read.level, a.level);
        assert_int_equal(read.width, a.width);
        assert_int_equal(read.is_entries, a.is_entries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_c2sp_are_read),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(every_address_is_read_as_it_is_written),
    };
    seed = draw_seed();
    RUN_TESTS(tests);
}

/* Signed notes and checkpoints: form, limits, lines of known and unknown keys. */
#include "core/note.h"

#include "core/base64.h"
#include "log_maker.h"
#include "vector.h"

enum { SIZE = 42, TIME = 1772677800 };

static const char *folder; /* tests/vectors */

static struct hash root(void)
{
    return hash_of(SUITE_INTL, BYTES_LIT("a tree"));
}

static struct bytes in(const struct buf *b)
{
    return buf_bytes(b);
}

/* --- form ------------------------------------------------------------------------------------- */

static const char good_line[] = "\xe2\x80\x94 name AAAAAAA=\n"; /* 5 bytes */

static enum gz_err decode_text(const char *text)
{
    struct note n;
    return note_decode(bytes_str(text), &n);
}

static enum gz_err decode_line(const char *line)
{
    DEFER(buf_fini) struct buf text = {0};
    struct note                n;
    assert_ok(buf_addf(&text, "text\n\n%s", line));
    return note_decode(in(&text), &n);
}

static void note_is_split_at_its_last_empty_line(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct note                n;
    struct note_line           line;
    assert_ok(buf_addf(&wire, "one\n\n\u2014 two AAAAAAA=\n\n%s", good_line));
    assert_ok(note_decode(in(&wire), &n));
    assert_true(bytes_eq(n.text, BYTES_LIT("one\n\n\u2014 two AAAAAAA=\n")));
    assert_true(bytes_eq(n.lines, BYTES_LIT(good_line)));
    assert_true(note_next_line(&n.lines, &line));
    assert_true(bytes_eq(line.name, BYTES_LIT("name")));
    assert_int_equal(line.blob_n, 1);
    assert_false(note_next_line(&n.lines, &line));
}

static void malformed_notes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        "\n\n",
        "text",
        "text\n",
        "text\n\n",                               /* no signature */
        "text\n\n\u2014 name AAAAAAA=",           /* the last line has no LF */
        "text\n\u2014 name AAAAAAA=\n",           /* no empty line */
        "text\n\n\u2014 name AAAAAAA=\n\n",       /* an empty line behind */
        "text\r\n\r\n\u2014 name AAAAAAA=\r\n",   /* CR is a control character */
        "te\txt\n\n\u2014 name AAAAAAA=\n",       /* so is the tab */
        "te\x7fxt\n\n\u2014 name AAAAAAA=\n",     /* DEL */
        "te\xffxt\n\n\u2014 name AAAAAAA=\n",     /* no UTF-8 */
        "te\xc0\x80xt\n\n\u2014 name AAAAAAA=\n", /* overlong */
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (decode_text(bad[i]) != GZ_MALFORMED) fail_msg("row %zu is accepted", i);
    assert_ok(decode_text("text\n\n\u2014 name AAAAAAA=\n"));
}

static void every_line_has_its_form_whosever_it_is(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "- name AAAAAAA=\n",                  /* hyphen for dash */
        "\u2013 name AAAAAAA=\n",             /* EN DASH */
        "\u2014name AAAAAAA=\n",              /* no space */
        "\u2014  name AAAAAAA=\n",            /* an empty name */
        "\u2014 name  AAAAAAA=\n",            /* two spaces */
        "\u2014 name AAAAAAA= \n",            /* a space behind */
        "\u2014 name\n",                      /* no signature */
        "\u2014 name \n",                     /* an empty one */
        "\u2014 name AAAAAA==\n",             /* 4 bytes: an ID alone */
        "\u2014 name AAAAAAA\n",              /* no padding */
        "\u2014 name AAAAAAB=\n",             /* spare bits */
        "\u2014 name AAAA_AA=\n",             /* the other alphabet */
        "\u2014 na+me AAAAAAA=\n",            /* plus */
        "\u2014 na\xc2\xa0me AAAAAAA=\n",     /* no-break space */
        "\u2014 na\xe3\x80\x80me AAAAAAA=\n", /* ideographic space */
        "\u2014 na\xc2\x85me AAAAAAA=\n",     /* next line */
        "\u2014 name AAAAAAA=\nmore\n",       /* a line that is none */
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (decode_line(bad[i]) != GZ_MALFORMED) fail_msg("row %zu is accepted", i);
    assert_ok(decode_line(good_line));
    assert_ok(decode_line("\u2014 \u6cd5\u9662 AAAAAAA=\n"));
}

static void limit_of_lines_is_named(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct note                n;
    assert_ok(buf_add_str(&wire, "text\n\n"));
    for (unsigned i = 0; i < NOTE_LINES_MAX; i++) assert_ok(buf_add_str(&wire, good_line));
    assert_ok(note_decode(in(&wire), &n));
    assert_ok(buf_add_str(&wire, good_line));
    assert_err(note_decode(in(&wire), &n), GZ_LIMIT);
}

/* No key of ours makes one, but a line of an unknown key may hold any number of bytes. */
static void long_blob_is_kept_in_front_and_counted_whole(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    uint8_t                    blob[5000];
    struct note                n;
    struct note_line           line;
    for (size_t i = 0; i < sizeof blob; i++) blob[i] = (uint8_t)i;
    assert_ok(buf_add_str(&wire, "text\n\n"));
    assert_ok(note_add_line(BYTES_LIT("pq"), (const uint8_t *)"idid", BYTES_OF(blob), &wire));
    assert_ok(note_decode(in(&wire), &n));
    assert_true(note_next_line(&n.lines, &line));
    assert_int_equal(line.blob_n, sizeof blob);
    assert_memory_equal(line.blob, blob, COSIGNATURE_BLOB_SIZE);
    assert_memory_equal(line.id, "idid", KEY_ID_SIZE);
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static void checkpoint_has_three_lines(void **state)
{
    (void)state;
    static const char root64[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const struct {
        const char *format;
        bool        is_good;
    } rows[] = {
        {"o\n7\n%s\n", true},    {"o\n0\n%s\n", true},
        {"o\n07\n%s\n", false},  {"o\n-7\n%s\n", false},
        {"o\n\n%s\n", false},    {"\n7\n%s\n", false},
        {"o\n7\n%s", false},     {"o\n7\n%s\nmore\n", false},
        {"o\n7\n%s\n\n", false}, {"o\n7\nA%s\n", false},
        {"o\n 7\n%s\n", false},  {"o\n9223372036854775807\n%s\n", true},
        {"o\n7\n\n", false},     {"o\n9223372036854775808\n%s\n", false},
        {"o\n7\n%s \n", false},  {"o\n18446744073709551616\n%s\n", false},
        {"o\n7 \n%s\n", false},  {"o\n7", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DEFER(buf_fini) struct buf text = {0}, again = {0};
        char                       made[128];
        struct checkpoint          c;
        snprintf(made, sizeof made, rows[i].format, root64);
        const bool is_good = checkpoint_decode(bytes_str(made), &c) == GZ_OK;
        if (is_good != rows[i].is_good) fail_msg("row %zu: %s", i, made);
        if (!is_good) continue;
        assert_ok(checkpoint_encode(&c, &again));
        assert_true(bytes_eq(in(&again), bytes_str(made)));
    }
}

/* --- signatures ------------------------------------------------------------------------------- */

struct scene {
    struct maker log, witness;
    struct buf   wire;
    struct note  note;
};

static void scene_init(struct scene *s)
{
    memset(s, 0, sizeof *s);
    maker_init(&s->log, KEY_LOG, "guzheng/test", 1);
    maker_init(&s->witness, KEY_WITNESS, "court.sd", 2);
    maker_checkpoint(&s->log, "guzheng/test", SIZE, root(), &s->wire);
    DEFER(buf_fini) struct buf line = {0};
    assert_ok(note_decode(in(&s->wire), &s->note));
    maker_cosign(&s->witness, s->note.text, TIME, &line);
    assert_ok(buf_add(&s->wire, in(&line)));
    assert_ok(note_decode(in(&s->wire), &s->note));
}

static void scene_fini(struct scene *s)
{
    maker_fini(&s->log);
    maker_fini(&s->witness);
    buf_fini(&s->wire);
}

static struct note_line line_of(const struct scene *s, unsigned i)
{
    struct bytes     rest = s->note.lines;
    struct note_line line;
    do assert_true(note_next_line(&rest, &line));
    while (i-- > 0);
    return line;
}

static void lines_are_good_under_their_own_key_only(void **state)
{
    (void)state;
    DEFER(scene_fini) struct scene s;
    scene_init(&s);
    const struct note_line by_log = line_of(&s, 0), by_witness = line_of(&s, 1);
    const struct bytes     text = s.note.text;
    uint64_t               time = 99;
    assert_ok(note_verify_line(&by_log, &s.log.key, text, &time));
    assert_int_equal(time, 0);
    assert_ok(note_verify_line(&by_witness, &s.witness.key, text, &time));
    assert_int_equal(time, TIME);
    assert_err(note_verify_line(&by_log, &s.witness.key, text, &time), GZ_MISSING);
    assert_err(note_verify_line(&by_witness, &s.log.key, text, &time), GZ_MISSING);
    assert_err(note_verify_line(&by_witness, &s.witness.key, bytes_slice(text, 1, text.n), &time),
               GZ_MISMATCH);
    assert_int_equal(time, TIME);
}

/* Another name or ID is another key's line; a changed time or signature is a wrong one. */
static void changed_cosignature_is_a_mismatch(void **state)
{
    (void)state;
    DEFER(scene_fini) struct scene s;
    scene_init(&s);
    const struct note_line good = line_of(&s, 1);
    uint64_t               time;
    struct note_line       other = good;
    other.name = BYTES_LIT("court.jn");
    assert_err(note_verify_line(&other, &s.witness.key, s.note.text, &time), GZ_MISSING);
    other = good;
    other.id[0] ^= 1;
    assert_err(note_verify_line(&other, &s.witness.key, s.note.text, &time), GZ_MISSING);
    for (size_t i = 0; i < COSIGNATURE_BLOB_SIZE; i++) {
        other = good;
        other.blob[i] ^= 1;
        assert_err(note_verify_line(&other, &s.witness.key, s.note.text, &time), GZ_MISMATCH);
    }
    other = good;
    other.blob_n++;
    assert_err(note_verify_line(&other, &s.witness.key, s.note.text, &time), GZ_MISMATCH);
    other.blob_n = KEY_SIGNATURE_SIZE; /* as if a log had signed */
    assert_err(note_verify_line(&other, &s.witness.key, s.note.text, &time), GZ_MISMATCH);
}

static void time_of_a_cosignature_is_1_to_2_63(void **state)
{
    (void)state;
    static const struct {
        uint64_t time;
        bool     is_good;
    } rows[] = {{0, false},
                {1, true},
                {INT64_MAX, true},
                {(uint64_t)INT64_MAX + 1, false},
                {UINT64_MAX, false}};
    DEFER(scene_fini) struct scene s;
    scene_init(&s);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DEFER(buf_fini) struct buf signed_line = {0};
        struct note_line           line;
        uint64_t                   time = 7;
        maker_cosign(&s.witness, s.note.text, rows[i].time, &signed_line);
        struct bytes rest = in(&signed_line);
        assert_true(note_next_line(&rest, &line));
        assert_err(note_verify_line(&line, &s.witness.key, s.note.text, &time),
                   rows[i].is_good ? GZ_OK : GZ_MISMATCH);
        assert_int_equal(time, rows[i].is_good ? rows[i].time : 7);
    }
}

/* Whatever bit turns: the note is refused, or a line is lost or wrong, or it says the same. */
static void flipped_bit_never_passes(void **state)
{
    (void)state;
    DEFER(scene_fini) struct scene s;
    scene_init(&s);
    for (size_t at = 0; at < s.wire.n * 8; at++) {
        struct note      n;
        struct note_line line;
        unsigned         good = 0;
        uint64_t         time = 0;
        s.wire.p[at / 8] ^= (uint8_t)(1u << at % 8);
        if (note_decode(in(&s.wire), &n) == GZ_OK)
            while (note_next_line(&n.lines, &line))
                good += note_verify_line(&line, &s.log.key, n.text, &time) == GZ_OK ||
                        note_verify_line(&line, &s.witness.key, n.text, &time) == GZ_OK;
        s.wire.p[at / 8] ^= (uint8_t)(1u << at % 8);
        if (good > 1) fail_msg("bit %zu: both lines are still good", at);
    }
}

static void published_notes_are_read_and_written_alike(void **state)
{
    (void)state;
    static const char *const suites[] = {"gm", "intl"};
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        char name[32];
        snprintf(name, sizeof name, "%s-001.gzcert", suites[i]);
        DEFER(buf_fini) struct buf wire = vector_read(folder, name), plain = {0}, again = {0};
        struct bytes               rest = in(&wire);
        while (rest.n > 0 && !bytes_starts(rest, BYTES_LIT("index ")))
            rest = bytes_slice(rest, 1, rest.n);
        for (size_t k = 0; k < rest.n && rest.p[k] != '"'; k++) { /* LF is \n in the JSON */
            const bool is_escape = rest.p[k] == '\\';
            assert_ok(buf_add_byte(&plain, is_escape ? '\n' : rest.p[k]));
            k += is_escape;
        }
        struct bytes text = in(&plain);
        while (!bytes_starts(text, BYTES_LIT("\n\n"))) text = bytes_slice(text, 1, text.n);
        struct note       n;
        struct checkpoint c;
        struct note_line  line;
        assert_ok(note_decode(bytes_slice(text, 2, text.n), &n));
        assert_ok(checkpoint_decode(n.text, &c));
        assert_ok(checkpoint_encode(&c, &again));
        assert_true(bytes_eq(in(&again), n.text));
        again.n = 0;
        for (struct bytes lines = n.lines; note_next_line(&lines, &line);)
            assert_ok(
                note_add_line(line.name, line.id, (struct bytes){line.blob, line.blob_n}, &again));
        assert_true(bytes_eq(in(&again), n.lines));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(note_is_split_at_its_last_empty_line),
        cmocka_unit_test(malformed_notes_are_refused),
        cmocka_unit_test(every_line_has_its_form_whosever_it_is),
        cmocka_unit_test(limit_of_lines_is_named),
        cmocka_unit_test(long_blob_is_kept_in_front_and_counted_whole),
        cmocka_unit_test(checkpoint_has_three_lines),
        cmocka_unit_test(lines_are_good_under_their_own_key_only),
        cmocka_unit_test(changed_cosignature_is_a_mismatch),
        cmocka_unit_test(time_of_a_cosignature_is_1_to_2_63),
        cmocka_unit_test(flipped_bit_never_passes),
        cmocka_unit_test(published_notes_are_read_and_written_alike),
    };
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

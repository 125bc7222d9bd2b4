/* The rows of a batch file by a thread that reads ahead: the same as one by one, with disclosures
 * that belong to them. */
#include "app/batch_pipeline.h"
#include "app/item_copy.h"
#include "app/kind_file.h"
#include "batch_fixture.h"

static struct catalog *catalog;

enum { ROWS = 1203, BAD = 10 }; /* every tenth is bad */

static void add_rows(struct buf *out, size_t rows)
{
    DEFER(buf_fini) struct buf text = {0};
    assert_ok(buf_add_str(&text, "事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|"
                                 "余额\n"));
    for (size_t i = 0; i < rows; i++)
        assert_ok(buf_addf(&text, "P%zu|L%zu|J1|2026-11-25 10:00:00|%s|1.00|0.00|900.00\n", i,
                           i / 7, i % BAD == 0 ? "ten" : "100.00"));
    assert_ok(buf_add_byte(&text, 0));
    add_gb18030((const char *)text.p, out);
}

static struct batch_file *open_file(struct bytes content)
{
    struct batch_file    *f = NULL;
    struct intake_defect  d;
    const struct mapping *m = catalog_mapping(catalog, "repayment_1");
    assert_non_null(m);
    assert_ok(batch_file_open(m, content, "/", batch_now, &f, &d));
    return f;
}

/* --- what comes out --------------------------------------------------------------------------- */

static void expect_same(const struct intake_item *a, const struct intake_item *b)
{
    assert_int_equal(a->line, b->line);
    assert_ptr_equal(a->kind, b->kind);
    assert_true(bytes_eq(a->source, b->source) && bytes_eq(a->matter, b->matter));
    assert_true(bytes_eq(a->event_number, b->event_number) && bytes_eq(a->corrects, b->corrects));
    assert_int_equal(a->values_n, b->values_n);
    for (size_t i = 0; i < a->values_n; i++) {
        assert_ptr_equal(a->values[i].field, b->values[i].field);
        assert_int_equal(a->values[i].constant, b->values[i].constant);
        assert_true(bytes_eq(a->values[i].json, b->values[i].json));
    }
    assert_int_equal(a->defects_n, b->defects_n);
    for (size_t i = 0; i < a->defects_n; i++) {
        assert_string_equal(a->defects[i].code, b->defects[i].code);
        assert_string_equal(a->defects[i].hint, b->defects[i].hint);
        assert_true(bytes_eq(a->defects[i].column, b->defects[i].column));
        assert_true(bytes_eq(a->defects[i].field, b->defects[i].field));
    }
}

/* Every line is on its side, and its digest is where the entry takes it from. */
static void expect_made(const struct pipeline_row *r)
{
    static uint8_t space[64 * 1024];
    size_t         n = 0;
    assert_true(r->made.is_made);
    for (size_t side = 0; side < SIDES; side++) {
        struct bytes rest = buf_bytes(&r->made.lines[side]), line;
        for (; bytes_take_line(&rest, &line); n++) {
            struct arena      arena = {space, 0, sizeof space};
            struct disclosure d;
            const char       *why;
            assert_ok(disclosure_decode(line, &arena, &d, &why));
            const size_t at = kind_find(r->item.kind, d.name);
            assert_int_equal(kind_field_side(&r->item.kind->fields[at]), side);
            assert_true(
                hash_eq(disclosure_digest(SUITE_GM, line), item_disclosures_digests(&r->made)[n]));
        }
        assert_int_equal(rest.n, 0);
    }
    assert_int_equal(n, r->made.digests_n);
    assert_true(n >= r->item.values_n);
}

static void all_rows_come_in_their_order(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf                         content = {0};
    DEFER(batch_pipeline_close) struct batch_pipeline *p = NULL;
    const struct bank                                  bank = {.suite = SUITE_GM};
    add_rows(&content, ROWS);
    DEFER(batch_file_close) struct batch_file *alone = open_file(buf_bytes(&content));
    DEFER(batch_file_close) struct batch_file *ahead = open_file(buf_bytes(&content));
    assert_ok(batch_pipeline_open(&bank, ahead, &p));
    size_t rows = 0, groups = 0;
    for (bool more = true; more; groups++) {
        const struct pipeline_group *g = batch_pipeline_next(p);
        for (size_t i = 0; i < g->n; i++, rows++) {
            struct intake_item want;
            assert_ok(batch_file_next(alone, &want));
            expect_same(&want, &g->rows[i].item);
            if (rows % BAD == 0) assert_false(g->rows[i].made.is_made);
            else expect_made(&g->rows[i]);
        }
        more = g->end == GZ_OK;
        assert_true(more ? g->n == PIPELINE_GROUP_ROWS : g->end == GZ_MISSING);
    }
    assert_int_equal(rows, ROWS);
    assert_int_equal(groups, 3);
    batch_pipeline_close(&p); /* before its file */
}

/* No two rows with the same salt: what one discloses says nothing of another. */
static void salts_are_fresh(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf                         content = {0};
    DEFER(batch_pipeline_close) struct batch_pipeline *p = NULL;
    const struct bank                                  bank = {.suite = SUITE_GM};
    add_rows(&content, 9);
    DEFER(batch_file_close) struct batch_file *f = open_file(buf_bytes(&content));
    assert_ok(batch_pipeline_open(&bank, f, &p));
    const struct pipeline_group *g = batch_pipeline_next(p);
    assert_int_equal(g->n, 9);
    for (size_t i = 2; i < g->n; i++)
        for (size_t j = 0; j < g->rows[i].made.digests_n; j++)
            for (size_t k = 0; k < g->rows[1].made.digests_n; k++)
                assert_false(hash_eq(item_disclosures_digests(&g->rows[i].made)[j],
                                     item_disclosures_digests(&g->rows[1].made)[k]));
    batch_pipeline_close(&p);
}

/* --- how it ends ------------------------------------------------------------------------------ */

static void it_ends_wherever_it_is(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf content = {0};
    const struct bank          bank = {.suite = SUITE_GM};
    add_rows(&content, 5 * PIPELINE_GROUP_ROWS);
    for (size_t taken = 0; taken < 4; taken++) {
        DEFER(batch_file_close) struct batch_file         *f = open_file(buf_bytes(&content));
        DEFER(batch_pipeline_close) struct batch_pipeline *p = NULL;
        assert_ok(batch_pipeline_open(&bank, f, &p));
        for (size_t i = 0; i < taken; i++) assert_int_equal(batch_pipeline_next(p)->end, GZ_OK);
    }
}

static void a_file_without_rows(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf                         content = {0};
    DEFER(batch_pipeline_close) struct batch_pipeline *p = NULL;
    const struct bank                                  bank = {.suite = SUITE_GM};
    add_rows(&content, 0);
    DEFER(batch_file_close) struct batch_file *f = open_file(buf_bytes(&content));
    assert_ok(batch_pipeline_open(&bank, f, &p));
    const struct pipeline_group *g = batch_pipeline_next(p);
    assert_int_equal(g->n, 0);
    assert_int_equal(g->end, GZ_MISSING);
    batch_pipeline_close(&p);
}

/* --- originals -------------------------------------------------------------------------------- */

static void a_copy_needs_nothing_of_what_it_was_made_of(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf memory = {0};
    struct kind_field          field = {.type = FIELD_FILE};
    char                       json[] = "\"a\"", original[] = "%PDF-1.7 a", hint[] = "hint";
    struct intake_value        value = {.field = &field,
                                        .json = bytes_str(json),
                                        .media_type = "application/pdf",
                                        .original = bytes_str(original)};
    struct intake_defect       defect = {.line = 3, .code = "code", .hint = hint};
    const struct intake_item   item = {
          .values_n = 1, .values = &value, .defects_n = 1, .defects = &defect};
    struct intake_item copy;
    assert_ok(item_copy(&item, &memory, &copy));
    memset(json, 'x', strlen(json));
    memset(original, 'x', strlen(original));
    memset(hint, 'x', strlen(hint));
    value = (struct intake_value){0};
    defect = (struct intake_defect){0};
    assert_true(bytes_eq(copy.values[0].json, BYTES_LIT("\"a\"")));
    assert_true(bytes_eq(copy.values[0].original, BYTES_LIT("%PDF-1.7 a")));
    assert_string_equal(copy.values[0].media_type, "application/pdf");
    assert_string_equal(copy.defects[0].hint, "hint");
    assert_int_equal(copy.defects[0].line, 3);
    assert_int_equal(copy.source.n, 0);
}

static void too_many_originals_are_refused(void **state)
{
    (void)state;
    DEFER(item_disclosures_fini) struct item_disclosures made = {0};
    struct kind_field                                    field = {.type = FIELD_FILE};
    struct intake_value                                  values[ITEM_FILES_MAX + 1];
    for (size_t i = 0; i < COUNT_OF(values); i++)
        values[i] = (struct intake_value){.field = &field, .original = BYTES_LIT("a")};
    const struct intake_item item = {.values_n = COUNT_OF(values), .values = values};
    assert_err(item_disclosures_hash(&item, &made), GZ_LIMIT);
    const struct intake_item most = {.values_n = ITEM_FILES_MAX, .values = values};
    assert_ok(item_disclosures_hash(&most, &made));
    const struct hash want = hash_of(SUITE_GM, BYTES_LIT("a"));
    assert_true(hash_eq(item_disclosures_sm3(&made, &most, &values[ITEM_FILES_MAX - 1]), want));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_rows_come_in_their_order),
        cmocka_unit_test(salts_are_fresh),
        cmocka_unit_test(it_ends_wherever_it_is),
        cmocka_unit_test(a_file_without_rows),
        cmocka_unit_test(a_copy_needs_nothing_of_what_it_was_made_of),
        cmocka_unit_test(too_many_originals_are_refused),
    };
    assert(argc == 2);
    catalog = catalog_beside(argv[1], "../app/mappings");
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalog_close(&catalog);
    return failed != 0;
}

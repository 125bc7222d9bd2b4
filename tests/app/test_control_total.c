/* Control totals: a file that is not what its totals say is refused before its first row. */
#include "bank_fixture.h"

#define HEAD                                                                                       \
    "kind: loan.contract\nfile: contract\nsource: test\ncharset: utf-8\nevent_number: event\n"     \
    "matter: contract_no\ncolumns:\n  contract: contract_no\n  name: borrower.name\n"              \
    "  amount: {field: amount, thousands: true}\n"
#define TRAILER HEAD "control: {from: trailer, mark: TOTAL, sum: amount}\n"
#define HEADER  "event|contract|name|amount\n"
#define ROWS    "E1|L1|甲|1,000.00\nE2|L2|乙|0.05\n"

static int set_up(void **state)
{
    struct bank_fixture *f = malloc(sizeof *f);
    fixture_init(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_fini(*state);
    free(*state);
    return 0;
}

static void use_mapping(struct bank_fixture *f, const char *mapping)
{
    fixture_close(f);
    fixture_write(f, "mappings/contract.yaml", mapping);
    fixture_open(f);
}

/* codes: of the defects; the file is then unreadable and no row of it counts. */
static void expect(struct bank_fixture *f, const char *text, unsigned accepted, const char *codes)
{
    struct fixture_result r;
    fixture_write(f, "batch/contract_1.txt", text);
    assert_ok(fixture_submit(f, "batch", &r));
    assert_string_equal(r.codes, codes);
    assert_int_equal(r.counts.accepted, accepted);
    if (codes[0] == 0) return;
    assert_int_equal(r.outcome, SUBMIT_UNREADABLE);
    assert_int_equal(r.counts.rows, 0);
}

static void a_trailer_that_agrees(void **state)
{
    struct bank_fixture *f = *state;
    use_mapping(f, TRAILER);
    expect(f, HEADER "TOTAL|0|0.00\n", 0, "");
    expect(f, HEADER ROWS "TOTAL|2|1,000.05", 2, "");
    expect(f, HEADER "E3|L3|丙|5.00\r\nTOTAL|1|5.00\r\n", 1, "");
    use_mapping(f, HEAD "control: {from: trailer, mark: 合计}\n");
    fixture_write(f, "batch/contract_1.txt", HEADER "E4|L1|甲|x\nE5|L1|甲|1.00\n合计|2\n");
    struct fixture_result r;
    assert_ok(fixture_submit(f, "batch", &r));
    assert_string_equal(r.codes, "2:money "); /* rows only were counted */
    assert_int_equal(r.counts.accepted, 1);
}

static void a_trailer_that_does_not(void **state)
{
    struct bank_fixture     *f = *state;
    static const char *const all[] = {
        HEADER ROWS,
        HEADER ROWS "TOTAL|3|1,000.05\n",
        HEADER ROWS "TOTAL|2|1,000.06\n",
        HEADER ROWS "TOTAL|2\n",
        HEADER ROWS "TOTAL|2|1,000.05|\n",
        HEADER ROWS "TOTAL|02|1,000.05\n",
        HEADER ROWS "TOTAL|2|1000.5\n",
        HEADER ROWS "total|2|1,000.05\n",
        HEADER ROWS "TOTAL|2|1,000.05\n\n",
        HEADER ROWS "TOTAL|2|1,000.05\nE3|L3|丙|1.00\n",
        HEADER "E1|L1|甲|1,000.00\nE2|L2|乙|five\nTOTAL|2|1,000.05\n",
        HEADER "E1|L1|甲|1,000.00\nE2|L2|0.05\nTOTAL|2|1,000.05\n",
        "",
        "TOTAL|0|0.00\n\n",
    };
    use_mapping(f, TRAILER);
    for (size_t i = 0; i < COUNT_OF(all); i++) expect(f, all[i], 0, "0:control_total ");
    expect(f, "TOTAL|0|0.00\n", 0, "1:empty ");
}

static void a_control_file(void **state)
{
    struct bank_fixture     *f = *state;
    static const char *const wrong[] = {"",
                                        "rows=3\nsum=1,000.05\n",
                                        "rows=2\n",
                                        "sum=1,000.05\n",
                                        "rows=2\nsum=1,000.04\n",
                                        "rows=2\nrows=2\nsum=1,000.05\n",
                                        "rows=2\nsum=1,000.05\nx=1\n",
                                        "rows = 2\nsum=1,000.05\n",
                                        "rows=2\nsum=1,000.05\n\n"};
    use_mapping(f, HEAD "control: {from: file, sum: amount}\n");
    expect(f, HEADER ROWS, 0, "0:control_total ");
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        fixture_write(f, "batch/contract_1.txt.ctl", wrong[i]);
        expect(f, HEADER ROWS, 0, "0:control_total ");
    }
    fixture_write(f, "batch/contract_1.txt.ctl", "sum=1,000.05\r\nrows=2\r\n");
    expect(f, HEADER ROWS, 2, "");
}

static void a_mapping_whose_control_cannot_be(void **state)
{
    struct bank_fixture *f = *state;
    static const struct {
        const char *mapping, *told;
    } all[] = {
        {HEAD "control: {from: trailer, sum: amount}\n", "mark: is required"},
        {HEAD "control: {from: file, mark: x}\n", "mark: is of a trailer only"},
        {HEAD "control: {from: file, sum: name}\n", "sum: must be the header of a column of money"},
        {HEAD "control: {from: nowhere}\n", "from: none of trailer file"},
        {HEAD "format: json_lines\ncontrol: {from: trailer, mark: x}\n",
         "this format has no trailer"},
        {HEAD "control: {from: file, rows: 3}\n", "rows: unknown name"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(catalog_close) struct catalog *c = NULL;
        DEFER(buf_fini) struct buf           why = {0};
        fixture_write(f, "mappings/contract.yaml", all[i].mapping);
        assert_err(catalog_open(fixture_path(f, "kinds"), fixture_path(f, "mappings"), &c, &why),
                   GZ_MALFORMED);
        assert_ok(buf_add_byte(&why, 0));
        if (strstr((const char *)why.p, all[i].told) == NULL)
            fail_msg("%s: %s", all[i].told, why.p);
    }
    fixture_write(f, "mappings/contract.yaml", HEAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_trailer_that_agrees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_trailer_that_does_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_control_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mapping_whose_control_cannot_be, set_up, tear_down),
    };
    RUN_TESTS(tests);
}

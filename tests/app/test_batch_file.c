/* Batch files: what is taken, and every defect. The first argument is the folder of the vectors. */
#include "batch_fixture.h"

#include <unistd.h>

static struct catalog *catalog;
static const char     *vectors;
static char            folder[] = "/tmp/guzheng-batch-XXXXXX";

#define REPAYMENT "事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余额\n"
/* The layout program counts the bytes of these. */
/* clang-format off */
#define CONTRACT \
    "事件编号|合同编号|客户类型|借款人名称|证件类型|证件号码|统一社会信用代码|手机号|合同金额|" \
    "年利率|起始日|到期日|还款方式|签署时间|合同文件\n"
#define GOOD_REST "|L1|J1|2026-11-25 10:00:00|100.00|1.00|0.00|900.00"
#define GOOD_CONTRACT \
    "C1|L1|小微企业|古丽·买买提|居民身份证|11010519491231002X|91350100M000100Y43|15400000001|" \
    "120000.00|4.35|2026-11-25|2027-11-25|等额本息|2026-11-25 10:00:00|a.pdf"
/* clang-format on */

static const struct mapping *mapping(const char *file)
{
    const struct mapping *m = catalog_mapping(catalog, file);
    assert_non_null(m);
    return m;
}

static void put(const char *name, const char *content)
{
    char path[4096];
    assert_ok(path_join(folder, name, path, sizeof path));
    assert_ok(file_replace(path, bytes_str(content), 0600));
}

/* --- what is taken ---------------------------------------------------------------------------- */

static void a_contract_gives_its_values(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf                 content = {0}, out = {0};
    DEFER(batch_file_close) struct batch_file *f = NULL;
    struct intake_defect                       d;
    struct intake_item                         r;
    add_gb18030(CONTRACT GOOD_CONTRACT, &content);
    assert_ok(
        batch_file_open(mapping("contract_1"), buf_bytes(&content), folder, batch_now, &f, &d));
    assert_ok(batch_file_next(f, &r));
    assert_int_equal(r.defects_n, 0);
    assert_true(bytes_eq(r.event_number, BYTES_LIT("C1")));
    assert_true(bytes_eq(r.matter, BYTES_LIT("L1")));
    for (size_t i = 0; i < r.values_n; i++) {
        const struct intake_value *v = &r.values[i];
        assert_ok(buf_addf(&out, "%.*s %.*s%.*s\n", (int)v->field->name.n,
                           (const char *)v->field->name.p, (int)v->json.n, (const char *)v->json.p,
                           (int)v->file_name.n, (const char *)v->file_name.p));
    }
    assert_ok(buf_add_byte(&out, 0));
    assert_string_equal((const char *)out.p, "contract_no \"L1\"\n"
                                             "borrower.kind \"小微企业\"\n"
                                             "borrower.name \"古丽·买买提\"\n"
                                             "borrower.id_type \"居民身份证\"\n"
                                             "borrower.id_number \"11010519491231002X\"\n"
                                             "borrower.credit_code \"91350100M000100Y43\"\n"
                                             "borrower.phone \"15400000001\"\n"
                                             "amount \"120000.00\"\n"
                                             "rate \"4.35\"\n"
                                             "term.start \"2026-11-25\"\n"
                                             "term.end \"2027-11-25\"\n"
                                             "repayment_method \"等额本息\"\n"
                                             "occurred_at \"2026-11-25T10:00:00+08:00\"\n"
                                             "file/1 a.pdf\n"
                                             "source_system \"信贷核心系统\"\n"
                                             "gen_mechanism \"自动\"\n");
    const struct intake_value *file = &r.values[r.values_n - 3];
    assert_true(!file->constant && r.values[r.values_n - 1].constant);
    assert_string_equal(file->media_type, "application/pdf");
    assert_true(bytes_eq(file->original, BYTES_LIT("%PDF-1.7 a")));
    assert_err(batch_file_next(f, &r), GZ_MISSING);
}

static void ends_of_lines_and_order_of_columns(void **state)
{
    (void)state;
    const struct mapping *m = mapping("repayment_1");
    expect_batch(m, REPAYMENT, folder, "");
    expect_batch(m, REPAYMENT "R1" GOOD_REST, folder, "2 R1 ok\n");
    expect_batch(m, REPAYMENT "R1" GOOD_REST "\n", folder, "2 R1 ok\n");
    expect_batch(m, REPAYMENT "R1" GOOD_REST "\r\nR2" GOOD_REST "\r", folder, "2 R1 ok\n3 R2 ok\n");
    expect_batch(m,
                 "事件编号|余额|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额\r\n"
                 "R1|900.00|L1|J1|2026-11-25 10:00:00|100.00|1.00|0.00\r\n"
                 "R2|900|L1|J1|2026-11-25 10:00:00|100.00|1.00|0.00\r\n",
                 folder, "2 R1 ok\n3 R2 money:balance\n");
}

static void optional_fields_may_be_empty(void **state)
{
    (void)state;
    expect_batch(mapping("contract_1"),
                 CONTRACT "C1|L1|企业|甲|居民身份证|11010519491231002X||15400000001|1.00|4.35|"
                          "2026-11-25|2026-11-25|随借随还|2026-11-25 10:00:00|files/a.pdf\n",
                 folder, "2 C1 ok\n");
}

/* 𠮷 (four bytes in GB 18030), 䶮, and a character whose second byte is the column mark's. */
static void rare_characters_survive(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf                 content = {0};
    DEFER(batch_file_close) struct batch_file *f = NULL;
    struct intake_defect                       d;
    struct intake_item                         r;
    add_gb18030(REPAYMENT "R1|永𠮷䶮·", &content);
    assert_memory_equal(content.p + content.n - 8, "\x95\x34\xb2\x35", 4);
    assert_ok(buf_add(&content, BYTES_LIT("\x81\x7c")));
    add_gb18030("|J1|2026-11-25 10:00:00|100.00|1.00|0.00|900.00\n", &content);
    assert_ok(
        batch_file_open(mapping("repayment_1"), buf_bytes(&content), folder, batch_now, &f, &d));
    assert_ok(batch_file_next(f, &r));
    assert_int_equal(r.defects_n, 0);
    assert_true(bytes_eq(r.matter, BYTES_LIT("永𠮷䶮·亅")));
}

static void a_file_in_utf_8(void **state)
{
    (void)state;
    struct mapping             m = *mapping("repayment_1");
    DEFER(buf_fini) struct buf a = {0}, b = {0}, c = {0};
    m.charset = CHARSET_UTF8;
    read_batch(&m, BYTES_LIT(REPAYMENT "R1" GOOD_REST "\n"), folder, &a);
    assert_string_equal((const char *)a.p, "2 R1 ok\n");
    read_batch(&m, BYTES_LIT("\xef\xbb\xbf" REPAYMENT "R1" GOOD_REST "\n"), folder, &b);
    assert_string_equal((const char *)b.p, "2 R1 ok\n");
    read_batch(&m, BYTES_LIT(REPAYMENT "R1" GOOD_REST "\nR2|\xed\xa0\x80|\n"), folder, &c);
    assert_string_equal((const char *)c.p, "2 R1 ok\n3  charset:\n");
}

/* --- what is refused -------------------------------------------------------------------------- */

static void headers_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } all[] = {
        {"", "GZ_MALFORMED empty:"},
        {"\n", "GZ_MALFORMED header:事件编号"},
        {"R1" GOOD_REST "\n", "GZ_MALFORMED header:事件编号"},
        {"事件编号\n", "GZ_MALFORMED header:合同编号"},
        {"合同编号|事件编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余额\n",
         "GZ_MALFORMED header:事件编号"},
        {"事件编号|合同编号|借据编号|还款时间|还本金额|罚息金额|余额\n",
         "GZ_MALFORMED header:还息金额"},
        {"事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余额|备注\n",
         "GZ_MALFORMED header:"},
        {"事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余额|\n",
         "GZ_MALFORMED header:"},
        {"事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余额|余额\n",
         "GZ_MALFORMED header:"},
        {"事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余 额\n",
         "GZ_MALFORMED header:余额"},
        {"事件编号,合同编号,借据编号,还款时间,还本金额,还息金额,罚息金额,余额\n",
         "GZ_MALFORMED header:事件编号"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        expect_batch(mapping("repayment_1"), all[i].text, folder, all[i].want);
}

static void what_is_no_text_is_said_so(void **state)
{
    (void)state;
    static const char *const all[] = {"PK\x03\x04\x14", "\xd0\xcf\x11\xe0\xa1", "\x1f\x8b\x08",
                                      "Rar!\x1a",       "7z\xbc\xaf\x27",       "%PDF-1.7"};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(buf_fini) struct buf out = {0};
        read_batch(mapping("repayment_1"), bytes_str(all[i]), folder, &out);
        assert_string_equal((const char *)out.p, "GZ_MALFORMED format:");
    }
    DEFER(buf_fini) struct buf mark = {0};
    read_batch(mapping("repayment_1"), BYTES_LIT("\xef\xbb\xbf"), folder, &mark);
    assert_string_equal((const char *)mark.p, "GZ_MALFORMED empty:");
    /* A column may be called so. */
    expect_batch(mapping("repayment_1"), "PK|事件编号\n", folder, "GZ_MALFORMED header:事件编号");
}

static void the_wrong_charset_is_named(void **state)
{
    (void)state;
    struct mapping             m = *mapping("repayment_1");
    DEFER(buf_fini) struct buf a = {0}, b = {0}, c = {0}, gb = {0};
    read_batch(&m, BYTES_LIT(REPAYMENT "R1" GOOD_REST "\n"), folder, &a);
    assert_string_equal((const char *)a.p, "GZ_MALFORMED charset:");
    m.charset = CHARSET_UTF8;
    add_gb18030(REPAYMENT "R1" GOOD_REST "\n", &gb);
    read_batch(&m, buf_bytes(&gb), folder, &b);
    assert_string_equal((const char *)b.p, "GZ_MALFORMED charset:");
    /* UTF-16 as Windows calls "Unicode". */
    read_batch(&m, BYTES_LIT("\xff\xfe\x8b\x4e\xf6\x4e|\0\n\0"), folder, &c);
    assert_string_equal((const char *)c.p, "GZ_MALFORMED charset:");
}

static void rows_without_form(void **state)
{
    (void)state;
    const struct mapping *m = mapping("repayment_1");
    expect_batch(m,
                 REPAYMENT "R1" GOOD_REST "|more\n"
                           "R2|L1|J1\n"
                           "\n"
                           "R4" GOOD_REST "\n"
                           "R5\n"
                           "编号 5|x\n",
                 folder,
                 "2 R1 columns:\n3 R2 columns:\n4  columns:\n5 R4 ok\n6 R5 columns:\n"
                 "7  columns:\n");
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf content = {0}, out = {0};
    add_gb18030(REPAYMENT, &content);
    assert_ok(buf_add(&content, BYTES_LIT("R1|L\xff|J1|2026-11-25 10:00:00|1.00|1.00|0.00|9.00\n"
                                          "R2|L\x81|J1|2026-11-25 10:00:00|1.00|1.00|0.00|9.00\n"
                                          "R3|L\0|J1|2026-11-25 10:00:00|1.00\0|1.00|0.00|9.00\n"
                                          "R\0|L|J1|2026-11-25 10:00:00|1.00|1.00|0.00|9.00\n"
                                          "\0\0\0\n"
                                          "R6|L|J1|2026-11-25 10:00:00|1.00|1.00|0.00|9.0\x81")));
    read_batch(mapping("repayment_1"), buf_bytes(&content), folder, &out);
    /* 0x81 and '|' are one character, so that the row has a column less. */
    assert_string_equal((const char *)out.p, "2  charset:\n"
                                             "3 R2 columns:\n"
                                             "4 R3 text:contract_no text:principal\n"
                                             "5  event_number:\n"
                                             "6  columns:\n"
                                             "7  charset:\n");
}

static void the_length_of_a_row(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf content = {0}, out = {0}, head = {0};
    add_gb18030(REPAYMENT, &content);
    const size_t fixed = strlen("R1|"
                                "|J1|2026-11-25 10:00:00|1.00|1.00|0.00|9.00");
    for (size_t n = BATCH_ROW_MAX - fixed; n <= BATCH_ROW_MAX - fixed + 1; n++) {
        assert_ok(buf_add_str(&content, "R1|"));
        for (size_t i = 0; i < n; i++) assert_ok(buf_add_byte(&content, '"'));
        assert_ok(buf_add_str(&content, "|J1|2026-11-25 10:00:00|1.00|1.00|0.00|9.00\n"));
    }
    assert_ok(buf_add_str(&content, "R3" GOOD_REST));
    read_batch(mapping("repayment_1"), buf_bytes(&content), folder, &out);
    assert_string_equal((const char *)out.p, "2 R1 length:contract_no\n3  size:\n4 R3 ok\n");

    for (size_t i = 0; i <= BATCH_ROW_MAX; i++) assert_ok(buf_add_byte(&head, '|'));
    out.n = 0;
    read_batch(mapping("repayment_1"), buf_bytes(&head), folder, &out);
    assert_string_equal((const char *)out.p, "GZ_MALFORMED header:");
}

static void the_size_of_a_file(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf out = {0};
    const struct bytes         large = {(const uint8_t *)"", (size_t)BATCH_FILE_MAX + 1};
    read_batch(mapping("repayment_1"), large, folder, &out);
    assert_string_equal((const char *)out.p, "GZ_LIMIT size:");
}

static void event_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *number, *want;
    } all[] = {
        {"R-1/2026_#~!", "2 R-1/2026_#~! ok\n"},
        {"a b", "2 a b ok\n"},
        {"1234567890123456789012345678901234567890123456789012345678901234",
         "2 1234567890123456789012345678901234567890123456789012345678901234 ok\n"},
        {"12345678901234567890123456789012345678901234567890123456789012345", "2  event_number:\n"},
        {"", "2  event_number:\n"},
        {" R1", "2  event_number:\n"},
        {"R1 ", "2  event_number:\n"},
        {"R\t1", "2  event_number:\n"},
        {"R１", "2  event_number:\n"},
        {"编号", "2  event_number:\n"},
        {"2.02611E+15", "2  scientific:\n"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        DEFER(buf_fini) struct buf text = {0};
        assert_ok(buf_addf(&text, REPAYMENT "%s" GOOD_REST "\n", all[i].number));
        assert_ok(buf_add_byte(&text, 0));
        expect_batch(mapping("repayment_1"), (const char *)text.p, folder, all[i].want);
    }
}

static void all_defects_of_a_row_at_once(void **state)
{
    (void)state;
    expect_batch(mapping("contract_1"),
                 CONTRACT
                 "事件|| 企业|\t|护照|110105194912310021|91350100M000100Y44|123|0.00|4.35%|"
                 "2023-02-29|0000-00-00|一\u202e二|2030-01-01 00:00:00|../a.pdf\n" GOOD_CONTRACT
                 "\n"
                 "C3|1.5E+10|个人|甲|居民身份证|1.1E+17|９|１54|1,000.00|100.5|2026-11-25|"
                 "2026-11-24|x|2026/11/25 10:00|none.pdf\n",
                 folder,
                 "2  event_number: required:contract_no blanks:borrower.kind blanks:borrower.name "
                 "enum:borrower.id_type check_digit:borrower.id_number "
                 "check_digit:borrower.credit_code phone:borrower.phone positive:amount rate:rate "
                 "date:term.start date:term.end text:repayment_method future:occurred_at "
                 "file_name:file/1\n"
                 "3 C1 ok\n"
                 "4 C3 scientific:contract_no enum:borrower.kind scientific:borrower.id_number "
                 "full_width:borrower.credit_code full_width:borrower.phone money:amount rate:rate "
                 "time:occurred_at file_missing:file/1 order:term.end\n");
}

/* --- many rows -------------------------------------------------------------------------------- */

static void a_tenth_of_a_thousand_rows(void **state)
{
    (void)state;
    static const struct {
        const char *rest, *want;
    } spoils[] = {
        {"|L1|J1|2026-11-25 10:00:00|-1.00|1.00|0.00|9.00", " money:principal"},
        {"||J1|2026-11-25 10:00:00|1.00|1.00|0.00|", " required:contract_no required:balance"},
        {"|L1|J1|2026-02-29 10:00:00|1.00|1,0.00|0.00|9.00", " time:occurred_at money:interest"},
        {"|L1|J1|2026-11-25 10:00:00|1.00|1.00|0.00", " columns:"},
        {"| L1|J1 |2026-11-25|1|１.00|1E+5|x",
         " blanks:contract_no blanks:note_no time:occurred_at money:principal "
         "full_width:interest scientific:penalty money:balance"},
    };
    DEFER(buf_fini) struct buf text = {0}, want = {0};
    unsigned                   bad = 0;
    assert_ok(buf_add_str(&text, REPAYMENT));
    for (unsigned i = 0; i < 1000; i++) {
        const bool   spoilt = i % 10 == i / 10 % 10;
        const size_t which = bad % COUNT_OF(spoils);
        bad += spoilt;
        assert_ok(buf_addf(&text, "R%u%s\n", i, spoilt ? spoils[which].rest : GOOD_REST));
        assert_ok(buf_addf(&want, "%u R%u%s\n", i + 2, i, spoilt ? spoils[which].want : " ok"));
    }
    assert_int_equal(bad, 100);
    assert_ok(buf_add_byte(&text, 0));
    assert_ok(buf_add_byte(&want, 0));
    expect_batch(mapping("repayment_1"), (const char *)text.p, folder, (const char *)want.p);
}

/* Whatever is cut off or turned, rows are read or refused, and what is accepted is whole. */
static void a_damaged_file_never_crashes(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf content = {0};
    add_gb18030(CONTRACT GOOD_CONTRACT "\r\n" GOOD_CONTRACT, &content);
    for (size_t n = 0; n < content.n; n++) {
        DEFER(buf_fini) struct buf out = {0}, copy = {0};
        assert_ok(buf_add(&copy, bytes_slice(buf_bytes(&content), 0, n)));
        read_batch(mapping("contract_1"), buf_bytes(&copy), folder, &out);
    }
    for (size_t bit = 0; bit < 8 * content.n; bit++) {
        DEFER(buf_fini) struct buf out = {0};
        content.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        read_batch(mapping("contract_1"), buf_bytes(&content), folder, &out);
        content.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* --- the demonstration's batch ---------------------------------------------------------------- */

/* What make-batch.py says that it spoilt, and what must be found. */
static const struct {
    const char *says, *want;
} spoils[] = {
    {"身份证号码校验位错误", " check_digit:borrower.id_number"},
    {"统一社会信用代码校验位错误", " check_digit:borrower.credit_code"},
    {"合同金额为负", " money:amount"},
    {"起始日不存在", " date:term.start"},
    {"合同文件缺失", " file_missing:file/1"},
    {"到期日早于起始日", " order:term.end"},
    {"放款金额有三位小数", " money:amount"},
    {"借据编号为空", " required:note_no"},
    {"放款时间格式错误", " time:occurred_at"},
    {"还本金额不是数字", " money:principal"},
    {"列数过多", " columns:"},
};

static void run_make_batch(char said[8192])
{
    char command[8192];
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 %s/../../tools/demo/make-batch.py --now 1795594800 "
                   "--loans 8 --spoil 11 %s/demo 2>%s/said",
                   vectors, folder, folder);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    const size_t n = fread(said, 1, 8191, p);
    said[n] = 0;
    assert_int_equal(pclose(p), 0);
}

static void read_demo(const char *kind, struct buf *transcripts)
{
    DEFER(buf_fini) struct buf content = {0}, out = {0};
    char                       path[4096], name[64], demo[4096];
    (void)snprintf(name, sizeof name, "%s_20261125_1.txt", kind);
    (void)snprintf(demo, sizeof demo, "%s/demo", folder);
    assert_ok(path_join(demo, name, path, sizeof path));
    assert_ok(file_read(path, BATCH_FILE_MAX, &content));
    read_batch(mapping(name), buf_bytes(&content), demo, &out);
    assert_ok(buf_add_str(transcripts, (const char *)out.p));
}

static void the_demonstrations_spoilt_rows_are_refused(void **state)
{
    (void)state;
    char                       said[8192], *rest = said;
    DEFER(buf_fini) struct buf transcripts = {0};
    unsigned                   spoilt = 0, refused = 0;
    run_make_batch(said);
    struct catalog *const ours = catalog;
    catalog = catalog_beside(vectors, "../../data/mappings");
    read_demo("contract", &transcripts);
    read_demo("drawdown", &transcripts);
    read_demo("repayment", &transcripts);
    catalog_close(&catalog);
    catalog = ours;
    assert_ok(buf_add_byte(&transcripts, 0));
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != 0; spoilt++) {
        char number[64], says[128];
        assert_int_equal(sscanf(line, "%*s %63s %127s", number, says), 2);
        const char *row = strstr((const char *)transcripts.p, number);
        assert_non_null(row);
        const char *end = strchr(row, '\n');
        size_t      i = 0;
        while (i < COUNT_OF(spoils) && strcmp(spoils[i].says, says) != 0) i++;
        assert_true(i < COUNT_OF(spoils));
        const char *found = strstr(row, spoils[i].want);
        if (found == NULL || found > end) fail_msg("%s: %.*s", line, (int)(end - row), row);
    }
    assert_int_equal(spoilt, 11);
    struct bytes all = buf_bytes(&transcripts), line;
    while (bytes_take_line(&all, &line))
        refused += line.n < 3 || memcmp(line.p + line.n - 3, " ok", 3) != 0;
    assert_int_equal(refused, spoilt);
}

static int make_folder(void **state)
{
    char files[4096];
    (void)state;
    if (mkdtemp(folder) == NULL || path_join(folder, "files", files, sizeof files) != GZ_OK ||
        folder_make(files, 0700) != GZ_OK)
        return 1;
    put("files/a.pdf", "%PDF-1.7 a");
    return 0;
}

static int remove_folder(void **state)
{
    char command[4096];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contract_gives_its_values),
        cmocka_unit_test(ends_of_lines_and_order_of_columns),
        cmocka_unit_test(optional_fields_may_be_empty),
        cmocka_unit_test(rare_characters_survive),
        cmocka_unit_test(a_file_in_utf_8),
        cmocka_unit_test(headers_that_do_not_fit),
        cmocka_unit_test(what_is_no_text_is_said_so),
        cmocka_unit_test(the_wrong_charset_is_named),
        cmocka_unit_test(rows_without_form),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(the_length_of_a_row),
        cmocka_unit_test(the_size_of_a_file),
        cmocka_unit_test(event_numbers),
        cmocka_unit_test(all_defects_of_a_row_at_once),
        cmocka_unit_test(a_tenth_of_a_thousand_rows),
        cmocka_unit_test(a_damaged_file_never_crashes),
        cmocka_unit_test(the_demonstrations_spoilt_rows_are_refused),
    };
    assert(argc == 2);
    vectors = argv[1];
    catalog = catalog_beside(vectors, "../app/mappings");
    const int failed = cmocka_run_group_tests(tests, make_folder, remove_folder);
    catalog_close(&catalog);
    return failed != 0;
}

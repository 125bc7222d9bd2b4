/* What intake finds out about an item by itself becomes disclosures of its record. */
#include "app/derived_values.h"
#include "app/make_record.h"
#include "bank_fixture.h"
#include "store/search.h"

static const char kind_text[] =
    "kind: loan.contract\nlabel: 借款合同\nlegal_ground: 合同\nlate_after: 3600\n"
    "basis: contract\nconsent: none\nretention_days: 3650\nfields:\n"
    "  - {name: contract_no, label: 合同编号, type: text, max: 40, class: C2, mask: last6, "
    "required: true}\n"
    "  - {name: file/1, label: 合同, type: file, class: C2, mask: hidden, required: false}\n"
    "  - {name: file/2, label: 附件, type: file, class: C2, mask: hidden, required: false}\n"
    "  - {name: signature.result, label: 结果, type: enum, choices: [未签名, 有效, "
    "有效但证书未被信任, 无效, 不支持], class: C1, mask: none, required: false, derived: true}\n"
    "  - {name: signature.detail, label: 说明, type: text, max: 8, class: C1, mask: none, "
    "required: false, derived: true}\n";
static const char mapping_text[] =
    "kind: loan.contract\nfile: contract\nsource: test\ncharset: utf-8\nevent_number: event\n"
    "matter: contract_no\ncolumns:\n  contract: contract_no\n  file: file/1\n";
/* It says that it is signed, and is not. */
static const char unfinished[] =
    "%PDF-1.7\n1 0 obj\n<< /Type /Sig /ByteRange [0 /* /* /*] >>\nendobj\n";

static const struct kind_field *field(const struct kind *k, const char *name)
{
    for (size_t i = 0; i < k->fields_n; i++)
        if (bytes_eq(k->fields[i].name, bytes_str(name))) return &k->fields[i];
    fail_msg("no field %s", name);
    return NULL;
}

static struct intake_value original(const struct kind *k, const char *name, const char *media_type,
                                    const char *content)
{
    return (struct intake_value){.field = field(k, name),
                                 .file_name = BYTES_LIT("a"),
                                 .media_type = media_type,
                                 .original = bytes_str(content)};
}

static int setup(void **state)
{
    struct bank_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_init(f);
    fixture_write(f, "kinds/loan.contract.yaml", kind_text);
    fixture_write(f, "mappings/contract.yaml", mapping_text);
    fixture_close(f);
    fixture_open(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_fini(*state);
    free(*state);
    return 0;
}

static void expect(struct bank_fixture *f, struct intake_value *values, size_t n, const char *json)
{
    DEFER(derived_values_fini) struct derived_values d = {0};
    DEFER(buf_fini) struct buf                       all = {0};
    const struct kind       *k = catalog_kind(f->catalog, BYTES_LIT("loan.contract"));
    const struct intake_item item = {.kind = k, .values_n = n, .values = values};
    assert_ok(derive_signature(&f->bank, &item, (struct time){1795600000, 0}, &d));
    for (size_t i = 0; i < d.n; i++) assert_ok(buf_add(&all, buf_bytes(&d.list[i].json)));
    assert_ok(buf_add_byte(&all, 0));
    assert_string_equal((const char *)all.p, json);
}

static void test_the_worst_original_counts(void **state)
{
    struct bank_fixture *f = *state;
    const struct kind   *k = catalog_kind(f->catalog, BYTES_LIT("loan.contract"));
    struct intake_value  plain = original(k, "file/1", "application/pdf", "%PDF-1.7\n");
    struct intake_value  image = original(k, "file/2", "image/png", unfinished);
    struct intake_value  broken = original(k, "file/2", "application/pdf", unfinished);
    struct intake_value  ofd = original(k, "file/1", "application/ofd", "PK");
    expect(f, NULL, 0, "");
    expect(f, &plain, 1, "\"未签名\"");
    expect(f, (struct intake_value[]){plain, image}, 2, "\"未签名\"");
    expect(f, (struct intake_value[]){plain, broken}, 2, "\"无效\"\"签名范围 (By\"");
    expect(f, &ofd, 1, "\"不支持\"\"OFD 文件中的\"");
}

static enum gz_err take_id(void *id, const struct record *r)
{
    *(int64_t *)id = r->id;
    return GZ_OK;
}

static void test_a_record_has_them_and_is_recognised_again(void **state)
{
    struct bank_fixture             *f = *state;
    struct fixture_result            r;
    DEFER(record_fini) struct record record = {0};
    int64_t                          id = 0;
    fixture_write(f, "batch/files/a.pdf", unfinished);
    fixture_write(f, "batch/contract_1.txt", "event|contract|file\nE1|L1|a.pdf\n");
    assert_ok(fixture_submit(f, "batch/contract_1.txt", &r));
    assert_int_equal(r.counts.accepted, 1);
    assert_ok(fixture_submit(f, "batch/contract_1.txt", &r));
    assert_int_equal(r.counts.repeated, 1);
    assert_ok(search_by_time(f->db, 0, INT64_MAX, BYTES_LIT(""), 0, take_id, &id));
    assert_ok(record_get_id(f->db, id, &record));
    DEFER(buf_fini) struct buf memory = {0};
    struct entry               e;
    const char                *why;
    assert_ok(buf_reserve(&memory, 4 * ENTRY_SIZE_MAX));
    struct arena arena = {.p = memory.p, .cap = 4 * ENTRY_SIZE_MAX};
    assert_ok(entry_decode(buf_bytes(&record.entry), &arena, &e, &why));
    assert_int_equal(e.digests_n, 4); /* contract_no, file/1, result, detail */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_worst_original_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_has_them_and_is_recognised_again, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

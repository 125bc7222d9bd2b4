/* A bank with the installed kinds and mappings, which takes items as JSON. */
#pragma once
#include <stdarg.h>

#include "app/json_item.h"
#include "app/make_record.h"
#include "bank_fixture.h"

static char installed_data[4096]; /* the folder data/ */

struct installed_bank {
    struct bank_fixture      f;
    struct json_item_reader *reader;
    struct intake_answer     answer;
    char                     codes[512]; /* of the defects: "code:field " */
};

static inline int installed_set_up(void **state)
{
    struct installed_bank     *b = calloc(1, sizeof *b);
    DEFER(buf_fini) struct buf why = {0};
    char                       kinds[4096], mappings[4096];
    fixture_init(&b->f);
    catalog_close(&b->f.catalog);
    assert_ok(path_join(installed_data, "kinds", kinds, sizeof kinds));
    assert_ok(path_join(installed_data, "mappings", mappings, sizeof mappings));
    assert_ok(catalog_open(kinds, mappings, &b->f.catalog, &why));
    b->f.bank.catalog = b->f.catalog;
    assert_ok(json_item_open(b->f.catalog, &b->reader));
    *state = b;
    return 0;
}

static inline int installed_tear_down(void **state)
{
    struct installed_bank *b = *state;
    json_item_close(&b->reader);
    fixture_fini(&b->f);
    free(b);
    return 0;
}
#define INSTALLED_TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, installed_set_up, installed_tear_down)

/* Reads and records it in a transaction of its own: "accepted", "repeated", "conflict", the code of
 * a refusal, or "defects" (then b->codes). fields: the members of "fields", with ' for ". */
static inline const char *take(struct installed_bank *b, const char *event, const char *kind,
                               const char *matter, const char *fields, const char *files)
{
    DEFER(buf_fini) struct buf text = {0};
    struct intake_item         item;
    const struct time          now = clock_now();
    assert_ok(buf_addf(&text,
                       "{'event_number':'%s','source':'core','kind':'%s','matter':'%s',"
                       "'fields':{'contract_no':'%s',%s},'files':[%s]}",
                       event, kind, matter, matter, fields, files));
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\'') text.p[i] = '"';
    assert_ok(json_item_read(b->reader, buf_bytes(&text), 0, now, NULL, &item));
    b->codes[0] = 0;
    for (size_t i = 0; i < item.defects_n; i++) {
        const size_t n = strlen(b->codes);
        (void)snprintf(b->codes + n, sizeof b->codes - n, "%s:%.*s ", item.defects[i].code,
                       (int)item.defects[i].field.n, (const char *)item.defects[i].field.p);
    }
    if (item.defects_n > 0) return "defects";
    assert_ok(db_begin(b->f.db));
    assert_ok(record_make(&b->f.bank, b->f.db, &item, 0, now, &b->answer));
    assert_ok(db_commit(b->f.db));
    static const char *const results[] = {[INTAKE_ACCEPTED] = "accepted",
                                          [INTAKE_REPEATED] = "repeated",
                                          [INTAKE_CONFLICT] = "conflict"};
    return b->answer.result == INTAKE_REFUSED ? b->answer.code : results[b->answer.result];
}

/* %PDF-1.7 a */
#define PDF_FILE                                                                                   \
    "{'field':'file/1','name':'a.pdf','media_type':'application/pdf','content_base64':"            \
    "'JVBERi0xLjcgYQ=='}"

/* What the tests of batch files share: the installed catalog, texts in GB 18030, and a file read to
 * a transcript, a line a row: "2 C1 ok" or "3 C2 money:amount required:note_no". */
#pragma once
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/batch_file.h"
#include "check.h"
#include "core/json.h"
#include "host/file.h"

static const struct time batch_now = {1795594800, 0}; /* 2026-11-25 16:20 +08:00 */

/* The installed kinds with mappings from there; vectors: the folder of the vectors. */
static inline struct catalog *catalog_beside(const char *vectors, const char *beside)
{
    char                       kinds[4096], mappings[4096];
    DEFER(buf_fini) struct buf why = {0};
    struct catalog            *c = NULL;
    (void)snprintf(kinds, sizeof kinds, "%s/../../data/kinds", vectors);
    (void)snprintf(mappings, sizeof mappings, "%s/%s", vectors, beside);
    assert(catalog_open(kinds, mappings, &c, &why) == GZ_OK);
    return c;
}

static inline void add_gb18030(const char *utf8, struct buf *out)
{
    char   *from = (char *)(uintptr_t)utf8;
    size_t  left = strlen(utf8), room = 2 * left + 4;
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    assert_true(cd != (iconv_t)-1);
    assert_ok(buf_reserve(out, room));
    char *to = (char *)out->p + out->n;
    assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
    out->n = (size_t)((uint8_t *)to - out->p);
    iconv_close(cd);
}

/* What a row must keep, whatever stood in it. */
static inline void check_row(const struct mapping *m, const struct intake_item *r)
{
    static uint8_t space[512 * 1024];
    for (size_t i = 0; i < r->defects_n; i++) {
        const struct intake_defect *d = &r->defects[i];
        assert_int_equal(d->line, r->line);
        assert_true(strlen(d->code) > 0 && strlen(d->hint) > 0);
    }
    if (r->defects_n > 0) return;
    assert_true(r->event_number.n > 0 && r->event_number.n <= INTAKE_EVENT_NUMBER_MAX);
    assert_true(r->matter.n > 0);
    size_t required = 0, found = 0;
    for (size_t i = 0; i < m->kind->fields_n; i++) required += m->kind->fields[i].required;
    for (size_t i = 0; i < r->values_n; i++) {
        const struct intake_value *v = &r->values[i];
        struct arena               arena = {space, 0, sizeof space};
        struct json                j;
        struct bytes               text;
        found += v->field->required;
        if (v->field->type == FIELD_FILE) {
            assert_true(v->original.n > 0 && v->file_name.n > 0 && v->media_type != NULL);
            continue;
        }
        assert_ok(json_init(&j, v->json));
        assert_ok(json_text(&j, &arena, &text));
        assert_ok(json_end(&j));
        assert_true(text.n > 0 && text.n <= CATALOG_TEXT_MAX);
    }
    assert_int_equal(found, required);
}

static inline void add_row(const struct intake_item *r, struct buf *out)
{
    assert_ok(
        buf_addf(out, "%u %.*s", r->line, (int)r->event_number.n, (const char *)r->event_number.p));
    if (r->defects_n == 0) assert_ok(buf_add_str(out, " ok"));
    for (size_t i = 0; i < r->defects_n; i++)
        assert_ok(buf_addf(out, " %s:%.*s", r->defects[i].code, (int)r->defects[i].field.n,
                           (const char *)r->defects[i].field.p));
    assert_ok(buf_add_byte(out, '\n'));
}

/* The transcript, with a NUL; of a file that is refused "GZ_MALFORMED code:column". */
static inline void read_batch(const struct mapping *m, struct bytes content, const char *folder,
                              struct buf *out)
{
    DEFER(batch_file_close) struct batch_file *f = NULL;
    struct intake_defect                       d = {0};
    struct intake_item                         r;
    unsigned                                   line = 1;
    enum gz_err                                e;
    const enum gz_err opened = batch_file_open(m, content, folder, batch_now, &f, &d);
    if (opened != GZ_OK) {
        assert_null(f);
        assert_true(d.line == 1 && strlen(d.hint) > 0);
        assert_ok(buf_addf(out, "%s %s:%.*s", err_name(opened), d.code, (int)d.column.n,
                           (const char *)d.column.p));
        assert_ok(buf_add_byte(out, 0));
        return;
    }
    while ((e = batch_file_next(f, &r)) == GZ_OK) {
        assert_int_equal(r.line, ++line);
        check_row(m, &r);
        add_row(&r, out);
    }
    assert_int_equal(e, GZ_MISSING);
    assert_int_equal(batch_file_next(f, &r), GZ_MISSING);
    assert_ok(buf_add_byte(out, 0));
}

/* text is UTF-8 and read as the mapping's GB 18030. */
static inline void expect_batch(const struct mapping *m, const char *text, const char *folder,
                                const char *want)
{
    DEFER(buf_fini) struct buf content = {0}, transcript = {0};
    add_gb18030(text, &content);
    read_batch(m, buf_bytes(&content), folder, &transcript);
    if (strcmp((const char *)transcript.p, want) != 0)
        fail_msg("%s\ninstead of\n%s", transcript.p, want);
}

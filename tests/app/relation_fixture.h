/* A bank with two recorded contracts, and one kind more whose rows say something of them. */
#pragma once
#include "bank_fixture.h"

/* A batch file of the further kind is `name`_1.txt, its mapping mappings/`name`.yaml. */
static inline int relation_set_up(void **state, const char *name, const char *kind_name,
                                  const char *kind_text, const char *mapping_text)
{
    struct bank_fixture  *f = malloc(sizeof *f);
    struct fixture_result r;
    char                  path[128];
    fixture_init(f);
    fixture_close(f);
    (void)snprintf(path, sizeof path, "kinds/%s.yaml", kind_name);
    fixture_write(f, path, kind_text);
    (void)snprintf(path, sizeof path, "mappings/%s.yaml", name);
    fixture_write(f, path, mapping_text);
    fixture_open(f);
    fixture_write(f, "batch/contract_1.txt",
                  "event|contract|name|amount|file\nE1|L1|甲|1.00|\nE2|L2|乙|2.00|\n");
    assert_ok(fixture_submit(f, "batch/contract_1.txt", &r));
    assert_int_equal(r.counts.accepted, 2);
    *state = f;
    return 0;
}

static inline int relation_tear_down(void **state)
{
    fixture_fini(*state);
    free(*state);
    return 0;
}

static inline void relation_submit(struct bank_fixture *f, const char *name, const char *header,
                                   const char *rows, struct fixture_result *r)
{
    DEFER(buf_fini) struct buf text = {0};
    char                       path[128];
    (void)snprintf(path, sizeof path, "batch/%s_1.txt", name);
    assert_ok(buf_addf(&text, "%s%s", header, rows));
    assert_ok(buf_add_byte(&text, 0));
    fixture_write(f, path, (const char *)text.p);
    assert_ok(fixture_submit(f, path, r));
}

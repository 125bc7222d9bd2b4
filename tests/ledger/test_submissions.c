/* The published submissions: form, key and signature alone decide; seq, window and corrections
 * apart. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "check.h"
#include "ledger/ledger.h"

static const char *folder;

static enum gz_err none_executed(void *ctx, uint16_t org_id, uint64_t seq, struct hash *body_hash,
                                 uint64_t *first_index, uint32_t *count)
{
    (void)ctx, (void)org_id, (void)seq, (void)body_hash, (void)first_index, (void)count;
    return GZ_MISSING;
}

static int status_of(enum ledger_result r)
{
    switch (r) {
    case LEDGER_MALFORMED: return 400;
    case LEDGER_TOO_LARGE: return 413;
    case LEDGER_DENIED: return 403;
    case LEDGER_CONFLICT: return 409;
    default: return 200; /* executed, or only seq, window or corrections stand against it */
    }
}

static void read_policy(const char *suite, char *text, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.policy", folder, suite);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t n = fread(text, 1, size - 1, f);
    text[n] = '\0';
    fclose(f);
}

static struct ledger *new_ledger(json_t *row)
{
    char        policy[8192];
    const char *suite = json_string_value(json_object_get(row, "suite")), *why = NULL;
    const char *vkey = json_string_value(json_object_get(row, "submission_vkey"));
    read_policy(suite, policy, sizeof policy);
    json_t *genesis =
        json_pack("{s:s, s:O, s:s, s:s, s:[{s:s, s:s, s:s, s:n, s:i, s:n}], s:s, s:n}", "type",
                  "guzheng/genesis/v1", "origin", json_object_get(row, "origin"), "suite", suite,
                  "created_at", "2026-01-01T00:00:00Z", "organisations", "name", "ccb.sd", "role",
                  "bank", "submission", vkey, "receipt", "from_index", 0, "until_index", "policy",
                  policy, "continues");
    char             *text = json_dumps(genesis, 0);
    struct ledger    *l = NULL;
    const enum gz_err e = ledger_new(bytes_str(text), &l, &why);
    if (e != GZ_OK) fail_msg("genesis: %s", why);
    free(text);
    json_decref(genesis);
    return l;
}

static void check_row(json_t *row)
{
    const struct ledger_lookup none = {NULL, none_executed};
    const char                *hex = json_string_value(json_object_get(row, "submission"));
    const size_t               n = strlen(hex) / 2;
    uint8_t                   *wire = malloc(n + 1);
    struct ledger             *l = new_ledger(row);
    struct ledger_outcome      out;
    assert_ok(text_from_hex(bytes_str(hex), wire, n));
    assert_ok(ledger_step(l, (struct bytes){wire, n}, none, &out));
    if (status_of(out.result) != json_integer_value(json_object_get(row, "status")))
        fail_msg("%s: result %d", json_string_value(json_object_get(row, "about")), out.result);
    if (out.result != LEDGER_EXECUTED) assert_int_equal(ledger_tree(l)->size, 0);
    ledger_free(&l);
    free(wire);
}

static void every_submission_gives_its_status(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/submissions.json", folder);
    json_t *rows = json_load_file(path, 0, NULL), *row;
    size_t  i;
    assert_int_equal(json_array_size(rows), 38);
    json_array_foreach(rows, i, row) check_row(row);
    json_decref(rows);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_submission_gives_its_status)};
    folder = argc > 1 ? argv[1] : "tests/vectors";
    RUN_TESTS(tests);
}

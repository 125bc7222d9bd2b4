#include "app/record_reconciliation.h"

#include <stdio.h>
#include <string.h>

#include "app/make_record.h"
#include "core/base64.h"
#include "host/host.h"

enum { BEIJING_MINUTES = 8 * 60, FIELDS = 15, TEXT_SIZE = 80 };

/* A field's value as JSON text. */
struct report {
    char   names[FIELDS][32], texts[FIELDS][TEXT_SIZE];
    size_t n;
};

static void add_text(struct report *r, const char *name, const char *text)
{
    snprintf(r->names[r->n], sizeof r->names[0], "%s", name);
    snprintf(r->texts[r->n++], TEXT_SIZE, "\"%s\"", text);
}

static void add_number(struct report *r, const char *name, uint64_t v)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    add_text(r, name, text);
}

static void fill(struct report *to, const struct reconcile_result *r)
{
    const struct time at = {r->at_ms / 1000, (int32_t)(r->at_ms % 1000) * 1000000};
    char              text[TIME_TEXT_SIZE], root[2 * HASH_SIZE] = {0};
    base64_encode(BASE64_STD_PADDED, BYTES_OF(r->root.b), root);
    add_text(to, "extent", r->extent == RECONCILE_FULL ? "全量" : "抽样");
    add_text(to, "occurred_at", time_encode(at, BEIJING_MINUTES, text));
    add_number(to, "records", r->records);
    add_number(to, "originals", r->originals);
    add_number(to, "erased", r->erased);
    add_number(to, "log_size", r->log_size);
    add_text(to, "log_root", root);
    add_number(to, "witnesses", r->witnesses);
    add_number(to, "silent", r->silent);
    add_number(to, "mirror_entries", r->mirror_entries);
    add_number(to, "differences", r->differences);
    add_number(to, "published_records", r->published.records);
    add_number(to, "published_p50_ms", (uint64_t)r->published.p50_ms);
    add_number(to, "published_p99_ms", (uint64_t)r->published.p99_ms);
    add_number(to, "published_max_ms", (uint64_t)r->published.max_ms);
}

/* In the order of the kind's fields; every field of the kind must be one of ours. */
static enum gz_err bind(const struct kind *kind, const struct report *report,
                        struct intake_value *values)
{
    for (size_t i = 0; i < kind->fields_n; i++) {
        size_t k = 0;
        while (k < report->n && !bytes_eq(kind->fields[i].name, bytes_str(report->names[k]))) k++;
        if (k == report->n) return GZ_MALFORMED;
        values[i] =
            (struct intake_value){.field = &kind->fields[i], .json = bytes_str(report->texts[k])};
    }
    return GZ_OK;
}

enum gz_err record_reconciliation(const struct bank *bank, struct db *db,
                                  const struct reconcile_result *r)
{
    DEFER(db_rollback) struct db *open = NULL;
    const struct kind   *kind = catalog_kind(bank->catalog, BYTES_LIT("reconciliation.report"));
    struct report        report = {0};
    struct intake_value  values[CATALOG_FIELDS_MAX];
    struct intake_answer answer;
    char                 number[INTAKE_EVENT_NUMBER_MAX];
    if (kind == NULL) return GZ_MISSING;
    fill(&report, r);
    TRY(bind(kind, &report, values));
    snprintf(number, sizeof number, "reconcile-%lld", (long long)r->at_ms);
    const struct intake_item item = {.source = BYTES_LIT("guzheng"),
                                     .kind = kind,
                                     .event_number = bytes_str(number),
                                     .matter = BYTES_LIT("reconciliation"),
                                     .values_n = kind->fields_n,
                                     .values = values};
    TRY(db_begin(db));
    open = db;
    TRY(record_make(bank, db, &item, 0, clock_now(), &answer));
    open = NULL;
    return db_commit(db);
}

#include "cli/verify_kinds.h"

#include "app/kind_file.h"
#include "cli/demo_data.h"

enum { KINDS_MAX = 64 };

/* Read once, at the first question; they live as long as the process. */
static struct {
    bool             is_read, has_common;
    size_t           n;
    struct kind_file common, files[KINDS_MAX];
} known;

static void read_common(const struct embedded_file *file)
{
    DEFER(buf_fini) struct buf why = {0};
    if (!kind_file_is_common(file->name)) return;
    known.has_common = kind_common_decode(file->content, file->name, &known.common, &why) == GZ_OK;
}

static void read_kind(const struct embedded_file *file)
{
    DEFER(buf_fini) struct buf why = {0};
    struct kind_file          *into = &known.files[known.n];
    const struct kind_file    *common = known.has_common ? &known.common : NULL;
    if (!bytes_starts(bytes_str(file->name), BYTES_LIT("kinds/")) ||
        kind_file_is_common(file->name))
        return;
    const enum gz_err e = kind_file_decode(file->content, file->name, common, into, &why);
    if (e == GZ_OK && into->usable) known.n++;
    else kind_file_fini(into);
}

static void read_kinds(void)
{
    known.is_read = true;
    for (size_t i = 0; i < demo_data_n; i++) read_common(&demo_data[i]);
    for (size_t i = 0; i < demo_data_n && known.n < KINDS_MAX; i++) read_kind(&demo_data[i]);
}

static const struct kind *find(struct bytes kind)
{
    if (!known.is_read) read_kinds();
    for (size_t i = 0; i < known.n; i++)
        if (bytes_eq(known.files[i].kind.name, kind)) return &known.files[i].kind;
    return NULL;
}

struct bytes kind_label(struct bytes kind)
{
    const struct kind *k = find(kind);
    return k == NULL ? (struct bytes){NULL, 0} : k->label;
}

struct bytes field_label(struct bytes kind, struct bytes field)
{
    const struct kind *k = find(kind);
    if (k == NULL) return (struct bytes){NULL, 0};
    const size_t i = kind_find(k, field);
    return i == k->fields_n ? (struct bytes){NULL, 0} : k->fields[i].label;
}

enum lateness report_lateness(const struct verify_report *r, uint64_t *late_after_s)
{
    if (!r->has_entry || r->quorum_time == 0 || r->quorum_time > INT64_MAX / 1000)
        return LATENESS_UNKNOWN;
    const struct kind *k = find(r->entry.kind);
    if (k == NULL) return LATENESS_UNKNOWN;
    const struct time limit =
        time_add_s((struct time){(int64_t)r->quorum_time, 0}, -(int64_t)k->late_after_s);
    const bool is_late = time_cmp(r->entry.recorded_at, limit) < 0 ||
                         (r->has_occurred_at && time_cmp(r->occurred_at, limit) < 0);
    *late_after_s = k->late_after_s;
    return is_late ? LATENESS_LATE : LATENESS_IN_TIME;
}

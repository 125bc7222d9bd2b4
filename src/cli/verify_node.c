#include "cli/verify_node.h"

#include <stdio.h>

#include "api/json_ref.h"
#include "core/base64.h"

enum { URL_SIZE = 1024, ANSWER_MAX = 4096, NOTES_ANSWER_MAX = 1024 * 1024 };

static bool is_text(const json_t *object, const char *name, struct bytes want)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && bytes_eq(bytes_str(text), want);
}

/* {"org","fingerprint","submission_seq","superseded_by"} (network.md section 2 of the format) */
static enum verify_node judge(const json_t *entry, const struct verify_report *r)
{
    char          fingerprint[2 * HASH_SIZE];
    const size_t  n = base64_encoded_size(BASE64_URL_BARE, HASH_SIZE);
    const json_t *by = json_object_get(entry, "superseded_by");
    base64_encode(BASE64_URL_BARE, BYTES_OF(r->fingerprint.b), fingerprint);
    if (by == NULL || !(json_is_null(by) || json_is_integer(by))) return NODE_SILENT;
    if (!is_text(entry, "org", r->entry.org) ||
        !is_text(entry, "fingerprint", (struct bytes){(const uint8_t *)fingerprint, n}))
        return NODE_CONTRADICTS;
    return json_is_null(by) ? NODE_AGREES : NODE_CORRECTED;
}

enum verify_node ask_node(struct http_client *http, const char *base, const struct verify_report *r)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       url[URL_SIZE];
    if ((size_t)snprintf(url, sizeof url, "%s/entry/%llu", base, (unsigned long long)r->index) >=
        sizeof url)
        return NODE_SILENT;
    if (http_get(http, url, NODE_TIMEOUT_MS, ANSWER_MAX, &a) != GZ_OK) return NODE_SILENT;
    if (a.status == 404) return NODE_BEHIND;
    DEFER(json_unref)
    json_t *entry = a.status == 200
                        ? json_loadb((const char *)a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL)
                        : NULL;
    return entry == NULL ? NODE_SILENT : judge(entry, r);
}

static void read_notes(const json_t *list, struct node_notes *out)
{
    size_t  i;
    json_t *note;
    json_array_foreach(list, i, note)
    {
        const json_int_t index = json_integer_value(json_object_get(note, "index"));
        if (i < NODE_NOTES_MAX && index >= 0) out->indexes[i] = (uint64_t)index;
    }
    out->is_known = json_is_array(list);
    out->n = json_array_size(list);
}

void ask_notes(struct http_client *http, const char *base, uint64_t index, struct node_notes *out)
{
    DEFER(http_answer_fini) struct http_answer a = {0};
    char                                       url[URL_SIZE];
    *out = (struct node_notes){0};
    if ((size_t)snprintf(url, sizeof url, "%s/notes/%llu", base, (unsigned long long)index) >=
        sizeof url)
        return;
    if (http_get(http, url, NODE_TIMEOUT_MS, NOTES_ANSWER_MAX, &a) != GZ_OK || a.status != 200)
        return;
    DEFER(json_unref)
    json_t *answer = json_loadb((const char *)a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL);
    read_notes(json_object_get(answer, "notes"), out);
}

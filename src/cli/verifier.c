#include <stdlib.h>
#include <string.h>

#include "cli/verify_folder.h"
#include "cli/verify_node.h"

void verifier_fini(struct verifier *v)
{
    opened_fini(&v->opened);
    buf_fini(&v->memory);
    http_client_free(&v->http);
    free(v->cache);
    free(v->paths);
    free(v->files);
}

/* Every member of a package's files/ is a given file, besides those that were given. */
static enum gz_err add_package_files(struct verifier *v, struct verified *out)
{
    const struct package *p = &v->opened.package;
    const size_t          n = out->originals_n + p->files_n;
    const char          **paths = calloc(n + 1, sizeof *paths);
    struct verify_file   *files = calloc(n + 1, sizeof *files);
    for (size_t i = 0; paths != NULL && files != NULL && i < n; i++) {
        const bool   is_given = i < out->originals_n;
        const size_t k = is_given ? i : i - out->originals_n;
        paths[i] = is_given ? out->original_paths[k] : p->names[k];
        files[i] = is_given ? out->originals[k] : p->files[k];
    }
    free(v->paths);
    free(v->files);
    v->paths = paths;
    v->files = files;
    if (paths == NULL || files == NULL) return GZ_MEMORY;
    out->originals_n = n;
    out->original_paths = paths;
    out->originals = files;
    return GZ_OK;
}

static void fail_form(struct verify_report *r, const char *why)
{
    *r = (struct verify_report){.result = VERIFY_INVALID, .check = 1, .reason = why};
    r->outcomes[0] = OUTCOME_FAILED;
}

static enum gz_err judge(struct verifier *v, struct verified *out)
{
    const struct bytes wire = buf_bytes(&v->opened.gzcert);
    const size_t       room = verify_arena_size(wire.n);
    v->memory.n = 0;
    TRY(buf_reserve(&v->memory, room));
    struct arena              arena = {.p = v->memory.p, .cap = room};
    const struct verify_given given = {v->history, out->originals, out->originals_n, v->cache};
    return verify_with(wire, &given, &arena, &out->report);
}

enum gz_err verifier_run(struct verifier *v, struct verified *out)
{
    const char *why = NULL;
    opened_fini(&v->opened);
    const enum gz_err e = form_open(out->path, &v->opened, &why);
    out->form = v->opened.form;
    if (e == GZ_MALFORMED) {
        fail_form(&out->report, why);
        return GZ_OK;
    }
    TRY(e);
    if (out->form == FORM_PACKAGE) TRY(add_package_files(v, out));
    TRY(judge(v, out));
    if (v->node == NULL || out->report.result == VERIFY_INVALID) return GZ_OK;
    if (v->http == NULL) TRY(http_client_new(&v->http));
    const enum verify_node says = ask_node(v->http, v->node, &out->report);
    verify_judge_node(&out->report, says);
    if (says == NODE_AGREES || says == NODE_CORRECTED)
        ask_notes(v->http, v->node, out->report.index, &out->notes);
    return GZ_OK;
}

#include <string.h>

#include "cli/verify_folder.h"
#include "cli/verify_node.h"

void verifier_fini(struct verifier *v)
{
    buf_fini(&v->wire);
    buf_fini(&v->memory);
    http_client_free(&v->http);
}

enum gz_err verifier_run(struct verifier *v, struct verified *out)
{
    TRY(input_read(out->path, CERTIFICATE_SIZE_MAX, &v->wire));
    const size_t room = verify_arena_size(v->wire.n);
    v->memory.n = 0;
    TRY(buf_reserve(&v->memory, room));
    struct arena arena = {.p = v->memory.p, .cap = room};
    TRY(verify_certificate(buf_bytes(&v->wire), v->history, out->originals, out->originals_n,
                           &arena, &out->report));
    if (v->node == NULL || out->report.result == VERIFY_INVALID) return GZ_OK;
    if (v->http == NULL) TRY(http_client_new(&v->http));
    verify_judge_node(&out->report, ask_node(v->http, v->node, &out->report));
    return GZ_OK;
}

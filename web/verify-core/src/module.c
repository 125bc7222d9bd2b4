#include "module.h"

#include "report.h"

/* Every disclosure stands in the report once, at worst with each byte of its name escaped; what is
 * left is bounded by the witnesses of a policy. */
enum { REPORT_PER_BYTE = 6, REPORT_MORE = 512 * 1024 };

static size_t report_room(size_t certificate_n)
{
    return REPORT_PER_BYTE * certificate_n + REPORT_MORE;
}

size_t web_memory(size_t certificate_n, size_t policy_n)
{
    return policy_arena_size(policy_n) + verify_arena_size(certificate_n) +
           report_room(certificate_n);
}

enum gz_err web_verify(struct web_request *r)
{
    struct arena          arena = {.p = r->memory, .cap = r->memory_n};
    struct policy_history history;
    struct verify_report  report;
    const char           *why = "";
    const enum gz_err     usable =
        policy_history_decode((struct bytes){r->policy, r->policy_n}, &arena, &history, &why);
    r->text = (const uint8_t *)why;
    r->text_n = bytes_str(why).n;
    TRY(usable);
    TRY(verify_certificate((struct bytes){r->certificate, r->certificate_n}, &history, r->files,
                           r->files_n, &arena, &report));
    struct writer w = {.cap = report_room(r->certificate_n)};
    w.p = arena_alloc(&arena, w.cap);
    if (w.p == NULL) return GZ_MEMORY;
    report_write(&w, &report);
    r->text = w.p;
    r->text_n = w.n;
    return w.is_full ? GZ_MEMORY : GZ_OK;
}

size_t web_hashing_size(void)
{
    return sizeof(struct web_hashing);
}

void web_hashing_begin(struct web_hashing *h)
{
    hasher_init(&h->sm3, SUITE_GM);
    hasher_init(&h->sha256, SUITE_INTL);
}

void web_hashing_add(struct web_hashing *h, const uint8_t *part, size_t n)
{
    hasher_add(&h->sm3, (struct bytes){part, n});
    hasher_add(&h->sha256, (struct bytes){part, n});
}

void web_hashing_end(struct web_hashing *h, struct verify_file *out)
{
    out->size = h->sm3.total;
    out->sm3 = hasher_end(&h->sm3);
    out->sha256 = hasher_end(&h->sha256);
}

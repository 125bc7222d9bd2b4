/* multipart/form-data: parts stand in the body, in order and apart, each with a name; or it is
 * refused. fuzz-with: src/api/multipart.c src/api/media_type.c */
#include "api/multipart.h"
#include "fuzz.h"

#include <string.h>

static void check(struct bytes body, const struct multipart *m)
{
    const uint8_t *at = body.p;
    require(m->n <= MULTIPART_PARTS_MAX);
    for (size_t i = 0; i < m->n; i++) {
        const struct multipart_part *p = &m->part[i];
        require(p->name[0] != 0 && memchr(p->name, 0, sizeof p->name) != NULL);
        require(memchr(p->content_type, 0, sizeof p->content_type) != NULL);
        require(p->content.p > at && p->content.p + p->content.n < body.p + body.n);
        require(!p->is_used);
        for (size_t j = 0; j < i; j++) require(strcmp(p->name, m->part[j].name) != 0);
        at = p->content.p + p->content.n;
    }
}

/* The first line is a Content-Type header, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct multipart m;
    char                    header[256] = {0}, boundary[MULTIPART_BOUNDARY_MAX + 1];
    struct bytes            body = {data, size}, line;
    if (!bytes_take_line(&body, &line) || line.n >= sizeof header) return 0;
    memcpy(header, line.p, line.n);
    if (multipart_boundary(header, boundary) != GZ_OK) return 0;
    require(strlen(boundary) > 0 && strlen(boundary) <= MULTIPART_BOUNDARY_MAX);
    if (multipart_read(body, boundary, &m) == GZ_OK) check(body, &m);
    return 0;
}

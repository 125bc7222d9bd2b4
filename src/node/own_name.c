#include "node/own_name.h"

#include <string.h>

#include "base/text.h"

/* Read when the first entry in the own name comes: it was noted before it was sent. */
struct noted {
    bool       is_read;
    struct buf lines;
};

static enum gz_err read_lines(const char *path, struct noted *n)
{
    if (n->is_read || path == NULL) return GZ_OK;
    const enum gz_err e = file_read(path, OWN_NAME_FILE_MAX, &n->lines);
    if (e != GZ_MISSING) TRY(e);
    n->is_read = true;
    return GZ_OK;
}

static bool is_noted(const struct noted *n, const struct hash *body)
{
    char line[2 * HASH_SIZE + 2];
    text_to_hex(BYTES_OF(body->b), line);
    strcat(line, "\n");
    return n->lines.n > 0 && memmem(n->lines.p, n->lines.n, line, strlen(line)) != NULL;
}

static void noted_fini(struct noted *n)
{
    buf_fini(&n->lines);
}

enum gz_err own_name_check(const struct chain_files *chain, struct bytes org,
                           const char *submitted_path, uint64_t from, uint64_t to,
                           uint64_t *forged_seq)
{
    DEFER(noted_fini) struct noted noted = {0};
    *forged_seq = 0;
    for (uint64_t index = from; index < to;) {
        struct chain_entry e;
        struct hash        body;
        uint64_t           first = 0;
        uint32_t           count = 0;
        TRY(chain_entry(chain, index, &e));
        TRY(chain_find(chain, e.org, e.submission_seq, &body, &first, &count));
        index = first + count;
        if (!bytes_eq(e.org, org)) continue;
        TRY(read_lines(submitted_path, &noted));
        if (is_noted(&noted, &body)) continue;
        *forged_seq = e.submission_seq;
        return GZ_OK;
    }
    return GZ_OK;
}

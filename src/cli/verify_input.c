#include "cli/verify_input.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PART = 64 * 1024 };

static void close_file(FILE **f)
{
    if (*f != NULL) fclose(*f);
}

/* fopen opens a folder without a word; reading it then fails late. */
static FILE *open_file(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0) return NULL;
    if (S_ISDIR(s.st_mode)) {
        errno = EISDIR;
        return NULL;
    }
    return fopen(path, "rb");
}

enum gz_err input_read(const char *path, size_t max, struct buf *out)
{
    DEFER(close_file) FILE *f = open_file(path);
    out->n = 0;
    if (f == NULL) return GZ_IO;
    while (out->n <= max) {
        const size_t want = max + 1 - out->n < PART ? max + 1 - out->n : PART;
        TRY(buf_reserve(out, want));
        const size_t got = fread(out->p + out->n, 1, want, f);
        out->n += got;
        if (got < want) break;
    }
    return ferror(f) ? GZ_IO : GZ_OK;
}

enum gz_err input_hash(const char *path, struct verify_file *out)
{
    DEFER(close_file) FILE *f = open_file(path);
    struct hasher           sm3, sha256;
    uint8_t                 part[PART];
    uint64_t                size = 0;
    if (f == NULL) return GZ_IO;
    hasher_init(&sm3, SUITE_GM);
    hasher_init(&sha256, SUITE_INTL);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0; size += n) {
        hasher_add(&sm3, (struct bytes){part, n});
        hasher_add(&sha256, (struct bytes){part, n});
    }
    if (ferror(f)) return GZ_IO;
    *out = (struct verify_file){size, hasher_end(&sm3), hasher_end(&sha256)};
    return GZ_OK;
}

void verify_policy_fini(struct verify_policy *p)
{
    buf_fini(&p->text);
    buf_fini(&p->memory);
}

enum gz_err verify_policy_load(const char *path, struct verify_policy *p)
{
    TRY(input_read(path, POLICY_HISTORY_MAX, &p->text));
    const size_t room = policy_arena_size(p->text.n);
    p->memory.n = 0;
    TRY(buf_reserve(&p->memory, room));
    struct arena arena = {.p = p->memory.p, .cap = room};
    return policy_history_decode(buf_bytes(&p->text), &arena, &p->history, &p->why);
}

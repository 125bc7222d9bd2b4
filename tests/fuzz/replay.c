/* A fuzz target without libFuzzer, for `make test`: `replay FOLDER` feeds every file of the folder,
 * and of each some changed copies, the same ones at every run. The property in the target aborts.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

enum { CHANGED_COPIES = 24, SIZE_MAX_CHANGED = 16 * 1024, PATH_SIZE = 1024 };

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

/* In a block of exactly that size, so that a sanitizer sees a read behind the end. */
static void feed(struct bytes input)
{
    uint8_t *copy = malloc(input.n == 0 ? 1 : input.n);
    require(copy != NULL);
    if (input.n > 0) memcpy(copy, input.p, input.n);
    (void)LLVMFuzzerTestOneInput(copy, input.n);
    free(copy);
}

/* A bit turned, a byte replaced by one of another place, the end cut, or a part doubled. */
static void feed_changed(struct bytes input, uint64_t *x)
{
    DEFER(buf_fini) struct buf b = {0};
    const size_t               at = (size_t)(next_random(x) % input.n);
    const size_t               from = (size_t)(next_random(x) % input.n);
    const unsigned             kind = (unsigned)(next_random(x) % 4);
    require(buf_add(&b, kind == 2 ? bytes_slice(input, 0, at) : input) == GZ_OK);
    if (kind == 0) b.p[at] ^= (uint8_t)(1 << from % 8);
    if (kind == 1) b.p[at] = input.p[from];
    if (kind == 3) require(buf_add(&b, bytes_slice(input, from, input.n)) == GZ_OK);
    feed(buf_bytes(&b));
}

static struct buf read_whole(const char *path)
{
    struct buf out = {0};
    uint8_t    part[4096];
    FILE      *f = fopen(path, "rb");
    require(f != NULL);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        require(buf_add(&out, (struct bytes){part, n}) == GZ_OK);
    fclose(f);
    return out;
}

static void replay_file(const char *path)
{
    DEFER(buf_fini) struct buf content = read_whole(path);
    uint64_t                   x = 0x9e3779b97f4a7c15 ^ content.n;
    feed(buf_bytes(&content));
    if (content.n == 0 || content.n > SIZE_MAX_CHANGED) return;
    for (unsigned i = 0; i < CHANGED_COPIES; i++) feed_changed(buf_bytes(&content), &x);
}

int main(int argc, char **argv)
{
    size_t files = 0;
    require(argc == 2);
    DIR *folder = opendir(argv[1]);
    require(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[PATH_SIZE];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        replay_file(path);
        files++;
    }
    closedir(folder);
    feed((struct bytes){NULL, 0});
    printf("%zu files\n", files);
    return files == 0;
}

#include "app/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/mapping_file.h"
#include "host/file.h"
#include "host/folder_list.h"

enum { PATH_SIZE = 4096 };

struct catalog {
    size_t               kinds_n, mappings_n;
    bool                 has_common;
    struct kind_file     common; /* fields that kinds point to */
    struct kind_file    *kinds;
    struct mapping_file *mappings;
};

/* --- folders ---------------------------------------------------------------------------------- */

static int is_yaml(const struct dirent *e)
{
    const char *suffix = strrchr(e->d_name, '.');
    return e->d_name[0] != '.' && suffix != NULL && strcmp(suffix, ".yaml") == 0;
}

static enum gz_err list(const char *folder, struct folder_list *out, struct buf *why)
{
    const enum gz_err e = folder_list_read(folder, is_yaml, out);
    if (e != GZ_OK) {
        TRY(buf_addf(why, "%s: %s\n", folder, strerror(errno)));
        return e;
    }
    if (out->n == 0) TRY(buf_addf(why, "%s: holds no file *.yaml\n", folder));
    if (out->n > CATALOG_FILES_MAX) {
        TRY(buf_addf(why, "%s: over %d files\n", folder, CATALOG_FILES_MAX));
        return GZ_LIMIT;
    }
    return GZ_OK;
}

/* The file's path and content. A file that is too large is a defect; content is then empty. */
static enum gz_err read_file(const char *folder, const char *name, char path[PATH_SIZE],
                             struct buf *content, struct buf *why)
{
    TRY(path_join(folder, name, path, PATH_SIZE));
    const enum gz_err e = file_read(path, YAML_SIZE_MAX, content);
    if (e != GZ_OK) TRY(buf_addf(why, "%s: %s\n", path, err_sentence(e)));
    return e == GZ_LIMIT || e == GZ_MALFORMED ? GZ_OK : e;
}

/* Before the kinds, which have its fields behind their own. */
static enum gz_err read_common(struct catalog *c, const char *folder, const struct folder_list *l,
                               struct buf *why)
{
    for (int i = 0; i < l->n; i++) {
        DEFER(buf_fini) struct buf text = {0};
        char                       path[PATH_SIZE];
        if (!kind_file_is_common(l->entries[i]->d_name)) continue;
        TRY(read_file(folder, l->entries[i]->d_name, path, &text, why));
        c->has_common = true;
        TRY(kind_common_decode(buf_bytes(&text), path, &c->common, why));
    }
    return GZ_OK;
}

static enum gz_err read_kinds(struct catalog *c, const char *folder, struct buf *why)
{
    DEFER(folder_list_fini) struct folder_list l = {0};
    TRY(list(folder, &l, why));
    TRY(read_common(c, folder, &l, why));
    const struct kind_file *common = c->has_common ? &c->common : NULL;
    c->kinds = calloc((size_t)l.n + 1, sizeof c->kinds[0]);
    if (c->kinds == NULL) return GZ_MEMORY;
    for (int i = 0; i < l.n; i++) {
        DEFER(buf_fini) struct buf text = {0};
        char                       path[PATH_SIZE];
        if (kind_file_is_common(l.entries[i]->d_name)) continue;
        TRY(read_file(folder, l.entries[i]->d_name, path, &text, why));
        struct kind_file *into = &c->kinds[c->kinds_n++];
        TRY(kind_file_decode(buf_bytes(&text), path, common, into, why));
    }
    return GZ_OK;
}

static bool takes_same_files(const struct mapping *a, const struct mapping *b)
{
    return bytes_eq(a->file, b->file) || bytes_eq(a->file, b->kind->name) ||
           bytes_eq(a->kind->name, b->file);
}

/* A batch file's name must lead to one mapping only. */
static enum gz_err check_apart(const struct catalog *c, size_t i, const char *path, struct buf *why)
{
    const struct mapping *m = &c->mappings[i].mapping;
    for (size_t j = 0; j < i && c->mappings[i].usable; j++)
        if (c->mappings[j].usable && takes_same_files(m, &c->mappings[j].mapping)) {
            c->mappings[i].usable = false;
            return buf_addf(why, "%s:1: file: another mapping takes files of this name\n", path);
        }
    return GZ_OK;
}

static enum gz_err read_mappings(struct catalog *c, const char *folder, struct buf *why)
{
    DEFER(folder_list_fini) struct folder_list l = {0};
    TRY(list(folder, &l, why));
    c->mappings = calloc((size_t)l.n + 1, sizeof c->mappings[0]);
    if (c->mappings == NULL) return GZ_MEMORY;
    for (int i = 0; i < l.n; i++) {
        DEFER(buf_fini) struct buf text = {0};
        char                       path[PATH_SIZE];
        TRY(read_file(folder, l.entries[i]->d_name, path, &text, why));
        c->mappings_n++;
        TRY(mapping_file_decode(buf_bytes(&text), path, c->kinds, c->kinds_n, &c->mappings[i],
                                why));
        TRY(check_apart(c, (size_t)i, path, why));
    }
    return GZ_OK;
}

/* --- doors ------------------------------------------------------------------------------------ */

enum gz_err catalog_open(const char *kinds, const char *mappings, struct catalog **out,
                         struct buf *why)
{
    DEFER(catalog_close) struct catalog *c = calloc(1, sizeof *c);
    const size_t                         before = why->n;
    if (c == NULL) return GZ_MEMORY;
    TRY(read_kinds(c, kinds, why));
    TRY(read_mappings(c, mappings, why));
    if (why->n > before) return GZ_MALFORMED;
    *out = c;
    c = NULL;
    return GZ_OK;
}

void catalog_close(struct catalog **c)
{
    if (*c == NULL) return;
    for (size_t i = 0; i < (*c)->mappings_n; i++) mapping_file_fini(&(*c)->mappings[i]);
    for (size_t i = 0; i < (*c)->kinds_n; i++) kind_file_fini(&(*c)->kinds[i]);
    kind_file_fini(&(*c)->common);
    free((*c)->mappings);
    free((*c)->kinds);
    free(*c);
    *c = NULL;
}

const struct kind *catalog_kind(const struct catalog *c, struct bytes name)
{
    for (size_t i = 0; i < c->kinds_n; i++)
        if (bytes_eq(c->kinds[i].kind.name, name)) return &c->kinds[i].kind;
    return NULL;
}

size_t catalog_count_kinds(const struct catalog *c)
{
    return c->kinds_n;
}

const struct kind *catalog_kind_at(const struct catalog *c, size_t i)
{
    assert(i < c->kinds_n);
    return &c->kinds[i].kind;
}

/* Does the name begin with word and '_'? */
static bool is_named(struct bytes name, struct bytes word)
{
    return bytes_starts(name, word) && name.n > word.n && name.p[word.n] == '_';
}

const struct mapping *catalog_mapping(const struct catalog *c, const char *file_name)
{
    const struct bytes    name = bytes_str(file_name);
    const struct mapping *found = NULL;
    size_t                longest = 0, same = 0;
    for (size_t i = 0; i < c->mappings_n; i++) {
        const struct mapping *m = &c->mappings[i].mapping;
        size_t                n = is_named(name, m->file) ? m->file.n : 0;
        if (is_named(name, m->kind->name) && m->kind->name.n > n) n = m->kind->name.n;
        if (n == 0 || n < longest) continue;
        same = n == longest ? same + 1 : 1;
        longest = n;
        found = m;
    }
    return same == 1 ? found : NULL; /* the kind's name, where the kind has two mappings: neither */
}

size_t catalog_count_mappings(const struct catalog *c)
{
    return c->mappings_n;
}

const struct mapping *catalog_mapping_at(const struct catalog *c, size_t i)
{
    assert(i < c->mappings_n);
    return &c->mappings[i].mapping;
}

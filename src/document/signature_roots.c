#include "document/signature_roots.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "document/cms_signature.h"
#include "host/file.h"

enum { ROOT_PATH_MAX = 4096 };

struct signature_roots {
    X509_STORE *store;
    size_t      n;
};

void signature_roots_close(struct signature_roots **r)
{
    if (*r == NULL) return;
    X509_STORE_free((*r)->store);
    free(*r);
    *r = NULL;
}

void *signature_roots_store(const struct signature_roots *r)
{
    return r->store;
}

static bool is_named_certificate(const char *name)
{
    static const char *const suffixes[] = {".pem", ".crt", ".cer"};
    const size_t             n = strlen(name);
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (n > 4 && name[0] != '.' && strcasecmp(name + n - 4, suffixes[i]) == 0) return true;
    return false;
}

static void free_x509(X509 **x)
{
    X509_free(*x);
}
static void free_bio(BIO **b)
{
    BIO_free(*b);
}
static void close_folder(DIR **d)
{
    if (*d != NULL) closedir(*d);
}

static X509 *read_certificate(struct bytes file)
{
    DEFER(free_bio) BIO *pem = BIO_new_mem_buf(file.p, (int)file.n);
    const uint8_t       *p = file.p;
    if (pem == NULL) return NULL;
    if (file.n > 0 && file.p[0] == 0x30) return d2i_X509(NULL, &p, (long)file.n);
    return PEM_read_bio_X509(pem, NULL, NULL, NULL);
}

static enum gz_err add_root(struct signature_roots *r, const char *path)
{
    DEFER(buf_fini) struct buf file = {0};
    DEFER(free_x509) X509     *x = NULL;
    if (r->n++ == SIGNATURE_ROOTS_MAX) return GZ_LIMIT;
    TRY(file_read(path, SIGNATURE_ROOT_SIZE_MAX, &file));
    x = read_certificate(buf_bytes(&file));
    if (x == NULL) return GZ_MALFORMED;
    cms_prepare_certificate(x);
    return X509_STORE_add_cert(r->store, x) == 1 ? GZ_OK : GZ_MEMORY;
}

static enum gz_err add_folder(struct signature_roots *r, const char *folder, struct buf *why)
{
    DEFER(close_folder) DIR *d = opendir(folder);
    struct dirent           *entry;
    char                     path[ROOT_PATH_MAX];
    TRY(buf_addf(why, "%s", folder));
    if (d == NULL) return GZ_MISSING;
    while ((entry = readdir(d)) != NULL) {
        if (!is_named_certificate(entry->d_name)) continue;
        TRY(path_join(folder, entry->d_name, path, sizeof path));
        const enum gz_err e = add_root(r, path);
        if (e != GZ_OK) TRY(buf_addf(why, "/%s", entry->d_name));
        TRY(e);
    }
    why->n = 0;
    return GZ_OK;
}

enum gz_err signature_roots_open(const char *folder, struct signature_roots **out, struct buf *why)
{
    DEFER(signature_roots_close) struct signature_roots *r = calloc(1, sizeof *r);
    if (r == NULL) return GZ_MEMORY;
    r->store = X509_STORE_new();
    if (r->store == NULL) return GZ_MEMORY;
    if (folder[0] != 0) TRY(add_folder(r, folder, why));
    *out = r;
    r = NULL;
    return GZ_OK;
}

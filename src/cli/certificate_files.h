/* The files that guzheng certificate leaves: NAME.gzcert and, beside it, its originals in
 * files/NAME/<n>-<name>, which is where guzheng verify FOLDER looks for them. Nothing of another
 * record or of another choice of fields is ever overwritten, since a fuller certificate handed out
 * by mistake cannot be called back. Every error is said on standard error. */
#pragma once
#include <jansson.h>

#include "base/buf.h"

enum { CERTIFICATE_PATH = 1024 };

struct certificate_files {
    const char *path;                        /* of the certificate */
    char        folder[CERTIFICATE_PATH];    /* "a/b/", "" where path is a name alone */
    char        originals[CERTIFICATE_PATH]; /* folder of its originals */
    bool        is_taken;                    /* a file is there already: another one, or … */
    bool        is_there;                    /* the certificate, and it says the same */
};
/* Names only. GZ_IO: path is too long. */
enum gz_err certificate_files_at(const char *path, struct certificate_files *out);
/* Before it is fetched. GZ_CONFLICT: something that is no file stands at the path. */
enum gz_err certificate_files_check(struct certificate_files *f);
/* GZ_CONFLICT: at the path is another file, or a certificate that discloses other fields. */
enum gz_err certificate_files_compare(struct certificate_files *f, const char *certificate);
/* Is the n-th original there? */
bool        certificate_files_has(const struct certificate_files *f, unsigned n, const char *name);
enum gz_err certificate_files_add(const struct certificate_files *f, unsigned n, const char *name,
                                  struct bytes content);
/* Last: a certificate that is there has its originals. */
enum gz_err certificate_files_finish(const struct certificate_files *f, const char *certificate);

/* guzheng verify over many certificates: a folder, or a list with --set. */
#pragma once
#include "cli/verify_input.h"
#include "cli/verify_report.h"
#include "host/http_client.h"

struct verify_options {
    enum lang   lang;
    bool        json;
    const char *node; /* base address of a node's log or mirror, for check 8; NULL: none */
};

/* Memory that is used again from one certificate to the next. */
struct verifier {
    const struct policy_history *history;
    const char                  *node;  /* as in verify_options */
    struct http_client          *http;  /* made when it is needed */
    struct verify_cache         *cache; /* owned; NULL where there is only one certificate */
    struct opened                opened;
    struct buf                   memory;
    const char                 **paths; /* of a package: the originals given and those in it */
    struct verify_file          *files;
};
void        verifier_fini(struct verifier *v); /* for DEFER */
/* Verify the certificate at out->path with out's originals; the report lives until the next call.
 * The originals of a package are added to those given: out is changed. GZ_IO: it cannot be read
 * (errno says why); GZ_MEMORY. */
enum gz_err verifier_run(struct verifier *v, struct verified *out);

/* Exit status: the worst result (1 over 3 over 0), 2 where nothing could be verified. */
int verify_folder(const char *folder, const struct policy_history *history,
                  const struct verify_options *options);
/* paths: certificates (*.gzcert) and originals, which go to the certificates that they fit. */
int verify_set_of(char *const *paths, size_t n, const struct policy_history *history,
                  const struct verify_options *options);

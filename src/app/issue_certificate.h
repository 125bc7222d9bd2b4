/* Issue the certificate of a published record, and fetch its originals. Reads only. */
#pragma once
#include "app/bank.h"
#include "store/record.h"

/* Which disclosures the holder may see. */
struct certificate_choice {
    bool         all;
    struct bytes names;  /* field names apart by commas; empty: none */
    bool         masked; /* those that their kind shows to everybody; of the others the mask */
};
/* A disclosed original. */
struct certificate_file {
    unsigned n; /* of file/<n> */
    char     name[256];
};
enum { CERTIFICATE_FILES_MAX = 64 };
/* What a masked view shows of a field that the certificate does not disclose. */
struct masked_value {
    struct bytes name, text; /* into masked_text */
};
struct issued_certificate {
    struct buf              gzcert;
    size_t                  masked_n;
    struct masked_value     masked[CATALOG_FIELDS_MAX];
    struct buf              masked_text;
    size_t                  files_n;
    struct certificate_file files[CERTIFICATE_FILES_MAX];
};
void issued_certificate_fini(struct issued_certificate *c); /* for DEFER */

/* Verified against the genesis' policy before it is handed out. GZ_MISSING: no such record, or no
 * such field (*why); GZ_BUSY: not published yet; GZ_CORRUPT: what is stored does not verify, or a
 * chosen field lies in a vault that is lost. */
enum gz_err issue_certificate(const struct bank *bank, struct db *db, struct bytes uuid,
                              const struct certificate_choice *choice,
                              struct issued_certificate *out, const char **why);
/* The original file/<n> of a record. GZ_MISSING. */
enum gz_err issue_original(const struct bank *bank, struct db *db, struct bytes uuid, unsigned n,
                           struct buf *out);

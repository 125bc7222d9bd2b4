/* Where the electronic signatures of a PDF stand (ISO 32000-1, 12.8.1), read from the bytes as they
 * are: a signature dictionary cannot be packed, since its /ByteRange counts bytes of the file. What
 * a signature leaves uncovered is checked to be its own hexadecimal string and nothing else, so it
 * does not matter which of them the pages show. Pure. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum {
    PDF_SIGNATURES_MAX = 20, /* of a file: each is hashed over all of it */
    PDF_SIGNATURE_CANDIDATES_MAX = 1024,            /* places that are looked at */
    PDF_SIGNATURE_DICTIONARY_MAX = 2 * 1024 * 1024, /* bytes from the object's begin on */
    PDF_SIGNATURE_DEPTH_MAX = 16,                   /* of dictionaries and arrays */
    PDF_SIGNATURE_WORD_SIZE = 40,
};

struct pdf_signature_place {
    const char *defect;         /* what makes it unusable, in Chinese; NULL: the rest holds */
    size_t      gap, rest, end; /* it covers bytes 0 to gap and rest to end */
    char        filter[PDF_SIGNATURE_WORD_SIZE]; /* /SubFilter without its slash; empty: none */
    char        time[PDF_SIGNATURE_WORD_SIZE];   /* /M, "D:2026…"; empty: none that is plain */
};
struct pdf_signature_search {
    struct bytes pdf;
    size_t       at; /* 0 begins */
    unsigned     candidates;
};
/* The next signature in the order of the file. GZ_MISSING: no further one. GZ_LIMIT: too many
 * places look like one. */
enum gz_err pdf_signature_next(struct pdf_signature_search *s, struct pdf_signature_place *out);

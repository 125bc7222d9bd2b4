/* libguzheng: check certificates of evidence (.gzcert) off line. C11 and later, C++11 and later.
 *
 * It has no heap, file, clock, network, thread or mutable global: the caller lends all memory.
 * Threads may verify at once under one policy, each in memory of its own.
 *     read a policy once       gz_policy_memory, gz_policy_read
 *     then each certificate    gz_verify_memory, gz_verify
 * Stable: what is declared here is not changed, only added to. The structs that the caller fills
 * never change their size; gz_report may grow at its end, and only the library makes one. */
#pragma once
#include "guzheng/err.h"
#include "guzheng/file.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GZ_CHECKS = 8 };

enum gz_lang { GZ_LANG_ZH = 0, GZ_LANG_EN = 1 };

/* Memory that the caller lends, of any alignment. */
struct gz_memory {
    void  *p;
    size_t n;
};

/* --- policy ----------------------------------------------------------------------------------- */

/* A trust policy or policy history, read. It lives in memory and borrows text: both must outlive
 * it. Take it from a court that you trust, never from whoever shows the certificate. */
struct gz_policy;
/* Bytes of memory that are enough for a text of this size. */
size_t      gz_policy_memory(size_t text_n);
/* GZ_MALFORMED: unusable, *why is a static English sentence. GZ_MEMORY: memory is too small. */
enum gz_err gz_policy_read(struct gz_bytes text, struct gz_memory memory,
                           const struct gz_policy **out, const char **why);

/* --- verification ----------------------------------------------------------------------------- */

enum gz_result { GZ_RESULT_VALID = 0, GZ_RESULT_INVALID = 1, GZ_RESULT_INCOMPLETE = 3 };

enum gz_outcome {
    GZ_OUTCOME_NOT_REACHED = 0, /* an earlier check failed */
    GZ_OUTCOME_PASSED = 1,
    GZ_OUTCOME_FAILED = 2,
    GZ_OUTCOME_INCOMPLETE = 3,  /* nothing contradicts, something needed was not given */
    GZ_OUTCOME_NOT_CHECKED = 4, /* nothing to check it against */
};

struct gz_input {
    struct gz_bytes       certificate; /* of a .gzcert */
    size_t                files_n;
    const struct gz_file *files; /* the originals at hand */
};

/* A disclosed value. Others wrote it: print it through gz_text_safe only. */
struct gz_disclosed {
    struct gz_bytes name;
    struct gz_bytes value; /* its JSON bytes */
    struct gz_bytes text;  /* of a JSON string the unescaped text, else the same as value */
};
struct gz_witness {
    const char *name;
    uint64_t    time; /* of its cosignature by its own clock, Unix seconds */
};

/* Rely on what it says of the record only where result is not GZ_RESULT_INVALID. */
struct gz_report {
    enum gz_result  result;
    unsigned        check;               /* number of the failed check, 0 where none failed */
    const char     *reason;              /* of a failure or incompleteness, static; else NULL */
    enum gz_outcome outcomes[GZ_CHECKS]; /* of check i + 1 */
    const char     *details[GZ_CHECKS];  /* why, static; NULL where it passed or was not reached */
    uint64_t        quorum_time;         /* Unix seconds; 0: not established */
    uint64_t        proven_time;         /* the record existed not later than this; 0 as above */
    int             has_entry;           /* 0: check 1 failed, and what follows is empty */
    uint8_t         fingerprint[GZ_HASH_SIZE];
    struct gz_bytes id, org, kind, matter;
    struct gz_bytes recorded_at;   /* RFC 3339, by the submitter's own statement */
    struct gz_bytes supersedes;    /* id of the record that this one corrects; empty: none */
    uint64_t        seq;           /* number of the record within its matter */
    struct gz_bytes origin;        /* name of the chain; empty: not read */
    uint64_t        index, size;   /* place in the log, and the size of the log then */
    size_t          files_missing; /* disclosed originals that were not given */
    size_t          disclosed_n;
    size_t          witnesses_n; /* those whose cosignature was found good */
    const struct gz_disclosed *disclosed;
    const struct gz_witness   *witnesses;
};

/* Bytes of memory that are enough for this input. */
size_t      gz_verify_memory(const struct gz_input *input);
/* The report lives in memory, and borrows policy and certificate. An unusable certificate is a
 * report, not an error. GZ_MEMORY: memory is too small; nothing is reported. */
enum gz_err gz_verify(const struct gz_policy *policy, const struct gz_input *input,
                      struct gz_memory memory, const struct gz_report **out);

/* --- for people ------------------------------------------------------------------------------- */
/* Both write at most out_n bytes, the last one NUL, never half a character, and return the length
 * of the whole text without its NUL, as snprintf does. */

/* Line 0 of a report says the result, line 1 to GZ_CHECKS how each check ended. */
size_t gz_report_line(const struct gz_report *report, enum gz_lang lang, unsigned line, char *out,
                      size_t out_n);
/* Text with what could steer a terminal or deceive a reader written out as \u{…}, and bytes that
 * are no UTF-8 as \x…. */
size_t gz_text_safe(struct gz_bytes text, char *out, size_t out_n);

#ifdef __cplusplus
}
#endif

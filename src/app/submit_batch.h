/* Submit batch files: every good row becomes a record, every bad one is refused with all its
 * defects. A row whose event number is recorded with the same content is recognised, with another
 * it is a conflict. Safe to repeat: what was recorded before a crash is recognised. */
#pragma once
#include "app/bank.h"
#include "app/batch_pipeline.h"
#include "store/batch.h"

enum {
    SUBMIT_GROUP_ROWS = PIPELINE_GROUP_ROWS, /* rows in one transaction, at most */
    SUBMIT_FILES_MAX = 10000,                /* of a folder */
    SUBMIT_CLOCK_WAIT_MS = 5000,
};

enum submit_outcome {
    SUBMIT_READ,       /* every row has its result */
    SUBMIT_READ_AGAIN, /* likewise, and this very file was read before */
    SUBMIT_UNREADABLE  /* no mapping, wrong header or charset, too large: no row was read */
};
/* Told while it runs; what they are given lives only for the call. A conflict comes as a defect
 * with the code "conflict". */
struct submit_listener {
    void *ctx;
    void (*defect)(void *ctx, const struct intake_defect *d);
    /* A file is finished, and what it says is durable. */
    void (*file)(void *ctx, const struct batch *counts, enum submit_outcome outcome);
};

/* path: a batch file, or a folder whose files are taken in the order of their names (its folders,
 * and what submit_is_batch denies, are left alone). GZ_MISSING: no such path; GZ_LIMIT: too many
 * files; GZ_BUSY: our clock cannot be trusted, nothing was read; GZ_IO, GZ_CORRUPT: the rest was
 * not read; what was reported by then is durable. */
enum gz_err submit_batch(const struct bank *bank, struct db *db, const char *path,
                         const struct submit_listener *listener);
/* Is this the name of a batch file: neither hidden nor what stands beside one (control file, mark
 * that it is complete, one in the making, its result)? */
bool        submit_is_batch(const char *name);

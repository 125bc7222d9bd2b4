/* Find records by what people know: number, fingerprint, place in the log, contract, file, time. */
#pragma once
#include "app/bank.h"
#include "store/search.h"

enum { FOUND_NOTES_MAX = 16 };

enum find_by {
    FIND_ID,          /* evidence number */
    FIND_FINGERPRINT, /* base64url */
    FIND_INDEX,       /* in the log */
    FIND_EVENT,       /* the source's event number */
    FIND_CONTRACT,    /* what the source calls the loan */
    FIND_MATTER,      /* its random handle */
    FIND_FILE,        /* SM3 of an original, lower-case hex */
    FIND_TIME         /* received in from_ms to to_ms */
};
struct find_query {
    enum find_by by;
    struct bytes value;          /* not of FIND_TIME */
    struct bytes source;         /* of EVENT, CONTRACT; empty: every source of the catalogue */
    struct bytes kind;           /* of TIME; empty: every kind */
    int64_t      from_ms, to_ms; /* of TIME */
    int64_t      after;          /* the page behind this record id; 0: the first */
};
struct found_record {
    const struct record *record; /* its head */
    struct record_origin origin;
    char                 matter[ENTRY_MATTER_SIZE + 1];
    char                 corrects[ENTRY_ID_SIZE + 1];     /* "" where it corrects nothing */
    char                 corrected_by[ENTRY_ID_SIZE + 1]; /* "" where nothing corrects it */
    char                 about[ENTRY_ID_SIZE + 1];        /* "" where it is no note */
    size_t               notes_n; /* of it; the newest of them stand in notes */
    char                 notes[FOUND_NOTES_MAX][ENTRY_ID_SIZE + 1];
};
typedef enum gz_err (*found_visitor)(void *ctx, const struct found_record *f);

/* "id" "fingerprint" "index" "event" "contract" "matter" "file" "time". GZ_MALFORMED: none. */
enum gz_err find_by_of(const char *word, enum find_by *out);
/* At most SEARCH_PAGE records for each source; *next: after of the next page, 0: there is none.
 * GZ_MALFORMED: value has not its form. What is not there is not visited. */
enum gz_err find_records(const struct bank *bank, struct db *db, const struct find_query *q,
                         found_visitor visit, void *ctx, int64_t *next);

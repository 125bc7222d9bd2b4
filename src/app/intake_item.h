/* One loan event on its way in, whatever door it came through: a row of a batch file, a line of
 * JSON, a call of the push API. It has either all its values, or all that is wrong with it. */
#pragma once
#include "app/catalog.h"

enum {
    INTAKE_ORIGINAL_MAX = 32 * 1024 * 1024,
    INTAKE_DEFECTS_MAX = 256, /* of an item; what is over it is not listed */
    INTAKE_EVENT_NUMBER_MAX = 64,
    INTAKE_SOURCE_MAX = 64,  /* as the retry key holds both */
    INTAKE_MATTER_MAX = 128, /* characters of the bank's own number of a loan */
    INTAKE_HINT_SIZE = 256,
};

/* What is wrong with an item. hint says what to do, in Chinese, and never repeats the value. */
struct intake_defect {
    unsigned     line;   /* of the file, from 1; 0 where there are no lines */
    struct bytes column; /* where it stands: header text, XML path or JSON pointer */
    struct bytes field;  /* name; both empty where it concerns the whole item */
    const char  *code;   /* stable: required, charset, columns, check_digit, money, date, … */
    const char  *hint;
};
/* A field of the record to be made. */
struct intake_value {
    const struct kind_field *field;
    struct bytes json;      /* the disclosure's value; of a file without its digests: empty */
    struct bytes file_name; /* of a FIELD_FILE: as the disclosure gives it (no folder) */
    const char  *media_type;
    struct bytes original; /* its content */
    bool constant; /* told by the mapping and not by the source: no part of what it has sent */
};
/* Borrows everything from whoever read it. */
struct intake_item {
    unsigned             line;   /* 0 where there are no lines */
    struct bytes         source; /* with event_number the retry key */
    const struct kind   *kind;
    struct bytes         event_number, matter; /* empty where they have a defect */
    struct bytes         corrects; /* event number of the same source's item that this one corrects;
                                      empty: none. It then has a value of the field `reason`. */
    size_t               values_n;
    struct intake_value *values; /* in the order of the kind's fields; empty ones are left out */
    size_t               defects_n;
    struct intake_defect *defects; /* any: the item must not be recorded */
};

/* What became of an item without defects. */
enum intake_result {
    INTAKE_ACCEPTED,
    INTAKE_REPEATED, /* source and event number are recorded with this very content */
    INTAKE_CONFLICT, /* they are recorded with another */
    INTAKE_REFUSED,  /* right in itself, and not to be recorded as things stand */
};
struct intake_answer {
    enum intake_result result;
    int64_t            record_id; /* the new record, or the one that was there; 0: refused */
    const char        *code; /* of a conflict or refusal: stable (conflict, corrects, consent) */
    char               hint[INTAKE_HINT_SIZE]; /* what to do, in Chinese, never personal */
};

/* How the columns of a source's batch files become a kind's fields: what a file of data/mappings
 * says (docs/intake.md). Read by catalog_open. */
#pragma once
#include "app/conversion.h"

struct kind;
struct mapping_column {
    /* As in the header row, UTF-8; of JSON Lines and XML the path of names in a row,
     * "borrower/name", of an attribute "borrower/@id". */
    struct bytes      header;
    size_t            field; /* index in kind->fields */
    struct conversion conversion;
};
/* What the source never says and holds for each of its rows, such as its own name. */
struct mapping_constant {
    size_t       field; /* index in kind->fields: of a text or an enum without column */
    struct bytes text;
};
enum row_format { ROWS_DELIMITED, ROWS_CSV, ROWS_JSON_LINES, ROWS_XML };
enum control_from { CONTROL_NONE, CONTROL_TRAILER, CONTROL_FILE };
struct mapping_control { /* app/control_total.h */
    enum control_from from;
    struct bytes      mark;       /* the trailer's first cell */
    size_t            sum_column; /* index in columns; columns_n: no sum */
};
enum charset { CHARSET_GB18030, CHARSET_UTF8 };
struct mapping {
    const struct kind             *kind;
    struct bytes                   file, source, event_header; /* event_header: the first column */
    enum row_format                format;
    struct bytes                   delimiter; /* of delimited rows and CSV */
    struct bytes                   row; /* of XML: path of the element of a row, "/batch/row" */
    size_t                         matter_field;   /* index in kind->fields */
    int                            corrects_field; /* whose value is the event number that the row
                                                      corrects; -1: rows correct nothing */
    enum charset                   charset;
    size_t                         columns_n;
    const struct mapping_column   *columns;
    size_t                         constants_n;
    const struct mapping_constant *constants;
    struct mapping_control         control;
    size_t                         ignored_n;
    const struct bytes            *ignored; /* headers or paths that are passed over unread */
};

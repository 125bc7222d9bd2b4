/* The header row of a batch file against its mapping. */
#pragma once
#include "app/catalog.h"
#include "app/cell_defect.h"

enum { BATCH_CELLS_MAX = 2 * CATALOG_COLUMNS_MAX + 1 }; /* event number, columns, ignored ones */

/* Where the columns stand in a row: index of the cell, never 0 (the event number's). */
struct batch_header {
    size_t cells_n; /* of a row */
    size_t cell[CATALOG_COLUMNS_MAX];
};
struct batch_header_defect {
    enum cell_defect what;   /* CELL_NONE: none */
    struct bytes     column; /* the mapping's header that it is about, may be empty */
};
/* line: the bytes of the first row without its end. All columns of the mapping and no other but
 * those it ignores, the event number first, the rest in any order. An error is returned where
 * memory ends or iconv is missing; the defect says the rest. */
enum gz_err batch_header_read(const struct mapping *m, struct bytes line, struct batch_header *out,
                              struct batch_header_defect *defect);

/* The cells of a row of text: with a delimiter between them, or as CSV (RFC 4180). Pure. */
#pragma once
#include "app/catalog.h"

/* cells_max of them at most are written, *n says how many there are. text is UTF-8; cells are parts
 * of it or lie in the arena. GZ_MALFORMED: quotes are not as RFC 4180 has them; *n is then 0, or 1
 * where the first cell could be read. GZ_MEMORY: the arena holds less than text.n + 8 a quoted
 * cell. */
enum gz_err cell_split(const struct mapping *m, struct bytes text, struct arena *arena,
                       struct bytes *cells, size_t cells_max, size_t *n);
/* The next row of a file's bytes, which may have breaks in quotes if it is CSV: *lines it has, from
 * 1. Where the quotes do not close within size_max bytes it is the next line alone. False: there is
 * none. */
bool cell_take_row(const struct mapping *m, size_t size_max, struct bytes *rest, struct bytes *row,
                   unsigned *lines);

/* The rows of a batch file as cells in the order of the mapping's columns, whatever the format:
 * delimited (a mark between cells), CSV (RFC 4180), JSON Lines, XML. Texts only: what they mean is
 * for conversion and field. */
#pragma once
#include "app/catalog.h"
#include "app/cell_defect.h"

enum {
    ROW_SIZE_MAX = 64 * 1024, /* bytes of a row, as they stand in the file; of XML: of its texts */
    ROW_DEFECTS_MAX = 64,     /* of a row; what is over it is not listed */
    ROW_DEPTH_MAX = 16,       /* of nested elements or objects */
    /* Bytes of an arena for a row as it is read, converted and made a field's values. */
    ROW_MEMORY = 2 * 1024 * 1024,
};

struct row_cell {
    struct bytes     text;   /* UTF-8; empty: no value */
    enum cell_defect defect; /* any: the text is of no use */
};
struct row_defect {
    enum cell_defect what;
    struct bytes     column; /* may be empty */
    unsigned         line;   /* of a file that cannot be read, 0: its first */
};
struct row {
    unsigned          line;      /* on which it begins, from 1 */
    bool              has_cells; /* false: the defects say why; event is then the text in its
                                    place, where there is one */
    struct row_cell   event;
    struct row_cell   cells[CATALOG_COLUMNS_MAX]; /* mapping->columns_n of them */
    size_t            defects_n;
    struct row_defect defects[ROW_DEFECTS_MAX];
};

struct row_reader;
/* One format. */
struct row_format_ops {
    /* content lives until close. GZ_MALFORMED: the whole file is unreadable, *why says so. */
    enum gz_err (*open)(const struct mapping *m, struct bytes content, struct row_reader **out,
                        struct row_defect *why);
    /* Into the arena, of which it needs half at most. GZ_MISSING: no further row. */
    enum gz_err (*next)(struct row_reader *r, struct arena *arena, struct row *out);
    void (*close)(struct row_reader *r);
};
/* Each format's reader begins with it. */
struct row_reader {
    const struct row_format_ops *ops;
    const struct mapping        *m;
};
extern const struct row_format_ops delimited_rows, json_lines_rows, xml_rows;

enum gz_err row_reader_open(const struct mapping *m, struct bytes content, struct row_reader **out,
                            struct row_defect *why);
enum gz_err row_reader_next(struct row_reader *r, struct arena *arena, struct row *out);
void        row_reader_close(struct row_reader **r); /* for DEFER */

/* For the formats. Forget the row before. */
void             row_start(const struct mapping *m, unsigned line, struct row *row);
void             row_refuse(struct row *row, struct bytes column, enum cell_defect what);
/* The cell of a path, NULL: the mapping has none such. */
struct row_cell *row_cell_of(const struct mapping *m, struct row *row, struct bytes path);
/* Does any column stand below this path? */
bool             row_has_below(const struct mapping *m, struct bytes path);
/* Is this header or path one that the mapping ignores? */
bool             row_is_ignored(const struct mapping *m, struct bytes path);
/* The next line without its end: LF or CR LF, which the last may lack. False: there is none. */
bool             row_take_line(struct bytes *rest, struct bytes *line);
/* Without the mark that Windows writes before UTF-8. */
struct bytes     row_skip_mark(const struct mapping *m, struct bytes content);

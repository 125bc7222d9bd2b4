/* What a batch file must hold, said by whoever exported it: how many rows, and the sum of a column
 * of money. In its last line, "合计|1000|9876.50" (a mapping's control: {from: trailer, mark: 合计,
 * sum: 还本金额}), or in a file beside it, contract_1.txt.ctl (control: {from: file}):
 *
 *   rows=1000
 *   sum=9876.50
 *
 * The sum is written as the cells of its column are. A file whose totals are absent or differ is
 * refused whole, before any of its rows is recorded: it may be cut off. */
#pragma once
#include "app/catalog.h"
#include "base/money.h"

enum {
    CONTROL_FILE_MAX = 4096,
    CONTROL_HINT_SIZE = 256,
};

struct control_total {
    uint64_t     rows;
    bool         has_sum;
    struct money sum;
};
/* What is wrong; code NULL: nothing. */
struct control_defect {
    const char *code;
    char        hint[CONTROL_HINT_SIZE];
};

/* Compare content with the totals that its last line or file (of CONTROL_FILE; empty: there is
 * none) states, and take that line off *content. Of a file that cannot be read as rows nothing is
 * said: whoever reads it will. GZ_MEMORY. */
enum gz_err control_total_check(const struct mapping *m, struct bytes file, struct bytes *content,
                                struct control_defect *out);

#include "app/cell_defect.h"

static const struct {
    const char *code, *hint;
} table[] = {
#define CELL_DEFECT_ROW(name, code, sentence) {code, sentence},
    CELL_DEFECT_TABLE(CELL_DEFECT_ROW)
#undef CELL_DEFECT_ROW
};

const char *cell_defect_code(enum cell_defect d)
{
    return table[d].code;
}

const char *cell_defect_hint(enum cell_defect d)
{
    return table[d].hint;
}

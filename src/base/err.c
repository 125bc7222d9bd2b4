#include "base/err.h"

static const struct err_row {
    const char *name, *sentence;
    int         status;
} rows[] = {
#define ERR_ROW(name, number, status, text) [number] = {#name, text, status},
    GZ_ERR_TABLE(ERR_ROW)
#undef ERR_ROW
};

const char *err_name(enum gz_err e)
{
    return (size_t)e < COUNT_OF(rows) ? rows[e].name : "GZ_UNKNOWN";
}

const char *err_sentence(enum gz_err e)
{
    return (size_t)e < COUNT_OF(rows) ? rows[e].sentence : "unknown error";
}

int err_status(enum gz_err e)
{
    return (size_t)e < COUNT_OF(rows) ? rows[e].status : 500;
}

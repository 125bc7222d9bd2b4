/* What the records of a voucher say after their corrections, and in which order. */
#pragma once
#include "base/money.h"
#include "document/voucher.h"

struct voucher_text {
    struct bytes                 text;     /* empty: it is not there */
    struct bytes                 original; /* what the record itself says, where corrected */
    const struct voucher_record *by;       /* the correction; NULL: none */
};
/* The value of a field; a correction may name it by its name or label. r NULL: nothing. */
struct voucher_text voucher_value(const struct voucher *v, const struct voucher_record *r,
                                  const char *name);
/* What the record itself says in the field of this name or label. */
struct bytes        voucher_recorded(const struct voucher_record *r, struct bytes name_or_label);
struct bytes        voucher_label(const struct voucher_record *r, const char *name);
/* The newest record of the kind that no other of its kind replaces; note 0: of any. NULL: none. */
const struct voucher_record *voucher_find(const struct voucher *v, const char *kind, uint64_t note);
/* Those of a kind and note (0: any) that none replaces, by the field `by`, then in the order of
 * intake. rows has room for v->records_n. */
size_t      voucher_list(const struct voucher *v, const char *kind, uint64_t note, const char *by,
                         const struct voucher_record **rows);
/* GZ_MALFORMED: what stands there (masked, or corrected by hand) is no amount. An absent one is
 * zero. */
enum gz_err voucher_amount(const struct voucher *v, const struct voucher_record *r,
                           const char *name, struct money *out);

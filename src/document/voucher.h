/* Vouchers that people read (借据, 还款明细), made of the rows that a bank has fixed as evidence:
 * A4 pages as PDF/A-3b. They prove nothing by themselves: each row carries the evidence number and
 * fingerprint under which its certificate is found. */
#pragma once
#include "document/font.h"

enum voucher_form { VOUCHER_NOTE, VOUCHER_REPAYMENTS };
struct voucher_field {
    struct bytes name, label, text; /* UTF-8; masked already where the voucher is */
};
struct voucher_record {
    struct bytes          id, kind, kind_label, fingerprint;
    struct bytes          corrects, corrected_by; /* evidence numbers; empty: none */
    uint64_t              seq, index;
    uint64_t              note; /* records with the same number are of one loan note; 0: of none */
    size_t                fields_n;
    struct voucher_field *fields;
};
struct voucher {
    enum voucher_form            form;
    bool                         masked;
    struct bytes                 organisation, origin, matter;
    uint64_t                     log_size;    /* published when it was made */
    uint64_t                     unpublished; /* records of the loan that are not in it */
    size_t                       records_n;
    const struct voucher_record *records; /* published ones, in the order of intake */
};
/* Append the PDF: the same voucher gives the same bytes. One section for each note, beginning a
 * page. GZ_MISSING: there is no contract, or no drawdown. */
enum gz_err voucher_pdf(struct fonts *fonts, const struct voucher *v, struct buf *out);

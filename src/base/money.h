/* Money: whole fen. Nothing outside this file touches the field. Pure. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct money {
    int64_t fen;
};

enum { MONEY_TEXT_SIZE = 24 };

/* Decimal yuan with exactly two places, no sign, no leading zero: "120000.00". GZ_MALFORMED else;
 * the limit is 10^15 fen. */
enum gz_err money_decode(struct bytes text, struct money *out);
const char *money_encode(struct money m, char out[MONEY_TEXT_SIZE]);
/* GZ_LIMIT: over what fits; *sum is unchanged. */
enum gz_err money_add(struct money a, struct money b, struct money *sum);
int         money_cmp(struct money a, struct money b); /* <0, 0, >0 */
/* GZ_LIMIT: a is less than b, or one of them below zero; *out is unchanged. */
enum gz_err money_subtract(struct money a, struct money b, struct money *out);
/* Append "120,000.00". */
enum gz_err money_add_grouped(struct money m, struct buf *out);
/* Append the capital figures of Chinese notes and bills (支付结算办法, 附一): "壹拾贰万元整". */
enum gz_err money_add_capitals(struct money m, struct buf *out);

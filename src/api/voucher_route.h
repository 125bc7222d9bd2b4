/* POST /control/vouchers {"by":"contract"|"matter","value","source","masked"} →
 * {"matter","organisation","origin","log_size","unpublished","records":[{"id","kind","kind_label",
 * "fingerprint","corrects","corrected_by","seq","index","note",
 * "fields":[{"name","label","text"}]}]}
 * (app/issue_voucher.h). */
#pragma once
#include "app/bank.h"
#include "host/http_server.h"
#include "store/db.h"

/* request: the body. db is the caller's for the call. Where it refuses, *why says what to do. */
enum gz_err voucher_route(const struct bank *bank, struct db *db, struct bytes request,
                          struct http_reply *reply, const char **why);

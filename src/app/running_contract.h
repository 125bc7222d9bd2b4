/* Does a loan's contract run at an instant? It does from its signature until the end of its term's
 * last day, and beyond that while more was drawn than principal repaid. What happens under it needs
 * no consent (LAW 个人信息保护法#13.1.2), so that a withdrawal never stops it. */
#pragma once
#include "app/matter_keys.h"

/* Unseals the matter's contracts, drawdowns and repayments: asked only where no consent is live.
 * What cannot be opened counts for nothing. */
enum gz_err contract_runs(struct db *db, int64_t matter_id, const struct matter_keys *keys,
                          int64_t at_ms, bool *out);

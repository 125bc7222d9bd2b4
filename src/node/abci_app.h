/* What the engine asks (ABCI 2.0), answered from a block log. The engine orders submissions and
 * hands over blocks; everything that is decided about them is decided by the ledger. Its code for a
 * submission is 0 where it is executed, else the number of enum ledger_result, so that the engine
 * keeps no refused submission from coming again. */
#pragma once
#include "node/abci_wire.h"
#include "node/block_log.h"

enum { ABCI_ACCEPT = 1, ABCI_REJECT = 2, ABCI_SNAPSHOT_REJECT = 3, ABCI_CHUNK_ABORT = 2 };

/* For abci_server: ctx is the struct block_log. GZ_MISSING: a request that is not known. */
enum gz_err abci_app_answer(void *ctx, const Abci__Request *r, struct buf *out);

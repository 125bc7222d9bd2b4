/* Carrying through of stored orders to destroy, for destroy_matter.c alone. */
#pragma once
#include "base/time.h"
#include "store/db.h"
#include "vault/blob.h"

/* All that are pending; the vaults are locked. May be called again after any error or crash. */
enum gz_err destroy_finish_locked(struct vault *const vaults[SIDES], struct db *db, struct time now,
                                  struct buf *why);

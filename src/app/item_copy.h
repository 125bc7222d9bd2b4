/* An intake item that outlives whoever read it. */
#pragma once
#include "app/intake_item.h"

/* All that item borrows stands in memory afterwards (its content before is lost), and out borrows
 * from that; kinds, codes and media types are those of the program. out holds plain text: the
 * memory is wiped by whoever frees it. */
enum gz_err item_copy(const struct intake_item *item, struct buf *memory, struct intake_item *out);

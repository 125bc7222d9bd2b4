/* The columns of table record (as r) and how they are read, for the nouns of this folder alone. */
#pragma once
#include "store/record.h"
#include "store/statement.h"

#define RECORD_HEAD                                                                                \
    "r.id, r.matter_id, coalesce(r.batch_id, 0), r.uuid, r.seq, r.fingerprint, r.received_ms,"     \
    " r.log_index, coalesce(r.sequenced_ms, 0), coalesce(r.published_ms, 0), r.kind"
enum { RECORD_COLUMNS = 11 };

enum gz_err record_read_head(const struct statement *q, struct record *out);

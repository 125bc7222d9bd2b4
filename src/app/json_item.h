/* One loan event as JSON, in a call of the push API or a line of NDJSON, to an intake item:
 *
 *   {"event_number": "E1", "source": "core", "kind": "loan.contract", "matter": "L-1",
 *    "corrects": "E0",
 *    "fields": {"amount": "120000.00", …},
 *    "files": [{"field": "file/1", "name": "contract.pdf", "media_type": "application/pdf",
 *               "content_base64": "…" | "part": "…"}]}
 *
 * "corrects" (the event number of the item of the same source that this one corrects) and "files"
 * may be absent, and in a file "media_type". Everything is a string; an empty one is no
 * value. Strict: members that are unknown or stand there twice, other types, numbers in place of
 * strings are a defect each, and all defects are told at once, with a JSON pointer (RFC 6901) as
 * column. */
#pragma once
#include "app/intake_item.h"

enum { JSON_ITEM_MAX = 48 * 1024 * 1024 /* bytes; an original in Base64 included */ };

/* What came beside the JSON under a name of its own (multipart). part(): false where there is none;
 * content lives as long as the item. */
struct json_item_parts {
    void *ctx;
    bool (*part)(void *ctx, struct bytes name, struct bytes *content);
};

/* Reads one item after the other; not thread-safe. */
struct json_item_reader;
enum gz_err json_item_open(const struct catalog *catalog, struct json_item_reader **out);
void        json_item_close(struct json_item_reader **r); /* for DEFER; wipes */
/* Wipes what was read last. */
void        json_item_forget(struct json_item_reader *r);
/* line: for the defects, 0: there are no lines. now bounds occurred_at. parts may be NULL. The item
 * borrows text, and lives until the next call. A defect of the item is no error; its kind is NULL
 * where that is the defect. GZ_MEMORY. */
enum gz_err json_item_read(struct json_item_reader *r, struct bytes text, unsigned line,
                           struct time now, const struct json_item_parts *parts,
                           struct intake_item *out);

/* What the push API says of an item that was taken to the queue, alone or in a line of a batch. */
#pragma once
#include "api/problem.h"
#include "app/intake_queue.h"

/* Why it was not recorded; PROBLEM_KINDS: it is. */
enum problem_kind evidence_problem(const struct bank *bank, const struct intake_request *r);
/* "result":"accepted","id":…,"fingerprint":…,"received_at":…,"publish_by":… without braces. */
enum gz_err       evidence_add_record(const struct bank *bank, const struct intake_request *r,
                                      struct buf *out);
/* A line of a batch's answer: what became of the line of this number. */
struct evidence_line {
    unsigned                     number;
    const struct intake_item    *item;
    const struct intake_request *request; /* NULL: the item has defects */
    bool                         with_receipt;
};
enum gz_err evidence_add_line(const struct bank *bank, const struct evidence_line *l,
                              struct buf *out);
/* It was longer than EVIDENCE_LINE_MAX, so that nobody read it. */
enum gz_err evidence_add_long_line(unsigned number, struct buf *out);
/* ,"receipt":"…": signed now. */
enum gz_err evidence_add_receipt(const struct bank *bank, struct hash fingerprint,
                                 int64_t received_ms, struct buf *out);
/* "name":"2026-11-25T16:20:00.000+08:00" */
enum gz_err evidence_add_time(const char *name, int64_t ms, struct buf *out);

/* Words and rows that all printed documents share. */
#pragma once
#include "base/time.h"
#include "core/entry.h"
#include "document/page.h"

enum { PAGE_LABEL_PT = 108 };

/* "2026-03-05 10:30:02（北京时间）"; of a time beyond the year 9999 its number of seconds. */
enum gz_err page_add_time(uint64_t unix_s, struct buf *out);
/* "3602 秒（约 2 天）", "不足 1 秒": courts tell whole seconds. Negative where clocks differ. */
enum gz_err page_add_lag(int64_t ms, struct buf *out);
/* A JSON value (strict, from a disclosure) as people read it: the text of a string, else its JSON;
 * safe to print. */
enum gz_err page_add_value(struct fonts *f, struct bytes json, struct buf *out);

/* A document being written: its sheet and what makes text safe. */
struct writing {
    struct fonts *fonts;
    struct sheet *sheet;
};
enum gz_err write_heading(struct writing *w, const char *text);
enum gz_err write_paragraph(struct writing *w, enum page_style style, const char *text);
/* A row "label  value"; the value is safe to print already. */
enum gz_err write_value(struct writing *w, const char *label, struct bytes value,
                        enum page_style style);
/* A digest in a row of its own, below a field. */
enum gz_err write_digest(struct writing *w, const char *label, struct bytes hex);
/* The same, with room for the QR code at its right. */
enum gz_err write_value_beside_qr(struct writing *w, const char *label, struct bytes value,
                                  enum page_style style);
/* "amount" under its Chinese label (may be empty), with its value. */
enum gz_err write_field(struct writing *w, struct bytes label, struct bytes name,
                        struct bytes value);

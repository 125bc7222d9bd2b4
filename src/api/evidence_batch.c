/* POST /v1/evidence/batches: an item a line, a result a line in the same order. Lines are recorded
 * in groups while the body still comes, in constant memory. The server answers only after the body,
 * so what was said so far waits in memory and, over a bound, in a file without a name. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/evidence_answer.h"
#include "api/evidence_body.h"
#include "api/evidence_site.h"
#include "api/problem.h"
#include "host/file.h"
#include "host/host.h"

enum { GROUP_LINES = 100, RESULTS_IN_MEMORY = 256 * 1024, RESULT_FILE_MODE = 0600 };

static const struct evidence_form form = {
    "application/x-ndjson", "items",
    "须为 application/x-ndjson，UTF-8，不压缩；或 multipart/form-data，其中 items 部分为 NDJSON"};

/* A line of the group that is being recorded. */
struct line {
    struct json_item_reader *reader;
    struct bytes             text;
    struct intake_item       item;
    struct intake_request   *request; /* NULL: it has defects */
};
struct batch_upload {
    struct evidence_site         *site;
    const struct json_item_parts *parts;
    bool                          is_multipart, with_receipts;
    bool                          is_skipping; /* the rest of a line that is too long */
    unsigned                      number;      /* of the last line */
    struct buf                    pending;     /* lines that are not whole yet; of multipart all */
    struct buf                    results;
    int                           file; /* -1: none */
    uint64_t                      file_size;
    size_t                        n, largest; /* lines of the group; bytes of the largest so far */
    struct line                   lines[GROUP_LINES];
    struct intake_request         requests[GROUP_LINES];
};

static void upload_close(void *state)
{
    struct batch_upload *u = state;
    for (size_t i = 0; i < GROUP_LINES; i++)
        evidence_give_reader(u->site, u->lines[i].reader, u->largest);
    if (u->is_multipart) evidence_let_go(u->site, u->pending.n);
    if (u->pending.p != NULL) explicit_bzero(u->pending.p, u->pending.cap);
    buf_fini(&u->pending);
    buf_fini(&u->results);
    file_close(&u->file);
    free(u);
}

/* --- results ---------------------------------------------------------------------------------- */

/* In no named file: it is gone with its descriptor, also after a crash. */
static enum gz_err spill(struct batch_upload *u)
{
    if (u->file < 0)
        u->file = open(u->site->o.folder, O_TMPFILE | O_RDWR | O_CLOEXEC, RESULT_FILE_MODE);
    if (u->file < 0) return GZ_IO;
    TRY(file_write_all(u->file, u->results.p, u->results.n, u->file_size));
    u->file_size += u->results.n;
    u->results.n = 0;
    return GZ_OK;
}

static enum gz_err add_result(struct batch_upload *u, const struct line *l, unsigned number)
{
    const struct evidence_line answer = {.number = number,
                                         .item = &l->item,
                                         .request = l->request,
                                         .with_receipt = u->with_receipts};
    TRY(evidence_add_line(u->site->o.bank, &answer, &u->results));
    return u->results.n > RESULTS_IN_MEMORY ? spill(u) : GZ_OK;
}

static enum gz_err refuse_long_line(struct batch_upload *u)
{
    u->number++;
    return evidence_add_long_line(u->number, &u->results);
}

/* --- lines ------------------------------------------------------------------------------------ */

static enum gz_err read_line(struct batch_upload *u, size_t at, struct time now)
{
    struct line   *l = &u->lines[at];
    const unsigned number = u->number + (unsigned)at + 1;
    if (l->text.n > u->largest) u->largest = l->text.n;
    if (l->reader == NULL) TRY(evidence_take_reader(u->site, &l->reader));
    return json_item_read(l->reader, l->text, number, now, u->parts, &l->item);
}

/* What stands in the group: read, recorded together, answered in order. */
static enum gz_err record_group(struct batch_upload *u)
{
    const struct time now = clock_now();
    size_t            good = 0;
    for (size_t i = 0; i < u->n; i++) {
        struct line *l = &u->lines[i];
        TRY(read_line(u, i, now));
        l->request = l->item.defects_n > 0 ? NULL : &u->requests[good++];
        if (l->request != NULL) *l->request = (struct intake_request){.item = &l->item};
    }
    intake_queue_record(u->site->o.queue, u->requests, good);
    for (size_t i = 0; i < u->n; i++) TRY(add_result(u, &u->lines[i], u->number + (unsigned)i + 1));
    u->number += (unsigned)u->n;
    u->n = 0;
    return GZ_OK;
}

static enum gz_err add_line(struct batch_upload *u, struct bytes text)
{
    if (u->is_skipping) {
        u->is_skipping = false; /* its end: it was refused when it grew too long */
        return GZ_OK;
    }
    if (text.n > EVIDENCE_LINE_MAX) {
        TRY(record_group(u));
        return refuse_long_line(u);
    }
    u->lines[u->n++].text = text;
    return u->n == GROUP_LINES ? record_group(u) : GZ_OK;
}

/* Every whole line of text; *rest is what is left. */
static enum gz_err take_lines(struct batch_upload *u, struct bytes text, struct bytes *rest)
{
    struct bytes line;
    while (bytes_take_line(&text, &line)) TRY(add_line(u, line));
    TRY(record_group(u)); /* the lines stand in text */
    *rest = text;
    return GZ_OK;
}

static enum gz_err take_last_line(struct batch_upload *u, struct bytes text)
{
    if (text.n > 0) TRY(add_line(u, text));
    return record_group(u);
}

/* Keep the beginning of a line, or, where it is too long, that it is one. */
static enum gz_err keep(struct batch_upload *u, struct bytes rest)
{
    if (!u->is_skipping && rest.n > EVIDENCE_LINE_MAX) {
        u->is_skipping = true;
        TRY(refuse_long_line(u));
    }
    if (u->is_skipping) rest.n = 0;
    if (rest.n > 0) memmove(u->pending.p, rest.p, rest.n);
    u->pending.n = rest.n;
    return GZ_OK;
}

/* --- the upload ------------------------------------------------------------------------------- */

static enum gz_err refuse(const struct http_request *r, enum problem_kind kind, const char *detail,
                          struct http_reply *reply)
{
    const struct problem p = {.kind = kind, .detail = detail, .request_id = r->id};
    return problem_reply(&p, reply);
}

static enum gz_err check(struct evidence_site *s, const struct http_request *r,
                         struct batch_upload *u, struct http_reply *reply)
{
    const char *receipts = http_query(r, "receipts");
    TRY(evidence_check_caller(r, reply));
    if (reply->status == 0) TRY(evidence_body_check(r, &form, &u->is_multipart, reply));
    if (reply->status != 0) return GZ_OK;
    u->with_receipts = receipts != NULL && strcmp(receipts, "true") == 0;
    if (receipts != NULL && !u->with_receipts && strcmp(receipts, "false") != 0)
        return refuse(r, PROBLEM_PARAMETER, "receipts 须为 true 或 false", reply);
    if (!witness_clock_is_trusted(s->o.bank->clock)) return refuse(r, PROBLEM_CLOCK, NULL, reply);
    return GZ_OK;
}

static enum gz_err upload_open(void *ctx, const struct http_request *r, struct http_reply *reply,
                               void **state)
{
    struct batch_upload *u = calloc(1, sizeof *u);
    if (u == NULL) return GZ_MEMORY;
    u->site = ctx;
    u->file = -1;
    *state = u;
    return check(ctx, r, u, reply);
}

static enum gz_err keep_part(struct batch_upload *u, struct bytes piece)
{
    if (piece.n > EVIDENCE_BODY_MAX - u->pending.n) return GZ_LIMIT;
    if (!evidence_keep(u->site, piece.n)) return GZ_BUSY;
    const enum gz_err e = buf_add(&u->pending, piece);
    if (e != GZ_OK) evidence_let_go(u->site, piece.n);
    return e;
}

static enum gz_err upload_take(void *state, struct bytes piece, struct http_reply *reply)
{
    struct batch_upload *u = state;
    struct bytes         rest;
    (void)reply;
    if (u->is_multipart) return keep_part(u, piece);
    TRY(buf_add(&u->pending, piece));
    TRY(take_lines(u, buf_bytes(&u->pending), &rest));
    return keep(u, rest);
}

static enum gz_err finish(struct batch_upload *u, const struct http_request *r,
                          struct http_reply *reply)
{
    DEFER(evidence_body_fini) struct evidence_body body = {0};
    struct bytes                                   rest = buf_bytes(&u->pending);
    if (u->is_multipart) {
        TRY(evidence_body_read(r, &form, rest, &body, reply));
        if (reply->status != 0) return GZ_OK;
        u->parts = evidence_body_parts(&body);
        TRY(take_lines(u, body.text, &rest));
    }
    const enum gz_err e = take_last_line(u, rest);
    u->parts = NULL;
    return e;
}

enum gz_err evidence_post_batch(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    struct batch_upload *u = r->upload;
    (void)ctx;
    TRY(finish(u, r, reply));
    if (reply->status != 0) return GZ_OK;
    if (u->file >= 0) {
        TRY(spill(u));
        reply->has_file = true;
        reply->file = u->file;
        reply->file_size = u->file_size;
        u->file = -1;
    } else {
        reply->body = u->results;
        u->results = (struct buf){0};
    }
    reply->status = 200;
    reply->content_type = "application/x-ndjson";
    return GZ_OK;
}

const struct http_upload evidence_http_uploads[] = {
    {EVIDENCE_BATCHES_PATH, upload_open, upload_take, upload_close}};
const size_t evidence_http_uploads_n = COUNT_OF(evidence_http_uploads);

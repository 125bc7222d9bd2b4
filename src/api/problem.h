/* What the push API says when it says no: application/problem+json (RFC 9457) with a stable code,
 * the request's number, and everything that is wrong at once, each with a JSON pointer. Titles are
 * for people, codes for programs. No word of the request is repeated, names of members excepted. */
#pragma once
#include "app/intake_item.h"
#include "host/http_server.h"

/* X(name, HTTP status, code, title, Retry-After in seconds) */
#define PROBLEM_TABLE(X)                                                                           \
    X(JSON, 400, "json", "请求体不是严格的 JSON", 0)                                               \
    X(MULTIPART, 400, "multipart", "请求体不是完整的 multipart/form-data", 0)                      \
    X(PARAMETER, 400, "parameter", "请求参数或首部不符合要求", 0)                                  \
    X(MALFORMED, 400, "malformed", "请求不符合要求，请对照接口说明", 0)                            \
    X(DENIED, 403, "denied", "不接受网页发来的请求：请直接用本机地址调用，不带 Origin 首部", 0)    \
    X(NOT_FOUND, 404, "not_found", "没有这个资源，请核对地址与编号", 0)                            \
    X(METHOD, 405, "method_not_allowed", "这个地址不支持该方法，可用的见 Allow 首部", 0)           \
    X(CONFLICT, 409, "conflict", "同一来源的这个事件编号已登记过不同的内容", 0)                    \
    X(NOT_PUBLISHED, 409, "not_published", "这条记录还没有达到法院共签门限，请稍后再取", 1)        \
    X(KEY_IN_FLIGHT, 409, "idempotency_key_in_flight", "同一 Idempotency-Key 的请求正在办理", 1)   \
    X(ERASED, 410, "erased", "这笔贷款的内容已依法销毁，不可恢复", 0)                              \
    X(TOO_LARGE, 413, "too_large", "请求体超过规定的上限", 0)                                      \
    X(MEDIA_TYPE, 415, "media_type", "不支持这种内容类型、字符集或压缩", 0)                        \
    X(DEFECTS, 422, "defects", "内容有误，没有登记；逐项见 errors", 0)                             \
    X(REFUSED, 422, "refused", "内容无误，但依现有登记不予受理", 0)                                \
    X(KEY_TAKEN, 422, "idempotency_key_reused", "同一 Idempotency-Key 已用于内容不同的请求", 0)    \
    X(DISCLOSE, 422, "disclose", "这条记录没有所要披露的字段", 0)                                  \
    X(IO, 500, "io", "银行一侧的磁盘或数据库出错；排除后请用原样内容重发，不会重复", 0)            \
    X(CORRUPT, 500, "corrupt", "银行一侧的数据核对不符；请通知银行运维", 0)                        \
    X(CLOCK, 503, "clock", "银行的时钟暂不可信，不予受理；请稍后用原样内容重发", 5)                \
    X(BUSY, 503, "busy", "暂时不能办理；请稍后用原样内容重发，不会重复", 1)

enum problem_kind {
#define PROBLEM_ENUM(name, status, code, title, retry) PROBLEM_##name,
    PROBLEM_TABLE(PROBLEM_ENUM)
#undef PROBLEM_ENUM
        PROBLEM_KINDS
};
struct problem {
    enum problem_kind           kind;
    const char                 *code;       /* NULL: the kind's */
    const char                 *detail;     /* a sentence of ours, or NULL */
    const char                 *request_id; /* NULL: none is told (a line of a batch) */
    size_t                      defects_n;
    const struct intake_defect *defects;
};
int               problem_status(enum problem_kind k);
const char       *problem_code(enum problem_kind k);
const char       *problem_title(enum problem_kind k);
enum problem_kind problem_of(enum gz_err e); /* not of GZ_OK */
/* The whole answer. */
enum gz_err       problem_reply(const struct problem *p, struct http_reply *reply);
/* [{"pointer","field","code","detail"}, …] */
enum gz_err       problem_add_errors(const struct intake_defect *d, size_t n, struct buf *out);
/* For http_options.write_refusal. */
enum gz_err       problem_write_refusal(const struct http_refusal *r, struct buf *out);

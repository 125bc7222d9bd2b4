#include "cli/verify_receipt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/process.h"
#include "core/base64.h"
#include "core/receipt.h"
#include "node/log_search.h"

static const char default_genesis[] = "/etc/guzheng/genesis.json";

enum { STATUS_INVALID = 1, STATUS_INCOMPLETE = 3 };

/* The judgement of one receipt. */
struct judged {
    struct note          note;
    struct receipt       receipt;
    bool                 is_decided;
    enum receipt_verdict verdict; /* if decided */
    bool                 has_index;
    uint64_t             index, size, time; /* where found or how far searched; quorum time */
    const char          *reason;            /* invalid, or undecided: why */
};

bool verify_is_receipt(const char *path)
{
    DEFER(buf_fini) struct buf wire = {0};
    return input_read(path, RECEIPT_SIZE_MAX, &wire) == GZ_OK && receipt_is_one(buf_bytes(&wire));
}

/* --- deciding --------------------------------------------------------------------------------- */

static void keys_fini(struct key **keys)
{
    free(*keys);
}

/* The receipt keys that the genesis gives to the organisation. */
static enum gz_err check_signature(const struct genesis *g, struct judged *j)
{
    DEFER(keys_fini) struct key *keys = calloc(g->rows_n + 1, sizeof *keys);
    size_t                       n = 0;
    if (keys == NULL) return GZ_MEMORY;
    for (size_t i = 0; i < g->rows_n; i++)
        if (g->rows[i].has_receipt && bytes_eq(g->rows[i].name, j->receipt.org))
            keys[n++] = g->rows[i].receipt;
    j->reason = "it is a receipt of another log";
    if (!bytes_eq(j->receipt.origin, g->origin)) return GZ_MISMATCH;
    return receipt_verify(&j->note, &j->receipt, keys, n, &j->reason);
}

/* By the certificate of the same record, valid by itself. */
static enum gz_err decide_by_certificate(const struct receipt_request *r, struct judged *j)
{
    DEFER(verifier_fini) struct verifier verifier = {.history = r->history};
    struct verified                      v = {.path = r->certificate};
    j->reason = "the certificate cannot be read";
    TRY(verifier_run(&verifier, &v));
    j->reason = "the certificate is not valid";
    if (v.report.result == VERIFY_INVALID) return GZ_MISMATCH;
    j->reason = "the certificate is of another record";
    if (!hash_eq(v.report.fingerprint, j->receipt.fingerprint) ||
        !bytes_eq(v.report.entry.org, j->receipt.org) ||
        !bytes_eq(v.report.checkpoint.origin, j->receipt.origin))
        return GZ_MISMATCH;
    j->is_decided = true;
    j->has_index = true;
    j->index = v.report.index;
    j->size = v.report.checkpoint.size;
    j->time = v.report.quorum_time;
    j->verdict = receipt_judge(&j->receipt, true, j->time);
    return GZ_OK;
}

static void show_progress(void *ctx, uint64_t done, uint64_t size)
{
    (void)ctx;
    fprintf(stderr, "\r%llu / %llu%s", (unsigned long long)done, (unsigned long long)size,
            done == size ? "\n" : "");
}

static enum gz_err decide_by_log(const struct receipt_request *r, struct judged *j)
{
    struct log_found        found;
    const struct log_search s = {.bases = r->logs,
                                 .bases_n = r->logs_n,
                                 .history = r->history,
                                 .origin = j->receipt.origin,
                                 .org = j->receipt.org,
                                 .fingerprint = j->receipt.fingerprint,
                                 .progress = isatty(STDERR_FILENO) ? show_progress : NULL};
    const enum gz_err       e = log_search(&s, &found, &j->reason);
    if (e == GZ_MISSING) return GZ_OK; /* nothing published: undecided */
    TRY(e);
    j->is_decided = true;
    j->has_index = found.found;
    j->index = found.index;
    j->size = found.size;
    j->time = found.time;
    j->verdict = receipt_judge(&j->receipt, found.found, found.time);
    return GZ_OK;
}

static enum gz_err decide(const struct receipt_request *r, const struct genesis *g,
                          struct bytes wire, struct judged *j)
{
    TRY(receipt_decode(wire, &j->note, &j->receipt, &j->reason));
    TRY(check_signature(g, j));
    j->reason = "neither its certificate nor a log (--log) was given";
    if (r->certificate != NULL) return decide_by_certificate(r, j);
    return r->logs_n > 0 ? decide_by_log(r, j) : GZ_OK;
}

/* --- saying ----------------------------------------------------------------------------------- */

static const struct {
    const char *word, *zh, *en;
    int         status;
} verdicts[] = {
    [RECEIPT_KEPT] = {"kept", "承诺已履行：在承诺的时间之前由法院共签固证", "the promise was kept",
                      STATUS_OK},
    [RECEIPT_LATE] = {"late", "承诺已违反：固证迟于承诺的时间", "the promise was broken: late",
                      STATUS_INVALID},
    [RECEIPT_OMITTED] = {"omitted",
                         "承诺已违反：过了承诺的时间，法院共签的账本里没有这条记录（漏载的证据）",
                         "the promise was broken: the record is not in the log (proof of omission)",
                         STATUS_INVALID},
    [RECEIPT_OPEN] = {"open", "尚未到期：账本里还没有，但承诺的时间也还没有过",
                      "not due yet, and not there yet", STATUS_INCOMPLETE},
};

static int status_of(enum gz_err e, const struct judged *j)
{
    if (e == GZ_IO || e == GZ_MEMORY) return STATUS_USAGE;
    if (e != GZ_OK) return STATUS_INVALID;
    return j->is_decided ? verdicts[j->verdict].status : STATUS_INCOMPLETE;
}

static void print_field(const char *name, struct bytes value)
{
    fputs(name, stdout);
    text_print(stdout, value);
    putchar('\n');
}

static void print_time_field(const char *name, uint64_t unix_s)
{
    char text[TIME_TEXT_SIZE];
    if (unix_s > TIME_SHOWN_MAX) return;
    printf("%s%s\n", name, time_encode((struct time){(int64_t)unix_s, 0}, BEIJING_MINUTES, text));
}

static void print_verdict(enum gz_err e, const struct judged *j, bool zh)
{
    const char *head = zh ? "核验结论：" : "Verdict: ";
    if (e != GZ_OK)
        printf("%s%s%s\n", head, zh ? "不能采信的回执。" : "not to be relied on: ",
               wording_reason(zh ? LANG_ZH : LANG_EN, j->reason));
    else if (!j->is_decided)
        printf("%s%s%s\n", head, zh ? "回执签名有效；履行与否尚无从判断：" : "signed; undecided: ",
               wording_reason(zh ? LANG_ZH : LANG_EN, j->reason));
    else
        printf("%s%s%s\n", head, zh ? "回执签名有效。" : "signed; ",
               zh ? verdicts[j->verdict].zh : verdicts[j->verdict].en);
}

static void print_people(enum gz_err e, const struct judged *j, enum lang lang)
{
    const bool zh = lang == LANG_ZH;
    char       fingerprint[2 * HASH_SIZE] = {0};
    print_verdict(e, j, zh);
    if (j->receipt.org.n == 0) return; /* it could not be read */
    base64_encode(BASE64_URL_BARE, BYTES_OF(j->receipt.fingerprint.b), fingerprint);
    print_field(zh ? "  账本      " : "  origin       ", j->receipt.origin);
    print_field(zh ? "  出具机构  " : "  org          ", j->receipt.org);
    print_field(zh ? "  指纹      " : "  fingerprint  ", bytes_str(fingerprint));
    print_field(zh ? "  受理时间  " : "  received_at  ", j->receipt.received_at_text);
    print_field(zh ? "  承诺时间  " : "  publish_by   ", j->receipt.publish_by_text);
    if (!j->is_decided) return;
    print_time_field(zh ? "  共签时间  " : "  quorum time  ", j->time);
    if (j->has_index)
        printf(zh ? "  链上位置  第 %llu 号\n" : "  index        %llu\n",
               (unsigned long long)j->index);
    else
        printf(zh ? "  查找范围  全部 %llu 条，已逐条重算到共签的根\n"
                  : "  searched     all %llu entries, hashed up to the cosigned root\n",
               (unsigned long long)j->size);
}

static json_t *text_json(struct bytes b)
{
    return json_stringn(b.n == 0 ? "" : (const char *)b.p, b.n);
}

static void print_json(enum gz_err e, const struct judged *j)
{
    static const char *const results[] = {[STATUS_OK] = "valid",
                                          [STATUS_INVALID] = "invalid",
                                          [STATUS_USAGE] = "unusable",
                                          [STATUS_INCOMPLETE] = "incomplete"};
    char                     fingerprint[2 * HASH_SIZE] = {0};
    json_t                  *o = json_pack("{s:s}", "result", results[status_of(e, j)]);
    base64_encode(BASE64_URL_BARE, BYTES_OF(j->receipt.fingerprint.b), fingerprint);
    json_object_set_new(o, "verdict",
                        e == GZ_OK && j->is_decided ? json_string(verdicts[j->verdict].word)
                                                    : json_null());
    json_object_set_new(o, "reason",
                        e != GZ_OK || !j->is_decided ? json_string(j->reason) : json_null());
    if (j->receipt.org.n > 0)
        json_object_set_new(o, "receipt",
                            json_pack("{s:o, s:o, s:s, s:o, s:o}", "origin",
                                      text_json(j->receipt.origin), "org",
                                      text_json(j->receipt.org), "fingerprint", fingerprint,
                                      "received_at", text_json(j->receipt.received_at_text),
                                      "publish_by", text_json(j->receipt.publish_by_text)));
    if (e == GZ_OK && j->is_decided) {
        json_object_set_new(o, "quorum_time", json_integer((json_int_t)j->time));
        json_object_set_new(o, "size", json_integer((json_int_t)j->size));
        json_object_set_new(o, "index",
                            j->has_index ? json_integer((json_int_t)j->index) : json_null());
    }
    json_dumpf(o, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(o);
}

int verify_receipt(const struct receipt_request *r)
{
    DEFER(process_genesis_fini) struct process_genesis g = {0};
    DEFER(buf_fini) struct buf                         wire = {0};
    struct judged                                      j = {.reason = "out of memory"};
    const char *genesis = r->genesis != NULL ? r->genesis : default_genesis;
    if (process_read_genesis(genesis, &g) != GZ_OK) return STATUS_USAGE;
    if (input_read(r->path, RECEIPT_SIZE_MAX, &wire) != GZ_OK) {
        fprintf(stderr, "guzheng verify: 读不到文件 %s：%s (cannot read)\n", r->path,
                strerror(errno));
        return STATUS_USAGE;
    }
    const enum gz_err e = decide(r, &g.genesis, buf_bytes(&wire), &j);
    if (status_of(e, &j) == STATUS_USAGE)
        fprintf(stderr, "guzheng verify: %s\n", wording_reason(r->options.lang, j.reason));
    else if (r->options.json) print_json(e, &j);
    else print_people(e, &j, r->options.lang);
    return fflush(stdout) == 0 ? status_of(e, &j) : STATUS_USAGE;
}

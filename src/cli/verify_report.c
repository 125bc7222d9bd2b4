#include "cli/verify_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/verify_kinds.h"
#include "core/base64.h"
#include "core/json.h"

enum verify_result verified_result(const struct verified *v)
{
    return v->set_reason != NULL ? VERIFY_INVALID : v->report.result;
}

unsigned verified_check(const struct verified *v)
{
    return v->set_reason != NULL ? CHECK_SET : v->report.check;
}

const char *verified_reason(const struct verified *v)
{
    return v->set_reason != NULL ? v->set_reason : v->report.reason;
}

/* --- pieces ----------------------------------------------------------------------------------- */

static const char *pick(enum lang lang, const char *zh, const char *en)
{
    return lang == LANG_ZH ? zh : en;
}

static void print_c(FILE *out, const char *s)
{
    text_print(out, bytes_str(s));
}

/* A JSON string's body, unescaped. */
static void print_body(FILE *out, struct bytes body)
{
    DEFER(buf_fini) struct buf plain = {0};
    if (buf_reserve(&plain, body.n + 1) != GZ_OK) return text_print(out, body);
    plain.n = json_unescape(body, plain.p);
    text_print(out, buf_bytes(&plain));
}

/* A string without its quotes; any other value as its JSON bytes. */
static void print_value(FILE *out, struct bytes value)
{
    struct json  j;
    struct bytes body;
    if (json_init(&j, value) == GZ_OK && json_peek(&j) == '"' &&
        json_string_raw(&j, &body) == GZ_OK)
        print_body(out, body);
    else text_print(out, value);
}

static void print_hex(FILE *out, struct hash h)
{
    char hex[2 * HASH_SIZE + 1];
    text_to_hex(BYTES_OF(h.b), hex);
    fputs(hex, out);
}

/* "2026-03-05 10:30:02（北京时间）" */
static void print_time(FILE *out, enum lang lang, uint64_t unix_s)
{
    char text[TIME_TEXT_SIZE];
    if (unix_s > TIME_SHOWN_MAX) {
        fprintf(out, "Unix %llu", (unsigned long long)unix_s);
        return;
    }
    time_encode((struct time){(int64_t)unix_s, 0}, BEIJING_MINUTES, text);
    fprintf(out, "%.10s %.8s%s", text, text + 11, pick(lang, "（北京时间）", " +08:00"));
}

/* Milliseconds as seconds with three places, and in days where that says more. */
/* Courts' clocks tell whole seconds: less than one is not told, negative only where they differ. */
static void print_lag(FILE *out, enum lang lang, int64_t ms)
{
    enum { MS_PER_S = 1000, MS_PER_DAY = 24 * 3600 * MS_PER_S };
    const bool     is_before = ms <= -MS_PER_S;
    const uint64_t size = is_before ? -(uint64_t)ms : (uint64_t)ms;
    if (!is_before && ms < MS_PER_S) {
        fputs(pick(lang, "不足 1 秒", "under 1 s"), out);
        return;
    }
    fprintf(out, "%s%llu %s", is_before ? "-" : "", (unsigned long long)(size / MS_PER_S),
            pick(lang, "秒", "s"));
    if (size >= MS_PER_DAY)
        fprintf(out, pick(lang, "（约 %llu 天）", " (about %llu days)"),
                (unsigned long long)(size / MS_PER_DAY));
}

/* "合同金额 amount": what people call it, and its name in the certificate. */
static void print_named(FILE *out, enum lang lang, struct bytes label, struct bytes name)
{
    if (lang == LANG_ZH && label.n > 0) {
        text_print(out, label);
        fputc(' ', out);
    }
    text_print(out, name);
}

/* --- sections --------------------------------------------------------------------------------- */

static void print_verdict(FILE *out, enum lang lang, const struct verified *v)
{
    const enum verify_result result = verified_result(v);
    const unsigned           check = verified_check(v);
    fprintf(out, "%s%s", pick(lang, "核验结论：", "Verdict: "), wording_result(lang, result));
    if (result == VERIFY_VALID) {
        fputs(pick(lang, "。本记录不晚于 ", ". This record existed not later than "), out);
        print_time(out, lang, v->report.proven_time);
        fputs(pick(lang, " 已经固定，此后未被改动。\n", " and was not altered since.\n"), out);
        return;
    }
    if (result == VERIFY_INCOMPLETE)
        fputs(pick(lang, "。没有发现矛盾，但缺少材料：", ". Nothing contradicts, but: "), out);
    else
        fprintf(out, pick(lang, "。第 %u 项（%s）不通过：", ". Check %u (%s) failed: "), check,
                wording_check(lang, check));
    fprintf(out, "%s%s\n", wording_reason(lang, verified_reason(v)), pick(lang, "。", "."));
    fputs(pick(lang, "下一步：", "Next: "), out);
    if (result == VERIFY_INVALID) fputs(wording_next_step(lang, check), out);
    else if (v->report.files_missing > 0)
        fputs(pick(lang, "请把证书所列的原件一并给出，再核验一次",
                   "give the originals listed below too, and verify again"),
              out);
    else
        fputs(pick(lang, "请向任一节点索取带一致性证明的证书，再核验一次",
                   "ask any node for the certificate with a consistency proof, and verify again"),
              out);
    fputs(pick(lang, "。\n", ".\n"), out);
}

static void print_entry(FILE *out, enum lang lang, const struct verify_report *r)
{
    char fingerprint[2 * HASH_SIZE];
    if (!r->has_entry) return;
    const size_t n = base64_encoded_size(BASE64_URL_BARE, HASH_SIZE);
    base64_encode(BASE64_URL_BARE, BYTES_OF(r->fingerprint.b), fingerprint);
    fprintf(out, pick(lang, "\n存证记录\n  证据编号  ", "\nRecord\n  id          "));
    text_print(out, r->entry.id);
    fputs(pick(lang, "\n  提交机构  ", "\n  org         "), out);
    text_print(out, r->entry.org);
    fputs(pick(lang, "\n  类别      ", "\n  kind        "), out);
    print_named(out, lang, kind_label(r->entry.kind), r->entry.kind);
    fputs(pick(lang, "\n  事项      ", "\n  matter      "), out);
    text_print(out, r->entry.matter);
    fprintf(out, pick(lang, "，其中第 %llu 条", ", number %llu of it"),
            (unsigned long long)r->entry.seq);
    if (r->entry.supersedes.n > 0) {
        fputs(pick(lang, "\n  更正      ", "\n  corrects    "), out);
        text_print(out, r->entry.supersedes);
    }
    fprintf(out, "%s%.*s\n", pick(lang, "\n  指纹      ", "\n  fingerprint "), (int)n, fingerprint);
    if (r->outcomes[3] != OUTCOME_PASSED || r->checkpoint.size == 0) return;
    fputs(pick(lang, "  链上位置  ", "  position    "), out);
    text_print(out, r->checkpoint.origin);
    fprintf(out, pick(lang, "，第 %llu 号（自 0 起，账本共 %llu 条）\n", ", index %llu of %llu\n"),
            (unsigned long long)r->index, (unsigned long long)r->checkpoint.size);
}

static bool is_given(const struct verified *v, const struct disclosed_file *f, const char **path)
{
    for (size_t i = 0; i < v->originals_n; i++)
        if (v->originals[i].size == f->size && hash_eq(v->originals[i].sm3, f->sm3) &&
            hash_eq(v->originals[i].sha256, f->sha256)) {
            *path = v->original_paths[i];
            return true;
        }
    return false;
}

static void print_file(FILE *out, enum lang lang, const struct verified *v,
                       const struct disclosed_file *f)
{
    const char *path = NULL;
    const bool  reached = v->report.outcomes[2] != OUTCOME_NOT_REACHED;
    print_body(out, f->name);
    fprintf(out, pick(lang, "（%llu 字节，", " (%llu bytes, "), (unsigned long long)f->size);
    print_body(out, f->media_type);
    fputs(pick(lang, "）\n      SM3     ", ")\n      SM3     "), out);
    print_hex(out, f->sm3);
    fputs("\n      SHA-256 ", out);
    print_hex(out, f->sha256);
    fputs(pick(lang, "\n      原件    ", "\n      given   "), out);
    if (is_given(v, f, &path)) {
        fputs(pick(lang, "一致：", "matches: "), out);
        print_c(out, path);
    } else
        fputs(reached ? pick(lang, "未给出", "not given") : pick(lang, "未核对", "not checked"),
              out);
}

static void print_disclosed(FILE *out, enum lang lang, const struct verified *v)
{
    const struct verify_report *r = &v->report;
    const bool                  proven = verified_result(v) != VERIFY_INVALID;
    if (!r->has_entry) return;
    fputs(proven ? pick(lang, "\n披露的内容（以此处为准，不以打印页面为准）\n",
                        "\nDisclosed values (these count, not a printed page)\n")
                 : pick(lang, "\n证书所称的内容（核验未通过，不得采信）\n",
                        "\nValues as the certificate claims them (NOT proven)\n"),
          out);
    if (r->disclosures_n == 0) fputs(pick(lang, "  （没有披露）\n", "  (none)\n"), out);
    for (size_t i = 0; i < r->disclosures_n; i++) {
        const struct disclosure *d = &r->disclosures[i];
        struct disclosed_file    file;
        fputs("  ", out);
        print_named(out, lang, field_label(r->entry.kind, d->name), d->name);
        fputs(pick(lang, "：", ": "), out);
        if (bytes_starts(d->name, BYTES_LIT("file/")) && disclosed_file_decode(d, &file) == GZ_OK)
            print_file(out, lang, v, &file);
        else print_value(out, d->value);
        fputc('\n', out);
    }
    if (r->disclosures_n < r->entry.digests_n && v->report.outcomes[1] == OUTCOME_PASSED)
        fprintf(out,
                pick(lang, "  另有 %zu 项没有向持证人披露\n", "  %zu more were not disclosed\n"),
                r->entry.digests_n - r->disclosures_n);
}

static void print_lags(FILE *out, enum lang lang, const struct verify_report *r)
{
    uint64_t          late_after_s;
    const struct time quorum = {(int64_t)r->quorum_time, 0};
    if (r->quorum_time > TIME_SHOWN_MAX) return;
    fputs(pick(lang, "  固证时延（自登记）  ", "  lag since recorded_at  "), out);
    print_lag(out, lang, time_diff_ms(quorum, r->entry.recorded_at));
    fputs(pick(lang, "\n  固证时延（自发生）  ", "\n  lag since occurred_at  "), out);
    if (r->has_occurred_at) print_lag(out, lang, time_diff_ms(quorum, r->occurred_at));
    else fputs(pick(lang, "发生时间未披露", "occurred_at is not disclosed"), out);
    fputc('\n', out);
    if (report_lateness(r, &late_after_s) == LATENESS_LATE)
        fprintf(out,
                pick(lang, "  提示                迟固：超过本类别规定的 %llu 秒\n",
                     "  warning                late: over the kind's %llu s\n"),
                (unsigned long long)late_after_s);
}

static void print_times(FILE *out, enum lang lang, const struct verify_report *r)
{
    char text[TIME_TEXT_SIZE];
    if (!r->has_entry) return;
    fputs(pick(lang, "\n时间\n  登记时间            ", "\nTimes\n  recorded_at            "), out);
    text_print(out, r->entry.recorded_at_text);
    fputs(pick(lang, "（提交机构自称）\n", " (the submitter's statement)\n"), out);
    if (r->has_occurred_at)
        fprintf(out,
                pick(lang, "  发生时间            %s（提交机构自称）\n",
                     "  occurred_at            %s (the submitter's statement)\n"),
                time_encode(r->occurred_at, BEIJING_MINUTES, text));
    if (r->quorum_time == 0) return;
    fputs(pick(lang, "  共签达标时间        ", "  quorum time            "), out);
    print_time(out, lang, r->quorum_time);
    fputs(
        pick(lang, "\n  所证明的时间        不晚于 ", "\n  proven time            not later than "),
        out);
    print_time(out, lang, r->proven_time);
    fputc('\n', out);
    print_lags(out, lang, r);
    fputs(pick(lang, "  共签机构\n", "  cosigned by\n"), out);
    for (size_t i = 0; i < policy_count_witnesses(r->version->policy); i++) {
        if (r->witness_times[i] == 0) continue;
        fputs("    ", out);
        print_c(out, policy_witness(r->version->policy, i, NULL)->name);
        fputs("  ", out);
        print_time(out, lang, r->witness_times[i]);
        fputc('\n', out);
    }
}

static void print_checks(FILE *out, enum lang lang, const struct verified *v)
{
    fputs(pick(lang, "\n逐项核验\n", "\nChecks\n"), out);
    for (unsigned i = 1; i <= VERIFY_CHECKS; i++) {
        const char *detail = wording_reason(lang, verify_detail(&v->report, i));
        fprintf(out, "  %u %s%s%s", i, wording_check(lang, i), pick(lang, "：", ": "),
                wording_outcome(lang, v->report.outcomes[i - 1]));
        if (detail != NULL) fprintf(out, "%s%s", pick(lang, "，", ", "), detail);
        fputc('\n', out);
    }
}

/* A note replaces nothing, so it is no check; the node's word. */
static void print_notes(FILE *out, enum lang lang, const struct node_notes *notes)
{
    if (!notes->is_known || notes->n == 0) return;
    fprintf(out,
            pick(lang, "\n附注\n  所问节点称本记录有 %zu 条附注（不改变本记录），账本序号",
                 "\nNotes\n  the node says that the record has %zu notes (they change nothing "
                 "of it), at index"),
            notes->n);
    for (size_t i = 0; i < notes->n && i < NODE_NOTES_MAX; i++)
        fprintf(out, " %llu", (unsigned long long)notes->indexes[i]);
    fputs(pick(lang, "；请取其证书阅读\n", "; read their certificates\n"), out);
}

static void print_limits(FILE *out, enum lang lang)
{
    fputs(
        pick(lang,
             "\n本核验不证明\n"
             "  - 内容在固定之前就是真实的；\n"
             "  - 此后没有别的记录（如更正、还款）；\n"
             "  - 证书以外的打印页面、截图上写的是什么；\n"
             "  - 账本是联盟链：由一家机构运行、法院共签的日志是“有见证的日志”，不是联盟链。\n",
             "\nWhat this does not prove\n"
             "  - that the content was true before it was fixed;\n"
             "  - that nothing came after, such as a correction or a repayment;\n"
             "  - what printed pages or pictures around the certificate show;\n"
             "  - that the log is a consortium chain: one that a single organisation runs and the\n"
             "    courts cosign is a witnessed log.\n"),
        out);
}

static void print_form(FILE *out, enum lang lang, enum certificate_form form)
{
    static const char *const zh[] = {"", "（PDF；页面本身没有核对，核对的是附在其中的证书数据）",
                                     "（证据包；其中 PDF 的页面没有核对）"};
    static const char *const en[] = {
        "", " (PDF: its pages were not checked, but the certificate inside of it)",
        " (package: the pages of its PDF were not checked)"};
    fprintf(out, "%s\n", lang == LANG_ZH ? zh[form] : en[form]);
}

void verify_report_print(FILE *out, enum lang lang, const struct verified *v)
{
    print_verdict(out, lang, v);
    fputs(pick(lang, "证书：", "Certificate: "), out);
    print_c(out, v->path);
    print_form(out, lang, v->form);
    print_entry(out, lang, &v->report);
    print_disclosed(out, lang, v);
    print_times(out, lang, &v->report);
    print_checks(out, lang, v);
    print_notes(out, lang, &v->notes);
    print_limits(out, lang);
}

void verify_report_line(FILE *out, enum lang lang, const struct verified *v)
{
    const enum verify_result result = verified_result(v);
    print_c(out, v->path);
    fprintf(out, "%s%s", pick(lang, "：", ": "), wording_result(lang, result));
    if (result == VERIFY_VALID) {
        fputs(pick(lang, "，不晚于 ", ", not later than "), out);
        print_time(out, lang, v->report.proven_time);
    } else {
        if (result == VERIFY_INVALID)
            fprintf(out, pick(lang, "，第 %u 项（%s）", ", check %u (%s)"), verified_check(v),
                    wording_check(lang, verified_check(v)));
        fprintf(out, "%s%s", pick(lang, "：", ": "), wording_reason(lang, verified_reason(v)));
    }
    fputc('\n', out);
}

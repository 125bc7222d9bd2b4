#include "document/certificate_page.h"

#include "base/text.h"
#include "core/base64.h"
#include "core/json.h"
#include "document/page_text.h"
#include "document/pdf_archive.h"

enum { QR_TEXT_MAX = 512 };

struct writer {
    struct writing                 w;
    const struct certificate_page *page;
    const struct verify_report    *r;
};

static enum gz_err add_base64(struct hash h, struct buf *out)
{
    return base64_add(BASE64_URL_BARE, BYTES_OF(h.b), out);
}

/* --- head ------------------------------------------------------------------------------------- */

/* It locates, it proves nothing. */
static enum gz_err add_qr(struct writer *x)
{
    DEFER(buf_fini) struct buf text = {0};
    const struct checkpoint   *c = &x->r->checkpoint;
    struct qr                  qr;
    TRY(buf_addf(&text, "GZ1:%.*s:%llu:", (int)c->origin.n, (const char *)c->origin.p,
                 (unsigned long long)x->r->index));
    TRY(add_base64(x->r->fingerprint, &text));
    TRY(buf_addf(&text, ":%.*s", (int)x->r->entry.id.n, (const char *)x->r->entry.id.p));
    TRY(qr_encode(buf_bytes(&text), &qr));
    sheet_set_qr(x->w.sheet, &qr);
    return GZ_OK;
}

static enum gz_err write_title(struct writer *x)
{
    const struct page_row title = {.cells_n = 1,
                                   .cells = {{BYTES_LIT("存证证书"), PAGE_TITLE, PAGE_LEFT, 0}},
                                   .inset_pt = PAGE_QR_PT + 16};
    const struct page_row under = {
        .cells_n = 1,
        .cells = {{BYTES_LIT("电子数据存证　附可离线核验的证书数据"), PAGE_SUBTITLE, PAGE_LEFT, 0}},
        .inset_pt = PAGE_QR_PT + 16};
    TRY(sheet_add(x->w.sheet, &title));
    return sheet_add(x->w.sheet, &under);
}

static enum gz_err write_kind(struct writer *x)
{
    DEFER(buf_fini) struct buf text = {0};
    if (x->page->words.kind.n > 0) {
        TRY(fonts_add_text(x->w.fonts, x->page->words.kind, &text));
        TRY(buf_add_str(&text, "　"));
    }
    TRY(fonts_add_text(x->w.fonts, x->r->entry.kind, &text));
    return write_value_beside_qr(&x->w, "类别", buf_bytes(&text), PAGE_BODY);
}

static enum gz_err write_head(struct writer *x)
{
    DEFER(buf_fini) struct buf matter = {0};
    const struct entry        *e = &x->r->entry;
    TRY(add_qr(x));
    TRY(write_title(x));
    const struct page_row id = {
        .cells_n = 2,
        .cells = {{BYTES_LIT("证据编号"), PAGE_LABEL, PAGE_LEFT, PAGE_LABEL_PT},
                  {e->id, PAGE_STRONG, PAGE_LEFT, 0}},
        .inset_pt = PAGE_QR_PT + 16,
        .above_pt = 8};
    TRY(sheet_add(x->w.sheet, &id));
    TRY(write_kind(x));
    TRY(write_value_beside_qr(&x->w, "提交机构", e->org, PAGE_BODY));
    TRY(buf_addf(&matter, "%.*s，其中第 %llu 条", (int)e->matter.n, (const char *)e->matter.p,
                 (unsigned long long)e->seq));
    TRY(write_value_beside_qr(&x->w, "所属事项", buf_bytes(&matter), PAGE_BODY));
    if (e->supersedes.n == 0) return GZ_OK;
    return write_value_beside_qr(&x->w, "本条更正", e->supersedes, PAGE_STRONG);
}

static enum gz_err write_conclusion(struct writer *x)
{
    DEFER(buf_fini) struct buf text = {0};
    TRY(buf_add_str(&text, "本记录不晚于 "));
    TRY(page_add_time(x->r->proven_time, &text));
    TRY(buf_add_str(&text, "已经固定，此后未被改动。"));
    const struct page_row row = {.cells_n = 1,
                                 .cells = {{buf_bytes(&text), PAGE_STRONG, PAGE_CENTER, 0}},
                                 .above_pt = 12,
                                 .tinted = true};
    TRY(sheet_add(x->w.sheet, &row));
    if (x->r->outcomes[4] != OUTCOME_INCOMPLETE) return GZ_OK;
    return write_paragraph(&x->w, PAGE_STRONG,
                           "尚不完整：当时的密钥已停用，还需要到停用检查点的一致性证明（可向任一节"
                           "点索取）；取得之前不要采信上述时间。");
}

static enum gz_err write_masked_banner(struct writer *x)
{
    const struct page_row row = {
        .cells_n = 1,
        .cells = {{BYTES_LIT("遮盖视图：个人信息没有披露，只按类别的展示规则遮盖显示"), PAGE_STRONG,
                   PAGE_CENTER, 0}},
        .above_pt = 8,
        .tinted = true};
    return x->page->is_masked ? sheet_add(x->w.sheet, &row) : GZ_OK;
}

/* --- what was recorded ------------------------------------------------------------------------ */

static enum gz_err write_disclosed(struct writer *x)
{
    const struct verify_report *r = x->r;
    size_t                      shown = 0;
    TRY(write_heading(&x->w, "披露的内容"));
    for (size_t i = 0; i < r->disclosures_n; i++) {
        DEFER(buf_fini) struct buf value = {0};
        const struct disclosure   *d = &r->disclosures[i];
        if (bytes_starts(d->name, BYTES_LIT("file/"))) continue;
        TRY(page_add_value(x->w.fonts, d->value, &value));
        TRY(write_field(&x->w, x->page->words.field(r->entry.kind, d->name), d->name,
                        buf_bytes(&value)));
        shown++;
    }
    if (shown == 0) TRY(write_paragraph(&x->w, PAGE_BODY, "（没有披露字段）"));
    if (r->disclosures_n == r->entry.digests_n) return GZ_OK;
    DEFER(buf_fini) struct buf more = {0};
    TRY(buf_addf(&more, "另有 %zu 项没有向持证人披露。%c", r->entry.digests_n - r->disclosures_n,
                 0));
    return write_paragraph(&x->w, PAGE_SMALL, (const char *)more.p);
}

/* The bank's word, and no more than that. */
static enum gz_err write_masked(struct writer *x)
{
    if (!x->page->is_masked) return GZ_OK;
    TRY(write_heading(&x->w, "遮盖显示的内容"));
    TRY(write_paragraph(&x->w, PAGE_SMALL,
                        "以下各项由银行遮盖后提供，不在证书数据中，不能用本证书核验。"));
    for (size_t i = 0; i < x->page->masked_n; i++) {
        DEFER(buf_fini) struct buf       value = {0};
        const struct certificate_masked *m = &x->page->masked[i];
        TRY(fonts_add_text(x->w.fonts, m->text, &value));
        TRY(write_field(&x->w, x->page->words.field(x->r->entry.kind, m->name), m->name,
                        buf_bytes(&value)));
    }
    return GZ_OK;
}

static enum gz_err unescaped(struct fonts *f, struct bytes body, struct buf *out)
{
    DEFER(buf_fini) struct buf plain = {0};
    TRY(buf_reserve(&plain, body.n + 1));
    plain.n = json_unescape(body, plain.p);
    return fonts_add_text(f, buf_bytes(&plain), out);
}

static enum gz_err write_file(struct writer *x, const struct disclosure *d)
{
    DEFER(buf_fini) struct buf text = {0};
    struct disclosed_file      f;
    char                       sm3[2 * HASH_SIZE + 1], sha256[2 * HASH_SIZE + 1];
    TRY(disclosed_file_decode(d, &f));
    text_to_hex(BYTES_OF(f.sm3.b), sm3);
    text_to_hex(BYTES_OF(f.sha256.b), sha256);
    TRY(unescaped(x->w.fonts, f.name, &text));
    TRY(buf_add_str(&text, "（"));
    TRY(unescaped(x->w.fonts, f.media_type, &text));
    TRY(buf_addf(&text, "，%llu 字节）", (unsigned long long)f.size));
    TRY(write_field(&x->w, x->page->words.field(x->r->entry.kind, d->name), d->name,
                    buf_bytes(&text)));
    TRY(write_digest(&x->w, "　SM3", bytes_str(sm3)));
    return write_digest(&x->w, "　SHA-256", bytes_str(sha256));
}

static enum gz_err write_files(struct writer *x)
{
    bool is_first = true;
    for (size_t i = 0; i < x->r->disclosures_n; i++) {
        const struct disclosure *d = &x->r->disclosures[i];
        if (!bytes_starts(d->name, BYTES_LIT("file/"))) continue;
        if (is_first) TRY(write_heading(&x->w, "原件（按内容核对，文件名不影响结果）"));
        is_first = false;
        TRY(write_file(x, d));
    }
    return GZ_OK;
}

/* --- times and the log ------------------------------------------------------------------------ */

static enum gz_err write_time_of(struct writer *x, const char *label, struct bytes text)
{
    DEFER(buf_fini) struct buf whole = {0};
    TRY(buf_addf(&whole, "%.*s（提交机构自称）", (int)text.n, (const char *)text.p));
    return write_value(&x->w, label, buf_bytes(&whole), PAGE_BODY);
}

static enum gz_err write_lag(struct writer *x, const char *label, struct time since)
{
    DEFER(buf_fini) struct buf text = {0};
    TRY(page_add_lag(time_diff_ms((struct time){(int64_t)x->r->quorum_time, 0}, since), &text));
    return write_value(&x->w, label, buf_bytes(&text), PAGE_BODY);
}

static enum gz_err write_lags(struct writer *x)
{
    const struct verify_report *r = x->r;
    TRY(write_lag(x, "固证时延（自登记）", r->entry.recorded_at));
    if (r->has_occurred_at) TRY(write_lag(x, "固证时延（自发生）", r->occurred_at));
    else TRY(write_value(&x->w, "固证时延（自发生）", BYTES_LIT("发生时间未披露"), PAGE_BODY));
    if (!x->page->words.is_late) return GZ_OK;
    DEFER(buf_fini) struct buf late = {0};
    TRY(buf_addf(&late, "迟固：超过本类别规定的 %llu 秒",
                 (unsigned long long)x->page->words.late_after_s));
    return write_value(&x->w, "提示", buf_bytes(&late), PAGE_STRONG);
}

static enum gz_err write_times(struct writer *x)
{
    DEFER(buf_fini) struct buf  quorum = {0}, proven = {0};
    const struct verify_report *r = x->r;
    char                        occurred[TIME_TEXT_SIZE];
    TRY(write_heading(&x->w, "时间"));
    if (r->has_occurred_at)
        TRY(write_time_of(x, "发生时间", bytes_str(time_encode(r->occurred_at, 8 * 60, occurred))));
    TRY(write_time_of(x, "登记时间", r->entry.recorded_at_text));
    TRY(page_add_time(r->quorum_time, &quorum));
    TRY(write_value(&x->w, "共签达标时间", buf_bytes(&quorum), PAGE_BODY));
    TRY(buf_add_str(&proven, "不晚于 "));
    TRY(page_add_time(r->proven_time, &proven));
    TRY(write_value(&x->w, "所证明的时间", buf_bytes(&proven), PAGE_STRONG));
    return write_lags(x);
}

static enum gz_err write_witnesses(struct writer *x)
{
    const struct policy  *policy = x->r->version->policy;
    const struct page_row head = {
        .cells_n = 2,
        .cells = {{BYTES_LIT("共签机构"), PAGE_LABEL, PAGE_LEFT, 0},
                  {BYTES_LIT("按其自己的时钟"), PAGE_LABEL, PAGE_LEFT, 0}},
        .above_pt = 6,
        .tinted = true,
        .kept = true};
    TRY(sheet_add(x->w.sheet, &head));
    for (size_t i = 0; i < policy_count_witnesses(policy); i++) {
        DEFER(buf_fini) struct buf name = {0}, time = {0};
        if (x->r->witness_times[i] == 0) continue;
        TRY(fonts_add_text(x->w.fonts, bytes_str(policy_witness(policy, i, NULL)->name), &name));
        TRY(page_add_time(x->r->witness_times[i], &time));
        const struct page_row row = {.cells_n = 2,
                                     .cells = {{buf_bytes(&name), PAGE_BODY, PAGE_LEFT, 0},
                                               {buf_bytes(&time), PAGE_BODY, PAGE_LEFT, 0}},
                                     .ruled = true};
        TRY(sheet_add(x->w.sheet, &row));
    }
    return GZ_OK;
}

static enum gz_err write_form(struct writer *x)
{
    static const char one[] =
        "有见证的日志：由一家机构运行，各见证机构各存一份副本并共签；不是联盟链";
    static const char many[] = "多个节点的日志，由各见证机构共签；是否为联盟链以其公告为准";
    const bool is_one = policy_count_logs(x->r->version->policy) == 1;
    return write_value(&x->w, "账本形式", bytes_str(is_one ? one : many), PAGE_BODY);
}

static enum gz_err write_position(struct writer *x)
{
    DEFER(buf_fini) struct buf fingerprint = {0}, position = {0}, root = {0};
    const struct checkpoint   *c = &x->r->checkpoint;
    TRY(write_heading(&x->w, "账本中的位置与共签"));
    TRY(add_base64(x->r->fingerprint, &fingerprint));
    TRY(write_value(&x->w, "指纹", buf_bytes(&fingerprint), PAGE_MONO));
    TRY(fonts_add_text(x->w.fonts, c->origin, &position));
    TRY(buf_addf(&position, "，第 %llu 号（自 0 起；检查点时账本共 %llu 条）",
                 (unsigned long long)x->r->index, (unsigned long long)c->size));
    TRY(write_value(&x->w, "账本与位置", buf_bytes(&position), PAGE_BODY));
    TRY(base64_add(BASE64_STD_PADDED, BYTES_OF(c->root.b), &root));
    TRY(write_value(&x->w, "检查点的根", buf_bytes(&root), PAGE_MONO));
    TRY(write_value(&x->w, "算法套件",
                    x->r->entry.suite == SUITE_GM ? BYTES_LIT("国密：SM3 杂凑，SM2 签名")
                                                  : BYTES_LIT("国际：SHA-256 杂凑，Ed25519 签名"),
                    PAGE_BODY));
    TRY(write_form(x));
    return write_witnesses(x);
}

/* --- what to make of it ----------------------------------------------------------------------- */

static enum gz_err write_limits(struct writer *x)
{
    static const char *const lines[] = {
        "1. 内容在固定之前就是真实的；",
        "2. 此后没有别的记录（如更正、还款）；",
        "3. 打印页面、截图上写的是什么：页面可以另印，以核验程序从附件中读出的内容为准；",
        "4. 账本是联盟链：由一家机构运行、法院共签的日志是“有见证的日志”，不是联盟链。",
    };
    TRY(write_heading(&x->w, "本证书不证明"));
    for (size_t i = 0; i < COUNT_OF(lines); i++) TRY(write_paragraph(&x->w, PAGE_BODY, lines[i]));
    return GZ_OK;
}

static enum gz_err write_how(struct writer *x)
{
    static const char *const lines[] = {
        "1. 向您信任的法院或其公告取得本联盟的信任策略文件；不要向出示本证书的一方索取。",
        "2. 用核验程序核验本 PDF（证书数据附在其中）和原件，不联网、不需要账号：",
    };
    TRY(write_heading(&x->w, "怎样核验"));
    for (size_t i = 0; i < COUNT_OF(lines); i++) TRY(write_paragraph(&x->w, PAGE_BODY, lines[i]));
    const struct page_row command = {
        .cells_n = 1,
        .cells = {{BYTES_LIT("guzheng verify --policy POLICY certificate.pdf [original ...]"),
                   PAGE_MONO, PAGE_LEFT, 0}},
        .above_pt = 3,
        .tinted = true};
    TRY(sheet_add(x->w.sheet, &command));
    return write_paragraph(&x->w, PAGE_BODY,
                           "3. 结论为“有效”，且程序显示的内容与您要证明的相符，方可采信。"
                           "二维码只用于查找记录，本身不证明任何事。");
}

static enum gz_err write_all(struct writer *x)
{
    TRY(write_head(x));
    TRY(write_conclusion(x));
    TRY(write_masked_banner(x));
    TRY(write_disclosed(x));
    TRY(write_masked(x));
    TRY(write_files(x));
    TRY(write_times(x));
    TRY(write_position(x));
    TRY(write_limits(x));
    return write_how(x);
}

enum gz_err certificate_pdf(struct fonts *fonts, const struct certificate_page *page,
                            struct buf *out)
{
    DEFER(sheet_free) struct sheet *sheet = NULL;
    DEFER(buf_fini) struct buf      foot = {0}, drawn = {0}, title = {0};
    const struct entry             *e = &page->report->entry;
    assert(page->report->result != VERIFY_INVALID && page->report->version != NULL);
    TRY(buf_addf(&foot, "存证证书 %.*s", (int)e->id.n, (const char *)e->id.p));
    TRY(sheet_new(fonts, buf_bytes(&foot), &sheet));
    struct writer x = {{fonts, sheet}, page, page->report};
    TRY(write_all(&x));
    TRY(sheet_draw(sheet, &drawn));
    TRY(buf_addf(&title, "存证证书 %.*s", (int)e->id.n, (const char *)e->id.p));
    const struct pdf_attachment attached = {.name = "certificate.gzcert",
                                            .media_type =
                                                "application/vnd.guzheng.certificate+json",
                                            .description = "存证证书数据，用 guzheng verify 核验",
                                            .content = page->gzcert,
                                            .modified_at = (int64_t)page->report->quorum_time};
    return pdf_archive(buf_bytes(&drawn), buf_bytes(&title), &attached, out);
}

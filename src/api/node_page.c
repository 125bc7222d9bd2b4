#include "api/node_page.h"

#include "base/text.h"
#include "base/time.h"
#include "core/base64.h"

enum { BEIJING = 8 * 60 };

static const char head[] =
    "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<title>固证联盟链</title><style>"
    "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em;line-height:1.6}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;text-align:left;"
    "padding:.3em .6em}code{word-break:break-all}.alarm{color:#a00;font-weight:bold}"
    "</style></head><body><h1>固证联盟链</h1>";

/* Names and origins are of a narrow alphabet, so nothing needs to be escaped. */
static enum gz_err add_facts(const struct node_site *s, struct buf *out)
{
    struct chain_node      *n = s->node;
    struct block_head       now;
    struct block_log_status log;
    struct kept_checkpoint  newest = {0};
    struct engine_status    engine = {0};
    const struct bytes origin = ledger_origin(chain_ledger(block_log_chain(chain_node_log(n))));
    const bool         has_engine = engine_status(chain_node_engine(n), &engine) == GZ_OK;
    block_log_head(chain_node_log(n), &now);
    block_log_status(chain_node_log(n), &log);
    (void)!checkpoint_store_newest(chain_node_checkpoints(n), NULL, &newest);
    TRY(buf_addf(out, "<p>链 <code>%.*s</code>，本节点属于 <b>%s</b></p><table>", (int)origin.n,
                 (const char *)origin.p, s->organisation));
    TRY(buf_addf(out, "<tr><th>区块高度</th><td>%llu</td></tr><tr><th>条数</th><td>%llu</td></tr>",
                 (unsigned long long)now.state.height, (unsigned long long)now.state.size));
    TRY(buf_addf(out, "<tr><th>已发布（过门限共签）</th><td>%llu</td></tr>",
                 (unsigned long long)newest.size));
    TRY(buf_addf(out, "<tr><th>等候入块的交易</th><td>%u</td></tr>", log.waiting));
    TRY(buf_addf(out, "<tr><th>引擎</th><td>%s，连接 %u 家</td></tr>",
                 has_engine ? engine.is_catching_up ? "追赶中" : "正常" : "没有应答",
                 engine.peers));
    TRY(buf_add_str(out, "<tr><th>树根</th><td><code>"));
    TRY(base64_add(BASE64_STD_PADDED, BYTES_OF(now.state.root.b), out));
    return buf_add_str(out, "</code></td></tr></table>");
}

/* size: of the chain. Of an empty one there is nothing to ask the others for. */
static enum gz_err add_member(const struct exchange_member *m, uint64_t size, struct buf *out)
{
    char time[TIME_TEXT_SIZE] = "";
    if (m->time > 0) time_encode((struct time){(int64_t)m->time, 0}, BEIJING, time);
    TRY(buf_addf(out, "<tr><td>%s</td><td>%llu</td><td>%.19s</td><td", m->name,
                 (unsigned long long)m->size, time));
    if (m->is_forked) return buf_add_str(out, " class=\"alarm\">出示了另一部历史</td></tr>");
    if (size == 0) return buf_add_str(out, ">尚无共签</td></tr>");
    if (!m->is_reached) return buf_add_str(out, " class=\"alarm\">联系不上</td></tr>");
    return buf_add_str(out, ">正常</td></tr>");
}

static enum gz_err add_members(const struct node_site *s, struct buf *out)
{
    struct exchange_status  x;
    struct block_log_status log;
    chain_node_exchange(s->node, &x);
    block_log_status(chain_node_log(s->node), &log);
    TRY(buf_add_str(out, "<h2>各成员最近的共签</h2><table><tr><th>机构</th><th>共签至</th>"
                         "<th>其时钟（北京时间）</th><th>状态</th></tr>"));
    for (size_t i = 0; i < x.members_n; i++) TRY(add_member(&x.members[i], log.size, out));
    TRY(buf_add_str(out, "</table>"));
    if (x.is_stopped)
        TRY(buf_add_str(
            out, "<p class=\"alarm\">链上有以本机构名义、却非本机构发出的条目，已停止共签</p>"));
    if (!x.clock_is_trusted)
        TRY(buf_add_str(out, "<p class=\"alarm\">本节点时钟不可信，暂不共签</p>"));
    if (log.conflicts > 0)
        TRY(buf_addf(out, "<p class=\"alarm\">同一编号的第二份交易：%llu 次</p>",
                     (unsigned long long)log.conflicts));
    return GZ_OK;
}

static enum gz_err add_entry(const struct node_site *s, const char *text, struct buf *out)
{
    const struct chain_files *chain = block_log_chain(chain_node_log(s->node));
    struct chain_entry        e;
    uint64_t                  index = 0, by = 0;
    bool                      has = false;
    if (text_to_u64(bytes_str(text), INT64_MAX, &index) != GZ_OK ||
        chain_entry(chain, index, &e) != GZ_OK)
        return buf_add_str(out, "<p>没有这一条。</p>");
    TRY(buf_addf(out, "<p>第 %llu 条：机构 %.*s，交易 %llu，指纹 <code>", (unsigned long long)index,
                 (int)e.org.n, (const char *)e.org.p, (unsigned long long)e.submission_seq));
    TRY(base64_add(BASE64_URL_BARE, BYTES_OF(e.fingerprint.b), out));
    TRY(buf_add_str(out, "</code>"));
    TRY(block_log_superseded(chain_node_log(s->node), index, &has, &by));
    if (has) TRY(buf_addf(out, "，已由第 %llu 条更正", (unsigned long long)by));
    return buf_add_str(out, "</p>");
}

enum gz_err node_handle_page(void *ctx, const struct http_request *r, struct http_reply *reply)
{
    const struct node_site *s = ctx;
    const char             *index = http_query(r, "index");
    struct buf             *out = &reply->body;
    TRY(buf_add_str(out, head));
    TRY(add_facts(s, out));
    TRY(add_members(s, out));
    TRY(buf_add_str(out, "<h2>查看条目</h2><form method=\"get\" action=\"/chain\">"
                         "<label>序号 <input name=\"index\" inputmode=\"numeric\"></label> "
                         "<button>查看</button></form>"));
    if (index != NULL) TRY(add_entry(s, index, out));
    TRY(buf_add_str(out, "<p>链上没有个人信息：只有机构名、指纹与编号。</p>"
                         "</body></html>"));
    reply->status = 200;
    reply->content_type = "text/html; charset=utf-8";
    return GZ_OK;
}

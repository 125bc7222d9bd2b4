#include "cli/fsck_text.h"

#include "base/err.h"

/* A test compares the English with the sources. */
static const struct {
    const char *english, *chinese;
} sentences[] = {
    {"a broken or torn record", "记录损坏或不完整"},
    {"a submission that the ledger refuses: signature, order or key is wrong",
     "账本规则不接受的交易：签名、顺序或密钥有误"},
    {"the file is missing", "文件缺失"},
    {"the folder is missing", "目录缺失"},
    {"the file is too short", "文件比应有的短"},
    {"the file is too long", "文件比应有的长"},
    {"the record is not what the submissions give", "与由交易推出的记录不符"},
    {"the snapshot is damaged", "快照损坏"},
    {"the snapshot is of another genesis", "快照属于另一创世文件"},
    {"the snapshot is not what the submissions give", "与由交易推出的快照不符"},
    {"shorter than the snapshot says", "比快照所记的短：已提交的内容丢失"},
    {"it is no checkpoint", "不是检查点"},
    {"a checkpoint of another log", "是另一条日志的检查点"},
    {"a signature does not verify", "签名核验不通过"},
    {"the signature of the log is missing", "缺日志的签名"},
    {"no witness has cosigned it", "没有法院共签"},
    {"its cosignatures are no quorum", "共签未达门限"},
    {"its time is not that of its quorum", "所记时间与共签时间不符"},
    {"older than a kept checkpoint", "比已保存的检查点旧"},
    {"it signs more entries than submissions give", "所签条数多于现有交易：已提交的内容丢失"},
    {"it signs another root than submissions give", "所签树根与由交易推出的不符"},
};

static const char *chinese_of(struct bytes english)
{
    for (size_t i = 0; i < COUNT_OF(sentences); i++)
        if (bytes_eq(bytes_str(sentences[i].english), english)) return sentences[i].chinese;
    return NULL;
}

/* Takes what stands before the first ": " off *rest. */
static struct bytes take(struct bytes *rest)
{
    for (size_t i = 0; i + 1 < rest->n; i++) {
        if (rest->p[i] != ':' || rest->p[i + 1] != ' ') continue;
        const struct bytes head = bytes_slice(*rest, 0, i);
        *rest = bytes_slice(*rest, i + 2, rest->n);
        return head;
    }
    return (struct bytes){0};
}

void fsck_print_line(FILE *out, const char *folder, struct bytes line)
{
    struct bytes       rest = line;
    const struct bytes file = take(&rest), offset = take(&rest);
    const char        *chinese = chinese_of(rest);
    if (chinese == NULL) fprintf(out, "%s/%.*s\n", folder, (int)line.n, (const char *)line.p);
    else
        fprintf(out, "%s/%.*s: %.*s: %s (%.*s)\n", folder, (int)file.n, (const char *)file.p,
                (int)offset.n, (const char *)offset.p, chinese, (int)rest.n, (const char *)rest.p);
}

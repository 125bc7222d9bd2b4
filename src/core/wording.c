#include "core/wording.h"

#include <string.h>

static const struct {
    const char *zh, *en, *next_zh, *next_en;
} checks[CHECK_SET] = {
    {"证书格式", "form",
     "这不是存证证书（借据、还款明细、扫描件都不是），或已损坏、被改动：请向出具方索取 .gzcert "
     "文件",
     "this is no certificate (a voucher or a scan is none), or it is damaged or altered: ask for "
     "the .gzcert file"},
    {"披露内容", "disclosures", "证书中的披露内容与存证记录不符，不要采信；请向出具方重新索取",
     "the disclosed values are not those that were recorded: do not rely on them, ask again"},
    {"原件", "files", "所给文件不是存证时的原件，请核对是否拿错文件，或索取未经改动的原件",
     "a given file is not the original: check that it is the right file, ask for the unaltered "
     "one"},
    {"上链位置", "inclusion", "该记录不在检查点所指的账本中，不要采信；请向出具方重新索取证书",
     "the record is not in the log of that checkpoint: do not rely on it, ask for a new "
     "certificate"},
    {"检查点与共签", "checkpoint",
     "共签不成立：请确认信任策略来自可信渠道且属于这条链，仍不通过则不要采信",
     "not cosigned as required: make sure that the policy is this chain's, else do not rely on it"},
    {"时间", "times", "证书所称时间与共签时间矛盾，不要采信其时间；请要求提交方说明",
     "the stated times contradict the cosigned ones: ask the submitter to explain"},
    {"时间戳", "timestamps", "所附时间戳不是完整的令牌，请向出具方重新索取证书",
     "an attached timestamp is no whole token: ask for the certificate again"},
    {"节点副本", "node",
     "已被更正的，请索取更正记录的证书，以其为准；否则是节点与证书不一致，请向该节点的运行方查询",
     "if it was corrected, ask for the correction's certificate; else the node's copy differs: ask "
     "its operator"},
    {"多份比对", "comparison",
     "同一机构给出了相互矛盾的记录，请将这些证书一并保存，并要求该机构说明",
     "one organisation made records that contradict each other: keep them all, ask it to explain"},
};

static const struct {
    const char *en, *zh;
} reasons[] = {
    /* certificate */
    {"a certificate of more than 4 MiB", "证书超过 4 MiB"},
    {"the JSON is cut, or a member is unknown, repeated, missing or too long",
     "JSON 不完整，或有未知、重复、缺少、过长的成员"},
    {"its type is not guzheng/certificate/v1", "类型不是 guzheng/certificate/v1"},
    {"an unknown suite", "算法套件未知"},
    {"the entry is not base64url of at most 64 KiB", "存证记录不是 64 KiB 以内的 base64url"},
    {"suite and _sd_alg are of two suites", "证书与存证记录的算法套件不一致"},
    {"the certificate file cannot be read", "证书文件无法读取"},
    /* a certificate in a PDF or a package */
    {"a PDF of more than 64 MiB", "PDF 超过 64 MiB"},
    {"the PDF is damaged", "PDF 已损坏"},
    {"the PDF is encrypted", "PDF 已加密"},
    {"the PDF is nested too deeply or has too many objects", "PDF 嵌套过深或对象过多"},
    {"the PDF has too many attachments", "PDF 的附件过多"},
    {"the PDF refers to objects outside of its list", "PDF 引用了目录以外的对象"},
    {"there is no certificate in the PDF", "PDF 中没有证书数据（.gzcert 附件）"},
    {"there is more than one certificate in the PDF", "PDF 中的证书数据多于一份"},
    {"the certificate in the PDF cannot be unpacked", "PDF 中的证书数据无法解开"},
    {"the package is damaged", "证据包已损坏"},
    {"the package has too many members", "证据包的成员过多"},
    {"the package unpacks to more than 2 GiB", "证据包解开后超过 2 GiB"},
    {"a name stands twice in the package", "证据包中有重名的成员"},
    {"a member of the package is encrypted or packed in an unusual way",
     "证据包中有加密或以不常用方式压缩的成员"},
    {"a member of the package has a name that it may not have",
     "证据包中有不合规定的成员（只能是证书、证书 PDF 和 files/ 下的原件）"},
    {"there is no certificate.gzcert in the package", "证据包中没有 certificate.gzcert"},
    {"there is no certificate.pdf in the package", "证据包中没有 certificate.pdf"},
    {"the certificate in the package's PDF is another one", "证据包的 PDF 中是另一份证书"},
    /* entry */
    {"an entry of more than 64 KiB", "存证记录超过 64 KiB"},
    {"an entry begins with { and ends with }", "存证记录没有以 { 开头、以 } 结尾"},
    {"the entry is no strict JSON, or has an unknown or repeated member",
     "存证记录不是严格的 JSON，或有未知、重复的成员"},
    {"a member of the entry is missing", "存证记录缺少成员"},
    {"v is not 1", "存证记录的版本不是 1"},
    {"id is no UUIDv7 in lower case", "证据编号不是小写的 UUIDv7"},
    {"org has another form than a-z 0-9 . -", "机构名不合规定（只能用 a-z 0-9 . -）"},
    {"kind is not dotted lower-case words", "类别不合规定"},
    {"matter is not base64url of 16 bytes", "事项句柄不是 16 字节的 base64url"},
    {"seq is no integer from 1 to 2^53-1", "序号不是正整数"},
    {"prev is not base64url of 32 bytes", "前一条的指纹不是 32 字节的 base64url"},
    {"prev goes with every seq above 1 only", "前一条的指纹与序号不配"},
    {"recorded_at is no time with milliseconds and offset", "登记时间不是带毫秒和时区的时间"},
    {"supersedes is no UUIDv7 in lower case", "被更正的编号不是小写的 UUIDv7"},
    {"_sd_alg is neither sm3 nor sha-256", "杂凑算法既不是 sm3 也不是 sha-256"},
    {"_sd is not 1 to 1,000 digests in strictly ascending order",
     "摘要不是 1 至 1000 个严格升序的值"},
    /* disclosures */
    {"a disclosure of more than 64 KiB", "披露项超过 64 KiB"},
    {"a disclosure is not base64url without padding", "披露项不是无填充的 base64url"},
    {"a disclosure is not an array of salt, name and strict value",
     "披露项不是由盐、名称、严格取值组成的数组"},
    {"the salt of a disclosure is not base64url of 16 bytes", "披露项的盐不是 16 字节的 base64url"},
    {"the name of a disclosure is not of 1 to 128 bytes", "披露项名称不在 1 至 128 字节之间"},
    {"the name of a disclosure is that of an entry member", "披露项名称与存证记录的成员同名"},
    {"the name of a disclosure holds a control or direction character",
     "披露项名称含有控制字符或变向字符"},
    {"file/ is not followed by 1 to 9999", "文件披露项的编号不是 1 至 9999"},
    {"the value of a disclosed file has not its five members", "文件披露项缺少规定的五个成员"},
    {"a disclosure is not one of those that the entry commits to",
     "披露内容不是存证记录所固定的内容（已被改动或系另加）"},
    {"a disclosure or its name stands twice", "披露项或其名称重复"},
    /* files */
    {"a given file is none of the disclosed originals", "所给文件与任何一份已披露原件都不一致"},
    {"a disclosed original was not given", "证书披露了原件，但没有给出该文件"},
    /* inclusion */
    {"the proof's text has not the form of tlog-proof", "包含证明的格式不合规定"},
    {"the index is not below the tree's size", "位置不小于账本的大小"},
    {"the path does not lead from this entry to the checkpoint's root",
     "由本记录算不出检查点所指的账本根"},
    /* checkpoint */
    {"the checkpoint's three lines cannot be read", "检查点的三行无法读取"},
    {"more than 64 signature lines", "签名行多于 64 行"},
    {"the signed note is malformed", "签名文本的格式不合规定"},
    {"the checkpoint has not exactly three lines", "检查点不是正好三行"},
    {"the checkpoint is of another chain than the policy history",
     "检查点属于另一条链，与信任策略历史不符"},
    {"no policy version judges a tree of this size", "没有适用于该账本大小的策略版本"},
    {"the policy is of another suite than the certificate", "信任策略与证书的算法套件不同"},
    {"the signature of a known key is wrong", "已知密钥的签名不正确"},
    {"the note has no first line", "检查点没有第一行"},
    {"no log of this origin signed it", "没有这条链的日志签名"},
    {"the quorum of witnesses is not met", "共签的机构未达到信任策略要求的数目"},
    {"the consistency proof is not at most 63 hashes", "一致性证明的格式不合规定"},
    {"the keys of that time are closed: a consistency proof to the closing checkpoint is needed",
     "当时的密钥已停用，还需要到停用检查点的一致性证明（可向任一节点索取）"},
    {"the closing checkpoint does not continue this tree", "停用检查点不是由这份账本延续而来"},
    /* times */
    {"occurred_at is no time", "披露的发生时间不是时间"},
    {"recorded_at is more than 300 s after the proven time", "登记时间比所证明的时间晚 300 秒以上"},
    {"occurred_at is more than 300 s after recorded_at", "发生时间比登记时间晚 300 秒以上"},
    /* timestamps */
    {"a timestamp is not base64", "时间戳不是 base64"},
    {"a timestamp is not one DER element", "时间戳不是一个完整的 DER 元素"},
    /* what was not checked */
    {"no timestamp is attached", "证书没有附时间戳"},
    {"no certificates of a time-stamping authority are given", "没有给出时间戳机构的证书"},
    {"no node was asked", "没有连接节点"},
    /* comparison */
    {"two different entries of one organisation with one id", "同一机构的两条不同记录用了同一编号"},
    {"two different entries of one matter with one seq", "同一事项的两条不同记录用了同一序号"},
    {"two different entries of one matter with one prev", "同一事项的两条不同记录接在同一条之后"},
    {"prev is not the fingerprint of the entry before", "记录所接的前一条不是实际的前一条"},
    {"entries of the matter are missing", "该事项缺少部分记录"},
    {"the original fits none of the certificates", "所给文件不是任何一份证书的原件"},
    /* a node's copy */
    {"the node does not answer", "节点没有应答"},
    {"the node's copy does not reach this entry yet", "节点的副本还没有到这一条"},
    {"a later record of the organisation corrects this one", "该机构后来的记录已更正这一条"},
    {"the node has another entry at this index", "节点副本在这个位置上是另一条记录"},
    /* receipts, and searching a log for one */
    {"its first line is not guzheng/receipt/v1", "首行不是 guzheng/receipt/v1"},
    {"it is too large", "文件过大"},
    {"it is no signed note", "不是带签名的文本"},
    {"a line is missing", "缺少一行"},
    {"there are more lines than six", "多于六行"},
    {"the fingerprint is not base64url of 32 bytes", "指纹不是 32 字节的 base64url"},
    {"received_at is no time with milliseconds and offset", "受理时间的格式不对"},
    {"publish_by is no time with milliseconds and offset", "承诺时间的格式不对"},
    {"the origin is empty or too long", "账本名称为空或过长"},
    {"the organisation is empty or too long", "机构名称为空或过长"},
    {"publish_by lies before received_at", "承诺时间早于受理时间"},
    {"a signature of the organisation's receipt key is wrong", "机构回执密钥的签名不对"},
    {"no receipt key of the organisation has signed it", "没有该机构回执密钥的签名"},
    {"it is a receipt of another log", "是另一账本的回执"},
    {"neither its certificate nor a log (--log) was given",
     "没有给出其证书，也没有给出账本或法院副本的地址（--log）"},
    {"the certificate cannot be read", "读不到所给证书"},
    {"the certificate is not valid", "所给证书无效"},
    {"the certificate is of another record", "所给证书是另一条记录的"},
    {"the address is too long", "地址过长"},
    {"the log or mirror does not answer", "账本或副本没有应答"},
    {"the log or mirror has published nothing that would say", "账本或副本还没有发布检查点"},
    {"the log or mirror answers with an error", "账本或副本应答有误"},
    {"what it calls a checkpoint is none", "它给出的检查点不成形"},
    {"its checkpoint is another log's", "它的检查点属于另一账本"},
    {"the mirrors have different trees of one size: keep both as evidence",
     "各副本在同一大小上的树不同：请把两份都保存为证据"},
    {"its checkpoint is empty", "它的检查点是空账本的"},
    {"its entries have not their form", "它给出的条目不成形"},
    {"its entries do not give the root that is signed", "它给出的条目算不出所签的根"},
};

const char *wording_reason(enum lang lang, const char *english)
{
    if (lang == LANG_EN || english == NULL) return english;
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (strcmp(reasons[i].en, english) == 0) return reasons[i].zh;
    return english;
}

const char *wording_check(enum lang lang, unsigned check)
{
    assert(check >= 1 && check <= CHECK_SET);
    return lang == LANG_ZH ? checks[check - 1].zh : checks[check - 1].en;
}

const char *wording_next_step(enum lang lang, unsigned check)
{
    assert(check >= 1 && check <= CHECK_SET);
    return lang == LANG_ZH ? checks[check - 1].next_zh : checks[check - 1].next_en;
}

static const struct {
    const char *zh, *en, *word;
} outcomes[] = {
    [OUTCOME_NOT_REACHED] = {"未进行（前面已不通过）", "not reached", "not_reached"},
    [OUTCOME_PASSED] = {"通过", "passed", "passed"},
    [OUTCOME_FAILED] = {"不通过", "FAILED", "failed"},
    [OUTCOME_INCOMPLETE] = {"缺少材料", "incomplete", "incomplete"},
    [OUTCOME_NOT_CHECKED] = {"未核对", "not checked", "not_checked"},
};

const char *wording_outcome(enum lang lang, enum verify_outcome outcome)
{
    return lang == LANG_ZH ? outcomes[outcome].zh : outcomes[outcome].en;
}

const char *wording_outcome_word(enum verify_outcome outcome)
{
    return outcomes[outcome].word;
}

const char *wording_result(enum lang lang, enum verify_result result)
{
    static const char *const zh[] = {
        [VERIFY_VALID] = "有效", [VERIFY_INVALID] = "无效", [VERIFY_INCOMPLETE] = "尚不完整"};
    static const char *const en[] = {
        [VERIFY_VALID] = "valid", [VERIFY_INVALID] = "invalid", [VERIFY_INCOMPLETE] = "incomplete"};
    return lang == LANG_ZH ? zh[result] : en[result];
}

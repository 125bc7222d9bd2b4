/* The bank's whole side read again: each record's row, its parts in both vaults, its disclosures
 * against its entry, its originals against their digests; and the submissions as signed. Reads
 * only. Not covered, since no sum covers it: how many rows a batch file had, when a record was
 * sequenced. */
#pragma once
#include "app/bank.h"
#include "store/record.h"

/* X(name, word, is it damage?, what it is) */
#define STORE_FINDING_TABLE(X)                                                                     \
    X(ROW, "row", true, "数据库中的记录行与写入时不符")                                            \
    X(ENTRY, "entry", true, "存证记录与其指纹或编号不符")                                          \
    X(MATTER, "matter", true, "所属贷款的数据行或密钥损坏")                                        \
    X(BUSINESS, "business", true, "业务库中的披露项损坏")                                          \
    X(IDENTITY, "identity", true, "身份库中的披露项损坏")                                          \
    X(BUSINESS_LOST, "business_lost", true, "业务库缺这条记录的部分，或其密钥")                    \
    X(IDENTITY_LOST, "identity_lost", true, "身份库缺这条记录的部分，或其密钥：请恢复备份")        \
    X(DISCLOSURES, "disclosures", true, "披露项与存证记录中的摘要不符")                            \
    X(ORIGINAL, "original", true, "原件损坏，或与其摘要不符")                                      \
    X(ORIGINAL_LOST, "original_lost", true, "原件缺失")                                            \
    X(ORIGIN, "origin", true, "事件编号或更正关系的登记与写入时不符")                              \
    X(CONSENT, "consent", true, "授权的给予或撤回缺失，或与写入时不符")                            \
    X(SUBMISSION, "submission", true, "已签名交易的存底与写入时不符")                              \
    X(AUDIT, "audit", true, "人工操作日志被改动或删减")                                            \
    X(ERASED, "erased", false, "已依法销毁")
enum store_finding {
#define STORE_FINDING_ENUM(name, word, is_damage, what) FOUND_##name,
    STORE_FINDING_TABLE(STORE_FINDING_ENUM)
#undef STORE_FINDING_ENUM
        FOUND_FINDINGS
};
const char *store_finding_word(enum store_finding f); /* stable */
const char *store_finding_what(enum store_finding f); /* Chinese */
bool        store_finding_is_damage(enum store_finding f);

struct found_in_store {
    enum store_finding   what;
    int64_t              record_id;
    const struct record *head; /* NULL where not even that can be read */
    unsigned             file; /* of an original: file/<n>, else 0 */
    uint64_t             seq;  /* of a submission, else 0; it is of no record */
};
struct store_listener {
    void *ctx;
    void (*found)(void *ctx, const struct found_in_store *f);
    void (*progress)(void *ctx, uint64_t done, uint64_t whole); /* may be NULL */
};
struct store_check {
    uint64_t records, originals; /* looked at */
    uint64_t damaged, erased; /* records (or submissions) with damage; without content by order */
};
/* One record, added to *counts. GZ_MISSING: no such id. A vault of the bank that is NULL counts as
 * lost. GZ_IO, GZ_BUSY, GZ_MEMORY: it could not be checked. */
enum gz_err check_stored_record(const struct bank *bank, struct db *db, int64_t record_id,
                                const struct store_listener *listener, struct store_check *counts);
/* All of them, by id, the stored submissions, and the audit. */
enum gz_err check_store(const struct bank *bank, struct db *db,
                        const struct store_listener *listener, struct store_check *counts);

/* Reconciliation (比对核验): the bank's store and vaults, its log and each witness's copy, compared
 * with one another. Reads only; each difference names the record, both values and the repair. */
#pragma once
#include "app/bank.h"
#include "store/db.h"
#include "store/lag.h"

enum { RECONCILE_SAMPLE_BUNDLES = 4, RECONCILE_SAMPLE_RECORDS = 100, RECONCILE_TIMEOUT_MS = 10000 };

enum reconcile_extent {
    RECONCILE_FULL,
    RECONCILE_SAMPLE /* some records, and some bundles of 256 entries of each copy, by seed */
};

/* X(name, word, what it is, what to do) */
#define DIFFERENCE_TABLE(X)                                                                        \
    X(LOG_OTHER, "log_other", "库中记录与日志同一位置的条目不同",                                  \
      "停止受理，保留两边文件，运行 guzheng fsck；以法院副本为准恢复日志")                         \
    X(LOG_SHORT, "log_short", "库中记录的位置超出日志",                                            \
      "停止受理；日志疑似由旧备份恢复，重启后将从法院副本补齐")                                    \
    X(STORE_MISSING, "store_missing", "日志中有本行名义的条目，库中没有",                          \
      "数据库疑似由旧备份恢复，或提交密钥被盗用：核对 submitted 文件，恢复较新的备份")             \
    X(STORE_DAMAGED, "store_damaged", "库中记录已损坏", "由备份恢复该记录")                        \
    X(MIRROR_OTHER, "mirror_other", "法院副本的条目与日志不同",                                    \
      "通知该法院运行 guzheng fsck；若其检查点已签名，双方检查点即为证据")                         \
    X(MIRROR_ROOT, "mirror_root", "法院共签的根与日志同一大小的根不同",                            \
      "停止受理，保留双方检查点，通知各法院：日志已分叉或被改写")                                  \
    X(MIRROR_AHEAD, "mirror_ahead", "法院副本比日志多",                                            \
      "日志疑似由旧备份恢复：重启银行进程，将从法院副本补齐")                                      \
    X(OVERDUE, "overdue", "已过承诺时限仍未固证", "检查共签法院与网络；见 guzheng status")         \
    X(VAULT_DAMAGED, "vault_damaged", "保险库中的披露项损坏，或与存证记录不符",                    \
      "由备份恢复所指的库；恢复前不要清除备份，链上指纹仍然有效")                                  \
    X(VAULT_LOST, "vault_lost", "保险库缺这条记录的部分，或其密钥",                                \
      "由备份恢复所指的库及其主密钥；若是依法销毁，须有销毁记录")                                  \
    X(ORIGINAL_DAMAGED, "original_damaged", "保险库中的原件损坏，或与其摘要不符",                  \
      "由备份恢复该原件；证书中的摘要可用来核对恢复的文件")                                        \
    X(ORIGINAL_LOST, "original_lost", "保险库中没有这份原件", "由备份恢复该原件")
enum difference {
#define DIFFERENCE_ENUM(name, word, what, repair) DIFFERENCE_##name,
    DIFFERENCE_TABLE(DIFFERENCE_ENUM)
#undef DIFFERENCE_ENUM
};
const char *difference_word(enum difference d);
const char *difference_what(enum difference d);
const char *difference_repair(enum difference d);

struct found_difference {
    enum difference what;
    const char     *where; /* witness; of the bank's own: which part of the record; or "" */
    const char     *uuid;  /* record, or "" where none is known */
    uint64_t        index; /* in the log, or the size of a root */
    bool            has_values;
    struct hash     expected, found; /* fingerprints, or roots */
    bool            is_unreadable;   /* what was found has no value: found does not count */
    const char     *detail;          /* Chinese, NULL: nothing beside what it is */
};
struct reconcile_listener {
    void *ctx;
    void (*difference)(void *ctx, const struct found_difference *d);
    void (*progress)(void *ctx, uint64_t done, uint64_t whole); /* may be NULL */
};
struct reconcile_result {
    enum reconcile_extent extent;
    int64_t               at_ms;
    uint64_t              records, entries;  /* looked at: of the store, of the log */
    uint64_t              originals, erased; /* read again; records destroyed by order */
    uint64_t              log_size;
    struct hash           root;              /* of the log at that size */
    size_t                witnesses, silent; /* asked; that gave no answer (no difference) */
    uint64_t              mirror_entries;    /* compared, of all witnesses together */
    uint64_t              differences;
    struct lag            sequenced, published; /* of the last 24 hours */
};
/* GZ_IO, GZ_BUSY, GZ_CORRUPT: it could not be finished. */
enum gz_err reconcile(const struct bank *bank, struct db *db, enum reconcile_extent extent,
                      uint64_t seed, const struct reconcile_listener *listener,
                      struct reconcile_result *out);

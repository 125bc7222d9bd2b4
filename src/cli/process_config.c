#include "cli/process_config.h"

#include <string.h>

#include "app/destroy_order.h"
#include "core/submission.h"

enum { PORT_MAX = 65535, ADDRESS_MAX = 45 };

/* Rows of one kind, and those that bank and witness have alike. */
#define PATH_ROW(row, default_path, says)                                                          \
    {                                                                                              \
        .name = row, .type = CONFIG_PATH, .min = 1, .max = PROCESS_PATH_MAX,                       \
        .preset = default_path, .sentence = says                                                   \
    }
#define CHOICE_ROW(row, words, default_word, says)                                                 \
    {                                                                                              \
        .name = row, .type = CONFIG_CHOICE, .choices = words, .preset = default_word,              \
        .sentence = says                                                                           \
    }
#define URL_ROW(row)                                                                               \
    {                                                                                              \
        .name = row, .type = CONFIG_STRING, .min = 8, .max = PROCESS_URL_MAX,                      \
        .sentence = "日志的地址，如 http://127.0.0.1:18080；只从这里取交易"         \
    }
#define ORGANISATION_ROW                                                                           \
    {                                                                                              \
        .name = "organisation", .type = CONFIG_STRING, .min = 1, .max = SUBMISSION_ORG_MAX,        \
        .sentence = "本机构在创世文件中的名称，如 ccb.sd"                            \
    }
#define ADDRESS_ROW                                                                                \
    {                                                                                              \
        .name = "listen_address", .type = CONFIG_STRING, .min = 2, .max = ADDRESS_MAX,             \
        .preset = "127.0.0.1",                                                                     \
        .sentence = "监听的 IP 地址；明文 HTTP 只在本机回环地址"                   \
                    "提供，对外由网关转发"                                               \
    }
#define PORT_ROW                                                                                   \
    {                                                                                              \
        .name = "listen_port", .type = CONFIG_INTEGER, .max = PORT_MAX,                            \
        .sentence = "监听端口；0 为任一空闲端口，启动时写入日志"               \
    }
#define TOKEN_ROW(row, says)                                                                       \
    {                                                                                              \
        .name = row, .type = CONFIG_STRING, .max = 32, .preset = "", .sentence = says              \
    }
#define TOKEN_PIN_ROW(row)                                                                         \
    {                                                                                              \
        .name = row, .type = CONFIG_PATH, .max = PROCESS_PATH_MAX, .preset = "",                   \
        .sentence = "该设备口令 (PIN) 的文件，权限 0600；口令错误只试一次"     \
    }
#define GENESIS_ROW PATH_ROW("genesis", NULL, "创世文件 genesis.json，联盟各方逐字节相同")
#define MIRROR_ROW                                                                                 \
    CHOICE_ROW("mirror", "full|none", "full",                                                      \
               "full 为保存并逐笔核验完整副本；none 只看检查点，不能计入本联盟的共签门限")
#define OTHER_ADDRESS_ROW                                                                          \
    CHOICE_ROW("test_allow_other_address", "false|true", "false",                                  \
               "仅供测试：允许回环以外的监听地址，且只应在没有外部路由的网络中使用")

const struct config_row bank_config[] = {
    ORGANISATION_ROW,
    GENESIS_ROW,
    ADDRESS_ROW,
    PORT_ROW,
    {.name = "api_address",
     .type = CONFIG_STRING,
     .min = 2,
     .max = ADDRESS_MAX,
     .preset = "127.0.0.1",
     .sentence = "推送接口监听的 IP 地址；调用方尚不能鉴别，故只限本机回环地址"},
    {.name = "api_port",
     .type = CONFIG_INTEGER,
     .max = PORT_MAX,
     .preset = "0",
     .sentence = "推送接口 (POST /v1/evidence) 的监听端口；0 为不开放"},
    {.name = "log_key",
     .type = CONFIG_PATH,
     .max = PROCESS_PATH_MAX,
     .preset = "",
     .sentence = "日志私钥（检查点签名），PKCS#8 PEM，权限 0600；设有 node_url 的不用"},
    {.name = "node_url",
     .type = CONFIG_STRING,
     .max = PROCESS_URL_MAX - 1,
     .preset = "",
     .sentence = "联盟链：本机构节点的地址，如 http://127.0.0.1:19080；留空为自行保存日志"},
    PATH_ROW("submission_key", NULL, "链上交易私钥，PKCS#8 PEM，权限 0600"),
    PATH_ROW("receipt_key", NULL, "回执私钥，PKCS#8 PEM，权限 0600"),
    PATH_ROW("folder", "data", "数据目录；日志在其中的 log 目录"),
    PATH_ROW("vault_folder", "data/vault", "业务库：加密保存业务类原件的目录"),
    PATH_ROW("master_key", NULL, "业务库主密钥文件，权限 0600；丢失则无法解密，须另行备份"),
    PATH_ROW("database", "data/bank.sqlite", "SQLite 数据库文件；其中业务字段以业务库密钥加密"),
    PATH_ROW("identity_folder", "data/identity", "身份库：加密保存可识别个人的原件的目录"),
    PATH_ROW("identity_master_key", "identity-master.key",
             "身份库主密钥文件，权限 0600，首次启用时自动生成；与业务库主密钥分开保管、分开备份"),
    PATH_ROW("identity_database", "data/identity.sqlite",
             "身份库的 SQLite 数据库文件：姓名、证件号、电话、账号等字段，以身份库密钥加密"),
    {.name = "token_module",
     .type = CONFIG_PATH,
     .max = PROCESS_PATH_MAX,
     .preset = "",
     .sentence = "PKCS#11 模块（共享库）；主密钥由其中的密码设备保护时填写"},
    TOKEN_ROW("master_token", "保护业务库主密钥的密码设备标签；留空则主密钥就在 master_key 文件中"),
    TOKEN_PIN_ROW("master_pin_file"),
    TOKEN_ROW("identity_token", "保护身份库主密钥的密码设备标签；留空则就在文件中"),
    TOKEN_PIN_ROW("identity_pin_file"),
    {.name = "operators",
     .type = CONFIG_STRINGS,
     .max = DESTROY_OPERATORS_MAX,
     .preset = "",
     .sentence = "可为销毁指令签名的经办人公钥（keygen --purpose operator 的输出），每人一项"},
    PATH_ROW("submitted", "data/submitted", "已发出交易的摘要，每笔一行，发出前写入并落盘"),
    PATH_ROW("socket", "/run/guzheng/bank.sock", "本机命令所用的套接字，权限 0600"),
    CHOICE_ROW("clock_check", "kernel|peers", "kernel",
               "受理前核对时钟：kernel 问内核是否同步；peers 问各见证方，相差过 60 秒则不受理"),
    {.name = "publish_within",
     .type = CONFIG_DURATION,
     .min = 10 * 1000,
     .max = 30LL * 24 * 3600 * 1000,
     .preset = "1h",
     .sentence = "回执承诺的时限：受理后至多多久由法院共签"},
    {.name = "reconcile_sample_every",
     .type = CONFIG_DURATION,
     .max = 24LL * 3600 * 1000,
     .preset = "5m",
     .sentence = "每隔多久抽样比对一次库、日志与各法院副本；0ms 为不抽样"},
    {.name = "reconcile_at",
     .type = CONFIG_STRING,
     .max = 5,
     .preset = "02:30",
     .sentence = "每日全量比对并把结果上链的时刻（北京时间 HH:MM）；留空为不比对"},
    {.name = "signature_roots",
     .type = CONFIG_PATH,
     .max = PROCESS_PATH_MAX,
     .preset = "",
     .sentence = "所信任的电子签名根证书目录（*.pem, *.crt, *.cer，每文件一张）；留空则都不信任"},
    {.name = "inbox",
     .type = CONFIG_PATH,
     .max = PROCESS_PATH_MAX,
     .preset = "",
     .sentence = "批量文件的收件目录：旁边有同名加 .ok 的空文件才受理；留空则不看"},
    {.name = "inbox_done",
     .type = CONFIG_PATH,
     .max = PROCESS_PATH_MAX,
     .preset = "",
     .sentence = "受理完的批量文件与结果文件 (.result.csv) 的目录，与 inbox 在同一文件系统"},
    PATH_ROW("kinds", "kinds", "存证类别目录，每类一个 YAML 文件"),
    PATH_ROW("mappings", "mappings", "批量文件列对应关系目录，每种一个 YAML 文件"),
    OTHER_ADDRESS_ROW,
};
const size_t bank_config_n = COUNT_OF(bank_config);

static const struct config_row log_fields[] = {
    GENESIS_ROW,
    URL_ROW("url"),
    MIRROR_ROW,
};

const struct config_row witness_config[] = {
    ORGANISATION_ROW,
    GENESIS_ROW,
    URL_ROW("log_url"),
    MIRROR_ROW,
    ADDRESS_ROW,
    PORT_ROW,
    PATH_ROW("witness_key", NULL, "共签私钥，PKCS#8 PEM，权限 0600"),
    PATH_ROW("folder", "mirror", "副本与共签状态的目录，每条日志一个子目录"),
    {.name = "submitted",
     .type = CONFIG_PATH,
     .max = PROCESS_PATH_MAX,
     .preset = "",
     .sentence = "本机构已发出交易的摘要文件；本机构不发交易则留空"},
    CHOICE_ROW("clock_check", "kernel|peers", "kernel",
               "时钟如何核对：kernel 问内核是否已同步；peers 与日志及其他法院的时钟比对（演示用）"),
    {.name = "logs",
     .type = CONFIG_MAPS,
     .max = PROCESS_LOGS_MAX,
     .preset = "",
     .sentence = "另外共签的日志，每条一项",
     .fields = log_fields,
     .fields_n = COUNT_OF(log_fields)},
    OTHER_ADDRESS_ROW,
};
const size_t witness_config_n = COUNT_OF(witness_config);

const struct config_row node_config[] = {
    ORGANISATION_ROW,
    GENESIS_ROW,
    ADDRESS_ROW,
    PORT_ROW,
    PATH_ROW("folder", "data", "账本目录：区块状态、链上交易、检查点"),
    PATH_ROW("engine_socket", "engine.sock", "本机共识引擎连入的套接字，权限 0600"),
    {.name = "engine_url",
     .type = CONFIG_STRING,
     .min = 8,
     .max = PROCESS_URL_MAX / 2,
     .preset = "http://127.0.0.1:26657",
     .sentence = "本机共识引擎的 RPC 地址；它不作身份验证，只可在本机回环地址"},
    PATH_ROW("log_key", NULL, "本节点的日志私钥（检查点签名），PKCS#8 PEM，权限 0600"),
    PATH_ROW("witness_key", NULL, "共签私钥，PKCS#8 PEM，权限 0600"),
    CHOICE_ROW("clock_check", "kernel|peers", "kernel",
               "共签前核对时钟：kernel 问内核是否同步；peers 问各成员节点（演示用）"),
    {.name = "submitted",
     .type = CONFIG_PATH,
     .max = PROCESS_PATH_MAX,
     .preset = "",
     .sentence = "本机构已发出交易的摘要文件；本机构不发交易则留空：链上若有以本机构名义的条目即停止共签"},
    OTHER_ADDRESS_ROW,
};
const size_t node_config_n = COUNT_OF(node_config);

bool process_is_set(const struct config *c, const char *name)
{
    return strcmp(config_text(c, name), "true") == 0;
}

#include "cli/error_text.h"

/* By number; the table of err.h only grows at its end, and so does this one. */
static const char *const sentences[] = {
    [GZ_OK] = "完成",
    [GZ_MALFORMED] = "内容不合规定的格式，请更正",
    [GZ_LIMIT] = "超过规定的上限，请减少或拆分",
    [GZ_MISMATCH] = "散列、证明或签名不符，不要采信",
    [GZ_DENIED] = "无权进行，请检查权限、密钥与配置",
    [GZ_MISSING] = "不存在",
    [GZ_CONFLICT] = "同一位置已有别的内容，未作改动",
    [GZ_BUSY] = "现在不能进行，请稍后再试",
    [GZ_MEMORY] = "内存不足，请释放后再试",
    [GZ_IO] = "文件、数据库或连接出错，请排除后再试",
    [GZ_CORRUPT] = "已存的数据有损坏：请停止使用，执行 guzheng fsck",
    [GZ_ERASED] = "已依法销毁：密钥已毁，内容不可恢复；已出具的证书仍然有效",
};
static_assert(COUNT_OF(sentences) == GZ_ERASED + 1);

const char *error_text(enum gz_err e)
{
    return (size_t)e < COUNT_OF(sentences) ? sentences[e] : "未知错误";
}

enum gz_err error_of_status(int status)
{
    switch (status) {
    case 400: return GZ_MALFORMED;
    case 403: return GZ_DENIED;
    case 404: return GZ_MISSING;
    case 409: return GZ_CONFLICT;
    case 410: return GZ_ERASED;
    case 413: return GZ_LIMIT;
    case 503: return GZ_BUSY;
    default: return GZ_IO;
    }
}

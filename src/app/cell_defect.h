/* What can be wrong with a row or a cell: the stable code, and the sentence that says what to do.
 * Sentences never repeat what stands in the cell: it may be personal. */
#pragma once

/* X(name, code, sentence) */
#define CELL_DEFECT_TABLE(X)                                                                       \
    X(NONE, "", "")                                                                                \
    /* of the file */                                                                              \
    X(FILE_SIZE, "size", "批量文件超过 64 MiB，请分成几个文件提交")                                \
    X(BATCH_EMPTY, "empty", "文件是空的，请检查导出是否完成")                                      \
    X(BATCH_BINARY, "format",                                                                      \
      "这不是文本，而是表格软件的工作簿、压缩包或其他格式的文件：请导出为映射规定的文本格式")      \
    X(HEADER_CHARSET, "charset", "文件的字符编码与映射不符，请按映射规定的编码重新导出")           \
    X(HEADER_SIZE, "header", "首行过长，请检查文件是否为批量文件")                                 \
    X(HEADER_FIRST, "header", "首行第一列须为事件编号列，请检查列名")                              \
    X(HEADER_MISSING, "header", "首行缺少此列，请补上后重新导出")                                  \
    X(HEADER_OTHER, "header", "首行有映射中没有的列或重复的列，请删去后重新导出")                  \
    /* of a row */                                                                                 \
    X(ROW_SIZE, "size", "本行超过 64 KiB，请检查是否缺少换行")                                     \
    X(CHARSET, "charset", "本行含有映射所定编码中不存在的字节，请重新导出")                        \
    X(COLUMNS, "columns", "列数与首行不符，请检查是否多出或缺少竖线、换行")                        \
    X(EMPTY_ROW, "columns", "空行，请删去")                                                        \
    X(EVENT_NUMBER, "event_number", "事件编号须为 1 至 64 个可见的半角字符，首尾无空格")           \
    X(CSV_QUOTE, "quote",                                                                          \
      "引号不成对，或引号不在单元格首尾：含逗号、引号的单元格整个加引号，内部的引号写成两个")      \
    /* of any cell */                                                                              \
    X(REQUIRED, "required", "必填，不能为空")                                                      \
    X(REQUIRED_WHEN, "required", "按本条其他字段的取值，此项必填，不能为空")                       \
    X(BLANKS, "blanks", "首尾有空格，请删去")                                                      \
    X(FULL_WIDTH, "full_width", "含全角字符，请改用半角")                                          \
    X(SCIENTIFIC, "scientific", "数字被表格软件改成了科学计数法，请把该列设为文本后重新导出")      \
    X(SPREADSHEET, "spreadsheet",                                                                  \
      "含表格软件留下的标记（#N/A 之类、等号或单引号开头），请改正后重新导出")                     \
    X(LOST_DIGITS, "lost_digits",                                                                  \
      "本列超过 15 位的数字大多从第 16 位起全为零，是表格软件丢了尾数：请从原系统按文本重新导出")  \
    X(CODE, "code", "不在映射的代码表之中，请核对代码，或在映射中补上")                            \
    X(DIGITS, "digits", "位数与映射规定的不符，且只能是数字：开头的 0 可能已被表格软件去掉")       \
    X(TEXT, "text", "含控制字符或看不见的字符，请删去")                                            \
    X(LENGTH, "length", "超过规定的字数，请缩短")                                                  \
    X(ENUM, "enum", "不在规定的取值之中，请按映射说明填写")                                        \
    /* of numbers */                                                                               \
    X(MONEY, "money", "金额以元为单位，写作数字和两位小数，如 120000.00，不带货币符号和单位")      \
    X(MONEY_COMMA, "money", "请去掉千分位的逗号，写作 120000.00")                                  \
    X(MONEY_SIGN, "money", "金额不能为负，也不写正号")                                             \
    X(MONEY_PLACES, "money", "须恰有两位小数，如 120000.00")                                       \
    X(MONEY_ZEROS, "money", "请去掉开头多余的 0")                                                  \
    X(MONEY_LIMIT, "money", "超过十万亿元的上限，请核对")                                          \
    X(THOUSANDS, "money", "千分位逗号的位置不对，须每三位一个，如 1,234,567.00")                   \
    X(FEN, "money", "映射规定本列以分为单位，须为整数，不带小数点")                                \
    X(POSITIVE, "positive", "金额须大于零")                                                        \
    X(RATE, "rate", "利率写作年百分数，如 4.35，0 至 100，至多四位小数，开头没有多余的 0")         \
    X(RATE_SIGN, "rate", "请去掉百分号，只写数字，如 4.35")                                        \
    X(PHONE, "phone", "手机号须为 11 位数字，以 13 至 19 开头，不带区号和分隔符")                  \
    X(ACCOUNT, "account", "账号须为 8 至 32 位数字，不带空格和分隔符")                             \
    X(ID_NUMBER, "id_number", "须为 18 位居民身份证号码：17 位数字加一位数字或大写 X")             \
    X(ID_BIRTH, "birth_date", "身份证号码中的出生日期不存在，请核对第 7 至 14 位")                 \
    X(ID_CHECK, "check_digit", "身份证号码的校验位不符，请核对各位数字")                           \
    X(CREDIT_CODE, "credit_code",                                                                  \
      "须为 18 位统一社会信用代码：数字和大写字母，不含 I、O、S、V、Z，第 3 至 8 位为数字")        \
    X(CREDIT_CHECK, "check_digit", "统一社会信用代码的校验位不符，请核对各位字符")                 \
    /* of days and times */                                                                        \
    X(DATE, "date", "日期写作 YYYY-MM-DD，如 2024-03-05，月和日补足两位")                          \
    X(DATE_FORM, "date", "与映射规定的日期写法不符，请按映射的写法重新导出")                       \
    X(DATE_UNREAL, "date", "日历上没有这一天，请核对年、月、日")                                   \
    X(DATE_ZERO, "date", "全零不是日期：没有日期时留空，必填时补上真实日期")                       \
    X(ORDER, "order", "早于规定不得早于的日期，请核对两个日期")                                    \
    X(TIME, "time",                                                                                \
      "时间写作 2024-03-05 09:30:00（北京时间，24 小时制）或 2024-03-05T09:30:00+08:00")           \
    X(TIME_UNREAL, "time", "日历上没有这一天，请核对年、月、日")                                   \
    X(TIME_ZERO, "time", "全零不是时间：没有时间时留空，必填时补上真实时间")                       \
    X(FUTURE, "future", "晚于现在 5 分钟以上，请核对时间和系统时钟")                               \
    /* of JSON */                                                                                  \
    X(JSON, "json", "不是严格的 JSON（UTF-8，无注释，无多余逗号），或嵌套、项数过多")              \
    X(JSON_UNKNOWN, "unknown_member", "没有这个成员，请按接口说明删去或改名")                      \
    X(JSON_DUPLICATE, "duplicate_member", "成员重复，请只留一个")                                  \
    X(JSON_STRING, "type", "须为字符串：数字、日期、金额也写在引号之中")                           \
    X(JSON_OBJECT, "type", "须为对象")                                                             \
    X(JSON_ARRAY, "type", "须为数组")                                                              \
    X(SOURCE, "source", "来源须为 1 至 64 个半角字母、数字、点、横线或下划线，开头不为点和横线")   \
    X(KIND, "kind", "没有登记过这个存证类别，请核对名称")                                          \
    X(MATTER, "matter", "业务编号须为 1 至 128 个可见字符，首尾无空格")                            \
    X(CORRECTS_KIND, "corrects", "这个类别不能更正其他记录，请用有更正原因的类别")                 \
    X(CORRECTS_OTHER, "corrects", "与 fields 中 corrects 的值不一致，请核对")                      \
    X(FILE_IN_FIELDS, "file_field", "原件不写在 fields 中，请写入 files")                          \
    X(FILE_FIELD, "file_field", "类别没有这个原件字段，或已有同名原件")                            \
    X(FILE_BASE64, "base64", "content_base64 须为标准 Base64：无换行，末尾补 =")                   \
    X(FILE_SOURCE, "file_content", "content_base64 与 part 须有且仅有一个")                        \
    X(FILE_PART, "file_part", "请求中没有这个名称的部分，请一并上传原件")                          \
    X(FILES_LIMIT, "file_field", "原件过多：一笔至多 16 个")                                       \
    X(FILE_MEDIA_TYPE, "media_type", "media_type 与原件的后缀和内容不符")                          \
    /* of JSON Lines and XML rows */                                                               \
    X(ROW_UNKNOWN, "unknown_member", "映射中没有这一项，请删去，或在映射中补上")                   \
    X(ROW_DUPLICATE, "duplicate_member", "这一项重复，请只留一个")                                 \
    X(XML, "xml", "不是格式良好的 XML，或嵌套过深，整个文件未读：请重新导出")                      \
    X(XML_DTD, "xml", "XML 文件不得含 DOCTYPE 和实体声明，请去掉后重新导出")                       \
    X(XML_OTHER, "xml", "映射规定的行元素之外另有内容，整个文件未读：请核对映射与文件")            \
    X(XML_MIXED, "xml", "元素与文字混在一起，请核对文件的结构")                                    \
    /* of originals */                                                                             \
    X(FILE_NAME, "file_name", "只写文件名，不含目录、反斜杠、引号、连续两点和看不见的字符")        \
    X(FILE_MISSING, "file_missing", "找不到原件，请放入批量文件旁的 files 目录")                   \
    X(FILE_OUTSIDE, "file_outside", "不是本目录内可读的文件，请把原件本身放入 files 目录")         \
    X(FILE_KIND, "file_kind", "不是普通文件，请放入原件本身")                                      \
    X(FILE_EMPTY, "file_empty", "原件为空，请重新导出原件")                                        \
    X(FILE_LIMIT, "file_size", "原件超过 32 MiB，请压缩或拆分")                                    \
    X(FILE_SUFFIX, "media_type", "原件须为 pdf、ofd、jpg、jpeg、png、tif、tiff 之一")              \
    X(FILE_CONTENT, "media_type", "原件内容与后缀不符，请检查文件是否损坏或改过后缀")

enum cell_defect {
#define CELL_DEFECT_ENUM(name, code, sentence) CELL_##name,
    CELL_DEFECT_TABLE(CELL_DEFECT_ENUM)
#undef CELL_DEFECT_ENUM
        CELL_DEFECTS
};
/* Both static. */
const char *cell_defect_code(enum cell_defect d);
const char *cell_defect_hint(enum cell_defect d);

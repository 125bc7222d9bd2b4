/* The member `columns` of a mapping:
 *
 *   columns:
 *     合同编号: contract_no
 *     合同金额: {field: amount, trim: true, half_width: true, thousands: true, fen: true}
 *     起始日: {field: term.start, date: YYYYMMDD}
 *     账号: {field: payee.account, digits: 19, keep_zeros: true}
 *     客户类型: {field: borrower.kind, codes: {'01': 企业, '02': 个体工商户}}
 *   constants:
 *     borrower.id_type: 居民身份证 */
#pragma once
#include "app/mapping_file.h"
#include "app/yaml_form.h"

/* Into out->mapping, whose kind, format, delimiter, event_header and constants are known. */
enum gz_err mapping_columns_read(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping_file *out);
/* The optional member `control`, after the columns. */
enum gz_err mapping_control_read(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping *m);
/* The optional member `ignored`, after them: a list of headers or paths; in XML also of elements
 * beside the rows, from the root: /batch/head. */
enum gz_err mapping_ignored_read(struct yaml_form *f, const struct yaml_node *root,
                                 struct mapping_file *out);
/* Can this be the header of a column, in JSON Lines and XML the path in a row? */
bool        mapping_is_header(const struct mapping *m, struct bytes text);

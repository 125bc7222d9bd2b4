/* What this program knows of the kinds (data/kinds, inside of it): what their fields are called in
 * Chinese, and when their fixing counts as late. The verifier's own, never the certificate's. */
#pragma once
#include "core/verify.h"

/* "借款合同"; empty where the kind is unknown. */
struct bytes kind_label(struct bytes kind);
/* "合同金额" of loan.contract's amount; empty where kind or field is unknown. */
struct bytes field_label(struct bytes kind, struct bytes field);

enum lateness { LATENESS_UNKNOWN, LATENESS_IN_TIME, LATENESS_LATE };
/* Was the quorum met later than the kind's late_after allows, after recorded_at or a disclosed
 * occurred_at (check 6: reported, not judged)? *late_after_s is set unless UNKNOWN. */
enum lateness report_lateness(const struct verify_report *r, uint64_t *late_after_s);

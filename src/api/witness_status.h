/* GET /status of a witness: how far it is with each log, and what it alarms about, as JSON. No
 * personal data: origins, sizes, times, counts. */
#pragma once
#include "host/http_server.h"
#include "node/witness.h"

/* {"logs":[{"origin","size","time","mirror_size","clock_is_trusted","refusals",
 * "unfit"}],"alarms":[{"origin","alarm"}]}: size and time of the last cosignature (0: none), time
 * in Unix seconds; alarm: "stopped" it has proof of the log's wrongdoing and cosigns no more,
 * "restored" it catches up with a later cosignature of its own, "clock" its clock is not trusted,
 * "unfit" what it fetched did not give the signed root. */
enum gz_err witness_status_write(struct witness *w, struct http_reply *reply);

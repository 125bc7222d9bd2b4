/* The thread that empties the outbox into the log and notes what is published. It has a database
 * connection of its own. */
#pragma once
#include "app/bank.h"
#include "store/db.h"

struct publish_job;

enum publish_state { PUBLISH_STARTING, PUBLISH_RUNNING, PUBLISH_WAITING, PUBLISH_HALTED };
/* "starting", "running", "waiting" (the log does not accept now), "stopped" (somebody must look).
 */
const char *publish_state_name(enum publish_state s);

/* Both the caller's; db is used by the thread alone until close. */
enum gz_err publish_job_open(const struct bank *bank, struct db *db, struct publish_job **out);
void        publish_job_close(struct publish_job **j); /* for DEFER; ends the thread */
/* There is something new in the outbox. */
void        publish_job_wake(struct publish_job *j);
enum publish_state publish_job_state(struct publish_job *j);

/* A thread that works in rounds: sleeps until its time or a wake, and ends when it is told. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;
/* round is called again and again from the new thread; it returns how many milliseconds to sleep
 * before the next. A wake ends the sleep at once. */
enum gz_err worker_start(int64_t (*round)(void *ctx), void *ctx, struct worker **out);
void        worker_stop(struct worker **w); /* for DEFER; waits for the round that runs */
void        worker_wake(struct worker *w);

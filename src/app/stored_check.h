/* A thread that compares the records of a transaction with what was meant, while the next ones are
 * stored. Nothing is committed before it has said yes to all. */
#pragma once
#include "app/stored_record.h"

enum { STORED_CHECK_TOGETHER = 32 }; /* records that are handed over at once */

struct stored_check;
enum gz_err stored_check_open(struct stored_check **out);
void        stored_check_close(struct stored_check **c); /* for DEFER */
/* Takes what s holds. Waits where the thread has two lots to do. */
void        stored_check_add(struct stored_check *c, struct stored_record *s);
/* Waits until all that was added is checked: the first error of them. The next transaction begins
 * anew. */
enum gz_err stored_check_end(struct stored_check *c);

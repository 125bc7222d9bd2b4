/* Whose turn it is to write: the connections of one process to one database, first come, first
 * served. SQLite only lets them try again and again, so that one that writes without a pause
 * starves the others; between processes it is still SQLite that decides. */
#pragma once
#include "base/err.h"

struct write_turn;

/* The one of the database file at path (which is there), shared by whoever asks. GZ_IO, GZ_MEMORY.
 */
enum gz_err write_turn_open(const char *path, struct write_turn **out);
void        write_turn_close(struct write_turn **t);
/* Of NULL, which nobody else can have, nothing is taken. GZ_BUSY: not within timeout_ms. */
enum gz_err write_turn_take(struct write_turn *t, unsigned timeout_ms);
void        write_turn_give(struct write_turn *t);

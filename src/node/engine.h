/* The consensus engine beside us, asked over its local RPC (JSON over HTTP on loopback): hand over
 * a submission, and how it is. Thread-safe. */
#pragma once
#include "base/buf.h"

enum {
    ENGINE_URL_MAX = 256,
    ENGINE_TIMEOUT_MS = 5000,
    ENGINE_ANSWER_MAX = 1024 * 1024,
    ENGINE_CLIENTS_MAX = 16, /* connections that are kept for the next call */
};

struct engine;
/* url: http://127.0.0.1:26657, without final '/'. */
enum gz_err engine_open(const char *url, struct engine **out);
void        engine_close(struct engine **e); /* for DEFER */
/* Into the engine's pool. GZ_OK also where it holds these bytes already, or where its check refused
 * them (ours has judged them before). GZ_BUSY: not now, its pool is full, or it does not answer:
 * it may have taken them all the same. For block_sender: ctx is the struct engine. */
enum gz_err engine_send(void *engine, struct bytes wire);

struct engine_status {
    uint64_t height;         /* of its last block */
    unsigned peers;          /* other nodes that it is connected to */
    bool     is_catching_up; /* fetches blocks of the past */
};
/* GZ_BUSY: it does not answer. */
enum gz_err engine_status(struct engine *e, struct engine_status *out);

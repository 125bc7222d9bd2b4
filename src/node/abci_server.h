/* The application's end of ABCI: a local socket of mode 0600 to which the engine opens four
 * connections, each with a thread of its own, so that the execution of a block does not hold up
 * the checks of what comes next. Answers keep the order of a connection's requests; they are
 * written out at a flush, or when nothing more is waiting to be read. */
#pragma once
#include "node/abci_wire.h"

enum { ABCI_CONNECTIONS_MAX = 16, ABCI_PATH_MAX = 107 /* sockaddr_un */ };

struct abci_server;
struct abci_server_options {
    const char *path; /* of the socket; what a killed process left there is replaced */
    void       *ctx;
    /* Append the response. Called from several threads. An error: the engine is told in one
     * sentence and the connection ends. */
    enum gz_err (*answer)(void *ctx, const Abci__Request *r, struct buf *out);
    /* Something failed that no further request can mend: end the process, so that both start
     * again. Once. */
    void (*failed)(void *ctx);
};
/* GZ_BUSY: somebody answers at path. GZ_LIMIT: path is too long. */
enum gz_err abci_server_open(const struct abci_server_options *o, struct abci_server **out);
void        abci_server_close(struct abci_server **s); /* for DEFER; waits for what runs */
/* Connections that are open now. */
unsigned    abci_server_connections(struct abci_server *s);

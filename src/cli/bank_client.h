/* What the commands say to the running bank: HTTP over its local socket (mode 0600), JSON both
 * ways. */
#pragma once
#include <jansson.h>

#include "base/buf.h"

struct bank_client;

/* socket: a path, or NULL for $GUZHENG_SOCKET, else /run/guzheng/bank.sock. Says on standard error
 * what to do where nothing listens. */
enum gz_err bank_client_open(const char *socket, struct bank_client **out);
void        bank_client_close(struct bank_client **c); /* for DEFER */
/* request NULL: GET, else POST. *answer (a new reference) only on success; a refusal is printed on
 * standard error in the bank's own words. GZ_IO: no answer; GZ_MALFORMED: it was no JSON. */
enum gz_err bank_client_call(struct bank_client *c, const char *path, json_t *request,
                             json_t **answer);
/* A file of the bank's, whole. */
enum gz_err bank_client_get(struct bank_client *c, const char *path, struct buf *out);

/* What the commands say to the running bank: HTTP over its local socket (mode 0600), JSON both
 * ways. */
#pragma once
#include <jansson.h>

#include "base/buf.h"

struct bank_client;

/* socket: a path that lives as long as the client, or NULL for $GUZHENG_SOCKET, else
 * /run/guzheng/bank.sock. Every error of these functions is said on standard error, with what to
 * do: where nothing answers, and a refusal in the bank's own words. */
enum gz_err bank_client_open(const char *socket, struct bank_client **out);
void        bank_client_close(struct bank_client **c); /* for DEFER */
/* request NULL: GET, else POST. *answer (a new reference) only on success. GZ_IO: no answer;
 * GZ_MALFORMED: it was no JSON; else the refusal (error_of_status). */
enum gz_err bank_client_call(struct bank_client *c, const char *path, json_t *request,
                             json_t **answer);
/* A file of the bank's, whole. */
enum gz_err bank_client_get(struct bank_client *c, const char *path, struct buf *out);

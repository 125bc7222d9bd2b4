/* A log that others keep: submissions go to a member's node over HTTP, and a mirror of the chain
 * follows its published checkpoints. Used by log_service.c, for a bank on the consortium chain. */
#pragma once
#include <pthread.h>

#include "host/http_client.h"
#include "node/checkpoint_store.h"
#include "node/log_service.h"

enum {
    REMOTE_URL_MAX = 400,
    REMOTE_SUBMIT_MS = 20 * 1000, /* a node answers within 15 s */
    REMOTE_ANSWER_MAX = 64 * 1024,
};

struct log_remote {
    const char              *url; /* of the node, without final '/' */
    const struct policy     *policy;
    struct chain_files      *chain;
    struct checkpoint_store *store;
    pthread_mutex_t         *ledger_lock;
    struct bytes             origin;
};
/* The errors of log_service_submit. */
enum gz_err log_remote_submit(const struct log_remote *r, struct http_client *http,
                              struct bytes wire, struct log_answer *out);

enum log_remote_result {
    LOG_REMOTE_EQUAL = 1,    /* the mirror has all that is published */
    LOG_REMOTE_NEWS,         /* it has grown, or a checkpoint has come */
    LOG_REMOTE_UNREACHABLE,  /* no answer, or one that does not meet the policy */
    LOG_REMOTE_CONTRADICTED, /* the members have signed another history; final */
    LOG_REMOTE_FAILED        /* own files; final until the chain is opened again */
};
/* Bring the mirror to the newest checkpoint of the node and keep that. */
enum log_remote_result log_remote_follow(const struct log_remote *r, struct http_client *http);
/* Entries that the node has now, published or not. GZ_BUSY: no answer. */
enum gz_err log_remote_size(const struct log_remote *r, struct http_client *http, uint64_t *out);

/* The files of the consensus engine (CometBFT v0.38) that we read or write: its keys' public
 * halves, its configuration, its genesis. */
#pragma once
#include <jansson.h>

#include "base/buf.h"

enum {
    ENGINE_FILE_MAX = 64 * 1024,
    ENGINE_ID_SIZE = 41,                     /* 20 bytes in hex and NUL */
    ENGINE_BLOCK_BYTES_MAX = 4 * 1024 * 1024 /* bounds delay and memory of a block, not speed */
};

/* home/config/priv_validator_key.json and node_key.json, as `cometbft init` leaves them.
 * *validator: a new object {"address","pub_key"}; id: how peers know the node. GZ_MISSING,
 * GZ_MALFORMED. */
enum gz_err engine_read_keys(const char *home, json_t **validator, char id[ENGINE_ID_SIZE]);

struct engine_config {
    const char *socket;   /* of guzheng node, absolute */
    const char *name;     /* the organisation's */
    const char *address;  /* host:port where peers reach it */
    unsigned    rpc_port; /* on loopback */
    const char *peers;    /* id@host:port, with commas */
    const char *peer_ids; /* ids, with commas */
};
/* config.toml: what is not in it has the engine's default. */
enum gz_err engine_config_text(const struct engine_config *c, struct buf *out);
/* Its genesis: validators is borrowed (objects with address, pub_key, power, name). genesis_hash:
 * H(genesis.json) in hex, so that a node of another genesis refuses to begin. */
enum gz_err engine_genesis_text(const char *created_at, const char *genesis_hash,
                                json_t *validators, struct buf *out);

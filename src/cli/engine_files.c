#include "cli/engine_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_ref.h"
#include "base/text.h"
#include "core/base64.h"
#include "core/hash.h"
#include "host/file.h"

enum {
    PATH_SIZE = 1024,
    KEY_SIZE = 32,
    PRIVATE_SIZE = 64,
    ADDRESS_SIZE = 20,
    CHAIN_ID_DIGITS = 16
};

static enum gz_err load(const char *home, const char *name, json_t **out)
{
    DEFER(buf_fini) struct buf text = {0};
    char                       path[PATH_SIZE];
    const int                  n = snprintf(path, sizeof path, "%s/config/%s", home, name);
    if (n < 0 || n >= PATH_SIZE) return GZ_LIMIT;
    TRY(file_read(path, ENGINE_FILE_MAX, &text));
    *out = json_loadb((const char *)text.p, text.n, 0, NULL);
    return *out == NULL ? GZ_MALFORMED : GZ_OK;
}

/* The id of a node: the first 20 bytes of SHA-256 of its public key. Its file holds the private
 * key, seed and public half, of which only the second is looked at. */
static enum gz_err read_id(const char *home, char id[ENGINE_ID_SIZE])
{
    DEFER(json_unref) json_t *key = NULL;
    uint8_t                   raw[PRIVATE_SIZE];
    TRY(load(home, "node_key.json", &key));
    const char *text =
        json_string_value(json_object_get(json_object_get(key, "priv_key"), "value"));
    if (text == NULL ||
        base64_decode_exact(BASE64_STD_PADDED, bytes_str(text), raw, sizeof raw) != GZ_OK)
        return GZ_MALFORMED;
    const struct hash h = hash_of(SUITE_INTL, (struct bytes){raw + KEY_SIZE, KEY_SIZE});
    explicit_bzero(raw, sizeof raw);
    text_to_hex((struct bytes){h.b, ADDRESS_SIZE}, id);
    return GZ_OK;
}

enum gz_err engine_read_keys(const char *home, json_t **validator, char id[ENGINE_ID_SIZE])
{
    DEFER(json_unref) json_t *key = NULL;
    TRY(load(home, "priv_validator_key.json", &key));
    TRY(read_id(home, id));
    json_t *address = json_object_get(key, "address"), *pub = json_object_get(key, "pub_key");
    if (!json_is_string(address) || !json_is_object(pub)) return GZ_MALFORMED;
    *validator = json_pack("{s:O, s:O}", "address", address, "pub_key", pub);
    return *validator == NULL ? GZ_MEMORY : GZ_OK;
}

/* The time-outs suit a local network: with one member away every fourth block waits for its turn to
 * pass. Gossip is woken at once. Blocks come only when there is something to order; broadcast stays
 * on, since a submission that one member alone knows does not wake the others. Peers are known by
 * their key and nobody else is told of them; the RPC has no authentication and stays on loopback.
 */
static const char config_format[] =
    "# Written by guzheng init-node. What is not here has the engine's default.\n"
    "proxy_app = \"unix://%s\"\n"
    "moniker = \"%s\"\n"
    "\n[rpc]\n"
    "laddr = \"tcp://127.0.0.1:%u\"\n"
    "max_body_bytes = 1000000\n"
    "pprof_laddr = \"\"\n"
    "\n[p2p]\n"
    "laddr = \"tcp://%s\"\n"
    "persistent_peers = \"%s\"\n"
    "private_peer_ids = \"%s\"\n"
    "pex = false\n"
    "addr_book_strict = false\n"
    "allow_duplicate_ip = true\n"
    "max_num_inbound_peers = 16\n"
    "max_num_outbound_peers = 16\n"
    "flush_throttle_timeout = \"10ms\"\n"
    "send_rate = 104857600\n"
    "recv_rate = 104857600\n"
    "max_packet_msg_payload_size = 10240\n"
    "\n[mempool]\n"
    "recheck = false\n"
    "broadcast = true\n"
    "size = 20000\n"
    "cache_size = 40000\n"
    "max_tx_bytes = 524288\n"
    "\n[consensus]\n"
    "timeout_propose = \"300ms\"\n"
    "timeout_propose_delta = \"100ms\"\n"
    "timeout_prevote = \"200ms\"\n"
    "timeout_prevote_delta = \"100ms\"\n"
    "timeout_precommit = \"200ms\"\n"
    "timeout_precommit_delta = \"100ms\"\n"
    "timeout_commit = \"200ms\"\n"
    "skip_timeout_commit = true\n"
    "create_empty_blocks = false\n"
    "peer_gossip_sleep_duration = \"10ms\"\n"
    "\n[tx_index]\n"
    "indexer = \"null\"\n";

enum gz_err engine_config_text(const struct engine_config *c, struct buf *out)
{
    return buf_addf(out, config_format, c->socket, c->name, c->rpc_port, c->address, c->peers,
                    c->peer_ids);
}

static json_t *parameters(void)
{
    char bytes[32];
    (void)snprintf(bytes, sizeof bytes, "%d", ENGINE_BLOCK_BYTES_MAX);
    return json_pack("{s:{s:s, s:s}, s:{s:s, s:s, s:s}, s:{s:[s]}, s:{s:s}, s:{s:s}}", "block",
                     "max_bytes", bytes, "max_gas", "-1", "evidence", "max_age_num_blocks",
                     "100000", "max_age_duration", "172800000000000", "max_bytes", "1048576",
                     "validator", "pub_key_types", "ed25519", "version", "app", "1", "abci",
                     "vote_extensions_enable_height", "0");
}

enum gz_err engine_genesis_text(const char *created_at, const char *genesis_hash,
                                json_t *validators, struct buf *out)
{
    char chain_id[sizeof "guzheng-" + CHAIN_ID_DIGITS];
    (void)snprintf(chain_id, sizeof chain_id, "guzheng-%.*s", CHAIN_ID_DIGITS, genesis_hash);
    DEFER(json_unref)
    json_t *j =
        json_pack("{s:s, s:s, s:s, s:o, s:O, s:s, s:s}", "genesis_time", created_at, "chain_id",
                  chain_id, "initial_height", "1", "consensus_params", parameters(), "validators",
                  validators, "app_hash", "", "app_state", genesis_hash);
    char *text = j == NULL ? NULL : json_dumps(j, JSON_INDENT(1));
    if (text == NULL) return GZ_MEMORY;
    const enum gz_err e = buf_addf(out, "%s\n", text);
    free(text);
    return e;
}

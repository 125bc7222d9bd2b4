/* A log of suite gm in a folder of its own, for the measurements: real keys, real signatures, one
 * member. */
#pragma once
#include "api/chain_routes.h"
#include "host/http_server.h"
#include "host/signer.h"
#include "node/log_service.h"

#define FIXTURE_ORIGIN "guzheng/bench"
#define FIXTURE_ORG    "ccb.sd"
enum {
    FIXTURE_PATH = 1024,
    FIXTURE_ENTRY_SIZE = sizeof FIXTURE_ORG + HASH_SIZE, /* of a log entry: name, LF, fingerprint */
};

struct log_fixture {
    char                folder[FIXTURE_PATH];
    struct signer      *log_key, *bank_key, *stub_key;
    struct buf          genesis;
    struct log_service *log;
    struct http_server *stub, *http;
    struct chain_site   site;
    uint64_t            next_seq;
};

/* folder is emptied first. Makes the keys. */
void     fixture_init(struct log_fixture *f, const char *folder);
/* For a log that is not cosigned: one witness over loopback that knows no log and says so, which is
 * all that the rule at start asks for. */
void     fixture_open_alone(struct log_fixture *f);
/* witnesses: the policy from its first "witness" line on. */
void     fixture_make_genesis(struct log_fixture *f, const char *witnesses);
void     fixture_open(struct log_fixture *f);
/* Serve it; the port. */
uint16_t fixture_serve(struct log_fixture *f);
void     fixture_close(struct log_fixture *f); /* and remove the folder */

/* The next submission, signed: count fingerprints. */
void fixture_sign(struct log_fixture *f, uint32_t count, struct buf *wire);
/* Submit in this order, until all are durable. */
void fixture_submit(struct log_fixture *f, const struct buf *wires, size_t n);

/* A key file in the folder of the fixture. */
struct signer *fixture_key(const struct log_fixture *f, const char *file, enum key_purpose purpose,
                           const char *name);
/* "witness NAME VKEY URL\n" */
void fixture_add_witness(struct signer *key, const char *name, uint16_t port, struct buf *policy);

/* Inclusion proofs a second of one core at random places of the first leaves entries; some of them
 * are verified first. The best of a few turns. */
uint64_t fixture_measure_proofs(const struct chain_files *c, uint64_t leaves);

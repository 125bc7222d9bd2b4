/* What the programs that keep running (bank, witness) do alike at their start and their end. Every
 * refusal is said on standard error, with what to do next; the code is for the exit status only. */
#pragma once
#include "host/config.h"
#include "host/http_server.h"
#include "host/signer.h"
#include "ledger/genesis.h"

enum {
    PROCESS_GO_ON = -1,
    PROCESS_FAILED = 1, /* exit status: something it needs is missing, refused or broken */
};

struct process_command {
    const char              *name;  /* "witness" */
    const char              *usage; /* its lines, before those of the configuration's keys */
    const struct config_row *rows;
    size_t                   rows_n;
};
/* `--config F` or `--help`. PROCESS_GO_ON: *out is the configuration; else the exit status. */
int process_configure(const struct process_command *command, int argc, char **argv,
                      struct config **out);

struct process_genesis {
    struct buf     wire, memory;
    struct genesis genesis;                 /* borrows both */
    char           hash[2 * HASH_SIZE + 1]; /* H(file) in hex: the chain's identity */
    char           origin[GENESIS_ORIGIN_MAX + 1];
};
void        process_genesis_fini(struct process_genesis *g); /* for DEFER */
enum gz_err process_read_genesis(const char *path, struct process_genesis *out);

/* The key file at path, for the use that the genesis gives it: KEY_LOG and KEY_WITNESS stand in its
 * policy, KEY_SUBMISSION and KEY_RECEIPT in the organisation's rows. organisation is not looked at
 * for KEY_LOG, whose name is the origin. GZ_DENIED: the file holds a key that the genesis does not
 * give to this organisation, or others may read it. */
enum gz_err process_open_signer(const struct genesis *g, enum key_purpose purpose,
                                const char *organisation, const char *path, struct signer **out);

/* "log" "witness" "submission" "receipt". */
const char *process_purpose_word(enum key_purpose purpose);
/* GZ_MALFORMED: none of them. */
enum gz_err process_purpose_of(const char *word, enum key_purpose *out);

/* After a refused http_server_open. */
void process_say_not_listening(const char *command, const struct http_options *o, enum gz_err e);

/* Before the first thread starts, so that all of them inherit it: SIGTERM and SIGINT wait for
 * process_wait, and a reader that hangs up (SIGPIPE) is an error of the write alone. */
void process_block_signals(void);
/* Until SIGTERM or SIGINT; which one. One that came since process_block_signals counts. */
int  process_wait(void);

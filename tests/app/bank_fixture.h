/* A bank without network for tests of its use cases: real database, vault, catalogue and keys in a
 * temporary folder. The log is added by those who need it. */
#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/issue_certificate.h"
#include "app/open_vaults.h"
#include "app/submit_batch.h"
#include "base/text.h"
#include "check.h"
#include "host/file.h"
#include "host/host.h"
#include "host/http_server.h"

enum { FIXTURE_PATH = 512 };

struct bank_fixture {
    char                        folder[FIXTURE_PATH];
    struct catalog             *catalog;
    struct db                  *db;
    struct vault               *vaults[SIDES];
    struct http_server         *peer; /* tells the time, and 404 to everything */
    char                        peer_url[64];
    struct witness_clock_check *clock;
    struct signer              *signer;
    struct bank                 bank;
    char                        submitted[FIXTURE_PATH];
};

static const char fixture_kind[] =
    "kind: loan.contract\nlabel: 借款合同\nlegal_ground: 合同\nlate_after: 3600\n"
    "basis: contract\nconsent: none\nretention_days: 3650\nfields:\n"
    "  - {name: contract_no, label: 合同编号, type: text, max: 40, class: C2, mask: last6, "
    "required: true}\n"
    "  - {name: borrower.name, label: 名称, type: text, max: 96, class: C2, mask: name, "
    "required: true}\n"
    "  - {name: amount, label: 金额, type: money, positive: true, class: C2, mask: hidden, "
    "store: business, required: true}\n"
    "  - {name: file/1, label: 合同文件, type: file, class: C2, mask: hidden, required: false}\n";
static const char fixture_mapping[] =
    "kind: loan.contract\nfile: contract\nsource: test\ncharset: utf-8\nevent_number: event\n"
    "matter: contract_no\ncolumns:\n  contract: contract_no\n  name: borrower.name\n"
    "  amount: amount\n  file: file/1\n";

static inline const char *fixture_path(const struct bank_fixture *f, const char *name)
{
    static char path[8][FIXTURE_PATH];
    static int  at;
    at = (at + 1) % 8;
    assert_ok(path_join(f->folder, name, path[at], FIXTURE_PATH));
    return path[at];
}

static inline void fixture_write(const struct bank_fixture *f, const char *name, const char *text)
{
    assert_ok(file_replace(fixture_path(f, name), bytes_str(text), 0600));
}

static inline void fixture_master(const struct bank_fixture *f, const char *name)
{
    DEFER(buf_fini) struct buf why = {0};
    assert_ok(master_create(&(struct master_source){.path = fixture_path(f, name)}, &why));
}

static inline void fixture_open(struct bank_fixture *f)
{
    DEFER(buf_fini) struct buf why = {0};
    assert_ok(
        catalog_open(fixture_path(f, "kinds"), fixture_path(f, "mappings"), &f->catalog, &why));
    const struct vault_options vaults[SIDES] = {
        {.folder = fixture_path(f, "vault"), .master = {.path = fixture_path(f, "master")}},
        {.folder = fixture_path(f, "identity"),
         .master = {.path = fixture_path(f, "identity-master")}}};
    assert_ok(db_open(fixture_path(f, "bank.sqlite"), &f->db, &why));
    assert_ok(db_join_identity(f->db, fixture_path(f, "identity.sqlite"), &why));
    assert_ok(vaults_open(vaults, f->db, f->vaults, &why));
    const char *const peers[] = {f->peer_url};
    assert_ok(witness_clock_open(WITNESS_CLOCK_PEERS, peers, 1, &f->clock));
    f->bank = (struct bank){.suite = SUITE_GM,
                            .organisation = BYTES_LIT("ccb.sd"),
                            .origin = BYTES_LIT("guzheng/test"),
                            .catalog = f->catalog,
                            .vault = f->vaults[SIDE_BUSINESS],
                            .identity = f->vaults[SIDE_IDENTITY],
                            .submission_signer = f->signer,
                            .submitted_path = f->submitted,
                            .clock = f->clock};
}

static inline void fixture_close(struct bank_fixture *f)
{
    witness_clock_close(&f->clock);
    db_close(&f->db);
    for (size_t i = 0; i < SIDES; i++) vault_close(&f->vaults[i]);
    catalog_close(&f->catalog);
}

static inline enum gz_err fixture_answer(void *ctx, const struct http_request *r,
                                         struct http_reply *reply)
{
    (void)ctx, (void)r, (void)reply;
    return GZ_MISSING;
}

static inline void fixture_init(struct bank_fixture *f)
{
    static const struct http_route routes[] = {{"GET", "/", fixture_answer, 0}};
    const struct http_options      o = {
             .address = "127.0.0.1", .threads = 2, .routes = routes, .routes_n = COUNT_OF(routes)};
    const char *base = getenv("TMPDIR");
    struct key  key;
    memset(f, 0, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "%s/guzheng-bank-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->submitted, sizeof f->submitted, "%s", fixture_path(f, "submitted"));
    assert_ok(folder_make(fixture_path(f, "kinds"), 0700));
    assert_ok(folder_make(fixture_path(f, "mappings"), 0700));
    assert_ok(folder_make(fixture_path(f, "batch/files"), 0700));
    fixture_write(f, "kinds/loan.contract.yaml", fixture_kind);
    fixture_write(f, "mappings/contract.yaml", fixture_mapping);
    fixture_master(f, "master");
    fixture_master(f, "identity-master");
    assert_ok(signer_create(fixture_path(f, "key.pem"), SUITE_GM, KEY_SUBMISSION,
                            BYTES_LIT("ccb.sd"), &key));
    assert_ok(signer_open(fixture_path(f, "key.pem"), SUITE_GM, KEY_SUBMISSION, BYTES_LIT("ccb.sd"),
                          &f->signer));
    assert_ok(http_server_open(&o, &f->peer));
    snprintf(f->peer_url, sizeof f->peer_url, "http://127.0.0.1:%u", http_server_port(f->peer));
    fixture_open(f);
}

static inline int fixture_remove(const char *path, const struct stat *s, int kind, struct FTW *at)
{
    (void)s, (void)kind, (void)at;
    return remove(path);
}

static inline void fixture_fini(struct bank_fixture *f)
{
    fixture_close(f);
    signer_free(&f->signer);
    http_server_close(&f->peer);
    (void)nftw(f->folder, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* What a submission of a path led to. */
struct fixture_result {
    struct batch        counts; /* of all files together; the name of the last */
    enum submit_outcome outcome;
    char                codes[512]; /* "line:code " of each defect */
};
static inline void fixture_defect(void *ctx, const struct intake_defect *d)
{
    struct fixture_result *r = ctx;
    const size_t           n = strlen(r->codes);
    snprintf(r->codes + n, sizeof r->codes - n, "%u:%s ", d->line, d->code);
}
static inline void fixture_file(void *ctx, const struct batch *b, enum submit_outcome outcome)
{
    struct fixture_result *r = ctx;
    struct batch           sum = *b;
    sum.rows += r->counts.rows;
    sum.accepted += r->counts.accepted;
    sum.repeated += r->counts.repeated;
    sum.conflicts += r->counts.conflicts;
    sum.refused += r->counts.refused;
    r->counts = sum;
    r->outcome = outcome;
}
static inline enum gz_err fixture_submit(struct bank_fixture *f, const char *name,
                                         struct fixture_result *r)
{
    const struct submit_listener listener = {r, fixture_defect, fixture_file};
    memset(r, 0, sizeof *r);
    return submit_batch(&f->bank, f->db, fixture_path(f, name), &listener);
}

/* guzheng receipt: the signed promise for one record, for whoever handed it in and for the
 * borrower. */
#include <getopt.h>
#include <stdio.h>

#include "cli/bank_client.h"
#include "cli/commands.h"
#include "host/file.h"

enum { PATH_SIZE = 256, RECEIPT_MODE = 0644 };

static const char usage[] =
    "usage: guzheng receipt [--socket PATH] [-o FILE] ID\n"
    "  取一条已受理存证的回执（.gzreceipt）：银行签名承诺在所载时间之前由法院共签固证。\n"
    "  ID is the evidence number (UUID). Check it with guzheng verify --genesis F FILE.\n"
    "exit status: 0 done, 1 unknown number, 2 usage, 4 the bank did not answer\n";

struct options {
    const char *socket, *out;
    bool        help;
};

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"socket", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "o:", longs, NULL)) != -1;) {
        if (c == 's') o->socket = optarg;
        else if (c == 'o') o->out = optarg;
        else if (c == 'h') o->help = true;
        else return false;
    }
    return o->help || optind + 1 == argc;
}

static enum gz_err write_out(const struct options *o, struct bytes receipt)
{
    if (o->out == NULL) return fwrite(receipt.p, 1, receipt.n, stdout) == receipt.n ? GZ_OK : GZ_IO;
    const enum gz_err e = file_replace(o->out, receipt, RECEIPT_MODE);
    if (e != GZ_OK) fprintf(stderr, "guzheng receipt: 写不了 %s (cannot write)\n", o->out);
    return e;
}

static enum gz_err run(const struct options *o, const char *id)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    DEFER(buf_fini) struct buf                   receipt = {0};
    char                                         path[PATH_SIZE];
    if ((size_t)snprintf(path, sizeof path, "/control/receipts/%s", id) >= sizeof path)
        return GZ_MISSING;
    TRY(bank_client_open(o->socket, &bank));
    TRY(bank_client_get(bank, path, &receipt));
    return write_out(o, buf_bytes(&receipt));
}

int command_receipt(int argc, char **argv)
{
    struct options o = {0};
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    const enum gz_err e = run(&o, argv[optind]);
    if (e == GZ_OK) return STATUS_OK;
    return e == GZ_MISSING ? 1 : 4;
}

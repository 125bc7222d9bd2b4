/* guzheng status: how far the running bank is, and what it alarms about. */
#include <getopt.h>
#include <stdio.h>

#include "cli/bank_client.h"
#include "cli/commands.h"

static const char usage[] = "usage: guzheng status [--socket PATH]\n"
                            "  The bank's records by state, its log and its alarms, as JSON.\n"
                            "exit status: 0 answered, 2 usage, 4 the bank did not answer\n";

int command_status(int argc, char **argv)
{
    static const struct option longs[] = {{"socket", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    const char                                  *socket = NULL;
    json_t                                      *status = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') return fputs(usage, stdout) < 0;
        if (c != 's') {
            fputs(usage, stderr);
            return 2;
        }
        socket = optarg;
    }
    if (optind != argc) {
        fputs(usage, stderr);
        return 2;
    }
    if (bank_client_open(socket, &bank) != GZ_OK) return 4;
    if (bank_client_call(bank, "/control/status", NULL, &status) != GZ_OK) return 4;
    json_dumpf(status, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(status);
    return 0;
}

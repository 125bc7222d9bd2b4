/* The program: one const row for each subcommand. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/commands.h"
#include "host/file.h"
#include "host/host.h"

static const struct command {
    const char *name, *sentence;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"verify", "核验存证证书与原件 (check certificates and originals, off line)", command_verify},
    {"witness", "法院的共签进程 (a court's witness)", command_witness},
    {"bank", "银行进程：受理、固证、出证 (the bank's process)", command_bank},
    {"node", "联盟链成员节点 (a member's node of the chain)", command_node},
    {"submit", "向银行进程提交批量文件 (load batch files)", command_submit},
    {"certificate", "取存证证书与原件 (fetch certificates)", command_certificate},
    {"voucher", "把已固证的数据排成借据、还款明细 (readable vouchers)", command_voucher},
    {"find", "查找存证记录 (find records)", command_find},
    {"history", "一笔贷款或一条记录的来历 (history of a loan or record)", command_history},
    {"receipt", "取存证回执 (fetch the receipt of a record)", command_receipt},
    {"reconcile", "比对库、日志与各法院副本 (compare store, log and mirrors)", command_reconcile},
    {"status", "银行进程的状态 (state of the bank's process)", command_status},
    {"fsck", "核查日志或副本的文件 (check the files of a log or a mirror)", command_fsck},
    {"hold", "保全与留存要求 (legal holds)", command_hold},
    {"sign-order", "经办人为销毁指令签名 (sign an order to destroy)", command_sign_order},
    {"destroy-matter", "依法销毁一笔贷款的密钥 (destroy a matter's keys)", command_destroy_matter},
    {"keygen", "生成签名密钥 (make a signing key)", command_keygen},
    {"chain", "联盟链各节点的状态、查看条目 (the chain's nodes and entries)", command_chain},
    {"init-node", "建立联盟链成员的目录 (make a member's folder)", command_init_node},
    {"init-chain", "汇成联盟链的共同文件 (make what the members share)", command_init_chain},
    {"make-master", "生成保险库主密钥 (make the vaults' master keys)", command_make_master},
    {"init-demo", "建立演示联盟 (make the demonstration consortium)", command_init_demo},
};

static void say_usage(FILE *out)
{
    fputs("usage: guzheng COMMAND [OPTION…]      guzheng COMMAND --help\n", out);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].sentence);
}

int main(int argc, char **argv)
{
    file_fault_from_environment();
    clock_shift_from_environment();
    if (argc < 2) {
        say_usage(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        say_usage(stdout);
        return STATUS_OK;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "guzheng: 没有子命令 %s (no such command)\n", argv[1]);
    say_usage(stderr);
    return STATUS_USAGE;
}

/* Every subcommand: gets argv beginning with its own name, returns the process's exit status. */
#pragma once

enum { STATUS_OK = 0, STATUS_USAGE = 2 };

int command_bank(int argc, char **argv);
int command_chain(int argc, char **argv);
int command_certificate(int argc, char **argv);
int command_destroy_matter(int argc, char **argv);
int command_fsck(int argc, char **argv);
int command_find(int argc, char **argv);
int command_history(int argc, char **argv);
int command_hold(int argc, char **argv);
int command_init_chain(int argc, char **argv);
int command_init_node(int argc, char **argv);
int command_init_demo(int argc, char **argv);
int command_keygen(int argc, char **argv);
int command_node(int argc, char **argv);
int command_make_master(int argc, char **argv);
int command_receipt(int argc, char **argv);
int command_reconcile(int argc, char **argv);
int command_sign_order(int argc, char **argv);
int command_status(int argc, char **argv);
int command_submit(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_voucher(int argc, char **argv);
int command_witness(int argc, char **argv);

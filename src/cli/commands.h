/* Every subcommand: gets argv beginning with its own name, returns the process's exit status. */
#pragma once

enum { STATUS_OK = 0, STATUS_USAGE = 2 };

int command_init_demo(int argc, char **argv);
int command_keygen(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_witness(int argc, char **argv);

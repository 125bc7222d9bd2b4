/* Every subcommand: gets argv beginning with its own name, returns the process's exit status. */
#pragma once

int command_verify(int argc, char **argv);

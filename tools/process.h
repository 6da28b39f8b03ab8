/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs, started without a shell, so that no file name is ever a command. */
#ifndef TOOLS_PROCESS_H
#define TOOLS_PROCESS_H

#include <stdbool.h>

/* Run argv[0] from PATH to its end in folder (NULL: the current one) with these as standard input
 * and output (-1: /dev/null and our own); standard error is ours. True when it exited with 0; one
 * line tells when it could not be started. */
bool process_run(const char *const argv[], const char *folder, int input, int output);

/* An unnamed temporary file; stops the program with one line when there can be none. */
int process_scratch(void);

#endif

/* SPDX-License-Identifier: ISC */
/* Become another program, for prelogin, record --env and relaylock. */
#ifndef TOOL_EXEC_H
#define TOOL_EXEC_H

/*
 * Become the program ARGV.  Return only if it cannot be run: 127 if there is no
 * such program, else 126, as env(1) and nohup(1) exit; the reason is on stderr.
 */
int tool_exec(char *const *argv);

#endif

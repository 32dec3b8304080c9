/* SPDX-License-Identifier: ISC */
/* Runs the programs of other servers: bounded in time and output, without a shell. */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Where programs are looked for, whatever the caller's PATH is. */
#define COMMAND_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* How long one that asks nobody may take. */
#define COMMAND_MS 5000

/* More output than this is trouble. */
#define COMMAND_OUTPUT_BYTES (512 * 1024)

struct command {
	const char *const *argv;	/* argv[0]: a path, or a name in COMMAND_PATH */
	const char *input;	/* on standard input, at most PIPE_BUF bytes; NULL:
				   none */
	const char *user;	/* the account to become if root runs it; NULL: none */
	const char *set;	/* one more NAME=VALUE of the environment, or NULL */
	unsigned int timeout_ms;	/* 0: COMMAND_MS */
};

/* What a program has said and how it ended. */
struct command_result {
	char *out, *err;	/* standard output and standard error */
	int status;		/* its exit status; -1: see why */
	char why[128];		/* why there is no exit status: "timed out" */
};

/* Say whether NAME is a program in COMMAND_PATH, and write its path to PATH. */
bool command_find(const char *name, char path[PATH_MAX]);

/*
 * Run COMMAND until it ends and closes its output.  One that takes too long or
 * prints too much is killed.  Return whether it exited with status 0; then out and
 * err are strings.  RESULT is to be given back with command_free() in any case.
 */
bool command_run(const struct command *command, struct command_result *result);

/* Run ARGV, ended by NULL, without input, as command_run() does. */
bool command_ask(const char *const *argv, struct command_result *result);

/*
 * Return the first line of what went wrong: of standard error, or the reason
 * why there is no exit status.  RESULT owns the text.
 */
const char *command_trouble(struct command_result *result);

void command_free(struct command_result *result);

#endif

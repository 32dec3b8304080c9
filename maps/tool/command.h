/* SPDX-License-Identifier: ISC */
/* Run programs of other servers, without a shell, bounded in time and output. */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The search path for programs, which replaces the caller's PATH. */
#define COMMAND_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* How long a program may take that asks no other server. */
#define COMMAND_MS 5000

/* The most output of a program; more is an error. */
#define COMMAND_OUTPUT_BYTES (512 * 1024)

struct command {
	const char *const *argv;	/* [0]: a path, or a name in COMMAND_PATH */
	const char *input;	/* on standard input, at most PIPE_BUF bytes; NULL:
				   none */
	const char *user;	/* the account to become if run by root, or NULL */
	const char *set;	/* one more NAME=VALUE of the environment, or NULL */
	unsigned int timeout_ms;	/* 0: COMMAND_MS */
};

/* The output of a program, and how it ended. */
struct command_result {
	char *out, *err;	/* standard output and standard error */
	int status;		/* its exit status; -1: see why */
	char why[128];		/* why there is no exit status: "timed out" */
};

/* Return whether NAME is a program in COMMAND_PATH, and write its path to PATH. */
bool command_find(const char *name, char path[PATH_MAX]);

/*
 * Run COMMAND until it ends and closes its output.  A program that takes too long or
 * prints too much is killed.  Return whether it exited with status 0; then out and
 * err are strings.  The caller always frees RESULT with command_free().
 */
bool command_run(const struct command *command, struct command_result *result);

/* Run ARGV, ended by NULL, without input, as command_run() does. */
bool command_ask(const char *const *argv, struct command_result *result);

/* Return the first line of standard error, or the reason why there is no exit
 * status.  RESULT owns the text. */
const char *command_trouble(struct command_result *result);

void command_free(struct command_result *result);

#endif

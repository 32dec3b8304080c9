/* SPDX-License-Identifier: ISC */
/* authmap(8), the administrator's tool: its verbs and their arguments.  A function
 * that fails returns TOOL_TROUBLE, after tool_fail() has printed why. */
#ifndef TOOL_TOOL_H
#define TOOL_TOOL_H

#include <stdbool.h>

#include "authmap.h"

#define TOOL_NAME "authmap"

/* Exit statuses; trouble is 2, as with grep(1) and test(1). */
enum { TOOL_YES = 0, TOOL_NO = 1, TOOL_TROUBLE = 2 };

struct tool {
	struct authmap *am;
	int errors;		/* in the configuration */
	bool json;
	const char *user;	/* --user */
	bool login_times;	/* --login-times */
	const char *service;	/* --service */
	const char *network;	/* --network */
	bool changed;		/* -n */
	const char *how_long;	/* --for */
	bool prometheus;	/* --prometheus */
	const char *interval;	/* --interval */
	const char *probe;	/* --probe */
	int argc;		/* the arguments after the verb */
	char **argv;
};

/* Each returns an exit status. */
int tool_list(struct tool *tool);
int tool_lookup(struct tool *tool);
int tool_record(struct tool *tool);
int tool_remove(struct tool *tool);
int tool_block(struct tool *tool);
int tool_unblock(struct tool *tool);
int tool_blocks(struct tool *tool);
int tool_import(struct tool *tool);
int tool_stats(struct tool *tool);
int tool_watch(struct tool *tool);
int tool_check(struct tool *tool);
int tool_config(struct tool *tool);
int tool_sweep(struct tool *tool);
int tool_relaylock(struct tool *tool);
int tool_prelogin(struct tool *tool);
int tool_record_env(struct tool *tool);
int tool_record_pam(struct tool *tool);
int tool_record_postlogin(struct tool *tool);

#endif

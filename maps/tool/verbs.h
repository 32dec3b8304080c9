/* SPDX-License-Identifier: ISC */
/* The verbs of authmap(8): their options, arguments and help. */
#ifndef TOOL_VERBS_H
#define TOOL_VERBS_H

#include "tool/tool.h"

#define VERB_ANYWAY 1	/* runs also when the configuration is wrong */
#define VERB_COMMAND 2	/* its arguments are a command, with its own options */
#define VERB_LOGIN 4	/* a step of a login: errors are logged to syslog */
#define VERB_EVENT 8	/* changes the map: also logged to syslog */

struct verb {
	const char *name;
	char kind;		/* the letter of its option; 0: none */
	int (*run)(struct tool *tool);	/* NULL: it prints help */
	int least, most;	/* arguments */
	int how;		/* VERB_... */
	const char *takes;	/* letters of its options, as in main.c */
	const char *synopsis;
	const char *what;	/* in a few words */
	const char *help[8];	/* lines: its options and exit statuses; NULL */
};

/* Return the verb NAME of this KIND, or NULL. */
const struct verb *verb_find(const char *name, char kind);

/* Print all verbs to standard output or, if WRONG, to standard error. */
void verbs_print(bool wrong);

/* Print how VERB is used to standard error. */
void verb_usage(const struct verb *verb);

/* Print the help of the verb NAME, of all its kinds.  Return whether it exists. */
bool verb_help(const char *name);

#endif
